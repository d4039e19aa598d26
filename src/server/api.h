// Api: routes that are spoken to in one way. Kith's own, CompreFace's and DeepStack's are three of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "desk/desk.h"
#include "desk/keys.h"
#include "server/json_body.h"
#include "server/message.h"
#include "server/router.h"
#include "server/trouble.h"

namespace kith::server {

/// A request that has been let in, as its handler sees it.
struct Call {
  const Request& request;
  const PathValues& path;
  Key key;  // whose it is; of nobody, with all roles, where none is needed
  Desk& desk;
  std::function<void(const LookedAt&)> looked;   // told of every picture that was looked at: for the metrics
  std::function<void(const Json& did)> changed;  // told of every change: for the audit log

  /// Desk::look, told.
  LookedAt look(const PhotoBytes& photo, const LookAt& how = {}) const {
    LookedAt seen = desk.look(photo.bytes, photo.name, how);
    looked(seen);
    return seen;
  }
  /// Desk::erase, told.
  std::optional<int> erase(const std::string& name) const {
    const std::optional<int> photos = desk.erase(name);
    if (photos) changed({{"did", "erase"}, {"person", name}, {"photos", *photos}});
    return photos;
  }
};

/// Who does it: on the connection's own thread, in the queue for pictures, or in that for everything else
/// that may wait.
enum class Work { kAtOnce, kPicture, kOther };

struct Api;

struct Route {
  std::function<Response(const Call&)> handle;  // may throw Error and Answered
  const Api* api = nullptr;
  unsigned roles = 0;  // of which the key must have one; 0: any key will do
  bool open = false;   // no key is needed
  Work work = Work::kOther;
  std::uint64_t max_body_bytes = 0;
};

/// What a key must be like, and how faults are told.
struct Api {
  std::string prefix;  // of its paths: faults of paths that are no route are told as it tells them
  std::function<Response(const Trouble&, const Request&)> say;
  std::function<std::string(const Request&)> key_of;  // as sent; empty: none
  bool key_in_body = false;  // whoever sends none in the head may have it in the body
  std::function<Response(const Request&)> preflight = {};  // of browsers (CORS); null: none
  std::function<void(Response&)> finish = {};              // what every answer gets; null: nothing
};

inline Response json_response(const Json& json, unsigned status = 200) { return {status, to_text(json)}; }

}  // namespace kith::server
