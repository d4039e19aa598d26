#include "cli/outputs.h"

#include <kith/error.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/former.h"
#include "cli/roles.h"
#include "core/address.h"
#include "core/result_lines.h"
#include "media/copy_names.h"
#include "model/catalog.h"

namespace kith::cli {
namespace {
namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code failed;
  return fs::exists(path, failed);
}

bool is_folder(const fs::path& path) {
  std::error_code failed;
  return fs::is_directory(path, failed);
}

// Without links, also where the end of the path is not there yet, and where a link leads to what is not there.
fs::path resolved(fs::path path) {
  std::error_code failed;
  for (int links = 0; links < 40 && fs::is_symlink(path, failed) && !is_there(path); ++links)
    path = path.parent_path() / fs::read_symlink(path, failed);
  return fs::weakly_canonical(fs::absolute(path, failed), failed);
}

bool is_same(const fs::path& given_a, const fs::path& given_b) {
  // "-" reads what stdin is: a file, where the shell opened one.
  const fs::path a = given_a == "-" ? "/dev/stdin" : given_a, b = given_b == "-" ? "/dev/stdin" : given_b;
  const bool there = is_there(a);
  if (there != is_there(b)) return false;
  std::error_code failed;
  return there ? fs::equivalent(a, b, failed) : resolved(a) == resolved(b);
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  if (!is_folder(folder)) return false;
  const fs::path inner = resolved(path), outer = resolved(folder);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

[[noreturn]] void refuse(const NamedFile& output, const std::string& why) {
  throw Error(ErrorCode::kInvalidArgument, output.text() + ": " + why);
}

// --- outputs among themselves

void check_stdout(const std::vector<NamedFile>& outputs) {
  const NamedFile* first = nullptr;
  for (const NamedFile& output : outputs) {
    if (!is_stdout(output.path)) continue;
    const bool lines =
        output.what == Written::kJson || output.what == Written::kCsv || output.what == Written::kSubtitles;
    if (!lines) refuse(output, "this cannot go to stdout; name a file");
    if (first != nullptr) refuse(output, first->option + " goes to stdout already; name a file");
    first = &output;
  }
}

// What lies in a folder of chips could be one of its files, whatever photos those will be named after.
void check_chips(const std::vector<NamedFile>& outputs) {
  for (const NamedFile& folder : outputs) {
    if (folder.what != Written::kChips) continue;
    for (const NamedFile& output : outputs) {
      if (output.what != Written::kChips && !is_stdout(output.path) &&
          (lies_in(output.path, folder.path) || is_same(output.path.parent_path(), folder.path)))
        refuse(output,
               "lies in the folder of " + folder.option + ", whose files it could be; give another name");
    }
  }
}

void check_twins(const std::vector<NamedFile>& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!is_stdout(outputs[i].path) && is_same(outputs[i].path, outputs[j].path))
        refuse(outputs[i], "is the file of " + outputs[j].option + " too; give each one of its own");
    }
  }
}

// --- outputs and what is there

void check_inputs(const NamedFile& output, const NamedFiles& files, bool former) {
  for (const NamedFile& input : files.kept) {
    if (is_same(output.path, input.path))
      refuse(output, "is what " + input.option + " names too, and is not written over; give another name");
    if (!former && is_there(output.path) && !is_folder(output.path) && lies_in(output.path, input.path))
      refuse(output, "lies in " + input.path.string() + ", which is read; give another name");
  }
}

void check_file(const NamedFile& output, const NamedFiles& files, bool overwrite) {
  if (is_stdout(output.path)) return;
  const bool there = is_there(output.path);
  const bool chips = output.what == Written::kChips;
  if (there && is_folder(output.path) && !chips) refuse(output, "is a folder; name a file");
  const bool former = there && is_former(output.what, output.path);
  check_inputs(output, files, former);
  if (output.what != Written::kModel && lies_in(output.path, model::models_dir()))
    refuse(output, "lies in the folder of installed models; give another name");
  if (!there || former || overwrite) return;
  if (chips) refuse(output, "is not empty, and no folder of chips; give a new folder");
  refuse(output, "is there already and no earlier output of " + output.option +
                     "; give another name, or --overwrite to replace it");
}

// --- outputs that are made of the inputs

// What an input is, as far as its name tells; the source itself has the last word.
std::optional<SourceKind> kind_of(const std::string& input) {
  if (is_folder(input)) return SourceKind::kFolder;
  if (is_address(input)) return std::nullopt;  // a film or a camera: FFmpeg knows
  if (is_image_name(input)) return SourceKind::kPhoto;
  const bool number = input.find_first_not_of("0123456789") == std::string::npos;
  if (number || input.starts_with("/dev/video")) return SourceKind::kCamera;
  if (is_written_video(input)) return SourceKind::kVideo;
  return std::nullopt;
}

