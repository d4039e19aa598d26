// Kith's own API: /v1 (docs/service.md, src/server/openapi.json).
#pragma once

#include "server/api.h"

namespace kith::server {

/// What requests may be like; the same for all APIs.
struct BodyLimits {
  std::uint64_t picture = 20 << 20;   // one
  std::uint64_t pictures = 64 << 20;  // a form of them
  std::uint64_t words = 1 << 20;      // JSON without pictures
};

/// Its errors: {"error":{"code","message"}}.
const Api& kith_api();
void add_kith_routes(Router<Route>& routes, const BodyLimits& limits);

}  // namespace kith::server
