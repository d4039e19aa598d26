#include "cli/roles.h"

#include <array>
#include <sstream>

#include "core/address.h"
#include "model/catalog.h"

namespace kith::cli {
namespace {
namespace fs = std::filesystem;

// A role is a validator that lets everything pass: so it stays with its option.
constexpr const char* kReads = "reads";
constexpr const char* kReadsEach = "reads each";
constexpr const char* kChanges = "changes";
constexpr const char* kReadsModels = "reads models";
constexpr std::array kWrites = {"writes json",      "writes csv",     "writes subtitles",
                                "writes page",      "writes copies",  "writes chips",
                                "writes sightings", "writes gallery", "writes model"};

CLI::Validator role(const char* name) {
  return {[](std::string&) { return std::string(); }, "", name};
}

bool has_role(CLI::Option& option, const std::string& name) {
  for (int i = 0;; ++i) {
    try {
      if (option.get_validator(i)->get_name() == name) return true;
    } catch (const CLI::OptionNotFound&) {  // CLI11 does not say how many there are
      return false;
    }
  }
}

// What the option was given, or else its default.
std::vector<std::string> values_of(const CLI::Option& option) {
  if (option.count() > 0) return option.results();
  const std::string value = option.get_default_str();
  const bool none = value.empty() || value.starts_with('[') || value == "\"\"";
  return none ? std::vector<std::string>{} : std::vector{value};
}

std::vector<std::string> split(const std::string& names) {
  std::vector<std::string> all;
  std::istringstream in(names);
  for (std::string name; std::getline(in, name, ',');) all.push_back(name);
  return all;
}

void add_models(const std::string& option, const std::string& value, std::vector<NamedFile>& files) {
  for (const std::string& name : split(value)) {
    const bool file = name.find('/') != std::string::npos || name.ends_with(".onnx");
    files.push_back({option, file ? fs::path(name) : model::installed_path(name)});
  }
}

// With what lies beside it and belongs to it.
void add_database(const std::string& option, const std::string& value, std::vector<NamedFile>& files) {
  for (const char* ending : {"", ".sightings", "-journal", "~"}) files.push_back({option, value + ending});
}

void add_option_files(CLI::Option& option, NamedFiles& files) {
  const std::string name =
      option.get_positional() ? option.get_name(true) : "--" + option.get_lnames().front();
  const bool folder = option.get_type_name().starts_with("DIR");
  for (const std::string& given : values_of(option)) {
    const std::optional<fs::path> file = path_of_file_address(given);
    const std::string value = file ? file->string() : given;
    if (has_role(option, kReads)) files.needed.push_back({name, value, {}, folder});
    if (has_role(option, kReadsEach)) files.each.push_back({name, value});
    if (has_role(option, kReads) || has_role(option, kReadsEach)) files.kept.push_back({name, value});
    if (has_role(option, kChanges)) add_database(name, value, files.kept);
    if (has_role(option, kReadsModels)) add_models(name, value, files.kept);
    for (std::size_t i = 0; i < kWrites.size(); ++i) {
      if (has_role(option, kWrites[i])) files.outputs.push_back({name, value, static_cast<Written>(i)});
    }
  }
}

}  // namespace

CLI::Validator reads() { return role(kReads); }
CLI::Validator reads_each() { return role(kReadsEach); }
CLI::Validator changes() { return role(kChanges); }
CLI::Validator reads_models() { return role(kReadsModels); }
CLI::Validator writes(Written what) { return role(kWrites.at(static_cast<std::size_t>(what))); }

NamedFiles files_of(CLI::App& verb) {
  NamedFiles files;
  for (CLI::Option* option : verb.get_options()) add_option_files(*option, files);
  return files;
}

}  // namespace kith::cli
