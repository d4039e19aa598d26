// The mark by which an annotated copy is known again, so that the next run may replace it, and nothing else.
#pragma once

#include <filesystem>
#include <opencv2/core.hpp>
#include <string_view>
#include <vector>

namespace kith {

/// A comment in pictures, the encoding tool in videos.
inline constexpr std::string_view kCopyMark = "Kith (annotated copy)";

/// Puts the mark into an encoded JPEG or PNG, and behind the end of a picture of another format, where readers do not look.
void add_copy_mark(std::vector<uchar>& picture);

/// Whether a file bears the mark, near its beginning or at its very end. @throws Error kIo when it cannot be read.
bool has_copy_mark(const std::filesystem::path& path);

/// The same of a file that is named like a picture, in two short reads; false where it cannot be read.
bool is_marked_picture(const std::filesystem::path& path) noexcept;

}  // namespace kith
