// Pipe: what can be opened and read once only: "-" (the standard input), <(command), a FIFO.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

namespace kith {

/// Not thread-safe.
class Pipe {
 public:
  /// @param stop  ends every wait when it becomes true; may be null; must outlive the pipe.
  /// @return nullopt when the input is something else: a file (also one that "-" is redirected from), a device.
  /// @throws Error kIo (it cannot be opened; the standard input is a terminal).
  static std::optional<Pipe> open(const std::string& input, const std::atomic<bool>* stop);
  ~Pipe();
  Pipe(Pipe&& other) noexcept;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  /// The next bytes, which stay to be read: as many as asked for, fewer where it ends or is stopped.
  std::string_view peek(std::size_t bytes);
  /// @return how many were put at `to`: at least 1; 0 at the end, or when stopped. @throws Error kIo.
  std::size_t read(char* to, std::size_t most);
  /// Everything up to the end.
  std::string read_all();
  bool stopped() const { return stop_ != nullptr && stop_->load(); }

 private:
  Pipe(int handle, std::string name, const std::atomic<bool>* stop)
      : handle_(handle), name_(std::move(name)), stop_(stop) {}
  std::size_t read_new(char* to, std::size_t most);

  int handle_;
  std::string name_;
  const std::atomic<bool>* stop_;
  std::string kept_;       // peeked
  std::size_t taken_ = 0;  // of them
};

}  // namespace kith
