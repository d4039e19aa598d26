// read_image on the formats people have: orientation x format, HEIC and AVIF, ranges of values, odd headers.
#include <kith/error.h>
#include <kith/frame.h>

#include <cstdlib>

#include "core/files.h"
#include "media/image_file.h"
#include "support/pictures.h"
#include "support/test_data.h"

namespace kith {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using test::corners;
using test::encoded;

class PictureFormatsUnit : public testing::Test {
 protected:
  fs::path file(const std::string& name) const { return dir_.path() / name; }
  fs::path put(const std::string& name, const std::string& bytes) const {
    write_file(file(name), bytes);
    return file(name);
  }
  // What reading fails with; "" when it does not. Nothing may be printed.
  std::string why(const fs::path& path, ErrorCode code) const {
    std::string message;
    testing::internal::CaptureStderr();
    try {
      read_image(path);
    } catch (const Error& error) {
      message = error.what();
      EXPECT_EQ(error.code(), code) << message;
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << path;
    return message;
  }
  test::TempDir dir_;
};

double difference(const cv::Mat& a, const cv::Mat& b) {
  return cv::norm(a, b, cv::NORM_L1) / static_cast<double>(a.total() * 3);
}

// Which corner of the stored picture (0 top left, 1 top right, 2 bottom left, 3 bottom right) comes to lie top left and
// top right: EXIF 2.3, table 6.
void expect_turned(const cv::Mat& read, int orientation, const std::string& what) {
  constexpr int kTopLeft[] = {0, 1, 3, 2, 0, 2, 3, 1}, kTopRight[] = {1, 0, 2, 3, 2, 0, 1, 3};
  const cv::Vec3b colours[] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};
  ASSERT_EQ(read.size(), orientation < 5 ? cv::Size(64, 48) : cv::Size(48, 64)) << what << " " << orientation;
  const auto close = [](cv::Vec3b a, cv::Vec3b b) { return cv::norm(a, b, cv::NORM_INF) < 30; };
  EXPECT_TRUE(close(read.at<cv::Vec3b>(4, 4), colours[kTopLeft[orientation - 1]]))
      << what << " " << orientation;
  EXPECT_TRUE(close(read.at<cv::Vec3b>(4, read.cols - 5), colours[kTopRight[orientation - 1]]))
      << what << " " << orientation;
}

TEST_F(PictureFormatsUnit, EveryOrientationOfEveryFormatIsTurnedOnce) {
  const std::string jpeg = encoded(".jpg", corners()), png = encoded(".png", corners()),
                    webp = encoded(".webp", corners(), {cv::IMWRITE_WEBP_QUALITY, 95});
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool big : {false, true}) {
      const std::string block = test::orientation_block(orientation, big), order = big ? "big" : "little";
      expect_turned(read_image(put("a.jpg", test::with_segments(jpeg, test::exif_segment(block)))),
                    orientation, "JPEG " + order);
      expect_turned(read_image(put("a.png", test::with_chunks(png, test::png_chunk("eXIf", block)))),
                    orientation, "PNG " + order);
      expect_turned(read_image(put("a.webp", test::extended_webp(webp, {64, 48}, 8, "",
                                                                 test::webp_chunk("EXIF", block)))),
                    orientation, "WebP " + order);
    }
    for (const std::string mode : {"wl", "wb", "wl8", "wb8"}) {
      test::write_tiff(file("a.tif"), corners(), {mode, orientation, false, {}, {}});
      expect_turned(read_image(file("a.tif")), orientation, "TIFF " + mode);
    }
    cv::Mat floats;
    corners().convertTo(floats, CV_32F, 1 / 255.0);
    test::write_tiff(file("a.tif"), floats, {"w", orientation, true, {}, {}});
    expect_turned(read_image(file("a.tif")), orientation, "TIFF of floats");
  }
}

TEST_F(PictureFormatsUnit, HeicAndAvifAreTurnedByTheirBoxesAndNotByExifAsWell) {
  for (const auto format : {heif_compression_HEVC, heif_compression_AV1}) {
    if (!test::has_heif(format)) GTEST_SKIP() << "this libheif cannot write or read format " << format;
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const std::string name = format == heif_compression_AV1 ? "a.avif" : "a.heic";
      test::write_heif(file(name), {corners()}, {format, orientation, "", ""});
      expect_turned(read_image(file(name)), orientation, name);
      test::write_heif(file(name), {corners()},
                       {format, orientation, test::orientation_block(orientation), ""});
      expect_turned(read_image(file(name)), orientation, name + " with EXIF");
      test::write_heif(file(name), {corners()}, {format, 1, test::orientation_block(orientation), ""});
      expect_turned(read_image(file(name)), 1, name + " with EXIF only");
    }
  }
}

