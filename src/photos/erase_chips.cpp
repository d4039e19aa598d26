#include "photos/erase_chips.h"

#include <kith/error.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "core/checksum.h"
#include "core/file_lock.h"
#include "core/files.h"
#include "photos/chip_records.h"
#include "photos/path_text.h"

namespace kith {
namespace fs = std::filesystem;
namespace {
using Json = nlohmann::ordered_json;

// What the journal says, sorted into whose it is.
struct Journal {
  std::string kept;               // lines of others
  std::set<std::string> erased;   // sha256 of the person's chips
  std::set<std::string> known;    // sha256 of all chips
  std::set<std::string> paths;    // of all chips, as they were written
  std::set<std::string> sources;  // the person's photos, as the journal has them
  std::int64_t lines = 0;
};

bool in_folder_of(const fs::path& path, const ChipsOf& whose) {
  return path.has_parent_path() && whose.names.contains(path.begin()->string());
}

bool is_persons(const Json& line, const ChipsOf& whose) {
  const std::string base = from_latin1(line.value("base", ""));
  if (in_folder_of(base, whose) || whose.checksums.contains(line.value("sha256", ""))) return true;
  const Json taken = line.value("taken", Json::array());
  return std::ranges::any_of(
      taken, [&](const Json& chip) { return in_folder_of(from_latin1(chip.value("chip", "")), whose); });
}

Journal read_journal(const fs::path& path, const ChipsOf& whose) {
  Journal journal;
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return journal;
  std::vector<std::pair<std::string, Json>> lines;
  std::istringstream text(read_file(path));
  for (std::string line; std::getline(text, line);) {
    Json json = Json::parse(line, nullptr, false);
    if (json.is_object())
      lines.emplace_back(std::move(line), std::move(json));  // else a killed run's last line
  }
  for (const auto& [line, json] : lines) {
    for (const Json& chip : json.value("taken", Json::array())) {
      journal.known.insert(chip.value("sha256", ""));
      journal.paths.insert(from_latin1(chip.value("chip", "")));
    }
    if (!is_persons(json, whose)) continue;
    journal.sources.insert(json.value("source", ""));
    for (const Json& chip : json.value("taken", Json::array()))
      journal.erased.insert(chip.value("sha256", ""));
  }
  for (const auto& [line, json] : lines) {
    const bool persons = is_persons(json, whose) || journal.sources.contains(json.value("duplicate_of", ""));
    if (persons) {
      ++journal.lines;
    } else {
      journal.kept += line + '\n';
    }
  }
  return journal;
}

// By their bytes, so that chips that were sorted anew are found.
std::vector<fs::path> find_chips(const fs::path& chips, const Journal& journal, const ChipsOf& whose) {
  std::vector<fs::path> found;
  for (const auto& entry :
       fs::recursive_directory_iterator(chips, fs::directory_options::skip_permission_denied)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".png") continue;
    const std::string sha256 = sha256_hex(read_file(entry.path()));
    const fs::path below = entry.path().lexically_relative(chips);
    const bool ours = journal.known.contains(sha256) || journal.paths.contains(below.generic_string());
    if ((ours && in_folder_of(below, whose)) || journal.erased.contains(sha256))
      found.push_back(entry.path());
  }
  return found;
}

}  // namespace

ErasedChips erase_chips(const fs::path& chips, const ChipsOf& whose, bool dry_run) try {
  const std::optional<FileLock> lock = FileLock::try_for(chips);  // as an AlignJournal has it
  if (!lock)
    throw Error(ErrorCode::kInvalidArgument, chips.string() + ": another run is writing there: wait for it");
  std::error_code ignored;
  const Journal journal = read_journal(journal_path(chips), whose);
  const std::vector<fs::path> found = find_chips(chips, journal, whose);
  ErasedChips erased{static_cast<std::int64_t>(found.size()), journal.lines, false};
  const bool anything = erased.chips > 0 || erased.lines > 0;
  if (anything && !dry_run) {
    for (const fs::path& chip : found) {
      if (!fs::remove(chip, ignored)) throw Error(ErrorCode::kIo, chip.string() + ": cannot be removed");
      fs::remove(chip.parent_path(), ignored);  // when it is empty now
    }
    write_file(journal_path(chips), journal.kept);
  }
  for (const char* name : {"audit.html", "audit.json"}) {
    if (!anything || !fs::exists(chips / name, ignored)) continue;
    erased.audit = true;
    if (!dry_run && !fs::remove(chips / name, ignored))
      throw Error(ErrorCode::kIo, (chips / name).string() + ": cannot be removed");
  }
  return erased;
} catch (const Json::exception&) {
  throw Error(ErrorCode::kCorrupt, journal_path(chips).string() + ": is no journal of align");
} catch (const fs::filesystem_error& e) {
  throw Error(ErrorCode::kIo, chips.string() + ": cannot be searched: " + e.code().message());
}

}  // namespace kith
