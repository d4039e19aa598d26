// What becomes of the files that an option names, said beside the option: it reads them, changes or writes them.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

namespace kith::cli {

/// What an output is, by which an earlier one is told from a file that is none of Kith's.
enum class Written {
  kJson,       // JSON lines; "-" is stdout
  kCsv,        // "-" is stdout
  kSubtitles,  // "-" is stdout
  kPage,
  kCopies,  // annotated copies of the inputs: a file or a folder
  kChips,   // a folder of chips
  kSightings,
  kGallery,
  kModel,
};

// For CLI::Option::check(). Every option that names files has one (tests/cli/outputs sees to it).

/// Files or folders that must be there; of several, one at least.
CLI::Validator reads();
/// The same, one by one: what is missing fails alone, as long as nothing else is lost by it.
CLI::Validator reads_each();
/// Files that the verb also changes or makes, or whose absence it explains itself.
CLI::Validator changes();
/// Models: names or files, joined by commas.
CLI::Validator reads_models();
CLI::Validator writes(Written what);
/// The same for Option::transform(), of lines that can go to stdout: every name of that becomes "-".
CLI::Validator writes_lines(Written what);

/// A file that an option names.
struct NamedFile {
  std::string option;  // "--json", or a positional's "INPUT"
  std::filesystem::path path;
  Written what = Written::kJson;  // of outputs
  bool is_folder = false;         // of inputs: only a folder will do
  std::string text() const { return option + ' ' + path.string(); }
};

/// By role, in the order of the options; what an option has by default counts.
struct NamedFiles {
  std::vector<NamedFile> needed;  // reads()
  std::vector<NamedFile> each;    // reads_each()
  std::vector<NamedFile> kept;    // whatever is read or changed, with models and what belongs to a gallery
  std::vector<NamedFile> outputs;
};
NamedFiles files_of(CLI::App& verb);

}  // namespace kith::cli
