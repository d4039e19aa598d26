// What can be read once only: FIFOs, <(command), the standard input.
#include <fcntl.h>
#include <kith/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "core/files.h"
#include "media/mjpeg.h"
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

class PipeUnit : public testing::Test {
 protected:
  fs::path file(const std::string& name) const { return dir_.path() / name; }

  // Puts a file's bytes through a FIFO while `read` runs.
  void through_fifo(const fs::path& from, const std::function<void(const fs::path&)>& read) {
    const fs::path fifo = file("fifo" + from.extension().string());
    fs::remove(fifo);
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    std::thread writer(
        [&] { std::system(("cat '" + from.string() + "' > '" + fifo.string() + "' 2>/dev/null").c_str()); });
    read(fifo);
    writer.join();
  }
  test::TempDir dir_;
};

TEST_F(PipeUnit, FilmsComeThroughPipesAsFromFiles) {
  make_media(moving(160, 90, 1) + test::tone(1) + " -c:v libx264 -c:a aac", file("index-last.mp4"));
  make_media("-i '" + file("index-last.mp4").string() + "' -c copy -movflags faststart",
             file("index-first.mp4"));
  for (const char* name : {"a.mkv", "a.ts", "a.mov", "a.avi"})
    make_media("-i '" + file("index-last.mp4").string() + "' -c copy", file(name));
  make_media(moving(160, 90, 1), file("a.mjpeg"));
  make_media(moving(64, 48, 1, 10), file("a.gif"));
  for (const char* name :
       {"index-last.mp4", "index-first.mp4", "a.mkv", "a.ts", "a.mov", "a.avi", "a.mjpeg", "a.gif"}) {
    through_fifo(file(name), [&](const fs::path& fifo) {
      const Played played = play(fifo), whole = play(file(name));
      EXPECT_EQ(played.times_ms, whole.times_ms) << name;
      EXPECT_EQ(played.info.kind, SourceKind::kVideo);
      EXPECT_TRUE(played.failures.empty()) << name << played.failures.front();
    });
  }
}

TEST_F(PipeUnit, PhotosComeThroughPipes) {
  make_media(moving(200, 100, 0.04) + " -frames:v 1", file("a.png"));
  make_media(moving(2000, 1000, 0.04) + " -frames:v 1 -q:v 1", file("a.jpg"));
  for (const char* name : {"a.png", "a.jpg"}) {
    through_fifo(file(name), [&](const fs::path& fifo) {
      const auto source = FrameSource::open(fifo.string());
      EXPECT_EQ(source->info().kind, SourceKind::kPhoto) << name;
      const auto frame = source->next();
      ASSERT_TRUE(frame) << name;
      EXPECT_EQ(cv::norm(frame->image, read_image(file(name)), cv::NORM_INF), 0) << name;
    });
  }
}

TEST_F(PipeUnit, APipeIsReadOnceSaveWhereItHadToBeKept) {
  make_media(moving(160, 90, 1) + test::tone(1) + " -c:v libx264 -c:a aac", file("a.mp4"));
  make_media("-i '" + file("a.mp4").string() + "' -c copy", file("a.mkv"));
  std::vector<std::string> missing;
  const auto tell = [&](const std::string& what) { missing.push_back(what); };
  through_fifo(file("a.mkv"), [&](const fs::path& fifo) {
    const auto source = FrameSource::open(fifo.string());
    EXPECT_EQ(source->again(), nullptr);
    const auto sink = make_overlay_sink(file("out.mp4"), false, tell);
    sink->begin(source->info());
    while (const auto frame = source->next()) sink->write(*frame, {});
    sink->finish({});
    ASSERT_EQ(missing.size(), 1U);
    EXPECT_NE(missing.front().find("without sound"), std::string::npos) << missing.front();
    EXPECT_EQ(play(file("out.mp4")).times_ms.size(), 25U);
  });
  through_fifo(file("a.mp4"), [&](const fs::path& fifo) {
    const auto source = FrameSource::open(fifo.string());
    const auto again = source->again();
    ASSERT_NE(again, nullptr);
    EXPECT_TRUE(again->next());
    test::copy(file("a.mp4"), *make_overlay_sink(file("out.mp4")));
    EXPECT_EQ(test::probe("-select_streams a -show_entries stream=codec_name", file("out.mp4")), "aac");
  });
}

TEST_F(PipeUnit, WaitingForAWriterCanBeStopped) {
  ASSERT_EQ(::mkfifo(file("fifo").c_str(), 0600), 0);
  std::atomic<bool> stop = false;
  SourceOptions options;
  options.stop = &stop;
  std::thread user([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop = true;
  });
  EXPECT_THROW(FrameSource::open(file("fifo").string(), options), Error);
  user.join();
}

