#include "desk/keys.h"

#include <kith/error.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/checksum.h"
#include "core/clock.h"
#include "core/files.h"
#include "core/lower_case.h"
#include "core/random.h"
#include "desk/photo_id.h"

namespace kith {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct RoleWord {
  Role role;
  const char* word;
};
constexpr RoleWord kRoleWords[] = {{kRecognise, "recognise"}, {kEnrol, "enrol"}, {kManage, "manage"}};

std::string checksum_of(std::string_view key) { return sha256_hex(lower_case(std::string(key))); }

Json to_json(const Key& key) {
  Json roles = Json::array();
  for (const auto& [role, word] : kRoleWords)
    if ((key.roles & role) != 0) roles.push_back(word);
  return {{"id", key.id},
          {"label", key.label},
          {"roles", roles},
          {"created", key.created},
          {"sha256", key.checksum}};
}

Key to_key(const Json& json) {
  return {json.at("id"), json.at("label"), json.at("sha256"),
          roles_of(json.at("roles").get<std::vector<std::string>>()), json.at("created")};
}

}  // namespace

std::string role_words(unsigned roles) {
  std::string words;
  for (const auto& [role, word] : kRoleWords)
    if ((roles & role) != 0) words += (words.empty() ? "" : ", ") + std::string(word);
  return words;
}

unsigned roles_of(const std::vector<std::string>& words) {
  unsigned roles = 0;
  for (const std::string& word : words) {
    const auto* const known =
        std::ranges::find_if(kRoleWords, [&](const RoleWord& role) { return role.word == word; });
    if (known == std::end(kRoleWords))
      throw Error(ErrorCode::kInvalidArgument,
                  "no role is called '" + word + "': recognise, enrol or manage");
    roles |= known->role;
  }
  return roles;
}

Keys::Keys(fs::path file) : file_(std::move(file)) { read(); }

std::string Keys::add(const std::string& label, unsigned roles) {
  const std::lock_guard lock(mutex_);
  read();
  const std::string secret = uuid_text(random_bytes(16));
  const std::string id = uuid_text(random_bytes(4));
  Key key{id, label, checksum_of(secret), roles, utc_text()};
  std::map<std::string, Key> keys = keys_;
  keys.emplace(key.checksum, std::move(key));
  save(std::move(keys));
  return secret;
}

bool Keys::revoke(const std::string& id) {
  const std::lock_guard lock(mutex_);
  read();
  std::map<std::string, Key> keys = keys_;
  if (std::erase_if(keys, [&](const auto& entry) { return entry.second.id == id; }) == 0) return false;
  save(std::move(keys));
  return true;
}

void Keys::accept(const std::string& key, unsigned roles) {
  const std::lock_guard lock(mutex_);
  const std::string checksum = checksum_of(key);
  accepted_[checksum] = {"run-" + std::to_string(accepted_.size() + 1), "--key", checksum, roles, utc_text()};
}

std::vector<Key> Keys::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<Key> keys;
  for (const auto& [checksum, key] : keys_) keys.push_back(key);
  std::ranges::sort(keys, {}, [](const Key& key) { return std::pair(key.created, key.id); });
  return keys;
}

bool Keys::empty() const {
  const std::lock_guard lock(mutex_);
  return keys_.empty() && accepted_.empty();
}

// By checksum: how long the search takes says nothing about a key.
std::optional<Key> Keys::find(std::string_view key) const {
  const std::string checksum = checksum_of(key);
  const std::lock_guard lock(mutex_);
  for (const auto* keys : {&accepted_, &keys_}) {
    if (const auto found = keys->find(checksum); found != keys->end()) return found->second;
  }
  return std::nullopt;
}

bool Keys::refresh() {
  const std::lock_guard lock(mutex_);
  if (changed_at(file_) == changed_) return true;
  try {
    read();
    return true;
  } catch (const Error&) {
    return false;
  }
}

void Keys::read() {
  const fs::file_time_type changed = changed_at(file_);
  std::map<std::string, Key> keys;
  std::error_code ignored;
  if (fs::exists(file_, ignored)) {
    try {
      const Json json = Json::parse(read_file(file_));
      for (const Json& entry : json.at("keys")) {
        Key key = to_key(entry);
        keys.emplace(key.checksum, std::move(key));
      }
    } catch (const Json::exception&) {
      throw Error(ErrorCode::kCorrupt,
                  file_.string() + ": damaged; delete it and make keys with: kith serve key add");
    }
  }
  keys_ = std::move(keys);
  changed_ = changed;
}

void Keys::save(std::map<std::string, Key> keys) {
  Json list = Json::array();
  for (const auto& [checksum, key] : keys) list.push_back(to_json(key));
  const Json json = {{"format", 1}, {"keys", list}};
  write_file(file_, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n", Access::kPrivate);
  keys_ = std::move(keys);
  changed_ = changed_at(file_);
}

}  // namespace kith
