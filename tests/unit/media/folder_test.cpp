// Folders of photos.
#include <kith/error.h>

#include <opencv2/imgcodecs.hpp>

#include "core/files.h"
#include "support/media.h"
#include "support/test_data.h"

namespace kith {
namespace {

namespace fs = std::filesystem;

class FolderUnit : public testing::Test {
 protected:
  void photo(const std::string& name) {
    std::vector<uchar> bytes;
    cv::imencode(".png", cv::Mat(20, 30, CV_8UC3, cv::Scalar(1, 2, 3)), bytes);
    write_file(root() / name, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  fs::path root() const { return dir_.path() / "photos"; }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const fs::path& path : list_photos(root()).pictures)
      out.push_back(path.lexically_relative(root()).string());
    return out;
  }
  test::TempDir dir_;
};

TEST_F(FolderUnit, PicturesOnlyByNameAndRecursively) {
  for (const char* name :
       {"b.jpg", "a/2.png", "a/1.PNG", "c/d/e.webp", "アマラ/写真.jpg", ".hidden.jpg", ".git/x.jpg"})
    photo(name);
  write_file(root() / "notes.txt", "x");
  write_file(root() / "film.mp4", "x");
  EXPECT_EQ(names(),
            (std::vector<std::string>{"a/1.PNG", "a/2.png", "b.jpg", "c/d/e.webp", "アマラ/写真.jpg"}));
  const auto source = FrameSource::open(root().string());
  EXPECT_EQ(source->info().kind, SourceKind::kFolder);
  EXPECT_EQ(source->info().frames, 5);
  EXPECT_EQ(source->info().passed_over, 2);
}

TEST_F(FolderUnit, LinksAreFollowedLoopsAreNot) {
  photo("a/1.png");
  photo("../elsewhere/2.png");
  fs::create_directory_symlink("../../elsewhere", root() / "a/link");
  fs::create_directory_symlink("..", root() / "a/loop");
  fs::create_directory_symlink(".", root() / "self");
  fs::create_symlink("1.png", root() / "a/same.png");
  EXPECT_EQ(names(), (std::vector<std::string>{"a/1.png", "a/link/2.png", "a/same.png"}));
}

TEST_F(FolderUnit, BrokenPhotosAreReportedAndTheRestGoesOn) {
  photo("a.png");
  write_file(root() / "b.jpg", "not a picture");
  write_file(root() / "c.heic", std::string("\0\0\0\x18", 4) + "ftypheic" + std::string(20, '\0'));
  fs::create_symlink("nowhere", root() / "d.jpg");
  photo("e.png");
  const test::Played played = test::play(root());
  EXPECT_EQ(played.sizes.size(), 2U);
  ASSERT_EQ(played.failures.size(), 3U);
  EXPECT_NE(played.failures[0].find("b.jpg"), std::string::npos);
  EXPECT_NE(played.failures[1].find("HEIC"), std::string::npos);
  EXPECT_NE(played.failures[2].find("d.jpg"), std::string::npos);
}

TEST_F(FolderUnit, FoldersWithoutPicturesAreRefused) {
  fs::create_directories(root());
  EXPECT_THROW(FrameSource::open(root().string()), Error);
  write_file(root() / "notes.txt", "x");
  try {
    FrameSource::open(root().string());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(std::string(error.what()).find(root().string()), std::string::npos);
  }
  EXPECT_THROW(list_photos(root() / "notes.txt"), Error);
  EXPECT_THROW(list_photos(root() / "missing"), Error);
}

TEST_F(FolderUnit, APhotoIsOneFrame) {
  photo("a.png");
  const auto source = FrameSource::open((root() / "a.png").string());
  EXPECT_EQ(source->info().kind, SourceKind::kPhoto);
  EXPECT_EQ(source->info().size, cv::Size(30, 20));
  const auto frame = source->next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->source, (root() / "a.png").string());
  EXPECT_FALSE(source->next());
  EXPECT_FALSE(source->next());
}

}  // namespace
}  // namespace kith
