// The kinds of FrameSource that FrameSource::open chooses from.
#pragma once

#include <kith/frame.h>

#include <memory>
#include <string>
#include <string_view>

#include "media/modules.h"

namespace kith {

std::unique_ptr<FrameSource> open_photo(const std::string& input);
/// What came through a pipe. @throws Error as read_image.
std::unique_ptr<FrameSource> open_photo(const std::string& name, std::string_view bytes);
std::unique_ptr<FrameSource> open_folder(const std::string& input, const SourceOptions& options);
// In libkith-video: elsewhere video_module().open_video and so on (modules.h).
std::unique_ptr<FrameSource> open_video(const VideoInput& input, const SourceOptions& options);
/// @param device  "/dev/videoN". @param name  what the user called it.
std::unique_ptr<FrameSource> open_camera(const std::string& device, const std::string& name,
                                         const SourceOptions& options);
/// A live stream, or a video file on a server where the server says how long it is.
std::unique_ptr<FrameSource> open_stream(const std::string& url, const SourceOptions& options);

}  // namespace kith
