// What `kith recognize` says at the end: who was seen, where and for how long.
#pragma once

#include <kith/sink.h>

#include <string>

namespace kith::cli {

/// Lines, each with a newline. Photos are counted; videos and cameras also have times, which are of one clock for one
/// source only.
std::string summary_text(const Summary& summary);

}  // namespace kith::cli
