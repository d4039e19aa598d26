// DeepStack's face API, /v1/vision/face, which CodeProject.AI speaks too: Blue Iris, Home Assistant,
// Double-Take.
#pragma once

#include "server/api.h"
#include "server/kith_api.h"

namespace kith::server {

/// Its errors: {"success":false,"error","duration"}.
const Api& deepstack_api();
void add_deepstack_routes(Router<Route>& routes, const BodyLimits& limits);

}  // namespace kith::server
