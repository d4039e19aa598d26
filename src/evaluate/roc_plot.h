// The ROC curve as a drawing for our pages.
#pragma once

#include <span>
#include <string>

#include "evaluate/roc.h"

namespace kith {

/// Inline SVG: FAR on a logarithmic axis from 1e-4 (or as low as so many pairs can show) to 1, TAR from 0, 0.5, 0.9 or
/// 0.95 to 1, as the curve needs.
std::string roc_svg(std::span<const RocPoint> curve);

}  // namespace kith
