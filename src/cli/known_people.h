// KnownPeople: who is in the gallery's file now, for a run that goes on while the file changes.
#pragma once

#include <kith/identifier.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>

namespace kith::cli {

/// One thread at a time.
class KnownPeople {
 public:
  /// Who is in the file; called at once, and later on another thread. It may throw.
  using Read = std::function<std::shared_ptr<const Identifier>()>;
  KnownPeople(std::filesystem::path file, Read read,
              std::chrono::milliseconds look_every = std::chrono::milliseconds(500));

  /// From now on the file is looked at so often, and read again beside the run when it has changed. One that cannot be read
  /// is complained about, and whoever was known stays so.
  void follow() { follow_ = true; }
  std::shared_ptr<const Identifier> now();

 private:
  using Clock = std::chrono::steady_clock;
  struct Version {
    std::filesystem::file_time_type changed;
    std::uintmax_t bytes = 0;
    bool operator==(const Version&) const = default;
  };
  std::optional<Version> version() const;
  void look();

  std::filesystem::path file_;
  Read read_;
  std::chrono::milliseconds look_every_;
  std::optional<Version> version_;
  std::shared_ptr<const Identifier> known_;
  std::atomic<bool> follow_ = false;
  Clock::time_point looked_ = Clock::now();
  std::future<std::shared_ptr<const Identifier>> coming_;  // the last: waits for read_ when it goes
};

}  // namespace kith::cli
