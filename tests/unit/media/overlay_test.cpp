// Annotated videos and pictures, read back with our own reader and with ffprobe.
#include <kith/error.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <opencv2/core.hpp>

#include "core/files.h"
#include "support/media.h"
#include "support/test_data.h"

namespace kith {
namespace {

namespace fs = std::filesystem;
using test::make_media;
using test::moving;
using test::play;
using test::Played;

std::string probe(const std::string& what, const fs::path& file) {
  const std::string command = "ffprobe -v error " + what + " -of csv=p=0 '" + file.string() + "'";
  std::string out;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 256> part{};
  while (std::fgets(part.data(), part.size(), pipe) != nullptr) out += part.data();
  ::pclose(pipe);
  while (!out.empty() && (out.back() == '\n' || out.back() == ',')) out.pop_back();
  return out;
}

// The whole way: a source's frames into a sink.
void copy(const fs::path& input, Sink& sink) {
  const auto source = FrameSource::open(input.string());
  sink.begin(source->info());
  while (const auto frame = source->next()) {
    const std::vector<RecognizedFace> faces = {test::face_at({20, 20, 30, 30}, "Amara")};
    sink.write(*frame, faces);
  }
  sink.finish({});
}

class OverlayUnit : public testing::Test {
 protected:
  fs::path file(const std::string& name) const { return dir_.path() / name; }
  ErrorCode code_of(const fs::path& input, const fs::path& output) {
    try {
      copy(input, *make_overlay_sink(output));
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(output.filename().string()), std::string::npos)
          << error.what();
      return error.code();
    }
    ADD_FAILURE() << output << " was written";
    return ErrorCode::kInternal;
  }
  test::TempDir dir_;
};

TEST_F(OverlayUnit, KeepsFramesTimesSizeAndSound) {
  const std::array<std::string, 3> rates = {"25", "30000/1001", "24000/1001"},
                                   names = {"out.mp4", "out.mkv", "out.mov"};
  for (std::size_t k = 0; k < rates.size(); ++k) {
    const std::string &rate = rates[k], &name = names[k];
    make_media("-f lavfi -i testsrc2=size=320x180:rate=" + rate + ":duration=2" + test::tone(2) +
                   " -c:v libx264 -c:a aac",
               file("in.mp4"));
    copy(file("in.mp4"), *make_overlay_sink(file(name)));
    const Played in = play(file("in.mp4")), out = play(file(name));
    ASSERT_EQ(out.times_ms.size(), in.times_ms.size()) << name;
    for (std::size_t i = 0; i < in.times_ms.size(); ++i)
      ASSERT_NEAR(out.times_ms[i], in.times_ms[i], name == "out.mkv" ? 1.0 : 0.11) << i;
    EXPECT_EQ(out.info.size, in.info.size);
    EXPECT_NEAR(out.info.fps, in.info.fps, 0.01) << name;
    EXPECT_TRUE(out.failures.empty());
    EXPECT_EQ(probe("-select_streams v -show_entries stream=codec_name", file(name)), "h264");
    EXPECT_EQ(probe("-select_streams a -show_entries stream=codec_name", file(name)), "aac");
    EXPECT_EQ(probe("-select_streams v -count_frames -show_entries stream=nb_read_frames", file(name)),
              std::to_string(in.times_ms.size()));
    EXPECT_NEAR(std::stod(probe("-show_entries format=duration", file(name))), 2.0, 0.1) << name;
    EXPECT_NEAR(std::stod(probe("-select_streams v -show_entries stream=start_time", file(name))), 0, 0.001);
    EXPECT_NEAR(std::stod(probe("-select_streams a -show_entries stream=start_time", file(name))), 0, 0.025);
    // Inside the box nothing was drawn: the picture is the source's.
    const cv::Rect inside(60, 80, 200, 80);
    EXPECT_LT(cv::norm(out.first(inside), in.first(inside), cv::NORM_L1) / inside.area(), 15);
  }
}

TEST_F(OverlayUnit, SoundIsCopiedBitForBitWhereItCanBe) {
  make_media(moving(160, 90, 2) + test::tone(2) + " -c:v libx264 -c:a aac", file("in.mp4"));
  copy(file("in.mp4"), *make_overlay_sink(file("out.mp4")));
  const auto sound_of = [this](const std::string& name) {
    make_media("-i '" + file(name).string() + "' -map 0:a -c copy -f adts", file("sound"));
    return read_file(file("sound"));
  };
  // Without the encoder's lead-in, which lies before the first picture.
  const std::string in = sound_of("in.mp4"), out = sound_of("out.mp4");
  EXPECT_TRUE(in.ends_with(out));
  EXPECT_GT(out.size() + 1000, in.size());
}

TEST_F(OverlayUnit, SoundThatMp4CannotHoldBecomesAac) {
  make_media(moving(160, 90, 2) + test::tone(2) + " -c:v libx264 -c:a pcm_s16le", file("in.mov"));
  copy(file("in.mov"), *make_overlay_sink(file("out.mp4")));
  EXPECT_EQ(probe("-select_streams a -show_entries stream=codec_name", file("out.mp4")), "aac");
  EXPECT_NEAR(std::stod(probe("-select_streams a -show_entries stream=duration", file("out.mp4"))), 2.0, 0.1);
}

// A broadcast that goes from surround to stereo: eight channels must not be read from frames of two.
TEST_F(OverlayUnit, SoundMayChangeItsChannels) {
  std::string joined;
  for (const char* layout : {"7.1", "stereo"}) {
    make_media(moving(160, 90, 1) +
                   " -f lavfi -i sine=duration=1:sample_rate=48000 -af aformat=channel_layouts=" + layout +
                   " -c:v mpeg2video -c:a s302m -strict -2",
               file("part.ts"));
    joined += read_file(file("part.ts"));
  }
  write_file(file("in.ts"), joined);
  copy(file("in.ts"), *make_overlay_sink(file("out.mp4")));
  EXPECT_EQ(probe("-select_streams a -show_entries stream=codec_name", file("out.mp4")), "aac");
}

TEST_F(OverlayUnit, OddSizesRotationAndVariableRates) {
  make_media("-f lavfi -i testsrc=size=161x91:duration=1 -pix_fmt yuv444p -c:v libx264", file("odd.mp4"));
  copy(file("odd.mp4"), *make_overlay_sink(file("odd-out.mp4")));
  EXPECT_EQ(play(file("odd-out.mp4")).info.size, cv::Size(162, 92));

  make_media(moving(160, 90, 1) + " -c:v libx264", file("plain.mp4"));
  make_media("-i '" + file("plain.mp4").string() + "' -c copy -metadata:s:v:0 rotate=90", file("turned.mp4"));
  copy(file("turned.mp4"), *make_overlay_sink(file("turned-out.mp4")));
  EXPECT_EQ(probe("-select_streams v -show_entries stream=width,height", file("turned-out.mp4")), "90,160");

  make_media(moving(160, 90, 2) + " -vf \"select='not(between(n,5,19))'\" -vsync vfr -c:v libx264",
             file("vfr.mp4"));
  copy(file("vfr.mp4"), *make_overlay_sink(file("vfr-out.mp4")));
  const Played in = play(file("vfr.mp4")), out = play(file("vfr-out.mp4"));
  ASSERT_EQ(out.times_ms.size(), in.times_ms.size());
  for (std::size_t i = 0; i < in.times_ms.size(); ++i) ASSERT_NEAR(out.times_ms[i], in.times_ms[i], 0.11);
}

TEST_F(OverlayUnit, AKilledWriterLeavesAVideoThatPlays) {
  const fs::path out = file("killed.mp4");
  make_media(moving(320, 180, 8) + test::tone(8) + " -c:v libx264 -c:a aac", file("in.mp4"));
  const pid_t child = ::fork();
  if (child == 0) {
    const auto sink = make_overlay_sink(out);
    const auto source = FrameSource::open(file("in.mp4").string());
    sink->begin(source->info());
    for (int i = 0; i < 180; ++i) sink->write(*source->next(), {});
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  const Played played = play(out);
  EXPECT_GE(played.times_ms.size(), 100U);  // of 180: a fragment is two seconds, the encoder looks ahead
  EXPECT_NEAR(played.times_ms.back(), 40.0 * static_cast<double>(played.times_ms.size() - 1), 0.2);
  EXPECT_EQ(probe("-select_streams a -show_entries stream=codec_name", out), "aac");
}

TEST_F(OverlayUnit, AFullDiskIsAnErrorThatNamesFileAndFrame) {
  make_media(moving(640, 360, 10) + " -c:v libx264 -qp 10", file("in.mp4"));
  const fs::path out = file("full.mp4");
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{300000, 300000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      copy(file("in.mp4"), *make_overlay_sink(out));
    } catch (const Error& error) {
      const std::string message = error.what();
      const bool named = message.find("full.mp4") != message.npos && message.find("frame ") != message.npos;
      ::_exit(error.code() == ErrorCode::kIo && named ? 7 : 8);
    }
    ::_exit(9);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_GT(play(out).times_ms.size(), 20U);
}

TEST_F(OverlayUnit, PicturesAndFolders) {
  make_media(moving(200, 100, 0.04) + " -frames:v 1", file("in.png"));
  copy(file("in.png"), *make_overlay_sink(file("named.jpg")));
  EXPECT_EQ(read_image(file("named.jpg")).size(), cv::Size(200, 100));
  fs::create_directories(file("photos/a/b"));
  fs::copy(file("in.png"), file("photos/a/b/1.png"));
  fs::copy(file("in.png"), file("photos/アマラ.png"));
  const auto sink = make_overlay_sink(file("out"));
  copy(file("photos"), *sink);
  EXPECT_TRUE(fs::exists(file("out/a/b/1.png")));
  EXPECT_TRUE(fs::exists(file("out/アマラ.png")));
}

TEST_F(OverlayUnit, SeveralSourcesGoIntoAFolderUnderTheirNames) {
  make_media(moving(64, 48, 0.2), file("film.mp4"));
  fs::create_directory(file("b"));
  fs::copy(file("film.mp4"), file("b/film.mp4"));
  const auto sink = make_overlay_sink(file("out"));
  for (const std::string name : {"film.mp4", "b/film.mp4"}) {
    const auto source = FrameSource::open(file(name).string());
    sink->begin(source->info());
    while (const auto frame = source->next()) sink->write(*frame, {});
  }
  sink->finish({});
  EXPECT_EQ(play(file("out/film.mp4")).times_ms.size(), 5U);
  EXPECT_EQ(play(file("out/film-2.mp4")).times_ms.size(), 5U);
}

TEST_F(OverlayUnit, TheInputIsNeverOverwritten) {
  make_media(moving(64, 48, 0.2), file("in.mp4"));
  const std::string before = read_file(file("in.mp4"));
  fs::create_symlink("in.mp4", file("link.mp4"));
  EXPECT_EQ(code_of(file("in.mp4"), file("in.mp4")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of(file("in.mp4"), file("link.mp4")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(read_file(file("in.mp4")), before);
}

TEST_F(OverlayUnit, ReplacesItsOwnCopiesAndNothingElse) {
  make_media(moving(64, 48, 0.2), file("in.mp4"));
  make_media(moving(64, 48, 0.04) + " -frames:v 1", file("in.png"));
  for (const char* name : {"out.mp4", "out.mov", "out.mkv", "out.jpg", "out.png"}) {
    const fs::path out = file(name), in = file(is_image_name(out) ? "in.png" : "in.mp4");
    write_file(out, "somebody's film");
    EXPECT_EQ(code_of(in, out), ErrorCode::kInvalidArgument) << name;
    EXPECT_EQ(read_file(out), "somebody's film") << name;
    copy(in, *make_overlay_sink(out, true));
    copy(in, *make_overlay_sink(out));  // over the copy
    EXPECT_NE(read_file(out), "somebody's film") << name;
  }
  EXPECT_FALSE(read_image(file("out.jpg")).empty());
  EXPECT_FALSE(read_image(file("out.png")).empty());
  fs::create_directories(file("originals"));
  fs::create_directories(file("photos"));
  for (const char* folder : {"originals", "photos"}) fs::copy(file("in.png"), file(folder) / "1.png");
  EXPECT_EQ(code_of(file("photos"), file("originals")), ErrorCode::kInvalidArgument);
}

TEST_F(OverlayUnit, OutputsThatDoNotFitAreRefused) {
  make_media(moving(64, 48, 0.2), file("in.mp4"));
  EXPECT_EQ(code_of(file("in.mp4"), file("out.avi")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of(file("in.mp4"), file("out.jpg")), ErrorCode::kInvalidArgument);
  write_file(file("a-file"), "x");
  EXPECT_EQ(code_of(file("in.mp4"), file("a-file/out.mp4")), ErrorCode::kIo);
}

TEST(OverlayData, RealVideosKeepTheirSound) {
  KITH_NEEDS_TEST_DATA();
  test::TempDir dir;
  for (const char* name : {"video/hamilton.mp4", "friends/clips/clip26.mp4"}) {
    const fs::path input = test::test_data() / "data" / name, output = dir.path() / "out.mp4";
    copy(input, *make_overlay_sink(output));
    const Played in = play(input), out = play(output);
    EXPECT_EQ(out.times_ms.size(), in.times_ms.size());
    EXPECT_NEAR(out.times_ms.back(), in.times_ms.back(), 0.11);
    EXPECT_EQ(probe("-select_streams a -show_entries stream=codec_name", output), "aac");
    EXPECT_LT(cv::norm(out.last, in.last, cv::NORM_L1) / static_cast<double>(in.last.total()), 20);
  }
}

// Resident memory must not grow with the length of the input.
TEST(OverlaySlow, MemoryStaysFlat) {
  test::TempDir dir;
  make_media("-stream_loop 20 -i '" + (test::samples() / "gallery.mp4").string() + "' -t 240 -c copy",
             dir.path() / "long.mp4");
  const auto resident_kb = [] {
    std::FILE* file = std::fopen("/proc/self/statm", "r");
    long pages = 0, resident = 0;
    EXPECT_EQ(std::fscanf(file, "%ld %ld", &pages, &resident), 2);
    std::fclose(file);
    return resident * 4;
  };
  const auto source = FrameSource::open((dir.path() / "long.mp4").string());
  const auto sink = make_overlay_sink(dir.path() / "out.mp4");
  sink->begin(source->info());
  long early = 0, late = 0;
  for (int i = 0; const auto frame = source->next(); ++i) {
    const std::vector<RecognizedFace> faces = {
        test::face_at({100, 100, 200, 200}, "Amara", static_cast<float>(i % 100) / 100)};
    sink->write(*frame, faces);
    if (i == 500) early = resident_kb();
    late = resident_kb();
  }
  sink->finish({});
  std::printf("resident after 500 frames %ld MB, after 6000 %ld MB\n", early / 1024, late / 1024);
  EXPECT_LT(late, early + 20 * 1024);
}

}  // namespace
}  // namespace kith
