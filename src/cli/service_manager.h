// What a service tells systemd, where it runs below it (sd_notify(3), the protocol alone).
#pragma once

#include <string>

namespace kith::cli {

/// "READY=1", "STOPPING=1". Without a $NOTIFY_SOCKET it does nothing.
void tell_service_manager(const std::string& state);

}  // namespace kith::cli
