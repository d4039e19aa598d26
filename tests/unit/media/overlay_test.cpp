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
#include "support/films.h"
#include "support/media.h"
#include "support/test_data.h"

namespace kith {
namespace {

namespace fs = std::filesystem;
using test::copy;
using test::make_media;
using test::moving;
using test::play;
using test::Played;
using test::probe;

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

TEST_F(OverlayUnit, KeepsWhatTheFilmSaysOfItself) {
  write_file(file("meta"),
             ";FFMETADATA1\ntitle=A day: out; \ncreation_time=2024-05-01T12:30:00.000000Z\n"
             "artist=Ada\nlocation=+48.1000+011.5000/\n"
             "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=one\n"
             "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\ntitle=two\n");
  for (const std::string from : {"in.mp4", "in.mkv", "in.mov"}) {
    make_media(moving(160, 90, 2) + test::tone(2) + " -i '" + file("meta").string() +
                   "' -map 0 -map 1 -map_metadata 2 -c:v libx264 -c:a aac -metadata:s:a:0 language=ger",
               file(from));
    for (const std::string to : {"out.mp4", "out.mkv", "out.mov"}) {
      SCOPED_TRACE(from + " -> " + to);
      copy(file(from), *make_overlay_sink(file(to)));
      const auto tag = [&](const std::string& name) {
        return probe("-show_entries format_tags=" + name, file(to));
      };
      EXPECT_NE(tag("title").find("A day: out"), std::string::npos);
      EXPECT_EQ(tag("artist"), "Ada");
      EXPECT_NE(tag("creation_time").find("2024-05-01T12:30:00"), std::string::npos);
      EXPECT_EQ(probe("-select_streams a -show_entries stream_tags=language", file(to)), "ger");
      const std::string chapters = probe("-show_chapters", file(to));
      EXPECT_NE(chapters.find("one"), std::string::npos) << chapters;
      EXPECT_NE(chapters.find("two"), std::string::npos) << chapters;
      EXPECT_EQ(play(file(to)).times_ms.size(), 50U);
    }
  }
}

TEST_F(OverlayUnit, KeepsWhatAPhoneSaysOfItself) {
  make_media(moving(160, 90, 1) +
                 " -c:v libx264 -movflags use_metadata_tags -metadata com.apple.quicktime.model='iPhone 15'"
                 " -metadata com.apple.quicktime.location.ISO6709=+48.1000+011.5000/ -metadata title=Here",
             file("in.mov"));
  for (const std::string to : {"out.mp4", "out.mov", "out.mkv"}) {
    copy(file("in.mov"), *make_overlay_sink(file(to)));
    const auto tags = probe("-show_entries format_tags", file(to));
    EXPECT_NE(tags.find("iPhone 15"), std::string::npos) << to << tags;
    EXPECT_NE(tags.find("+48.1000+011.5000"), std::string::npos) << to << tags;
    EXPECT_NE(tags.find("Here"), std::string::npos) << to << tags;
  }
}

// One that fails costs itself only; where each source has a file of its own, the next is tried.
TEST_F(OverlayUnit, AnOutputThatFailsDoesNotTakeTheOthersWithIt) {
  struct Counting final : Sink {
    explicit Counting(int& count) : frames(count) {}
    void begin(const SourceInfo&) override {}
    void write(const Frame&, std::span<const RecognizedFace>) override { ++frames; }
    void finish(const Summary&) override {}
    int& frames;
  };
  make_media(moving(64, 48, 0.2) + " -c:v libx264", file("first.mp4"));
  fs::copy_file(file("first.mp4"), file("second.mp4"));
  fs::create_directories(file("out/first.mp4"));  // no film can have this name
  std::vector<std::string> failed;
  int frames = 0;
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(make_overlay_sink(file("out")));
  sinks.push_back(std::make_unique<Counting>(frames));
  const auto tee =
      make_tee_sink(std::move(sinks), [&](const Error& error) { failed.emplace_back(error.what()); });
  for (const char* name : {"first.mp4", "second.mp4"}) {
    const auto source = FrameSource::open(file(name).string());
    tee->begin(source->info());
    while (const auto frame = source->next()) tee->write(*frame, {});
  }
  tee->finish({});
  EXPECT_EQ(frames, 10);
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_NE(failed.front().find("out/first.mp4"), std::string::npos) << failed.front();
  EXPECT_EQ(play(file("out/second.mp4")).times_ms.size(), 5U);
}

TEST_F(OverlayUnit, OnePhotoThatCannotBeWrittenCostsThatPhotoOnly) {
  const std::string longest(251, 'a');
  make_media(moving(64, 48, 0.04) + " -frames:v 1", file("in.png"));
  fs::create_directory(file("photos"));
  for (const std::string& name : {longest + ".png", std::string("2.png"), std::string("3.pgm")})
    fs::copy_file(file("in.png"), file("photos") / name);
  fs::create_directories(file("out/2.png/x"));  // no picture can have this name
  std::vector<std::string> failed;
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(make_overlay_sink(file("out")));
  copy(file("photos"),
       *make_tee_sink(std::move(sinks), [&](const Error& error) { failed.emplace_back(error.what()); }));
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_NE(failed.front().find("2.png"), std::string::npos) << failed.front();
  EXPECT_TRUE(fs::is_regular_file(file("out/3.jpg"))) << "those after it are written";
  EXPECT_TRUE(fs::is_regular_file(file("out") / (longest + ".png"))) << "255 bytes are a name";
}

TEST_F(OverlayUnit, TheFilmsOfAFolderGoIntoTheSameTree) {
  make_media(moving(64, 48, 0.2) + " -c:v libx264", file("a.mp4"));
  fs::create_directories(file("roll/day"));
  fs::copy_file(file("a.mp4"), file("roll/day/IMG_1.MOV"));
  fs::copy_file(file("a.mp4"), file("roll/day/IMG_2.avi"));
  const auto sink = make_overlay_sink(file("named"));
  const auto folder = FrameSource::open(file("roll").string());
  sink->begin(folder->info());
  SourceOptions inside;
  inside.found_in = file("roll").string();
  for (const std::string& film : folder->info().films) {
    const auto source = FrameSource::open(film, inside);
    sink->begin(source->info());
    while (const auto frame = source->next()) sink->write(*frame, {});
  }
  sink->finish({});
  EXPECT_EQ(play(file("named/day/IMG_1.MOV")).times_ms.size(), 5U);
  EXPECT_EQ(play(file("named/day/IMG_2.mp4")).times_ms.size(), 5U);
}

TEST_F(OverlayUnit, CopiesOfAllFormatsAreKnownAgainAndOthersAreKept) {
  make_media(moving(64, 48, 0.04) + " -frames:v 1", file("in.png"));
  for (const std::string name : {"a.jpg", "a.png", "a.webp", "a.tif", "a.bmp", "a.ppm"}) {
    copy(file("in.png"), *make_overlay_sink(file(name)));
    EXPECT_NO_THROW(copy(file("in.png"), *make_overlay_sink(file(name)))) << name;
    EXPECT_EQ(read_image(file(name)).size(), cv::Size(64, 48)) << name;
  }
  const PhotoList found = list_photos(dir_.path());
  EXPECT_EQ(found.pictures, std::vector<fs::path>{file("in.png")}) << "copies show nobody anew";
  EXPECT_EQ(found.copies.size(), 6U);
  EXPECT_EQ(found.passed_over_in_words(false), "6 files (6 annotated copies)");
  fs::copy_file(file("in.png"), file("mine.png"));
  EXPECT_EQ(code_of(file("in.png"), file("mine.png")), ErrorCode::kInvalidArgument);
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

TEST_F(OverlayUnit, ANameThatNoFontHasIsTold) {
  make_media(moving(64, 48, 0.04) + " -frames:v 1", file("in.png"));
  std::vector<std::string> told;
  const auto sink =
      make_overlay_sink(file("out.png"), false, [&](const std::string& what) { told.push_back(what); });
  const auto source = FrameSource::open(file("in.png").string());
  RecognizedFace face;
  face.face.box = {10, 10, 20, 20};
  face.identity.name = "\xF3\xB0\x80\x80";  // U+F0000, for private use: no font has it
  sink->begin(source->info());
  sink->write(*source->next(), {&face, 1});
  sink->finish({});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told.front().find("no font of this machine has all letters of"), std::string::npos);
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
