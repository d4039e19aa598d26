// Pictures: the checks before decoding, the decoders, EXIF.
#include <kith/frame.h>

#include <cstdlib>
#include <stdexcept>

#include "fuzz.h"
#include "media/exif.h"
#include "media/image_format.h"
#include "media/metadata.h"

using namespace kith;
using namespace std::string_view_literals;

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  // OpenCV refuses what claims more pixels than this before it allocates them, 2^30 unless told. The same
  // check with a bound that fuzzing can afford.
  return setenv("OPENCV_IO_MAX_IMAGE_PIXELS", "4194304", 1);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes = fuzz::to_string(data, size);
  const ImageFormat format = sniff_format(bytes);
  find_cut(format, bytes);
  exif_turn(find_exif(format, bytes));
  if (format != ImageFormat::kHeic && format != ImageFormat::kAvif) {  // those are libheif's
    const PictureMetadata metadata = read_metadata(format, bytes);
    for (const std::string_view start :
         {"\xFF\xD8\xFF"sv, "\x89PNG\r\n\x1A\n"sv, "RIFF\0\0\0\0WEBP"sv, "II*\0"sv})
      with_metadata(std::string(start) + std::string(60, '\0'), {1, 1}, metadata);
  }
  const fuzz::InputFile file(bytes, ".jpg");
  if (const auto image = fuzz::attempt([&] { return read_image(file.path()); })) {
    fuzz::require(!image->empty() && image->type() == CV_8UC3, "read_image returns CV_8UC3, never empty");
  }
  return 0;
}
