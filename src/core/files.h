// Whole files in and out of memory, and where Kith keeps its own.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace kith {

/// @throws Error kNotFound, kIo; the message names the file.
std::string read_file(const std::filesystem::path& path);

/// Writes beside the target first and renames, so that the file is whole or unchanged. Makes missing folders.
/// @throws Error kIo (no permission, full disk); the message names the file.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// $KITH_HOME, else $XDG_DATA_HOME/kith, else ~/.local/share/kith: models, ONNX Runtime.
std::filesystem::path data_dir();

}  // namespace kith
