// The window sink, in libkith-pictures: elsewhere make_window_sink() (kith/sink.h).
#pragma once

#include <kith/sink.h>

namespace kith {

/// @throws Error kUnsupported without a display.
std::unique_ptr<Sink> open_window();

}  // namespace kith
