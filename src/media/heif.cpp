#include "media/heif.h"

#include <kith/error.h>
#include <libheif/heif.h>

#include <algorithm>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "media/image_format.h"

namespace kith {
namespace {

template <auto release>
struct Release {
  template <typename T>
  void operator()(T* handle) const {
    release(handle);
  }
};
using Context = std::unique_ptr<heif_context, Release<heif_context_free>>;
using Handle = std::unique_ptr<heif_image_handle, Release<heif_image_handle_release>>;
using Picture = std::unique_ptr<heif_image, Release<heif_image_release>>;
using Options = std::unique_ptr<heif_decoding_options, Release<heif_decoding_options_free>>;

void check(const heif_error& error) {
  switch (error.code) {
    case heif_error_Ok:
      return;
    case heif_error_Memory_allocation_error:
      throw Error(ErrorCode::kUnsupported, "too large: " + std::string(error.message));
    case heif_error_Unsupported_filetype:
    case heif_error_Unsupported_feature:
    case heif_error_Plugin_loading_error:
      throw Error(ErrorCode::kUnsupported, "libheif cannot read it (" + std::string(error.message) +
                                               "): install its decoders, or save it as JPEG or PNG");
    default:
      throw Error(ErrorCode::kCorrupt, "damaged or cut off: " + std::string(error.message));
  }
}

Context open(std::string_view bytes) {
  static const heif_error kReady = heif_init(nullptr);  // decoders are registered once, by one thread
  check(kReady);
  Context context(heif_context_alloc());
  check(heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(), nullptr));
  return context;
}

Handle primary(heif_context& context) {
  heif_image_handle* handle = nullptr;
  check(heif_context_get_primary_image_handle(&context, &handle));
  return Handle(handle);
}

cv::Mat onto_white(const cv::Mat& rgba, bool multiplied) {
  cv::Mat bgr(rgba.size(), CV_8UC3);
  for (int y = 0; y < rgba.rows; ++y) {
    const auto* from = rgba.ptr<cv::Vec4b>(y);
    auto* to = bgr.ptr<cv::Vec3b>(y);
    for (int x = 0; x < rgba.cols; ++x) {
      const int alpha = from[x][3], white = 255 - alpha;
      for (int c = 0; c < 3; ++c) {
        const int colour = from[x][2 - c];
        to[x][c] = cv::saturate_cast<uchar>(multiplied ? colour + white
                                                       : (colour * alpha + 255 * white + 127) / 255);
      }
    }
  }
  return bgr;
}

std::string metadata_block(const heif_image_handle& handle, heif_item_id id) {
  std::string block(heif_image_handle_get_metadata_size(&handle, id), '\0');
  if (heif_image_handle_get_metadata(&handle, id, block.data()).code != heif_error_Ok) return {};
  return block;
}

// Four bytes say how far on the EXIF block begins (ISO/IEC 23008-12, A.2.1).
std::string without_offset(const std::string& item) {
  if (item.size() < 4) return {};
  std::size_t offset = 0;
  for (std::size_t i = 0; i < 4; ++i) offset = offset << 8U | static_cast<unsigned char>(item[i]);
  return offset + 4 < item.size() ? item.substr(offset + 4) : std::string();
}

}  // namespace

cv::Mat decode_heif(std::string_view bytes, std::uint64_t max_pixels) {
  const Context context = open(bytes);
  const Handle handle = primary(*context);
  const auto stated = [&](auto side) { return static_cast<std::uint64_t>(std::max(side(handle.get()), 0)); };
  if (stated(heif_image_handle_get_width) * stated(heif_image_handle_get_height) > max_pixels)
    refuse_size(max_pixels);
  const Options options(heif_decoding_options_alloc());
  options->convert_hdr_to_8bit = 1;
  options->strict_decoding = 1;
  const bool alpha = heif_image_handle_has_alpha_channel(handle.get()) != 0;
  heif_image* decoded = nullptr;
  check(heif_decode_image(handle.get(), &decoded, heif_colorspace_RGB,
                          alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, options.get()));
  const Picture picture(decoded);
  int stride = 0;
  const std::uint8_t* const plane =
      heif_image_get_plane_readonly(picture.get(), heif_channel_interleaved, &stride);
  if (plane == nullptr) throw Error(ErrorCode::kCorrupt, "damaged: it has no picture");
  const cv::Mat stored(heif_image_get_height(picture.get(), heif_channel_interleaved),
                       heif_image_get_width(picture.get(), heif_channel_interleaved),
                       alpha ? CV_8UC4 : CV_8UC3, const_cast<std::uint8_t*>(plane),
                       static_cast<std::size_t>(stride));
  if (alpha) return onto_white(stored, heif_image_handle_is_premultiplied_alpha(handle.get()) != 0);
  cv::Mat bgr;
  cv::cvtColor(stored, bgr, cv::COLOR_RGB2BGR);
  return bgr;
}

PictureMetadata heif_metadata(std::string_view bytes) {
  const Context context = open(bytes);
  const Handle handle = primary(*context);
  std::vector<heif_item_id> ids(
      static_cast<std::size_t>(heif_image_handle_get_number_of_metadata_blocks(handle.get(), nullptr)));
  heif_image_handle_get_list_of_metadata_block_IDs(handle.get(), nullptr, ids.data(),
                                                   static_cast<int>(ids.size()));
  PictureMetadata found;
  for (const heif_item_id id : ids) {
    const std::string type = heif_image_handle_get_metadata_type(handle.get(), id);
    if (type == "Exif") found.exif = without_offset(metadata_block(*handle, id));
    const std::string content = heif_image_handle_get_metadata_content_type(handle.get(), id);
    if (type == "mime" && content == "application/rdf+xml") found.xmp = metadata_block(*handle, id);
  }
  found.icc.resize(heif_image_handle_get_raw_color_profile_size(handle.get()));
  if (heif_image_handle_get_raw_color_profile(handle.get(), found.icc.data()).code != heif_error_Ok)
    found.icc.clear();
  return found;
}

}  // namespace kith
