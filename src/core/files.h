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

/// When it was written last; the clock's epoch where it cannot be had.
std::filesystem::file_time_type changed_at(const std::filesystem::path& path);

/// Makes a folder, for its owner alone, where there is none; what stands in the way is found when something is written there.
void make_private_folder(const std::filesystem::path& folder);

/// $KITH_HOME, else $XDG_DATA_HOME/kith, else ~/.local/share/kith: models, ONNX Runtime.
std::filesystem::path data_dir();

}  // namespace kith
