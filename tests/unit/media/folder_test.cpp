// Folders of photos.
#include <kith/error.h>
#include <sys/stat.h>

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
  EXPECT_EQ(source->info().films, std::vector<std::string>{(root() / "film.mp4").string()});
  EXPECT_EQ(source->info().passed_over, "2 files (1 .txt, 1 hidden) and the folder .git");
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
  write_file(root() / "c.jxl", "\xFF\x0A and so on");
  fs::create_symlink("nowhere", root() / "d.jpg");
  photo("e.png");
  const test::Played played = test::play(root());
  EXPECT_EQ(played.sizes.size(), 2U);
  ASSERT_EQ(played.failures.size(), 3U);
  EXPECT_NE(played.failures[0].find("b.jpg"), std::string::npos);
  EXPECT_NE(played.failures[1].find("JPEG XL"), std::string::npos);
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

TEST_F(FolderUnit, FoldersThatSystemsKeepForThemselvesAreNobodys) {
  for (const char* name : {"@eaDir/a.jpg/SYNOPHOTO_THUMB_XL.jpg", "#recycle/old.jpg", "#snapshot/x/a.jpg",
                           "$RECYCLE.BIN/S-1/a.jpg", "System Volume Information/a.jpg", "__MACOSX/._a.jpg",
                           "lost+found/a.jpg", ".thumbnails/a.jpg", "@Recycle/a.jpg", "amara/@eaDir/1.jpg",
                           "amara/1.jpg", "recycle/2.jpg", "@amara/3.jpg"})
    photo(name);
  EXPECT_EQ(names(), (std::vector<std::string>{"@amara/3.jpg", "amara/1.jpg", "recycle/2.jpg"}));
  const PhotoList list = list_photos(root());
  EXPECT_EQ(list.left_out.size(), 10U);
  const std::string words = list.passed_over_in_words(true);
  for (const char* name : {"@eaDir (2)", "#recycle", "System Volume Information"})
    EXPECT_NE(words.find(name), words.npos) << words;
  photo("@eaDir/b.jpg");  // asked for by name, it is a folder like any other
  EXPECT_EQ(list_photos(root() / "@eaDir").pictures.size(), 2U);
}

TEST_F(FolderUnit, ChipsAreNoPhotos) {
  for (const char* name : {"amara/1.jpg", "chips/amara/1.png"}) photo(name);
  write_file(root() / "chips/kith-chips.json", "{}");
  EXPECT_EQ(names(), std::vector<std::string>{"amara/1.jpg"});
  ASSERT_EQ(list_photos(root()).left_out.size(), 1U);
  EXPECT_EQ(list_photos(root()).left_out.front().why, "a folder of chips");
  EXPECT_EQ(list_photos(root() / "chips").pictures.size(), 1U) << "asked for by name";
}

TEST_F(FolderUnit, FilmsAreSourcesOfTheirOwn) {
  photo("b.png");
  for (const char* name : {"a/1.MOV", "a/two.gif", "c.mts", "d.TS"}) write_file(root() / name, "Gxx");
  write_file(root() / "program.ts", "export const x = 1;");
  write_file(root() / "a/IMG_1.AAE", "<plist/>");
  const auto source = FrameSource::open(root().string());
  std::vector<std::string> films;
  for (const std::string& film : source->info().films)
    films.push_back(fs::path(film).lexically_relative(root()).string());
  EXPECT_EQ(films, (std::vector<std::string>{"a/1.MOV", "a/two.gif", "c.mts", "d.TS"}));
  EXPECT_EQ(source->info().frames, 1);
  EXPECT_EQ(source->info().passed_over, "2 files (1 .aae, 1 .ts)");
  EXPECT_EQ(list_photos(root()).passed_over_in_words(true), "6 files (1 .aae, 1 .ts, 4 films)");
  fs::remove(root() / "b.png");
  EXPECT_FALSE(FrameSource::open(root().string())->next()) << "a folder of films only";
}

TEST_F(FolderUnit, OutputsBelowTheFolderAreLeftOut) {
  photo("a.png");
  photo("named/a.png");
  photo("b/chips/a.png");
  fs::create_directory_symlink("b/chips", root() / "link");
  SourceOptions options;
  options.leave_out = {root() / "named", root() / "b/chips", root() / "missing"};
  const auto source = FrameSource::open(root().string(), options);
  EXPECT_EQ(source->info().frames, 1);
  EXPECT_EQ(source->info().passed_over, "the folders chips, link, named");
}

TEST_F(FolderUnit, PipesAndDevicesAreNotWaitedFor) {
  photo("a.png");
  ASSERT_EQ(::mkfifo((root() / "b.jpg").c_str(), 0600), 0);
  fs::create_symlink("/dev/zero", root() / "c.jpg");
  const test::Played played = test::play(root());
  EXPECT_EQ(played.sizes.size(), 1U);
  EXPECT_EQ(played.info.passed_over, "2 files (2 .jpg)");
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
