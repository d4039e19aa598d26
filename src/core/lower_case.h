// lower_case: for words whose case does not count.
#pragma once

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>

namespace kith {

/// Of ASCII letters; the rest stays.
inline std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// ".jpg" of "IMG_1.JPG".
inline std::string lower_extension(const std::filesystem::path& path) {
  return lower_case(path.extension().string());
}

}  // namespace kith
