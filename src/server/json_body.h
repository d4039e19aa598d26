// JSON that comes from outside, and that goes out.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace kith::server {

using Json = nlohmann::ordered_json;

/// How deeply it may nest: the parser's and the writer's stacks grow with it.
inline constexpr int kDeepestJson = 32;

/// @return nullopt: no JSON, or nested too deeply.
std::optional<Json> parse_json(std::string_view text);

/// Text that is not UTF-8 gets U+FFFD.
std::string to_text(const Json& json);

}  // namespace kith::server
