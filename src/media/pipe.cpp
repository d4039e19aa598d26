#include "media/pipe.h"

#include <fcntl.h>
#include <kith/error.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace kith {
namespace {

constexpr int kLook_ms = 50;  // stop is an atomic: nobody wakes us for it

// What is open in this process already: "-", /dev/stdin, /dev/fd/63 (bash's <(command)).
std::optional<int> handle_of(const std::string& input) {
  if (input == "-" || input == "/dev/stdin") return STDIN_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!input.starts_with(folder)) continue;
    int handle = -1;
    const char* const end = input.data() + input.size();
    const auto [rest, failed] = std::from_chars(input.data() + folder.size(), end, handle);
    if (failed == std::errc() && rest == end) return handle;
  }
  return std::nullopt;
}

bool is_pipe(mode_t mode) { return S_ISFIFO(mode) || S_ISSOCK(mode); }

}  // namespace

std::optional<Pipe> Pipe::open(const std::string& input, const std::atomic<bool>* stop) {
  struct stat status {};
  const std::optional<int> own = handle_of(input);
  if ((own ? ::fstat(*own, &status) : ::stat(input.c_str(), &status)) != 0) return std::nullopt;
  if (input == "-" && S_ISCHR(status.st_mode)) {
    throw Error(ErrorCode::kIo, "-: nothing comes from the standard input: lead a photo or video into it");
  }
  if (!is_pipe(status.st_mode)) return std::nullopt;
  // A FIFO's opening would wait for its writer, and nothing could end that.
  const int handle =
      own ? ::fcntl(*own, F_DUPFD_CLOEXEC, 0) : ::open(input.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (handle < 0) throw Error(ErrorCode::kIo, input + ": cannot be opened: " + std::strerror(errno));
  return Pipe(handle, input, stop);
}

Pipe::~Pipe() {
  if (handle_ >= 0) ::close(handle_);
}

Pipe::Pipe(Pipe&& other) noexcept
    : handle_(std::exchange(other.handle_, -1)),
      name_(std::move(other.name_)),
      stop_(other.stop_),
      kept_(std::move(other.kept_)),
      taken_(other.taken_) {}

std::size_t Pipe::read_new(char* to, std::size_t most) {
  while (!stopped()) {
    pollfd waiting{handle_, POLLIN, 0};
    if (::poll(&waiting, 1, kLook_ms) <= 0) continue;
    const ssize_t count = ::read(handle_, to, most);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EAGAIN && errno != EINTR)
      throw Error(ErrorCode::kIo, name_ + ": cannot be read: " + std::strerror(errno));
  }
  return 0;
}

std::string_view Pipe::peek(std::size_t bytes) {
  kept_.erase(0, std::exchange(taken_, 0));
  constexpr std::size_t kPart = std::size_t{1}
                                << 16U;  // what a pipe gives at a time; more would be cleared for nothing
  while (kept_.size() < bytes) {
    const std::size_t before = kept_.size();
    const std::size_t room = std::min(bytes - before, kPart);
    kept_.resize(before + room);
    const std::size_t count = read_new(kept_.data() + before, room);
    kept_.resize(before + count);
    if (count == 0) break;
  }
  return std::string_view(kept_).substr(0, bytes);
}

std::size_t Pipe::read(char* to, std::size_t most) {
  if (taken_ == kept_.size()) return read_new(to, most);
  const std::size_t count = std::min(most, kept_.size() - taken_);
  std::memcpy(to, kept_.data() + taken_, count);
  taken_ += count;
  return count;
}

std::string Pipe::read_all() {
  std::size_t wanted = std::size_t{1} << 16U;
  while (peek(wanted).size() == wanted) wanted *= 2;
  return std::exchange(kept_, {});
}

}  // namespace kith
