// Whole files in and out of memory, and where Kith keeps its own.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/draft.h"

namespace kith {

/// @throws Error kNotFound, kIo (a folder, no permission, a disk that fails); the message names the file.
std::string read_file(const std::filesystem::path& path);

/// The file is whole or unchanged, whoever dies (core/draft.h). Makes missing folders.
/// @throws Error kIo (no permission, full disk); the message names the file.
void write_file(const std::filesystem::path& path, std::string_view bytes, Access access = Access::kShared);

/// $KITH_HOME, else $XDG_DATA_HOME/kith, else ~/.local/share/kith: models, ONNX Runtime.
std::filesystem::path data_dir();

}  // namespace kith
