// How Kith's films are put into a container: in pieces, so that they play up to where the process died.
#pragma once

#include "media/av.h"

namespace kith::av {

/// Writes the header. @param delayed  it waits for the first packets of every stream, which some sounds' headers are
/// made of (AC-3 in mp4). @return an AVERROR, or 0 and more.
int write_header(AVFormatContext& output, bool delayed);

}  // namespace kith::av
