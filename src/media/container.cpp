#include "media/container.h"

#include <string>

namespace kith::av {
namespace {

// Phones' own ("com.apple.quicktime.model"), which mp4 keeps in another place than titles and the like.
bool has_foreign_tags(const AVFormatContext& output) {
  return av_dict_get(output.metadata, "com.", nullptr, AV_DICT_IGNORE_SUFFIX) != nullptr;
}

}  // namespace

int write_header(AVFormatContext& output, bool delayed) {
  AVDictionary* settings = nullptr;
  if (std::string(output.oformat->name) != "matroska") {
    std::string flags = "frag_keyframe+empty_moov+default_base_moof";
    if (delayed) flags += "+delay_moov";
    if (has_foreign_tags(output)) flags += "+use_metadata_tags";
    av_dict_set(&settings, "movflags", flags.c_str(), 0);
  }
  output.flags |= AVFMT_FLAG_FLUSH_PACKETS;
  const int error = avformat_write_header(&output, &settings);
  av_dict_free(&settings);
  return error;
}

}  // namespace kith::av
