// Why something cannot be opened, by FFmpeg's error code.
#pragma once

#include <string>

namespace kith::av {

/// @param name  what is shown of the file or address. @param error  an AVERROR. @throws Error, always.
[[noreturn]] void refuse(const std::string& name, int error);

}  // namespace kith::av
