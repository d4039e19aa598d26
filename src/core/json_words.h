// What nlohmann says of JSON that cannot be read, without its own names for it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace kith {

/// "parse error at line 2, column 7: ...".
inline std::string plain_words(const nlohmann::json::exception& error) {
  const std::string text = error.what();
  const std::size_t end = text.find("] ");
  return text.starts_with("[json.exception.") && end != std::string::npos ? text.substr(end + 2) : text;
}

}  // namespace kith
