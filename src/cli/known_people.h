// KnownPeople: who is in the gallery's file now, for a run that goes on while the file changes.
#pragma once

#include <kith/embedder.h>
#include <kith/identifier.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>

namespace kith::cli {

/// How faces are to be named.
struct Naming {
  std::string people;           // the gallery's file
  bool may_be_missing = false;  // then nobody is known
  std::optional<double> far;
  Classifier classifier = Classifier::kTemplates;
  bool repeat_names = false;
};

/// One thread at a time.
class KnownPeople {
 public:
  /// Reads the gallery. @param embedder  must outlive the object. @throws Error as Gallery::open does, kInvalidArgument.
  KnownPeople(Naming naming, const Embedder& embedder);
  /// False: there is no such file yet.
  bool has_file() const { return version_.has_value(); }
  /// From now on the file is looked at twice a second, and read again beside the run when it has changed. One that cannot
  /// be read is complained about, and whoever was known stays so.
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
  std::shared_ptr<const Identifier> read() const;
  void look();

  Naming naming_;
  const Embedder& embedder_;
  std::optional<Version> version_;
  std::shared_ptr<const Identifier> known_;
  std::future<std::shared_ptr<const Identifier>> coming_;
  std::atomic<bool> follow_ = false;
  Clock::time_point looked_ = Clock::now();
};

}  // namespace kith::cli
