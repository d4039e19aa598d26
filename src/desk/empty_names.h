// EmptyNames: names that were made before their first photo, which a gallery has no place for.
#pragma once

#include <filesystem>
#include <mutex>
#include <set>
#include <string>

namespace kith {

/// A JSON file, 0600, written whole at each change. Thread-safe; one process at a time.
class EmptyNames {
 public:
  /// @param file  need not exist. @throws Error kCorrupt, kIo.
  explicit EmptyNames(std::filesystem::path file);
  std::set<std::string> all() const;
  bool has(const std::string& name) const;
  /// @return whether it was new. @throws Error kIo.
  bool add(const std::string& name);
  /// @return whether it was there. @throws Error kIo.
  bool remove(const std::string& name);
  /// @return how many there were. @throws Error kIo.
  std::size_t clear();

 private:
  void save(const std::set<std::string>& names);
  std::filesystem::path file_;
  mutable std::mutex mutex_;
  std::set<std::string> names_;
};

}  // namespace kith
