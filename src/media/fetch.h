// A film that lies on a server which sends from front to back only, and whose index comes last: it is fetched whole first.
#pragma once

#include <kith/frame.h>

#include <functional>
#include <memory>
#include <string>

#include "media/spool.h"

namespace kith {

/// @param name  what messages start with. @param stop  asked while it waits.
/// @throws Error kIo, as opening it would; also when the temporary folder is full.
std::shared_ptr<Spool> fetch(const std::string& address, const std::string& name,
                             const SourceOptions& options, const std::function<bool()>& stop);

}  // namespace kith
