// Paths in JSON, byte for byte: names of files need not be UTF-8, and a path is looked up by its bytes.
#pragma once

#include <filesystem>
#include <string>

namespace kith {

/// One code point a byte (Latin-1), so that any bytes are a JSON string.
std::string to_latin1(const std::string& bytes);
std::string from_latin1(const std::string& text);

/// Whether a path names something below the folder that it is relative to: not absolute, not empty, no "..".
bool stays_below(const std::filesystem::path& path);

}  // namespace kith