TEST_F(PipeUnit, WaitingForTheNextPictureCanBeStopped) {
  make_media(moving(160, 90, 4) + " -c:v libx264 -g 10 -bf 0", file("a.ts"));
  ASSERT_EQ(::mkfifo(file("fifo").c_str(), 0600), 0);
  const int reader = ::open(file("fifo").c_str(), O_RDONLY | O_NONBLOCK);  // so that the writer opens at once
  const int writer = ::open(file("fifo").c_str(), O_WRONLY);               // and never closes
  const std::string bytes = read_file(file("a.ts"));
  std::thread sender([&] {
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t count = ::write(writer, bytes.data() + at, bytes.size() - at);
      if (count <= 0) break;
      at += static_cast<std::size_t>(count);
    }
  });
  std::atomic<bool> stop = false;
  SourceOptions options;
  options.stop = &stop;
  const auto source = FrameSource::open(file("fifo").string(), options);
  ASSERT_TRUE(source->next());
  std::thread user([&] {
    sender.join();
    stop = true;
  });
  int frames = 0;
  while (const auto frame = source->next()) {
    EXPECT_FALSE(frame->failure) << *frame->failure;
    ++frames;
  }
  EXPECT_LT(frames, 100);
  user.join();
  ::close(writer);
  ::close(reader);
}

TEST_F(PipeUnit, WhatIsNoFilmSaysWhy) {
  const auto message_of = [&](const std::string& bytes) {
    write_file(file("from"), bytes);
    std::string message;
    through_fifo(file("from"), [&](const fs::path& fifo) {
      try {
        FrameSource::open(fifo.string());
      } catch (const Error& error) {
        message = error.what();
      }
    });
    return message;
  };
  EXPECT_NE(message_of("").find("nothing came"), std::string::npos);
  EXPECT_NE(message_of("only words\n").find("text"), std::string::npos);
  EXPECT_NE(message_of(std::string(9000, '\1')).find("neither a picture nor a video"), std::string::npos);
}

class JpegFilmUnit : public PipeUnit {
 protected:
  std::string picture(int width, int height) {
    make_media(moving(width, height, 0.04) + " -frames:v 1", file("one.jpg"));
    return read_file(file("one.jpg"));
  }
  static bool is_film(const std::string& bytes) {
    return is_jpeg_film([&](std::size_t count) { return std::string_view(bytes).substr(0, count); });
  }
};

TEST_F(JpegFilmUnit, ASecondPictureOfTheSameSizeMakesAFilm) {
  const std::string large = picture(640, 360), small = picture(160, 90);
  EXPECT_FALSE(is_film(large));
  EXPECT_TRUE(is_film(large + large));
  EXPECT_TRUE(is_film(large + std::string(5, '\0') + large + large));
  EXPECT_FALSE(is_film(large + small));  // a phone's preview
  EXPECT_FALSE(is_film(large + "trailer" + large));
  std::string view = large;  // the first of several views: CIPA DC-007
  view.insert(2, std::string("\xFF\xE2\x00\x08MPF\0\0\0", 10));
  EXPECT_FALSE(is_film(view + large));
  for (std::size_t length = 0; length < 2 * large.size(); length += 97)
    is_film((large + large).substr(0, length));
}

TEST_F(JpegFilmUnit, AnyNameIsAFilm) {
  make_media(moving(160, 90, 0.4), file("ten.mjpeg"));
  make_media(moving(64, 48, 1, 10), file("ten.gif"));
  for (const char* name : {"TEN.MJPEG", "TEN.MJPG", "ten.mjpegstream", "ten", "ten.jpg", "ten.bin"}) {
    fs::copy_file(file("ten.mjpeg"), file(name), fs::copy_options::overwrite_existing);
    EXPECT_EQ(play(file(name)).times_ms.size(), 10U) << name;
  }
  for (const char* name : {"TEN.GIF", "Ten.Gif", "gif"}) {
    fs::copy_file(file("ten.gif"), file(name), fs::copy_options::overwrite_existing);
    EXPECT_EQ(play(file(name)).times_ms.size(), 10U) << name;
  }
}

TEST_F(JpegFilmUnit, WhatACameraSendsOverHttpCanBeKeptAndRead) {
  make_media(moving(160, 90, 0.4) + " -f mpjpeg", file("camera.dump"));
  EXPECT_EQ(play(file("camera.dump")).times_ms.size(), 10U);
}

}  // namespace
}  // namespace kith
