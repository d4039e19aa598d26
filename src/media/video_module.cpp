// What libkith-video offers (modules.h).
#include <kith/export.h>

#include "media/modules.h"
#include "media/sources.h"

extern "C" {
KITH_EXPORT extern const kith::VideoModule kith_video_module;
const kith::VideoModule kith_video_module{kith::open_video, kith::open_camera, kith::open_stream,
                                          kith::make_video_writer};
}
