// Access: may this request do that?
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <variant>

#include "desk/keys.h"
#include "server/api.h"
#include "server/backoff.h"

namespace kith::server {

/// Thread-safe.
class Access {
 public:
  /// @param needs_key  also as long as there is no key at all. Without, everybody may do everything until the
  ///                   first key is made, but no web page of another site may (a browser sends its Origin,
  /// and the name it asked for).
  Access(Keys& keys, bool needs_key) : keys_(keys), needs_key_(needs_key) {}

  /// @param head_only  the body has not come yet: a key that may be in it is not missed.
  std::variant<Key, Trouble> check(const Request& request, const Route& route, bool head_only);

 private:
  void look_at_keys();
  std::variant<Key, Trouble> check_key(const Request& request, const Route& route, bool head_only);

  Keys& keys_;
  std::atomic<bool> needs_key_;  // once true, for ever: the last key's end opens nothing
  std::atomic<std::chrono::steady_clock::duration> looked_{};
  Backoff backoff_;
};

/// Whether a browser's request comes from a page of this very machine, or from no browser. The name must be
/// this machine's own too: another could be pointed at it (DNS rebinding).
bool is_from_here(const Request& request);

}  // namespace kith::server