TEST_F(PictureFormatsUnit, HeicAndAvifWithAlphaAndSeveralPictures) {
  cv::Mat half;
  cv::cvtColor(corners(), half, cv::COLOR_BGR2BGRA);
  for (cv::Vec4b& pixel : cv::Mat_<cv::Vec4b>(half.rowRange(0, 24))) pixel[3] = 0;
  for (const auto format : {heif_compression_HEVC, heif_compression_AV1}) {
    if (!test::has_heif(format)) GTEST_SKIP() << "this libheif cannot write or read format " << format;
    test::write_heif(file("several"), {cv::Mat(30, 40, CV_8UC3, cv::Scalar(9, 9, 9)), corners()},
                     {format, 1, "", ""});
    EXPECT_LT(difference(read_image(file("several")), corners()), 4);
    test::write_heif(file("alpha"), {half}, {format, 1, "", ""});
    const cv::Mat blended = read_image(file("alpha"));
    EXPECT_GT(blended.at<cv::Vec3b>(4, 4)[2], 240);
    EXPECT_LT(blended.at<cv::Vec3b>(40, 4)[1], 30);
  }
}

TEST_F(PictureFormatsUnit, HeicAndAvifOfTenBits) {
  cv::Mat sixteen;
  corners().convertTo(sixteen, CV_16U, 257);
  put("deep.png", encoded(".png", sixteen));
  const std::string deep = " '" + file("deep.png").string() + "' ";
  for (const std::string& command :
       {"heif-enc -q 90 -b 10 -o ten.heic" + deep,
        "ffmpeg -i" + deep + "-pix_fmt yuv420p10le -c:v libaom-av1 -crf 10 -f avif ten.avif"}) {
    const std::string all = "cd '" + dir_.path().string() + "' && " + command + " >/dev/null 2>&1";
    if (std::system(all.c_str()) != 0) GTEST_SKIP() << "cannot be made here: " << command;
  }
  for (const char* name : {"ten.heic", "ten.avif"})
    EXPECT_LT(difference(read_image(file(name)), corners()), 4) << name;
}

TEST_F(PictureFormatsUnit, CutHeicAndAvifAreCorrupt) {
  cv::Mat noise(120, 160, CV_8UC3);
  cv::RNG(7).fill(noise, cv::RNG::UNIFORM, 0, 256);
  for (const auto format : {heif_compression_HEVC, heif_compression_AV1}) {
    if (!test::has_heif(format)) GTEST_SKIP() << "this libheif cannot write or read format " << format;
    test::write_heif(file("whole"), {noise}, {format, 1, "", ""});
    const std::string bytes = read_file(file("whole"));
    for (std::size_t length = 80; length < bytes.size(); length += 1 + bytes.size() / 25)
      EXPECT_NE(why(put("cut", bytes.substr(0, length)), ErrorCode::kCorrupt), "")
          << length << " of " << bytes.size();
    EXPECT_NE(why(put("cut", bytes.substr(0, bytes.size() - 1)), ErrorCode::kCorrupt), "");
  }
}

