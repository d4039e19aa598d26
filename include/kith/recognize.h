// recognize: a picture -> its faces with their names, in one call. Films and cameras: pipeline.h.
#pragma once

#include <kith/export.h>
#include <kith/identifier.h>
#include <kith/sink.h>
#include <kith/stages.h>

#include <opencv2/core.hpp>
#include <vector>

namespace kith {

/// Who is in a picture. May be called from several threads at once.
/// @param image  CV_8UC3 BGR (read_image).
/// @return the faces as Stages::look finds them, each with its name or as unknown or unclear; no name twice unless
///         IdentifierOptions::unique is off.
/// @throws Error as Stages::look and Identifier::identify do.
KITH_EXPORT std::vector<RecognizedFace> recognize(const Stages& stages, const Identifier& identifier,
                                                  const cv::Mat& image, const LookOptions& options = {});

}  // namespace kith
