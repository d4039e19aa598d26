// The program itself with cameras, streams and films on a server in this process, and the signals that end it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "support/media.h"
#include "support/stream_server.h"
#include "support/test_data.h"

extern char** environ;

namespace kith {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::StreamServer;
using test::Visit;
using testing::HasSubstr;
using testing::Not;

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// `kith ARGUMENTS` in a folder, its output in files there.
class Program {
 public:
  Program(const fs::path& folder, std::vector<std::string> arguments) : folder_(folder) {
    arguments.insert(arguments.begin(), KITH_BINARY);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, 1, (folder / "stdout").c_str(), O_CREAT | O_TRUNC | O_WRONLY,
                                       0600);
    ::posix_spawn_file_actions_addopen(&actions, 2, (folder / "stderr").c_str(), O_CREAT | O_TRUNC | O_WRONLY,
                                       0600);
    ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    EXPECT_EQ(::posix_spawn(&process_, KITH_BINARY, &actions, nullptr, argv.data(), environ), 0);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  ~Program() {
    if (process_ > 0) ::kill(process_, SIGKILL);
    end();
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void send(int signal) const { ::kill(process_, signal); }
  /// Until signals are answered: a sanitizer's program takes a while to begin.
  void wait_until_it_listens() const {
    constexpr std::uint64_t kTerm = std::uint64_t{1} << (SIGTERM - 1);
    for (std::uint64_t blocked = 0; (blocked & kTerm) == 0;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      const std::string status = text_of("/proc/" + std::to_string(process_) + "/status");
      const std::size_t at = status.find("SigBlk:");
      if (at == std::string::npos || status.find("State:\tZ") != std::string::npos) return;  // it has ended
      blocked = std::stoull(status.substr(at + 7), nullptr, 16);
    }
  }
  /// @return the exit code; 128 + signal when it was killed.
  int end() {
    if (process_ <= 0) return code_;
    int status = 0;
    ::waitpid(std::exchange(process_, 0), &status, 0);
    return code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  std::string err() const { return text_of(folder_ / "stderr"); }
  std::string out() const { return text_of(folder_ / "stdout"); }

 private:
  fs::path folder_;
  pid_t process_ = 0;
  int code_ = -1;
};

class LiveRunModel : public testing::Test {
 protected:
  void SetUp() override {
    KITH_NEEDS_MODEL("mtcnn");
    KITH_NEEDS_MODEL("landmarks-68");
    KITH_NEEDS_MODEL("fr_feature");
    fs::create_directory(folder_.path() / "raw");
    for (const char* who : {"amara", "bruno"})
      fs::copy(test::samples() / "raw" / who, folder_.path() / "raw" / who, fs::copy_options::recursive);
    ASSERT_EQ(Program(folder_.path(), {"train", "raw"}).end(), 0);
    face_ = cv::imread((test::samples() / "test" / "amara" / "01.jpg").string());
  }

  std::vector<json> lines() const {
    std::vector<json> all;
    std::istringstream text(text_of(folder_.path() / "live.jsonl"));
    for (std::string line; std::getline(text, line);) all.push_back(json::parse(line, nullptr, false));
    return all;
  }
  static std::int64_t count(const std::vector<json>& lines, const char* key) {
    return std::count_if(lines.begin(), lines.end(), [&](const json& line) { return line.contains(key); });
  }
  void send_faces(const Visit& visit, int frames) const {
    visit.begin_stream();
    for (int i = 0; i < frames; ++i) visit.picture(face_);
  }
  void wait_for_a_frame() const {
    while (count(lines(), "frame") == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }

  test::TempDir folder_;
  cv::Mat face_;
};

TEST_F(LiveRunModel, ALostCameraIsToldComesBackAndIsAnErrorInTheEnd) {
  const StreamServer server([&](const Visit& visit) {
    if (visit.number() > 1) return;
    send_faces(visit, 5);
    visit.reset();
  });
  Program run(folder_.path(),
              {"recognize", "http://me:hunter2@" + server.host() + "/v?token=hunter2", "--json", "live.jsonl",
               "--csv", "live.csv", "--sightings", "live.sightings", "--reconnect", "2"});
  EXPECT_EQ(run.end(), 1);
  EXPECT_THAT(run.err(), HasSubstr("lost"));
  EXPECT_THAT(run.err(), HasSubstr("is back after"));
  EXPECT_THAT(run.err(), HasSubstr("not back in 2 s"));
  const std::vector<json> lines = this->lines();
  EXPECT_EQ(count(lines, "error"), 1);
  ASSERT_TRUE(lines.back().contains("summary")) << lines.back();
  ASSERT_FALSE(lines.back()["summary"]["people"].empty());
  EXPECT_EQ(lines.back()["summary"]["people"][0]["name"], "amara");
  std::int64_t next = 0;
  for (const json& line : lines) {
    if (line.contains("frame")) {
      EXPECT_EQ(line["frame"], next++);
    }
  }
  EXPECT_GE(next, 2);
  for (const fs::directory_entry& file : fs::recursive_directory_iterator(folder_.path())) {
    if (file.is_regular_file()) {
      EXPECT_THAT(text_of(file), Not(HasSubstr("hunter2"))) << file.path();
    }
  }
}

TEST_F(LiveRunModel, AFilmOnAServerIsReadToItsEnd) {
  const fs::path film = folder_.path() / "film.mp4";
  test::make_media(
      "-i '" + (test::samples() / "gallery.mp4").string() + "' -t 1 -c copy -movflags +faststart", film);
  const std::string bytes = text_of(film);
  const StreamServer server([&](const Visit& visit) { visit.file(bytes, "video/mp4", true); });
  Program run(folder_.path(),
              {"recognize", server.url("/film.mp4?user=hunter2"), "--json", "live.jsonl", "--out", "out"});
  EXPECT_EQ(run.end(), 0) << run.err();
  const auto frames = static_cast<std::size_t>(count(lines(), "frame"));
  EXPECT_EQ(frames, test::play(film).times_ms.size());
  EXPECT_EQ(test::play(folder_.path() / "out" / "film.mp4").times_ms.size(), frames);
}

TEST_F(LiveRunModel, AStopEndsASilentCameraInGoodOrder) {
  const StreamServer server([&](const Visit& visit) {
    send_faces(visit, 3);
    visit.hold();
  });
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    fs::remove(folder_.path() / "live.jsonl");
    Program run(folder_.path(), {"recognize", server.url(), "--json", "live.jsonl"});
    wait_for_a_frame();
    run.send(signal);
    run.send(signal);  // to the process, and to its group: one request
    EXPECT_EQ(run.end(), 130);
    EXPECT_EQ(count(lines(), "summary"), 1) << "signal " << signal;
    EXPECT_EQ(count(lines(), "error"), 0);
  }
}

TEST_F(LiveRunModel, AStopDoesNotWaitForTheFilm) {
  const fs::path film = folder_.path() / "film.mp4";
  test::make_media("-stream_loop 3 -i '" + (test::samples() / "gallery.mp4").string() + "' -c copy", film);
  Program run(folder_.path(), {"recognize", film.string(), "--out", "out.mp4", "--json", "live.jsonl"});
  wait_for_a_frame();
  run.send(SIGTERM);
  EXPECT_EQ(run.end(), 130);
  const auto written = static_cast<std::size_t>(count(lines(), "frame"));
  EXPECT_EQ(count(lines(), "summary"), 1);
  EXPECT_EQ(test::play(folder_.path() / "out.mp4").times_ms.size(), written);
}

TEST_F(LiveRunModel, AVerbThatIsStuckEndsAsWell) {
  ASSERT_EQ(::mkfifo((folder_.path() / "never.jpg").c_str(), 0600), 0);  // nobody ever writes
  for (const std::vector<std::string>& verb : {std::vector<std::string>{"people", "add", "Ada", "never.jpg"},
                                               {"train", "never.jpg"},
                                               {"classify", "never.jpg"},
                                               {"recognize", "never.jpg"},
                                               {"verify", "never.jpg", "never.jpg"}}) {
    Program run(folder_.path(), verb);
    run.wait_until_it_listens();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));  // wherever it is then
    run.send(SIGTERM);
    EXPECT_EQ(run.end(), 130) << verb.front() << run.err();
  }
}

}  // namespace
}  // namespace kith
