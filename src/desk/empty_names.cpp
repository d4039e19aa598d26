#include "desk/empty_names.h"

#include <kith/error.h>

#include <nlohmann/json.hpp>

#include "core/files.h"

namespace kith {
namespace {

using Json = nlohmann::json;

}  // namespace

EmptyNames::EmptyNames(std::filesystem::path file) : file_(std::move(file)) {
  std::error_code ignored;
  if (!std::filesystem::exists(file_, ignored)) return;
  try {
    names_ = Json::parse(read_file(file_)).at("names").get<std::set<std::string>>();
  } catch (const Json::exception&) {
    throw Error(ErrorCode::kCorrupt, file_.string() + ": damaged; delete it to lose names without a photo");
  }
}

std::set<std::string> EmptyNames::all() const {
  const std::lock_guard lock(mutex_);
  return names_;
}

bool EmptyNames::has(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return names_.contains(name);
}

bool EmptyNames::add(const std::string& name) {
  const std::lock_guard lock(mutex_);
  std::set<std::string> names = names_;
  if (!names.insert(name).second) return false;
  save(names);
  return true;
}

bool EmptyNames::remove(const std::string& name) {
  const std::lock_guard lock(mutex_);
  std::set<std::string> names = names_;
  if (names.erase(name) == 0) return false;
  save(names);
  return true;
}

std::size_t EmptyNames::clear() {
  const std::lock_guard lock(mutex_);
  const std::size_t count = names_.size();
  if (count > 0) save({});
  return count;
}

void EmptyNames::save(const std::set<std::string>& names) {
  write_file(file_, Json{{"names", names}}.dump(-1, ' ', false, Json::error_handler_t::replace),
             Access::kPrivate);
  names_ = names;
}

}  // namespace kith
