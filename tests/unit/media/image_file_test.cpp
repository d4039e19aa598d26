// read_image on whole, odd and broken files.
#include <gtest/gtest.h>
#include <kith/error.h>
#include <kith/frame.h>

#include <algorithm>
#include <cstring>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

#include "core/files.h"
#include "support/test_data.h"

namespace kith {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

// Smooth, with a different colour in each corner: top left blue, top right green, bottom left red, bottom
// right white.
cv::Mat corners(int width = 64, int height = 48) {
  cv::Mat small = (cv::Mat_<cv::Vec3b>(2, 2) << cv::Vec3b{255, 0, 0}, cv::Vec3b{0, 255, 0},
                   cv::Vec3b{0, 0, 255}, cv::Vec3b{255, 255, 255});
  cv::Mat image;
  cv::resize(small, image, {width, height}, 0, 0, cv::INTER_NEAREST);
  return image;
}

// Compresses badly, so that every part of the file matters.
cv::Mat noise(int width = 61, int height = 47) {
  cv::Mat image(height, width, CV_8UC3);
  cv::RNG random(7);
  random.fill(image, cv::RNG::UNIFORM, 0, 256);
  cv::GaussianBlur(image, image, {3, 3}, 0);
  return image;
}

std::string encoded(const std::string& extension, const cv::Mat& image,
                    const std::vector<int>& settings = {}) {
  std::vector<uchar> bytes;
  EXPECT_TRUE(cv::imencode(extension, image, bytes, settings)) << extension;
  return {bytes.begin(), bytes.end()};
}

class ImageFileUnit : public testing::Test {
 protected:
  fs::path put(const std::string& name, const std::string& bytes) {
    const fs::path path = dir_.path() / name;
    write_file(path, bytes);
    return path;
  }
  // The code that reading fails with; the message must name the file and nothing may be printed.
  ErrorCode code_of(const fs::path& path) {
    testing::internal::CaptureStderr();
    ErrorCode code = ErrorCode::kInternal;
    message_.clear();
    try {
      const cv::Mat image = read_image(path);
      ADD_FAILURE() << path << ": read as " << image.cols << "x" << image.rows;
    } catch (const Error& error) {
      code = error.code();
      message_ = error.what();
      EXPECT_TRUE(message_.starts_with(path.string())) << message_;
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << path;
    return code;
  }
  test::TempDir dir_;
  std::string message_;
};

TEST_F(ImageFileUnit, EveryFormatIsReadAsStored) {
  const cv::Mat image = noise();
  for (const std::string extension : {".png", ".bmp", ".tif", ".ppm", ".webp", ".jpg"}) {
    const std::vector<int> settings = {cv::IMWRITE_WEBP_QUALITY, 101, cv::IMWRITE_JPEG_QUALITY, 100};
    testing::internal::CaptureStderr();
    const cv::Mat read = read_image(put("a" + extension, encoded(extension, image, settings)));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    ASSERT_EQ(read.size(), image.size()) << extension;
    ASSERT_EQ(read.type(), CV_8UC3) << extension;
    EXPECT_LE(cv::norm(read, image, cv::NORM_L1) / static_cast<double>(image.total()),
              extension == ".jpg" ? 40 : 6)
        << extension;
  }
}

TEST_F(ImageFileUnit, JpegPixelsAreOpenCvs) {
  for (const int progressive : {0, 1}) {
    const std::string bytes = encoded(".jpg", noise(), {cv::IMWRITE_JPEG_PROGRESSIVE, progressive});
    const cv::Mat expected = cv::imdecode(std::vector<uchar>(bytes.begin(), bytes.end()), cv::IMREAD_COLOR);
    EXPECT_EQ(cv::norm(read_image(put("a.jpg", bytes)), expected, cv::NORM_INF), 0);
  }
}

TEST_F(ImageFileUnit, GreySixteenBitAndAlphaBecomeEightBitColour) {
  cv::Mat grey, sixteen, alpha;
  cv::cvtColor(noise(), grey, cv::COLOR_BGR2GRAY);
  const cv::Mat from_grey = read_image(put("grey.png", encoded(".png", grey)));
  EXPECT_EQ(from_grey.type(), CV_8UC3);
  EXPECT_EQ(from_grey.at<cv::Vec3b>(5, 7)[1], grey.at<uchar>(5, 7));
  EXPECT_EQ(read_image(put("grey.jpg", encoded(".jpg", grey))).type(), CV_8UC3);

  noise().convertTo(sixteen, CV_16U, 257);
  for (const std::string extension : {".png", ".tif"}) {
    const cv::Mat read = read_image(put("sixteen" + extension, encoded(extension, sixteen)));
    ASSERT_EQ(read.type(), CV_8UC3);
    EXPECT_EQ(cv::norm(read, noise(), cv::NORM_INF), 0) << extension;
  }

  cv::cvtColor(corners(), alpha, cv::COLOR_BGR2BGRA);
  for (cv::Vec4b& pixel : cv::Mat_<cv::Vec4b>(alpha.rowRange(0, 24))) pixel[3] = 0;
  for (cv::Vec4b& pixel : cv::Mat_<cv::Vec4b>(alpha.rowRange(24, 48))) pixel[3] = 128;
  const cv::Mat blended = read_image(put("alpha.png", encoded(".png", alpha)));
  ASSERT_EQ(blended.type(), CV_8UC3);
  EXPECT_EQ(blended.at<cv::Vec3b>(0, 0), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(blended.at<cv::Vec3b>(40, 2), cv::Vec3b(127, 127, 255));
  cv::Mat alpha16;
  alpha.convertTo(alpha16, CV_16U, 257);
  EXPECT_EQ(cv::norm(read_image(put("alpha16.png", encoded(".png", alpha16))), blended, cv::NORM_INF), 0);
}

TEST_F(ImageFileUnit, CutFilesAreCorruptWhereverTheyAreCut) {
  struct Kind {
    std::string extension;
    std::vector<int> settings;
  };
  const std::vector<Kind> kinds = {{".jpg", {}},
                                   {".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1}},
                                   {".jpg", {cv::IMWRITE_JPEG_RST_INTERVAL, 2}},
                                   {".png", {}},
                                   {".webp", {}},
                                   {".webp", {cv::IMWRITE_WEBP_QUALITY, 101}},
                                   {".bmp", {}},
                                   {".tif", {}},
                                   {".ppm", {}}};
  for (const Kind& kind : kinds) {
    const std::string bytes = encoded(kind.extension, noise(), kind.settings);
    for (std::size_t length = 80; length < bytes.size(); length += 1 + bytes.size() / 25) {
      const fs::path path = put("cut" + kind.extension, bytes.substr(0, length));
      ASSERT_EQ(code_of(path), ErrorCode::kCorrupt)
          << kind.extension << " " << length << " of " << bytes.size() << " " << message_;
    }
    const std::size_t last =
        kind.extension == ".webp" ? 2 : 1;  // a WebP may end in a byte that fills up its last chunk
    ASSERT_EQ(code_of(put("cut" + kind.extension, bytes.substr(0, bytes.size() - last))), ErrorCode::kCorrupt)
        << kind.extension;
  }
}

TEST_F(ImageFileUnit, ABitmapThatPromisesWhatItDoesNotHoldIsRefusedBeforeItsPixelsAreMade) {
  std::string bytes = encoded(".bmp", noise());
  for (const int height : {400'000, -400'000}) {
    std::memcpy(bytes.data() + 22, &height, sizeof height);
    EXPECT_EQ(code_of(put("tall.bmp", bytes)), ErrorCode::kCorrupt);
    EXPECT_NE(message_.find("cut off"), std::string::npos) << message_;
  }
}

TEST_F(ImageFileUnit, DataAfterTheEndDoesNoHarm) {
  for (const std::string extension : {".jpg", ".png", ".bmp", ".webp", ".tif"}) {
    EXPECT_NO_THROW(read_image(put("a" + extension, encoded(extension, noise()) + std::string(1000, '\xD8'))))
        << extension;
  }
}

TEST_F(ImageFileUnit, OrientationIsApplied) {
  const std::string plain = encoded(".jpg", corners());
  // Which corner of the stored picture (0 top left, 1 top right, 2 bottom left, 3 bottom right) comes to lie
  // top left and top right: EXIF 2.3, table 6.
  constexpr int kTopLeft[] = {0, 1, 3, 2, 0, 2, 3, 1}, kTopRight[] = {1, 0, 2, 3, 2, 0, 1, 3};
  const cv::Vec3b colours[] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool big : {false, true}) {
      const char o = static_cast<char>(orientation);
      const std::string tiff = big ? "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"s + o + "\0\0\0\0\0\0"s
                                   : "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"s + o + "\0\0\0\0\0\0\0"s;
      const std::string block = "Exif\0\0"s + tiff;
      const std::string segment = "\xFF\xE1\0"s + static_cast<char>(block.size() + 2) + block;
      const cv::Mat read = read_image(put("turned.jpg", plain.substr(0, 2) + segment + plain.substr(2)));
      ASSERT_EQ(read.size(), orientation < 5 ? cv::Size(64, 48) : cv::Size(48, 64)) << orientation;
      const auto close = [](cv::Vec3b a, cv::Vec3b b) { return cv::norm(a, b, cv::NORM_INF) < 12; };
      EXPECT_TRUE(close(read.at<cv::Vec3b>(2, 2), colours[kTopLeft[orientation - 1]])) << orientation;
      EXPECT_TRUE(close(read.at<cv::Vec3b>(2, read.cols - 3), colours[kTopRight[orientation - 1]]))
          << orientation;
      EXPECT_EQ(cv::norm(read, cv::imread((dir_.path() / "turned.jpg").string()), cv::NORM_INF), 0)
          << orientation;
    }
  }
}

TEST_F(ImageFileUnit, OddExifBlocksAreIgnored) {
  const std::string plain = encoded(".jpg", corners());
  for (const std::string& tiff : {"II*\0\xFF\xFF\xFF\xFF"s, "II*\0"s, ""s, "II*\0\x08\0\0\0\xFF\xFF\x12\x01"s,
                                  "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x63"s}) {
    const std::string block = "Exif\0\0"s + tiff;
    const std::string segment = "\xFF\xE1\0"s + static_cast<char>(block.size() + 2) + block;
    EXPECT_EQ(read_image(put("odd.jpg", plain.substr(0, 2) + segment + plain.substr(2))).size(),
              cv::Size(64, 48));
  }
}

TEST_F(ImageFileUnit, WhatIsNoPictureSaysWhatItIs) {
  EXPECT_EQ(code_of(put("empty.jpg", "")), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of(put("text.jpg", "This is not a picture at all.\n")), ErrorCode::kUnsupported);
  EXPECT_NE(message_.find("text"), message_.npos) << message_;
  EXPECT_EQ(code_of(put("photo.jxl", "\xFF\x0A and so on")), ErrorCode::kUnsupported);
  EXPECT_NE(message_.find("JPEG XL"), message_.npos) << message_;
  EXPECT_EQ(code_of(put("dance.gif", "GIF89a\1\0\1\0")), ErrorCode::kUnsupported);
  EXPECT_NE(message_.find("GIF"), message_.npos) << message_;
  EXPECT_EQ(code_of(put("noise.jpg", "\x01\x02\x03\x04 and so on")), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of(dir_.path() / "missing.jpg"), ErrorCode::kNotFound);
  fs::create_directory(dir_.path() / "folder.jpg");
  EXPECT_EQ(code_of(dir_.path() / "folder.jpg"), ErrorCode::kIo);
}

TEST_F(ImageFileUnit, HugePicturesAreRefusedNotTried) {
  std::string jpeg = encoded(".jpg", corners());
  const std::size_t frame = jpeg.find("\xFF\xC0\0\x11\x08"s);
  ASSERT_NE(frame, jpeg.npos);
  jpeg.replace(frame + 5, 4, "\xFF\xDC\xFF\xDC");  // 65500 x 65500
  EXPECT_EQ(code_of(put("huge.jpg", jpeg)), ErrorCode::kTooLarge);
  jpeg.replace(frame, 2, "\xFF\xC9");  // arithmetic coding
  jpeg.replace(frame + 5, 4, "\x50\0\x50\0"s);
  EXPECT_EQ(code_of(put("empty.jpg", jpeg)), ErrorCode::kCorrupt);
}

TEST_F(ImageFileUnit, NamesInAnyScriptLinksAndWrongExtensions) {
  const std::string bytes = encoded(".png", corners());
  for (const std::string name :
       {"アマラ.png", "Ольга фото.png", "صورة.png", "a:b%d.png", "photo.jpg", "no extension"}) {
    EXPECT_EQ(read_image(put(name, bytes)).size(), cv::Size(64, 48)) << name;
  }
  fs::create_symlink("photo.jpg", dir_.path() / "link.jpg");
  EXPECT_EQ(read_image(dir_.path() / "link.jpg").size(), cv::Size(64, 48));
  fs::create_symlink("nowhere.jpg", dir_.path() / "broken.jpg");
  EXPECT_EQ(code_of(dir_.path() / "broken.jpg"), ErrorCode::kNotFound);
}

TEST_F(ImageFileUnit, OddColourProfileIsNotMentioned) {
  std::string png = encoded(".png", corners());
  const std::string profile =
      "\0\0\0\x0C"
      "iCCPbroken\0\0abcd\x12\x34\x56\x78"s;
  png.insert(33, profile);  // after IHDR; its checksum is wrong as well
  testing::internal::CaptureStderr();
  EXPECT_EQ(read_image(put("profile.png", png)).size(), cv::Size(64, 48));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(ImageNameUnit, ByExtensionWhateverTheCase) {
  for (const char* name : {"a.jpg", "a.JPEG", "b.c.Png", "x.webp", "x.TIF", "x.bmp"})
    EXPECT_TRUE(is_image_name(name)) << name;
  for (const char* name : {"a.txt", "jpg", ".jpg", "a.mp4", "a.jpg.part", ""})
    EXPECT_FALSE(is_image_name(name)) << name;
}

// Real JPEG files of many makers: bit for bit what OpenCV reads, though OpenCV's codecs are not loaded for
// them.
TEST(ImageFileData, JpegPixelsAreOpenCvs) {
  KITH_NEEDS_TEST_DATA();
  constexpr std::size_t kStep = 5;
  std::size_t seen = 0, read = 0;
  for (const fs::path& root : {test::samples(), test::test_data() / "data"}) {
    for (const fs::path& picture : list_photos(root).pictures) {
      if (picture.extension() != ".jpg" || seen++ % kStep != 0) continue;
      const cv::Mat expected = cv::imread(picture.string());
      ASSERT_FALSE(expected.empty()) << picture;
      ASSERT_EQ(cv::norm(read_image(picture), expected, cv::NORM_INF), 0) << picture;
      ++read;
    }
  }
  EXPECT_GT(read, 100U);
}

}  // namespace
}  // namespace kith
