// What annotated copies of photos keep: EXIF, XMP, colour profiles.
#include "media/metadata.h"

#include <gtest/gtest.h>

#include "core/files.h"
#include "media/exif.h"
#include "support/media.h"
#include "support/pictures.h"
#include "support/test_data.h"

namespace kith {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using test::little_endian;

std::string field(std::size_t tag, std::size_t type, std::size_t count, std::size_t value) {
  return little_endian(tag, 2) + little_endian(type, 2) + little_endian(count, 4) + little_endian(value, 4);
}

// What a phone writes: held sideways, when and where, the stored size, and a thumbnail at the end.
std::string phone_exif() {
  constexpr std::size_t kShort = 3, kLong = 4, kAscii = 2;
  const std::string date = "2024:05:01 12:30:00\0"s, thumbnail = "\xFF\xD8 a thumbnail \xFF\xD9";
  const std::size_t exif = 8 + 2 + 4 * 12 + 4, gps = exif + 2 + 2 * 12 + 4, second = gps + 2 + 12 + 4,
                    text = second + 2 + 2 * 12 + 4, small = text + date.size();
  return "II*\0\x08\0\0\0"s +  //
         little_endian(4, 2) + field(0x0112, kShort, 1, 6) + field(0x0132, kAscii, date.size(), text) +
         field(0x8769, kLong, 1, exif) + field(0x8825, kLong, 1, gps) + little_endian(second, 4) +
         little_endian(2, 2) + field(0xA002, kLong, 1, 64) + field(0xA003, kShort, 1, 48) +
         little_endian(0, 4) + little_endian(1, 2) + field(0x0001, kAscii, 2, 'N') + little_endian(0, 4) +
         little_endian(2, 2) + field(0x0201, kLong, 1, small) + field(0x0202, kLong, 1, thumbnail.size()) +
         little_endian(0, 4) + date + thumbnail;
}

// As large as printers' profiles are: in a JPEG it takes two segments.
std::string profile(const std::string& space = "RGB ") {
  std::string icc(70'000, 'p');
  for (std::size_t i = 0; i < icc.size(); i += 7) icc[i] = static_cast<char>(i);
  return icc.replace(16, 4, space);
}

const std::string kXmp = R"(<x:xmpmeta><rdf:Description tiff:Orientation="6" dc:creator="Ada"/></x:xmpmeta>)";

class MetadataUnit : public testing::Test {
 protected:
  fs::path file(const std::string& name) const { return dir_.path() / name; }
  // @return what the annotated copy says.
  PictureMetadata copied(const std::string& from, const std::string& to) const {
    const auto sink = make_overlay_sink(file(to));
    const auto source = FrameSource::open(file(from).string());
    sink->begin(source->info());
    const Frame frame = *source->next();
    sink->write(frame, {});
    sink->finish({});
    const std::string bytes = read_file(file(to));
    const cv::Mat copy = read_image(file(to));
    EXPECT_EQ(copy.size(), frame.image.size()) << "turned once";
    EXPECT_LT(cv::norm(copy, frame.image, cv::NORM_L1) / static_cast<double>(copy.total() * 3), 8);
    return read_metadata(sniff_format(bytes), bytes);
  }
  void put_jpeg(const std::string& name, const std::string& icc) const {
    std::string segments = test::exif_segment(phone_exif()) +
                           test::jpeg_segment('\xE1', "http://ns.adobe.com/xap/1.0/\0"s + kXmp);
    segments += test::jpeg_segment('\xE2', "ICC_PROFILE\0\2\2"s + icc.substr(60'000));
    segments += test::jpeg_segment('\xE2', "ICC_PROFILE\0\1\2"s + icc.substr(0, 60'000));
    write_file(file(name), test::with_segments(test::encoded(".jpg", test::corners()), segments));
  }
  test::TempDir dir_;
};

void expect_kept(const PictureMetadata& copy, const std::string& what) {
  EXPECT_NE(copy.exif.find("2024:05:01 12:30:00"), copy.exif.npos) << what;
  EXPECT_EQ(exif_turn(copy.exif), Turn()) << what;
  EXPECT_EQ(copy.exif.find("a thumbnail"), copy.exif.npos) << what;
  const std::size_t width = copy.exif.find(little_endian(0xA002, 2) + little_endian(4, 2));
  ASSERT_NE(width, copy.exif.npos) << what;
  EXPECT_EQ(copy.exif.substr(width + 8, 4), little_endian(48, 4)) << what << ": the copy is upright, 48x64";
}

TEST_F(MetadataUnit, CopiesOfAJpegKeepDatesPlacesAndColours) {
  put_jpeg("a.jpg", profile());
  for (const std::string to : {"copy.jpg", "copy.png", "copy.webp"}) {
    const PictureMetadata copy = copied("a.jpg", to);
    expect_kept(copy, to);
    EXPECT_TRUE(copy.icc == profile()) << to;
    EXPECT_NE(copy.xmp.find("tiff:Orientation=\"1\" dc:creator=\"Ada\""), copy.xmp.npos) << to << copy.xmp;
  }
}

TEST_F(MetadataUnit, CopiesOfOtherFormatsDoToo) {
  write_file(file("a.png"), test::with_chunks(test::encoded(".png", test::corners()),
                                              test::png_chunk("eXIf", phone_exif())));
  write_file(file("a.webp"), test::extended_webp(test::encoded(".webp", test::corners()), {64, 48}, 0x28,
                                                 test::webp_chunk("ICCP", profile()),
                                                 test::webp_chunk("EXIF", phone_exif())));
  for (const std::string from : {"a.png", "a.webp"}) {
    for (const std::string to : {"copy.jpg", "copy.png", "copy.webp"})
      expect_kept(copied(from, to), from + " " + to);
  }
  EXPECT_TRUE(copied("a.webp", "copy.jpg").icc == profile());
  EXPECT_TRUE(copied("a.webp", "copy.png").icc == profile());
}

TEST_F(MetadataUnit, CopiesOfAndAsTiffDoToo) {
  put_jpeg("a.jpg", profile());
  const PictureMetadata as_tiff = copied("a.jpg", "copy.tif");
  expect_kept(as_tiff, "as TIFF");
  EXPECT_TRUE(as_tiff.icc == profile());
  EXPECT_NE(as_tiff.xmp.find("Ada"), as_tiff.xmp.npos);
  for (const std::string mode : {"wl", "wb", "wb8"}) {
    test::write_tiff(file("a.tif"), test::corners(), {mode, 6, false, "2024:05:01 12:30:00", profile()});
    for (const std::string to : {"copy.tif", "copy.jpg"}) {
      const PictureMetadata copy = copied("a.tif", to);
      EXPECT_NE(copy.exif.find("2024:05:01 12:30:00"), copy.exif.npos) << mode << to;
      EXPECT_EQ(exif_turn(copy.exif), Turn()) << mode << to;
      EXPECT_TRUE(copy.icc == profile()) << mode << to;
    }
  }
}

TEST_F(MetadataUnit, CopiesOfHeicDoToo) {
  if (!test::has_heif(heif_compression_HEVC)) GTEST_SKIP() << "this libheif cannot write or read HEIC";
  test::write_heif(file("a.heic"), {test::corners()}, {heif_compression_HEVC, 6, phone_exif(), profile()});
  const PictureMetadata copy = copied("a.heic", "copy.jpg");
  expect_kept(copy, "HEIC");
  EXPECT_TRUE(copy.icc == profile());
}

TEST_F(MetadataUnit, TheTextsOfAPngGoWithItsCopies) {
  const std::string text =
      test::png_chunk("tEXt", "Author\0Ada"s) + test::png_chunk("gAMA", test::big_endian(45455, 4));
  write_file(file("a.png"), test::with_chunks(test::encoded(".png", test::corners()), text));
  copied("a.png", "copy.png");
  EXPECT_NE(read_file(file("copy.png")).find(text), std::string::npos);
}

TEST_F(MetadataUnit, AProfileOfInksIsNotThatOfTheCopy) {
  put_jpeg("a.jpg", profile("CMYK"));
  EXPECT_EQ(copied("a.jpg", "copy.jpg").icc, "");
}

TEST_F(MetadataUnit, OddBlocksAreKeptOutAndDoNoHarm) {
  const std::string jpeg = test::encoded(".jpg", test::corners());
  const std::string block = phone_exif();
  for (std::size_t length = 0; length <= block.size(); ++length) {
    std::string cut = block.substr(0, length);
    adapt_exif(cut, {48, 64});
    EXPECT_LE(cut.size(), length);
    write_file(file("a.jpg"), test::with_segments(jpeg, test::exif_segment(block.substr(0, length))));
    if (length % 16 == 0) copied("a.jpg", "copy.jpg");
    if (length % 16 == 0) copied("a.jpg", "copy.tif");
  }
  EXPECT_EQ(read_metadata(ImageFormat::kJpeg, "\xFF\xD8\xFF\xE2\0\x10ICC_PROFILE\0\1"s).icc, "");
  EXPECT_EQ(read_metadata(ImageFormat::kPng, "\x89PNG\r\n\x1A\n\0\0\0\x05iCCPabcde1234"s).icc, "");
}

}  // namespace
}  // namespace kith
