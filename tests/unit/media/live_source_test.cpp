// Cameras that are not there, and a stream from a server on this machine.
#include <arpa/inet.h>
#include <kith/error.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "support/media.h"
#include "support/test_data.h"

namespace kith {
namespace {

// A port that nothing listens on.
int free_port() {
  const int handle = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(handle, reinterpret_cast<sockaddr*>(&address), sizeof address);
  socklen_t size = sizeof address;
  ::getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(handle);
  return ntohs(address.sin_port);
}

// ffmpeg serves a live test picture to one client.
class Server {
 public:
  explicit Server(double seconds) : port_(free_port()) {
    const std::string picture = "testsrc2=size=320x180:rate=25:duration=" + std::to_string(seconds);
    process_ = ::fork();
    if (process_ == 0) {
      ::execlp("ffmpeg", "ffmpeg", "-nostdin", "-v", "quiet", "-re", "-f", "lavfi", "-i", picture.c_str(),
               "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-f", "mpegts", "-listen", "1",
               url().c_str(), nullptr);
      ::_exit(127);
    }
  }
  ~Server() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void die() const { ::kill(process_, SIGKILL); }
  void freeze() const { ::kill(process_, SIGSTOP); }
  std::unique_ptr<FrameSource> open(const SourceOptions& options = {}) const {
    for (int i = 0; i < 200; ++i) {
      try {
        return FrameSource::open(url(), options);
      } catch (const Error&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));  // not listening yet
      }
    }
    return nullptr;
  }

 private:
  int port_;
  pid_t process_ = -1;
};

TEST(LiveSourceUnit, AMissingCameraSaysWhatToDo) {
  for (const std::string name : {"42", "/dev/video42"}) {
    try {
      FrameSource::open(name);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kNotFound);
      EXPECT_NE(std::string(error.what()).find("/dev/video42"), std::string::npos) << error.what();
    }
  }
}

TEST(LiveSourceUnit, WhatIsNoCameraIsRefused) { EXPECT_THROW(FrameSource::open("/dev/null"), Error); }

TEST(LiveSourceUnit, NoServerIsAnError) {
  const std::string url = "http://127.0.0.1:" + std::to_string(free_port());
  try {
    FrameSource::open(url);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_TRUE(std::string(error.what()).starts_with(url)) << error.what();
  }
}

TEST(LiveSourceUnit, ASlowReaderSeesTheNewestFrames) {
  const Server server(4);
  const auto source = server.open();
  ASSERT_NE(source, nullptr);
  EXPECT_EQ(source->info().kind, SourceKind::kCamera);
  EXPECT_EQ(source->info().size, cv::Size(320, 180));
  int frames = 0;
  double last_ms = -1;
  while (const auto frame = source->next()) {
    EXPECT_GT(frame->time_ms, last_ms);
    last_ms = frame->time_ms;
    ++frames;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  EXPECT_LT(frames, 60);
  EXPECT_GT(source->dropped(), 20);
  EXPECT_GT(last_ms, 2000);
}

TEST(LiveSourceUnit, KeepingAllFramesDropsNone) {
  const Server server(2);
  SourceOptions options;
  options.drop_stale = false;
  const auto source = server.open(options);
  ASSERT_NE(source, nullptr);
  int frames = 0;
  while (source->next()) ++frames;
  EXPECT_EQ(source->dropped(), 0);
  EXPECT_GE(frames, 45);
}

TEST(LiveSourceUnit, AFrozenServerIsAnErrorAndStopIsHeard) {
  const Server server(60);
  std::atomic<bool> stop = false;
  SourceOptions options;
  options.timeout_s = 1;
  options.stop = &stop;
  const auto source = server.open(options);
  ASSERT_NE(source, nullptr);
  ASSERT_TRUE(source->next());
  server.freeze();
  try {
    while (source->next()) {
    }
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_NE(std::string(error.what()).find(server.url()), std::string::npos);
  }
  const Server other(60);
  options.timeout_s = 1000;
  const auto waiting = other.open(options);
  ASSERT_NE(waiting, nullptr);
  ASSERT_TRUE(waiting->next());
  other.freeze();
  std::thread stopper([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    stop = true;
  });
  while (waiting->next()) {
  }
  stopper.join();
}

}  // namespace
}  // namespace kith