void check_copies(const NamedFile& output, const NamedFiles& files, bool overwrite) {
  CopyNames names(output.path);
  const auto check = [&](const fs::path& copy) {
    for (const NamedFile& other : files.outputs) {
      if (other.what != Written::kCopies && copy.filename() == other.path.filename() &&
          is_same(copy, other.path))
        refuse(other, "is where " + output.option + " puts a copy; give another name");
    }
    if (is_there(copy)) check_file({output.option, copy, Written::kCopies}, files, overwrite);
  };
  if (!is_folder(output.path) && output.path.has_extension()) check(output.path);
  for (const NamedFile& input : files.each) {
    const std::optional<SourceKind> kind = kind_of(input.path.string());
    if (!kind) continue;
    SourceInfo source;
    source.kind = *kind;
    source.name = input.path.string();
    const fs::path copy = names.of(source);
    if (kind != SourceKind::kFolder) {
      check(copy);
      continue;
    }
    const PhotoList found = list_photos(input.path, {{output.path}});
    for (const fs::path& photo : found.pictures) check(names.below(input.path, photo));
    for (const fs::path& film : found.films) {
      SourceInfo inside;
      inside.kind = SourceKind::kVideo;
      inside.name = film.string();
      inside.found_in = input.path.string();
      check(names.of(inside));
    }
  }
}

void check_subtitles(const NamedFile& output, const NamedFiles& files) {
  if (files.each.size() > 1) refuse(output, "subtitles are for one video: name one input");
  for (const NamedFile& input : files.each) {
    const std::optional<SourceKind> kind = kind_of(input.path.string());
    if (kind == SourceKind::kFolder || kind == SourceKind::kPhoto)
      refuse(output, "subtitles need a video or a camera, " + input.path.string() + " is neither");
  }
}

// --- inputs that are not there

bool is_missing(const NamedFile& input) {
  return !is_address(input.path.string()) && kind_of(input.path.string()) != SourceKind::kCamera &&
         input.path != "-" && !is_there(input.path);
}

// Of options of which nothing is there, all values.
std::vector<NamedFile> missing_of(const std::vector<NamedFile>& inputs) {
  std::vector<NamedFile> missing;
  for (const NamedFile& input : inputs) {
    const bool all = std::ranges::all_of(
        inputs, [&](const NamedFile& other) { return other.option != input.option || is_missing(other); });
    if (all) missing.push_back(input);
  }
  return missing;
}

// Earlier lines that this run would replace.
bool has_lines_to_lose(const NamedFiles& files) {
  return std::ranges::any_of(files.outputs, [](const NamedFile& output) {
    std::error_code failed;
    return fs::is_regular_file(output.path, failed) && fs::file_size(output.path, failed) > 0;
  });
}

// "people add"
std::string name_of(const CLI::App& verb) {
  const CLI::App* parent = verb.get_parent();
  const bool below = parent != nullptr && parent->get_parent() != nullptr;
  return below ? parent->get_name() + " " + verb.get_name() : verb.get_name();
}

std::optional<Exit> check_missing(const NamedFiles& files, const std::string& verb) {
  std::vector<NamedFile> missing = missing_of(files.needed);
  if (has_lines_to_lose(files)) std::ranges::copy(missing_of(files.each), std::back_inserter(missing));
  if (missing.empty()) return std::nullopt;
  RunInfo made_by;
  made_by.verb = verb;
  std::optional<ResultLines> lines;
  for (const NamedFile& output : files.outputs) {
    if (output.what == Written::kJson && (is_stdout(output.path) || !is_there(output.path)))
      lines.emplace(output.path.string(), made_by);
  }
  for (const NamedFile& input : missing) {
    const std::string why = input.path.string() + (input.is_folder ? ": no such folder" : ": no such file");
    complain(why);
    if (lines) lines->fail(input.path.string(), why);
  }
  if (lines) lines->finish(nlohmann::ordered_json::object());
  return Exit::kFailed;
}

}  // namespace

std::optional<Exit> check_files(CLI::App& verb) {
  const NamedFiles files = files_of(verb);
  const CLI::Option* flag = verb.get_option_no_throw("--overwrite");
  const bool overwrite = flag != nullptr && flag->count() > 0;
  check_stdout(files.outputs);
  check_twins(files.outputs);
  check_chips(files.outputs);
  for (const NamedFile& output : files.outputs) {
    if (output.what == Written::kCopies) {
      check_copies(output, files, overwrite);
    } else {
      check_file(output, files, overwrite);
    }
    if (output.what == Written::kSubtitles) check_subtitles(output, files);
  }
  return check_missing(files, name_of(verb));
}

bool any_on_stdout(std::initializer_list<std::string> outputs) {
  return std::ranges::any_of(outputs, [](const std::string& output) { return is_stdout(output); });
}

}  // namespace kith::cli
