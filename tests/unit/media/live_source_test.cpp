// Cameras and streams that behave, and those that do not: a server in this process sends what each test wants.
#include <gmock/gmock.h>
#include <kith/error.h>

#include <mutex>
#include <thread>

#include "support/media.h"
#include "support/stream_server.h"
#include "support/test_data.h"

namespace kith {
namespace {

using test::StreamServer;
using test::Visit;
using testing::HasSubstr;
using testing::Not;

// Told apart by its brightness; with noise, or FFmpeg would wait for several before it tells what they are.
cv::Mat picture(int number, cv::Size size = {160, 120}) {
  cv::Mat image(size, CV_8UC3);
  cv::RNG(1).fill(image, cv::RNG::NORMAL, 50 + 4 * number, 10);
  return image;
}
int number_of(const cv::Mat& image) { return static_cast<int>(std::lround((cv::mean(image)[1] - 50) / 4)); }

void send_pictures(const Visit& visit, int first, int end, cv::Size size = {160, 120}) {
  for (int i = first; i < end; ++i) visit.picture(picture(i, size));
}

// What the source tells, from its thread.
class Notices {
 public:
  std::function<void(const std::string&)> sink() {
    return [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      text_ += line + "\n";
    };
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

class LiveSourceUnit : public testing::Test {
 protected:
  LiveSourceUnit() {
    options_.drop_stale = false;
    options_.notice = notices_.sink();
  }
  std::unique_ptr<FrameSource> open(const std::string& url) const { return FrameSource::open(url, options_); }

  // The next frames, whose numbers and times must rise.
  std::vector<Frame> take(FrameSource& source, int count) {
    std::vector<Frame> frames;
    while (static_cast<int>(frames.size()) < count) {
      std::optional<Frame> frame = source.next();
      if (!frame) break;
      EXPECT_EQ(frame->index, next_++);
      EXPECT_GT(frame->time_ms, last_ms_);
      last_ms_ = frame->time_ms;
      frames.push_back(std::move(*frame));
    }
    EXPECT_EQ(static_cast<int>(frames.size()), count);
    return frames;
  }

  std::string failure_of(const std::string& url) const {
    try {
      const auto source = open(url);
      while (source->next()) {
      }
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  Notices notices_;
  SourceOptions options_;
  std::int64_t next_ = 0;
  double last_ms_ = -1;
};

TEST_F(LiveSourceUnit, AMissingCameraSaysWhatToDo) {
  for (const std::string name : {"42", "/dev/video42"}) {
    try {
      FrameSource::open(name);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kNotFound);
      EXPECT_THAT(error.what(), HasSubstr("/dev/video42"));
    }
  }
}

TEST_F(LiveSourceUnit, WhatIsNoCameraIsRefused) { EXPECT_THROW(FrameSource::open("/dev/null"), Error); }

TEST_F(LiveSourceUnit, EveryFrameComesWhereNoneMayBeDropped) {
  const StreamServer server([](const Visit& visit) {
    visit.begin_stream();
    send_pictures(visit, 0, 40);
    visit.hold();
  });
  const auto source = open(server.url());
  EXPECT_EQ(source->info().kind, SourceKind::kCamera);
  EXPECT_EQ(source->info().size, cv::Size(160, 120));
  const std::vector<Frame> frames = take(*source, 40);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(number_of(frames.at(static_cast<std::size_t>(i)).image), i);
  EXPECT_EQ(source->dropped(), 0);
  EXPECT_EQ(notices_.text(), "");
}

TEST_F(LiveSourceUnit, ASlowReaderSeesTheNewestFrameAndTheOthersAreCounted) {
  const StreamServer server([](const Visit& visit) {
    visit.begin_stream();
    send_pictures(visit, 0, 40);
    visit.hold();
  });
  options_.drop_stale = true;
  const auto source = open(server.url());
  while (source->dropped() < 39) std::this_thread::yield();  // nobody asks while all of them arrive
  EXPECT_EQ(number_of(take(*source, 1).front().image), 39);
  EXPECT_EQ(source->dropped(), 39);
}

TEST_F(LiveSourceUnit, AConnectionThatIsResetIsMadeAnew) {
  const StreamServer server([](const Visit& visit) {
    visit.begin_stream();
    if (visit.number() == 0) {
      send_pictures(visit, 0, 5);
      return visit.reset();
    }
    send_pictures(visit, 5, 10);
    visit.hold();
  });
  const auto source = open(server.url());
  take(*source, 10);
  EXPECT_EQ(server.visits(), 2);
  EXPECT_THAT(notices_.text(), HasSubstr("lost"));
  EXPECT_THAT(notices_.text(), HasSubstr("is back after"));
}

TEST_F(LiveSourceUnit, TheTimeAwayIsBetweenTheFrames) {
  const StreamServer server([](const Visit& visit) {
    visit.begin_stream();
    send_pictures(visit, 0, 2);
    if (visit.number() > 0) visit.hold();
  });
  const auto source = open(server.url());
  const double before = take(*source, 2).back().time_ms;
  EXPECT_GT(take(*source, 1).front().time_ms - before, 300);  // the first pause, 0.5 s, with its jitter
}

TEST_F(LiveSourceUnit, AnotherSizeAndCodecAfterwardsAreTakenAsTheyAre) {
  const test::TempDir folder;
  test::make_media(test::moving(320, 240, 1) + " -c:v libx264 -g 10 -f mpegts", folder.path() / "a.ts");
  const std::string ts = read_file(folder.path() / "a.ts");
  const StreamServer server([&](const Visit& visit) {
    if (visit.number() < 2) {
      visit.begin_stream();
      return send_pictures(visit, 0, 5, visit.number() == 0 ? cv::Size(160, 120) : cv::Size(200, 150));
    }
    visit.answer("200 OK", "Content-Type: video/mp2t\r\n");
    visit.send(ts);
    visit.hold();
  });
  const auto source = open(server.url());
  EXPECT_EQ(take(*source, 5).back().image.size(), cv::Size(160, 120));
  EXPECT_EQ(take(*source, 5).back().image.size(), cv::Size(200, 150));
  EXPECT_EQ(take(*source, 5).back().image.size(), cv::Size(320, 240));
}

TEST_F(LiveSourceUnit, RubbishBetweenPicturesCostsPicturesNotTheStream) {
  const StreamServer server([](const Visit& visit) {
    visit.begin_stream();
    send_pictures(visit, 0, 5);
    std::string rubbish;
    for (unsigned i = 0, x = 7; i < 5000; ++i)
      rubbish += static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
    visit.send(rubbish + "\r\n");
    send_pictures(visit, 5, 10);
    visit.hold();
  });
  const auto source = open(server.url());
  EXPECT_EQ(number_of(take(*source, 10).back().image), 9);
  EXPECT_EQ(server.visits(), 1);
  EXPECT_THAT(notices_.text(), HasSubstr("damaged"));
}

TEST_F(LiveSourceUnit, AStreamThatDoesNotComeBackIsAnError) {
  const StreamServer server([](const Visit& visit) {
    if (visit.number() > 0) return;
    visit.begin_stream();
    send_pictures(visit, 0, 5);
  });
  options_.reconnect_s = 0.6;
  const auto source = open(server.url());
  take(*source, 5);
  try {
    source->next();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_THAT(error.what(), HasSubstr(server.url() + ": lost"));
    EXPECT_THAT(error.what(), HasSubstr("not back"));
  }
  EXPECT_GE(server.visits(), 2);
  EXPECT_FALSE(source->next());
}

TEST_F(LiveSourceUnit, WithoutReconnectingTheEndIsAnErrorAtOnce) {
  const StreamServer server([](const Visit& visit) {
    visit.begin_stream();
    send_pictures(visit, 0, 5);
  });
  options_.reconnect_s = 0;
  EXPECT_THAT(failure_of(server.url()), HasSubstr("ended by the other side"));
  EXPECT_EQ(server.visits(), 1);
}

TEST_F(LiveSourceUnit, SilenceIsALossToo) {
  const StreamServer server([](const Visit& visit) {
    visit.begin_stream();
    send_pictures(visit, 0, 5);
    visit.hold();
  });
  options_.timeout_s = 0.4;
  const auto source = open(server.url());
  take(*source, 10);
  EXPECT_GE(server.visits(), 2);
  EXPECT_THAT(notices_.text(), HasSubstr("sent no picture"));
}

TEST_F(LiveSourceUnit, AStopIsHeardWhileNothingComes) {
  const StreamServer server([](const Visit& visit) {
    visit.begin_stream();
    send_pictures(visit, 0, 1);
    visit.hold();
  });
  options_.timeout_s = 1e6;
  std::atomic<bool> stop = false;
  options_.stop = &stop;
  const auto one = open(server.url());
  take(*one, 1);
  std::thread stopper([&] { one->stop(); });
  EXPECT_FALSE(one->next());
  stopper.join();
  const auto other = open(server.url());
  next_ = 0, last_ms_ = -1;
  take(*other, 1);
  stop = true;
  EXPECT_FALSE(other->next());
  EXPECT_THROW(open(server.url()), Error);
}

TEST_F(LiveSourceUnit, AStopIsHeardBetweenTwoTries) {
  const StreamServer server([](const Visit& visit) {
    if (visit.number() > 0) return;
    visit.begin_stream();
    send_pictures(visit, 0, 1);
  });
  options_.reconnect_s = 1e6;
  const auto source = open(server.url());
  take(*source, 1);
  while (server.visits() < 2) std::this_thread::yield();
  source->stop();
  EXPECT_FALSE(source->next());
}

TEST_F(LiveSourceUnit, ASnapshotIsOneFrame) {
  const StreamServer server([](const Visit& visit) {
    std::vector<uchar> bytes;
    cv::imencode(".jpg", picture(7), bytes);
    visit.answer("200 OK", "Content-Type: image/jpeg\r\n");
    visit.send(std::string(bytes.begin(), bytes.end()));
  });
  const auto source = open(server.url());
  EXPECT_EQ(number_of(take(*source, 1).front().image), 7);
  EXPECT_FALSE(source->next());
  EXPECT_EQ(notices_.text(), "");
}

TEST_F(LiveSourceUnit, NoSecretOfAnAddressIsToldOrKept) {
  const StreamServer server([](const Visit& visit) {
    if (visit.number() > 1) return;
    visit.begin_stream();
    send_pictures(visit, 0, 5);
  });
  options_.reconnect_s = 1.5;
  const std::string address = "http://me:hunter2@" + server.host() + "/v?a=1&token=hunter2";
  const auto source = open(address);
  const std::string name = server.url("/v?a=1&token=***");
  EXPECT_EQ(source->info().name, name);
  for (const Frame& frame : take(*source, 10)) EXPECT_EQ(frame.source, name);
  try {
    source->next();
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), Not(HasSubstr("hunter2")));
    EXPECT_THAT(error.what(), HasSubstr(name));
  }
  EXPECT_THAT(notices_.text(), HasSubstr(name));
  EXPECT_THAT(notices_.text(), Not(HasSubstr("hunter2")));
}

TEST_F(LiveSourceUnit, TheUserAndThePasswordReachTheServer) {
  std::atomic<bool> known = false;
  const StreamServer server([&](const Visit& visit) {
    if (visit.request().find("Authorization: Basic bWU6aHVudGVyMg==") == std::string::npos)
      return visit.answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"cam\"\r\n");
    known = true;
    visit.begin_stream();
    send_pictures(visit, 0, 5);
    visit.hold();
  });
  take(*open("http://me:hunter2@" + server.host()), 5);
  EXPECT_TRUE(known);
}

class ServerAnswersUnit : public LiveSourceUnit {};

TEST_F(ServerAnswersUnit, EachFailureToOpenSaysWhatItIs) {
  const StreamServer server([](const Visit& visit) {
    if (visit.asks_for("/401")) visit.answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"cam\"\r\n");
    if (visit.asks_for("/403")) visit.answer("403 Forbidden", "");
    if (visit.asks_for("/404")) visit.answer("404 Not Found", "");
    if (visit.asks_for("/500")) visit.answer("500 Internal Server Error", "");
    if (visit.asks_for("/loop")) visit.answer("302 Found", "Location: /loop\r\n");
    if (visit.asks_for("/page")) {
      visit.answer("200 OK", "Content-Type: text/html\r\n");
      visit.send("<html><body>log in, please</body></html>");
    }
    if (visit.asks_for("/long-page")) visit.file(std::string(100'000, '<'), "text/html; charset=utf-8", true);
    if (!visit.request().starts_with("GET")) visit.answer("400 Bad Request", "");  // https
    if (visit.asks_for("/silent") || !visit.request().starts_with("GET")) visit.hold();
  });
  const StreamServer nobody(test::nobody());
  options_.timeout_s = 0.5;
  const std::vector<std::pair<std::string, std::string>> expected{
      {server.url("/401"), "user and a password"},
      {server.url("/403"), "403"},
      {server.url("/404"), "404"},
      {server.url("/500"), "5xx"},
      {server.url("/loop"), "without end"},
      {server.url("/page"), "web page"},
      {server.url("/long-page"), "web page"},
      {server.url("/silent"), "no answer"},
      {nobody.url(), "refused"},
      {"http://no-such-host.invalid/", "no such host"},
      {"https://" + server.host() + "/404", "does not speak https"},
      {"nonsense://" + server.host() + "/", "this kind of address is not supported"},
  };
  for (const auto& [url, words] : expected) {
    const std::string failure = failure_of(url);
    EXPECT_THAT(failure, HasSubstr(words));
    EXPECT_TRUE(failure.starts_with(url + ": ")) << failure;
  }
}

class FilmOnServerUnit : public LiveSourceUnit {
 protected:
  FilmOnServerUnit() {
    test::make_media(test::moving(160, 120, 2) + " -c:v libx264 -movflags +faststart", film_);
    bytes_ = read_file(film_);
  }
  test::TempDir folder_;
  std::filesystem::path film_ = folder_.path() / "a film.mp4";
  std::string bytes_;
};

TEST_F(FilmOnServerUnit, EveryFrameOfAFilmComesHoweverSlowTheReader) {
  for (const bool can_jump : {true, false}) {
    const StreamServer server([&](const Visit& visit) { visit.file(bytes_, "video/mp4", can_jump); });
    options_.drop_stale = true;
    const auto source = open("http://me:hunter2@" + server.host() + "/film.mp4");
    EXPECT_EQ(source->info().kind, SourceKind::kVideo);
    EXPECT_EQ(source->info().frames, 50);
    EXPECT_EQ(source->info().name, server.url("/film.mp4"));
    next_ = 0, last_ms_ = -1;
    take(*source, 50);
    EXPECT_FALSE(source->next());
    EXPECT_EQ(source->dropped(), 0);
    const auto again = source->again();
    ASSERT_NE(again, nullptr);
    next_ = 0, last_ms_ = -1;
    take(*again, 50);
  }
  EXPECT_EQ(notices_.text(), "");
}

TEST_F(FilmOnServerUnit, AnAddressThatHoldsOnceHasNoSecondReading) {
  const StreamServer server([&](const Visit& visit) {
    if (visit.number() == 0) return visit.file(bytes_, "video/mp4", false);
    visit.answer("403 Forbidden", "");
  });
  const auto source = open(server.url());
  EXPECT_EQ(source->again(), nullptr);
  take(*source, 50);
}

TEST_F(FilmOnServerUnit, AFilmWithItsIndexLastIsFetchedWhereItCannotBeReadOtherwise) {
  test::make_media(test::moving(160, 120, 2) + " -c:v libx264 -y", film_);
  const std::string bytes = read_file(film_);
  for (const bool can_jump : {true, false}) {
    const StreamServer server([&](const Visit& visit) { visit.file(bytes, "video/mp4", can_jump); });
    const auto source = open("http://me:hunter2@" + server.host() + "/film.mp4");
    EXPECT_EQ(source->info().kind, SourceKind::kVideo);
    EXPECT_EQ(source->info().name, server.url("/film.mp4"));
    next_ = 0, last_ms_ = -1;
    take(*source, 50);
    EXPECT_FALSE(source->next());
    ASSERT_NE(source->again(), nullptr);
  }
  EXPECT_THAT(notices_.text(), Not(HasSubstr("hunter2")));
}

TEST_F(FilmOnServerUnit, AFilmThatIsCutOffSaysSo) {
  const StreamServer server([&](const Visit& visit) {
    visit.answer("200 OK",
                 "Content-Type: video/mp4\r\nContent-Length: " + std::to_string(bytes_.size()) + "\r\n");
    visit.send(bytes_.substr(0, bytes_.size() / 2));
  });
  const test::Played played = test::play(server.url(), options_);
  EXPECT_GT(played.times_ms.size(), 5U);
  EXPECT_LT(played.times_ms.size(), 50U);
  ASSERT_FALSE(played.failures.empty());
  EXPECT_THAT(played.failures.back(), HasSubstr("cut off"));
}

TEST_F(FilmOnServerUnit, AFileAddressIsAFile) {
  const std::string address = "file://" + folder_.path().string() + "/a%20film.mp4";
  const test::Played played = test::play(address);
  EXPECT_EQ(played.info.kind, SourceKind::kVideo);
  EXPECT_EQ(played.info.name, film_.string());
  EXPECT_EQ(played.times_ms.size(), 50U);
}

}  // namespace
}  // namespace kith
