// Keys: who may ask the service for what.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kith {

/// What a key may do; several are added up.
enum Role : unsigned {
  kRecognise = 1,  // ask about pictures, and who is known
  kEnrol = 2,      // add people and photos
  kManage = 4,     // change and erase people, and get vectors, of which a face can be rebuilt
  kAllRoles = 7,
};

/// "recognise", "enrol", "manage", with commas between them.
std::string role_words(unsigned roles);
/// @throws Error kInvalidArgument for another word.
unsigned roles_of(const std::vector<std::string>& words);

/// A key as it is kept. 128 random bits cannot be guessed however fast the hash is: the slow hashes that
/// passwords need would only cost each request 50 ms.
struct Key {
  std::string id;        // short, for lists and logs; says nothing about the key
  std::string label;     // whose it is, in words
  std::string checksum;  // sha256_hex of the key in lower case
  unsigned roles = 0;
  std::string created;  // utc_text
};

/// A JSON file of keys, 0600. Another process may change it: it is read again when it has. Thread-safe.
class Keys {
 public:
  /// @param file  need not exist. @throws Error kCorrupt, kIo.
  explicit Keys(std::filesystem::path file);
  /// @return the key itself, a UUID of 128 random bits that is kept nowhere. @throws Error kIo.
  std::string add(const std::string& label, unsigned roles);
  /// @return false: no key has this id. @throws Error kIo.
  bool revoke(const std::string& id);
  /// One that is in no file, for this run.
  void accept(const std::string& key, unsigned roles);

  std::vector<Key> all() const;
  bool empty() const;
  /// Whose it is; case does not count. nullopt: nobody's.
  std::optional<Key> find(std::string_view key) const;
  /// Looks at the file again. One that cannot be read changes nothing. @return whether it could be read.
  bool refresh();

 private:
  void read();
  void save(std::map<std::string, Key> keys);

  std::filesystem::path file_;
  mutable std::mutex mutex_;  // of all that follows
  std::filesystem::file_time_type changed_ = {};
  std::map<std::string, Key> keys_;      // by checksum
  std::map<std::string, Key> accepted_;  // of this run
};

}  // namespace kith
