#include "media/jpeg.h"

#include <gtest/gtest.h>
#include <kith/error.h>

#include <opencv2/imgcodecs.hpp>

namespace kith::test {
namespace {

std::string jpeg(const cv::Mat& picture, const std::vector<int>& options = {}) {
  std::vector<uchar> bytes;
  cv::imencode(".jpg", picture, bytes, options);
  return {bytes.begin(), bytes.end()};
}

// The smallest files there are for their pixels: nothing but one code of a bit or two for each block.
TEST(JpegUnit, FlatPicturesAreNotTakenForCutOffOnes) {
  for (const int progressive : {0, 1}) {
    const std::string bytes = jpeg(cv::Mat(3001, 2003, CV_8UC1, cv::Scalar(128)),
                                   {cv::IMWRITE_JPEG_PROGRESSIVE, progressive, cv::IMWRITE_JPEG_OPTIMIZE, 1});
    EXPECT_EQ(decode_jpeg(bytes).size(), cv::Size(2003, 3001));
  }
}

TEST(JpegUnit, AHeaderOfAFewBytesDoesNotClaimGigabytes) {
  std::string bytes = jpeg(cv::Mat(16, 16, CV_8UC3, cv::Scalar(1, 2, 3)));
  const std::size_t frame = bytes.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  bytes.replace(frame + 5, 4, std::string("\x40\x00\xFF\x00", 4));  // 16384 lines of 65280
  try {
    decode_jpeg(bytes);
    FAIL() << "read";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  }
}

}  // namespace
}  // namespace kith::test
