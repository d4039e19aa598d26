#include "server/access.h"

#include <algorithm>
#include <array>

#include "core/lower_case.h"
#include "desk/photo_id.h"

namespace kith::server {
namespace {

// "localhost" of "http://localhost:8000" or "localhost:8000".
std::string host_of(std::string_view text) {
  if (const std::size_t scheme = text.find("://"); scheme != text.npos) text.remove_prefix(scheme + 3);
  const std::size_t end = text.starts_with('[') ? text.find(']') + 1 : text.find(':');
  return lower_case(std::string(text.substr(0, end)));
}

bool is_this_machine(const std::string& host) {
  constexpr std::array kNames = {"localhost", "[::1]", "127.0.0.1", "[::ffff:127.0.0.1]"};
  return std::ranges::find(kNames, host) != kNames.end();
}

}  // namespace

bool is_from_here(const Request& request) {
  if (!is_this_machine(host_of(request.header("host")))) return false;
  const std::string_view origin = request.header("origin");
  return origin.empty() || is_this_machine(host_of(origin));
}

void Access::look_at_keys() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  if (now - looked_.load() > std::chrono::milliseconds(500)) {
    looked_ = now;
    keys_.refresh();
  }
  if (!keys_.empty()) needs_key_ = true;
}

std::variant<Key, Trouble> Access::check(const Request& request, const Route& route, bool head_only) {
  Key nobody;
  nobody.id = "-";
  nobody.roles = kAllRoles;
  if (route.open) return nobody;
  look_at_keys();
  if (needs_key_) return check_key(request, route, head_only);
  if (is_from_here(request)) return nobody;
  return Trouble{
      403, "not_from_here",
      "without keys only programs of this machine are answered, and no pages of other sites; make a "
      "key with: kith serve key add"};
}

std::variant<Key, Trouble> Access::check_key(const Request& request, const Route& route, bool head_only) {
  const std::string sent = route.api->key_of(request);
  if (sent.empty() && head_only && route.api->key_in_body) return Key();
  if (sent.empty()) return Trouble{401, "no_key", "send a key as x-api-key, or as Authorization: Bearer"};
  if (const std::optional<Key> key = keys_.find(sent)) {
    backoff_.succeed(request.peer);
    if (route.roles == 0 || (key->roles & route.roles) != 0) return *key;
    return Trouble{403, "not_allowed",
                   "this key may not: the role " + role_words(route.roles) + " is needed"};
  }
  const auto wait = backoff_.wait(request.peer);
  if (wait.count() > 0)
    return Trouble{429, "too_many_failures", "too many wrong keys", static_cast<unsigned>(wait.count())};
  backoff_.fail(request.peer);
  return is_uuid(sent) ? Trouble{401, "unknown_key", "nobody has this key"}
                       : Trouble{401, "malformed_key", "a key is a UUID"};
}

}  // namespace kith::server
