#include "cli/roles.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>

#include "core/address.h"
#include "core/line_file.h"
#include "model/catalog.h"

namespace kith::cli {
namespace {
namespace fs = std::filesystem;

// A role is a validator that lets everything pass: so it stays with its option.
constexpr std::string_view kReads = "reads";
constexpr std::string_view kReadsEach = "reads each";
constexpr std::string_view kChanges = "changes";
constexpr std::string_view kReadsModels = "reads models";
constexpr std::array<std::string_view, 9> kWrites = {"writes json",      "writes csv",     "writes subtitles",
                                                     "writes page",      "writes copies",  "writes chips",
                                                     "writes sightings", "writes gallery", "writes model"};

CLI::Validator role(std::string_view name) {
  return {[](std::string&) { return std::string(); }, "", std::string(name)};
}

// Empty for an option without one.
std::string role_of(CLI::Option& option) {
  const std::array readers = {kReads, kReadsEach, kChanges, kReadsModels};
  for (int i = 0;; ++i) {
    try {
      std::string name = option.get_validator(i)->get_name();
      if (std::ranges::find(readers, name) != readers.end() ||
          std::ranges::find(kWrites, name) != kWrites.end())
        return name;
    } catch (const CLI::OptionNotFound&) {  // CLI11 does not say how many there are
      return {};
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

// What SQLite keeps beside a database.
void add_journals(const std::string& option, const std::string& value, std::vector<NamedFile>& files) {
  for (const char* ending : {"-journal", "-wal", "-shm"}) files.push_back({option, value + ending});
}

// With what lies beside it and belongs to it.
void add_database(const std::string& option, const std::string& value, std::vector<NamedFile>& files) {
  for (const char* ending : {"", ".sightings", "~"}) files.push_back({option, value + ending});
  add_journals(option, value, files);
}

void add_option_files(CLI::Option& option, NamedFiles& files) {
  const std::string name =
      option.get_positional() ? option.get_name(true) : "--" + option.get_lnames().front();
  const std::string role = role_of(option);
  const auto written = std::ranges::find(kWrites, role);
  const bool folder = option.get_type_name().starts_with("DIR");
  for (const std::string& given : values_of(option)) {
    const std::optional<fs::path> file = path_of_file_address(given);
    const std::string value = file ? file->string() : given;
    if (role == kReads) files.needed.push_back({name, value, {}, folder});
    if (role == kReadsEach) files.each.push_back({name, value});
    if (role == kReads || role == kReadsEach) files.kept.push_back({name, value});
    if (role == kChanges) add_database(name, value, files.kept);
    if (role == kReadsModels) add_models(name, value, files.kept);
    if (role == "writes sightings") add_journals(name, value, files.kept);
    if (written != kWrites.end())
      files.outputs.push_back({name, value, static_cast<Written>(written - kWrites.begin())});
  }
}

}  // namespace

CLI::Validator reads() { return role(kReads); }
CLI::Validator reads_each() { return role(kReadsEach); }
CLI::Validator changes() { return role(kChanges); }
CLI::Validator reads_models() { return role(kReadsModels); }
CLI::Validator writes(Written what) { return role(kWrites.at(static_cast<std::size_t>(what))); }

CLI::Validator writes_lines(Written what) {
  return {[](std::string& given) {
            if (is_stdout(given)) given = "-";
            return std::string();
          },
          "", std::string(kWrites.at(static_cast<std::size_t>(what)))};
}

NamedFiles files_of(CLI::App& verb) {
  NamedFiles files;
  for (CLI::Option* option : verb.get_options()) add_option_files(*option, files);
  return files;
}

}  // namespace kith::cli
