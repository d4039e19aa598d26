// `kith serve` on a port of its own, as a test's child.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/http_client.h"
#include "support/test_data.h"

namespace kith::test {

class Served {
 public:
  static constexpr const char* kKey = "11111111-1111-4111-8111-111111111111";

  /// @param more  further options. Its log goes to LOG beside the gallery.
  explicit Served(const std::filesystem::path& people, const std::vector<std::string>& more = {"--key", kKey},
                  const std::string& listen = "127.0.0.1:0") {
    std::vector<std::string> words = {KITH_BINARY,       "serve",    "--listen",     listen,
                                      "--print-address", "--people", people.string()};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    int ends[2];
    if (::pipe(ends) != 0) return;
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      const int log = ::open((people.string() + ".log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
      ::dup2(log, STDERR_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      ::execv(KITH_BINARY, arguments.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    std::FILE* const out = ::fdopen(ends[0], "r");
    char line[200] = {};
    if (std::fgets(line, sizeof line, out) != nullptr) first_line_ = line;
    std::fclose(out);
    const std::size_t colon = first_line_.rfind(':');
    if (first_line_.starts_with("listening http")) port_ = std::stoi(first_line_.substr(colon + 1));
  }
  ~Served() { end(SIGKILL); }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  int port() const { return port_; }
  pid_t child() const { return child_; }
  const std::string& first_line() const { return first_line_; }
  void signal(int number) const { ::kill(child_, number); }
  /// @return the exit status; -1 killed by a signal, -2 it did not end in 15 s.
  int end(int number) {
    if (child_ <= 0) return status_;
    ::kill(child_, number);
    for (int i = 0; i < 1500; ++i) {
      int status = 0;
      if (::waitpid(child_, &status, WNOHANG) == child_) {
        child_ = 0;
        return status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return -2;
  }
  HttpAnswer ask(HttpAsk what) const {
    if (what.headers.empty()) what.headers = {std::string("x-api-key: ") + kKey};
    return test::ask(port_, what);
  }

 private:
  pid_t child_ = -1;
  int port_ = 0, status_ = 0;
  std::string first_line_;
};

}  // namespace kith::test
