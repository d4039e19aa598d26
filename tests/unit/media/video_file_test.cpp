// Video files: every frame with its time, upright; damage and odd files.
#include <kith/error.h>

#include <algorithm>
#include <atomic>
#include <opencv2/core.hpp>

#include "core/files.h"
#include "support/films.h"
#include "support/media.h"
#include "support/test_data.h"

namespace kith {
namespace {

namespace fs = std::filesystem;
using test::make_media;
using test::moving;
using test::play;
using test::Played;

class VideoFileUnit : public testing::Test {
 protected:
  fs::path file(const std::string& name) const { return dir_.path() / name; }
  ErrorCode code_of(const fs::path& path) {
    testing::internal::CaptureStderr();
    ErrorCode code = ErrorCode::kInternal;
    message_.clear();
    try {
      const Played played = play(path);
      ADD_FAILURE() << path << ": played " << played.times_ms.size() << " frames";
    } catch (const Error& error) {
      code = error.code();
      message_ = error.what();
      EXPECT_NE(message_.find(path.string()), message_.npos) << message_;
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    return code;
  }
  test::TempDir dir_;
  std::string message_;
};

TEST_F(VideoFileUnit, SampleVideoHasAllItsFrames) {
  const auto source = FrameSource::open((test::samples() / "gallery.mp4").string());
  EXPECT_EQ(source->info().kind, SourceKind::kVideo);
  EXPECT_EQ(source->info().size, cv::Size(1280, 720));
  EXPECT_DOUBLE_EQ(source->info().fps, 25);
  EXPECT_EQ(source->info().frames, 400);
  std::int64_t frames = 0;
  while (const auto frame = source->next()) {
    ASSERT_FALSE(frame->failure) << *frame->failure;
    ASSERT_EQ(frame->image.size(), cv::Size(1280, 720));
    ASSERT_EQ(frame->index, frames);
    ASSERT_NEAR(frame->time_ms, 40.0 * static_cast<double>(frames), 0.01);
    ++frames;
  }
  EXPECT_EQ(frames, 400);
  EXPECT_FALSE(source->next());
}

TEST_F(VideoFileUnit, EveryContainerGivesTheSameFrames) {
  for (const std::string name : {"a.mp4", "a.mkv", "a.ts", "a.avi", "a.mov", "a b:%d 'ア.webm"}) {
    if (name.find('\'') != name.npos) {
      make_media(moving(160, 90, 1) + " -c:v libvpx -b:v 1M", file("plain.webm"));
      fs::rename(file("plain.webm"), file(name));
    } else {
      make_media(moving(160, 90, 1) + " -c:v libx264 -bf 2", file(name));
    }
    const Played played = play(file(name));
    EXPECT_EQ(played.times_ms.size(), 25U) << name;
    EXPECT_TRUE(played.failures.empty()) << name << ": " << played.failures.front();
    EXPECT_NEAR(played.times_ms.back(), 960, 1.1) << name;  // Matroska rounds to milliseconds
    EXPECT_NEAR(played.info.fps, 25, 0.01) << name;
    EXPECT_EQ(played.info.frames, 25) << name;
  }
}

TEST_F(VideoFileUnit, VariableFrameTimesAreKept) {
  make_media(moving(160, 90, 1) + " -vf \"select='not(between(n,5,9))'\" -vsync vfr -c:v libx264",
             file("vfr.mp4"));
  const Played played = play(file("vfr.mp4"));
  ASSERT_EQ(played.times_ms.size(), 20U);
  EXPECT_NEAR(played.times_ms[4], 160, 0.1);
  EXPECT_NEAR(played.times_ms[5], 400, 0.1);
}

TEST_F(VideoFileUnit, RotatedVideosStandUpright) {
  make_media(moving(160, 90, 0.2), file("plain.mp4"));
  const cv::Mat plain = play(file("plain.mp4")).first;
  for (const int degrees : {90, 180, 270}) {
    make_media(
        "-i '" + file("plain.mp4").string() + "' -c copy -metadata:s:v:0 rotate=" + std::to_string(degrees),
        file("turned.mp4"));
    const Played played = play(file("turned.mp4"));
    cv::Mat expected;  // FFmpeg counts this tag counter-clockwise
    cv::rotate(plain, expected,
               degrees == 270   ? cv::ROTATE_90_CLOCKWISE
               : degrees == 180 ? cv::ROTATE_180
                                : cv::ROTATE_90_COUNTERCLOCKWISE);
    ASSERT_EQ(played.first.size(), expected.size()) << degrees;
    EXPECT_EQ(played.info.size, expected.size());
    EXPECT_EQ(cv::norm(played.first, expected, cv::NORM_INF), 0) << degrees;
    // FFmpeg's own idea of upright.
    make_media("-i '" + file("turned.mp4").string() + "' -frames:v 1", file("upright.png"));
    EXPECT_LT(cv::norm(played.first, read_image(file("upright.png")), cv::NORM_L1) /
                  static_cast<double>(expected.total()),
              15)
        << degrees;
  }
}

TEST_F(VideoFileUnit, ColoursFollowRangeAndMatrix) {
  // One colour, written in four ways that a file can state.
  for (const std::string how :
       {"-vf scale=out_color_matrix=bt709:out_range=tv,format=yuv420p -colorspace bt709 -color_range tv",
        "-vf scale=out_color_matrix=bt601:out_range=tv,format=yuv420p -colorspace smpte170m -color_range tv",
        "-vf scale=out_color_matrix=bt709:out_range=pc,format=yuv420p -colorspace bt709 -color_range pc",
        "-vf scale=out_color_matrix=bt709:out_range=tv,format=yuv444p10 -colorspace bt709 -color_range tv"}) {
    make_media("-f lavfi -i color=c=0xC83264:size=162x90:duration=0.2 " + how + " -c:v libx264 -qp 1",
               file("colour.mp4"));
    const cv::Vec3b pixel = play(file("colour.mp4")).first.at<cv::Vec3b>(45, 80);
    EXPECT_NEAR(pixel[0], 0x64, 6) << how;
    EXPECT_NEAR(pixel[1], 0x32, 6) << how;
    EXPECT_NEAR(pixel[2], 0xC8, 6) << how;
  }
}

TEST_F(VideoFileUnit, PixelsThatAreNotSquareAreStretched) {
  make_media(moving(160, 90, 0.2) + " -vf setsar=4/3 -c:v libx264", file("wide.mp4"));
  const Played played = play(file("wide.mp4"));
  EXPECT_EQ(played.info.size, cv::Size(213, 90));
  EXPECT_EQ(played.first.size(), cv::Size(213, 90));
}

// By the container alone, which players follow: 160x90 shown as 213x90.
TEST_F(VideoFileUnit, TheContainersAspectRatioCounts) {
  make_media(moving(160, 90, 0.2) + " -c:v libx264", file("plain.mkv"));
  for (const std::string name : {"wide.mkv", "wide.mp4", "wide.mov"}) {
    make_media("-i '" + file("plain.mkv").string() + "' -c copy -aspect 213:90", file(name));
    const Played played = play(file(name));
    EXPECT_EQ(played.info.size, cv::Size(213, 90)) << name;
    EXPECT_EQ(played.sizes.back(), cv::Size(213, 90)) << name;
  }
  make_media(moving(160, 90, 0.2) + " -vf setsar=4/3 -c:v libx264", file("both.mkv"));
  make_media("-i '" + file("both.mkv").string() + "' -c copy -aspect 16:9",
             file("square.mkv"));  // the container wins
  EXPECT_EQ(play(file("square.mkv")).sizes.back(), cv::Size(160, 90));
}

// FFmpeg takes what stands before a colon for a protocol.
TEST_F(VideoFileUnit, NamesWithColonsAreFiles) {
  make_media(moving(64, 48, 0.2) + test::tone(0.2) + " -c:v libx264 -c:a aac", file("plain.mp4"));
  const fs::path before = fs::current_path();
  fs::current_path(dir_.path());
  for (const std::string name :
       {"12:30.mp4", "cam1-2024-05-01T12:30:00.mp4", "Film: the end.mp4", "concat:x.mp4", "http:x.mp4",
        "pipe:0", "subfile,,start,0,end,9,,:a.mp4", "file:x.mp4"}) {
    fs::copy_file("plain.mp4", name);
    EXPECT_EQ(play(name).times_ms.size(), 5U) << name;
    test::copy(name, *make_overlay_sink("out: of.mp4"));
    EXPECT_EQ(test::probe("-select_streams a -show_entries stream=codec_name", "out: of.mp4"), "aac") << name;
    fs::remove("out: of.mp4");
  }
  fs::current_path(before);
}

// What the decoder made up, and what is built on it up to the next picture that stands alone, is no evidence.
TEST_F(VideoFileUnit, DamagedPicturesAreMarked) {
  make_media(moving(320, 180, 8) + " -c:v libx264 -g 25 -bf 0 -x264-params slices=4", file("whole.ts"));
  std::string bytes = read_file(file("whole.ts"));
  for (std::size_t packet = 0; packet < 6; ++packet) {
    const std::size_t at = bytes.size() / 2 / 188 * 188 + packet * 188;
    for (std::size_t i = 30; i < 180; ++i) bytes[at + i] = static_cast<char>(i * 73 + 11);
  }
  write_file(file("damaged.ts"), bytes);
  const auto source = FrameSource::open(file("damaged.ts").string());
  std::vector<double> damaged;
  int whole = 0, failures = 0;
  while (const auto frame = source->next()) {
    if (frame->failure) {
      ++failures;
    } else if (frame->damaged) {
      damaged.push_back(frame->time_ms);
    } else {
      ++whole;
    }
  }
  EXPECT_GE(failures, 1);
  EXPECT_GE(damaged.size(), 3U);
  EXPECT_GT(whole, 140);
  EXPECT_LT(damaged.back() - damaged.front(), 2100);
  const auto again = FrameSource::open(file("whole.ts").string());
  while (const auto frame = again->next()) ASSERT_FALSE(frame->damaged);
}

TEST_F(VideoFileUnit, OddSizesAreRead) {
  make_media("-f lavfi -i testsrc=size=161x91:duration=0.2 -pix_fmt yuv444p -c:v libx264", file("odd.mp4"));
  EXPECT_EQ(play(file("odd.mp4")).first.size(), cv::Size(161, 91));
}

TEST_F(VideoFileUnit, FilesThatAreCutPlayUpToThereAndSayIt) {
  make_media(moving(320, 180, 4) + test::tone(4) + " -c:v libx264 -movflags faststart -g 25 -c:a aac",
             file("whole.mp4"));
  make_media("-i '" + file("whole.mp4").string() + "' -c copy", file("whole.mkv"));
  make_media("-i '" + file("whole.mp4").string() + "' -c copy", file("whole.ts"));
  for (const std::string extension : {".mp4", ".mkv", ".ts"}) {
    const std::string bytes = read_file(file("whole" + extension));
    for (const double part : {0.3, 0.5, 0.77}) {
      write_file(file("cut" + extension),
                 bytes.substr(0, static_cast<std::size_t>(static_cast<double>(bytes.size()) * part)));
      const Played played = play(file("cut" + extension));
      EXPECT_GT(played.times_ms.size(), 10U) << extension << part;
      EXPECT_LT(played.times_ms.size(), 98U) << extension << part;
      // A transport stream does not say how long it is: a cut between two packets is its end.
      EXPECT_GE(played.failures.size(), extension == ".ts" ? 0U : 1U) << extension << part;
      EXPECT_LE(played.failures.size(), 2U) << extension << part;  // a torn packet, and the missing rest
    }
    EXPECT_TRUE(play(file("whole" + extension)).failures.empty()) << extension;
    EXPECT_EQ(play(file("whole" + extension)).times_ms.size(), 100U) << extension;
  }
}

TEST_F(VideoFileUnit, AFilmBehindAFilmIsNotLostInSilence) {
  for (const std::string name : {"a.mp4", "a.mov"}) {
    make_media(moving(64, 48, 1), file(name));
    const std::string film = read_file(file(name));
    EXPECT_TRUE(play(file(name)).failures.empty());
    write_file(file(name), film + film);
    const auto played = play(file(name));
    EXPECT_EQ(played.times_ms.size(), 25U);
    ASSERT_EQ(played.failures.size(), 1U);
    EXPECT_NE(played.failures.front().find("another film begins in this file at 1.00 s"), std::string::npos)
        << played.failures.front();
  }
}

TEST_F(VideoFileUnit, LongerSoundThanPictureIsNotACut) {
  for (const std::string name : {"a.mp4", "a.mkv"}) {
    make_media(moving(160, 90, 1) + test::tone(5) + " -c:v libx264 -c:a aac", file(name));
    const Played played = play(file(name));
    EXPECT_EQ(played.times_ms.size(), 25U);
    EXPECT_TRUE(played.failures.empty()) << played.failures.front();
  }
}

TEST_F(VideoFileUnit, DamageInTheMiddleIsReportedAndPassedOver) {
  make_media(moving(320, 180, 4) + " -c:v libx264 -movflags faststart -g 25", file("whole.mp4"));
  std::string bytes = read_file(file("whole.mp4"));
  const std::size_t from = bytes.size() / 2;
  for (std::size_t i = 0; i < bytes.size() / 10; ++i) bytes[from + i] = static_cast<char>(i * 73 + 11);
  write_file(file("damaged.mp4"), bytes);
  const Played played = play(file("damaged.mp4"));
  EXPECT_GE(played.failures.size(), 1U);
  EXPECT_LE(played.failures.size(), 8U);
  EXPECT_GT(played.times_ms.size(), 70U);
  EXPECT_NEAR(played.times_ms.back(), 3960, 1);
  EXPECT_TRUE(std::is_sorted(played.times_ms.begin(), played.times_ms.end()));
}

TEST_F(VideoFileUnit, WhatIsNoVideoSaysWhy) {
  write_file(file("empty.mp4"), "");
  EXPECT_EQ(code_of(file("empty.mp4")), ErrorCode::kCorrupt);
  write_file(file("noise.mp4"), std::string(5000, '\0'));
  EXPECT_EQ(code_of(file("noise.mp4")), ErrorCode::kCorrupt);
  make_media("-f lavfi -i sine=duration=1", file("sound.m4a"));
  EXPECT_EQ(code_of(file("sound.m4a")), ErrorCode::kUnsupported);
  EXPECT_NE(message_.find("sound"), message_.npos) << message_;
  make_media(moving(160, 90, 1) + " -c:v libx264", file("whole.mp4"));  // the index comes last
  write_file(file("headless.mp4"), read_file(file("whole.mp4")).substr(0, 9000));
  EXPECT_EQ(code_of(file("headless.mp4")), ErrorCode::kCorrupt);
  EXPECT_EQ(code_of(file("missing.mp4")), ErrorCode::kNotFound);
}

TEST_F(VideoFileUnit, CutAtAnyLengthNeitherCrashesNorHangs) {
  make_media(moving(64, 48, 1) + test::tone(1) + " -c:v libx264 -c:a aac", file("whole.mkv"));
  const std::string bytes = read_file(file("whole.mkv"));
  for (std::size_t length = 1; length < bytes.size(); length += 997) {
    write_file(file("cut.mkv"), bytes.substr(0, length));
    try {
      play(file("cut.mkv"));
    } catch (const Error&) {
    }
  }
}

TEST_F(VideoFileUnit, AnimatedGifIsAVideo) {
  make_media(moving(64, 48, 1, 10), file("a.gif"));
  EXPECT_EQ(play(file("a.gif")).times_ms.size(), 10U);
}

TEST_F(VideoFileUnit, StopEndsReading) {
  std::atomic<bool> stop = false;
  SourceOptions options;
  options.stop = &stop;
  const auto source = FrameSource::open((test::samples() / "gallery.mp4").string(), options);
  ASSERT_TRUE(source->next());
  stop = true;
  int more = 0;
  while (const auto frame = source->next()) {
    EXPECT_FALSE(frame->failure) << *frame->failure;
    ++more;
  }
  EXPECT_LT(more, 100);
}

TEST(VideoFileData, RealVideosPlayToTheirEnd) {
  KITH_NEEDS_TEST_DATA();
  const fs::path data = test::test_data() / "data";
  std::vector<fs::path> videos = {data / "video/street.mp4", data / "video/hamilton.mp4"};
  for (const auto& entry : fs::directory_iterator(data / "friends/clips")) {
    if (entry.path().extension() == ".mp4") videos.push_back(entry.path());
  }
  for (const fs::path& video : videos) {
    const Played played = play(video);
    EXPECT_TRUE(played.failures.empty()) << played.failures.front();
    EXPECT_EQ(static_cast<std::int64_t>(played.times_ms.size()), played.info.frames) << video;
    EXPECT_EQ(played.sizes.back(), played.info.size);
  }
}

}  // namespace
}  // namespace kith
