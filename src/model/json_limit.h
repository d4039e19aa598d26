// How deeply the JSON of contracts may nest: a few levels are needed, and nlohmann's writer calls itself for each.
#pragma once

namespace kith::model {

inline constexpr int kDeepestJson = 64;

}  // namespace kith::model
