// CompreFace's API, /api/v1, as its clients know it: Double-Take, Home Assistant, the SDKs (docs/service.md).
#pragma once

#include "server/api.h"
#include "server/kith_api.h"

namespace kith::server {

/// Its errors: {"message","code"}, with its codes.
const Api& compreface_api();
void add_compreface_routes(Router<Route>& routes, const BodyLimits& limits);

}  // namespace kith::server
