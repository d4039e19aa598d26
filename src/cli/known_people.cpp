#include "cli/known_people.h"

#include <string>

#include "cli/cli.h"

namespace kith::cli {

KnownPeople::KnownPeople(std::filesystem::path file, Read read, std::chrono::milliseconds look_every)
    : file_(std::move(file)),
      read_(std::move(read)),
      look_every_(look_every),
      version_(version()),
      known_(read_()) {}

std::shared_ptr<const Identifier> KnownPeople::now() {
  if (follow_) look();
  return known_;
}

std::optional<KnownPeople::Version> KnownPeople::version() const {
  std::error_code missing;
  const auto changed = std::filesystem::last_write_time(file_, missing);
  if (missing) return std::nullopt;
  const std::uintmax_t bytes = std::filesystem::file_size(file_, missing);
  return missing ? std::nullopt : std::optional(Version{changed, bytes});
}

void KnownPeople::look() {
  using namespace std::chrono_literals;
  if (coming_.valid()) {
    if (coming_.wait_for(0s) != std::future_status::ready) return;
    try {
      known_ = coming_.get();
    } catch (const std::exception& e) {
      complain(std::string(e.what()) + "; the people known before stay known");
    }
  }
  if (Clock::now() - looked_ < look_every_) return;
  looked_ = Clock::now();
  const std::optional<Version> present = version();
  if (!present || present == version_) return;
  version_ = present;  // before it is read: what changes meanwhile is seen the next time
  coming_ = std::async(std::launch::async, read_);
}

}  // namespace kith::cli