TEST_F(PictureFormatsUnit, WhiteIsWhatTheFileSaysItIs) {
  const auto pnm = [](int kind, int white) {
    std::string bytes = "P"s + std::to_string(kind) + "\n# a comment\n64 2\n" + std::to_string(white) + "\n";
    for (int i = 0; i < 64 * 2; ++i) {
      const int value = i % 64 * white / 63;
      for (int channel = 0; channel < (kind == 3 || kind == 6 ? 3 : 1); ++channel) {
        if (kind < 4) bytes += std::to_string(value) + (i == 127 && channel == 2 ? "" : " ");
        if (kind > 3 && white > 255) bytes += static_cast<char>(value / 256);
        if (kind > 3) bytes += static_cast<char>(value % 256);
      }
    }
    return bytes;
  };
  for (const int white : {15, 100, 255, 1023, 4095, 65535}) {
    for (const int kind : {2, 3, 5, 6}) {
      const cv::Mat read = read_image(put("a.pnm", pnm(kind, white)));
      ASSERT_EQ(read.size(), cv::Size(64, 2));
      for (int x = 0; x < 64; ++x)
        EXPECT_NEAR(read.at<cv::Vec3b>(1, x)[1], x * white / 63 * 255.0 / white, 1)
            << "P" << kind << " " << white;
    }
  }
  for (const double white : {1.0, 255.0, 65535.0, 1e6}) {
    for (const int channels : {1, 3}) {
      cv::Mat grey, floats;
      cv::cvtColor(corners(), grey, cv::COLOR_BGR2GRAY);
      (channels == 3 ? corners() : grey).convertTo(floats, CV_32F, white / 255);
      test::write_tiff(file("a.tif"), floats, {"w", 0, true, {}, {}});
      cv::Mat expected = corners();
      if (channels == 1) cv::cvtColor(grey, expected, cv::COLOR_GRAY2BGR);
      EXPECT_LE(cv::norm(read_image(file("a.tif")), expected, cv::NORM_INF), 1) << white << " " << channels;
    }
  }
}

TEST_F(PictureFormatsUnit, AHeaderThatIsAByteOrTwoTooLargeDoesNoHarm) {
  for (const int more : {1, 2, 7}) {
    std::string bmp = encoded(".bmp", corners()),
                webp = encoded(".webp", corners(), {cv::IMWRITE_WEBP_QUALITY, 101});
    bmp.replace(2, 4, test::little_endian(bmp.size() + static_cast<std::size_t>(more), 4));
    webp.replace(4, 4, test::little_endian(webp.size() - 8 + static_cast<std::size_t>(more), 4));
    EXPECT_EQ(difference(read_image(put("a.bmp", bmp)), corners()), 0) << more;
    EXPECT_EQ(difference(read_image(put("a.webp", webp)), corners()), 0) << more;
  }
}

TEST_F(PictureFormatsUnit, CameraRawIsRefusedByNameAndByContent) {
  test::write_tiff(file("photo.NEF"), corners());
  EXPECT_NE(why(file("photo.NEF"), ErrorCode::kUnsupported).find("camera raw"), std::string::npos);
  test::write_tiff(file("scan.tif"), corners());
  EXPECT_EQ(why(file("scan.tif"), ErrorCode::kUnsupported), "");
  const std::string dng = "II*\0\x08\0\0\0\x01\0\x12\xC6\x01\0\x04\0\0\0\x01\x04\0\0\0\0\0\0"s;
  EXPECT_NE(why(put("photo.jpg", dng), ErrorCode::kUnsupported).find("camera raw"), std::string::npos);
  EXPECT_NE(
      why(put("photo.jpg", "FUJIFILMCCD-RAW 0201FF393101"s), ErrorCode::kUnsupported).find("camera raw"),
      std::string::npos);
}

// Before anything is decoded: 30 KB may state a picture of gigabytes.
TEST_F(PictureFormatsUnit, APictureWithTooManyPixelsIsRefusedByItsHeader) {
  const cv::Mat picture(30, 41, CV_8UC3, cv::Scalar(10, 120, 240));
  const auto refused = [](const std::string& bytes, std::uint64_t most) {
    try {
      decode_image(bytes, "photo", most);
      return false;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << error.what();
      return std::string(error.what()).find("larger than") != std::string::npos;
    }
  };
  for (const char* const ending : {".png", ".jpg", ".bmp", ".ppm", ".webp", ".tif"}) {
    const std::string bytes = encoded(ending, picture);
    EXPECT_FALSE(refused(bytes, 41 * 30)) << ending;
    EXPECT_TRUE(refused(bytes, 41 * 30 - 1)) << ending;
  }
  const std::string lossless = encoded(".webp", picture, {cv::IMWRITE_WEBP_QUALITY, 101});
  EXPECT_FALSE(refused(lossless, 41 * 30));
  EXPECT_TRUE(refused(lossless, 41 * 30 - 1));
  std::string bomb = encoded(".png", picture);
  bomb.replace(16, 8, "\0\0\x75\x30\0\0\x75\x30"s);  // 30,000 x 30,000
  EXPECT_TRUE(refused(bomb, 64'000'000));
}

}  // namespace
}  // namespace kith
