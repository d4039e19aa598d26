#include "cli/known_people.h"

#include <kith/error.h>
#include <kith/gallery.h>

#include "cli/cli.h"

namespace kith::cli {
namespace {
constexpr std::chrono::milliseconds kLookEvery{500};
}

KnownPeople::KnownPeople(Naming naming, const Embedder& embedder)
    : naming_(std::move(naming)), embedder_(embedder), version_(version()), known_(read()) {}

std::shared_ptr<const Identifier> KnownPeople::now() {
  if (follow_) look();
  return known_;
}

std::optional<KnownPeople::Version> KnownPeople::version() const {
  std::error_code missing;
  const auto changed = std::filesystem::last_write_time(naming_.people, missing);
  if (missing) return std::nullopt;
  const std::uintmax_t bytes = std::filesystem::file_size(naming_.people, missing);
  return missing ? std::nullopt : std::optional(Version{changed, bytes});
}

std::shared_ptr<const Identifier> KnownPeople::read() const {
  if (!version_ && naming_.may_be_missing)
    return std::make_shared<const Identifier>(std::span<const Person>(), IdentifierOptions{});
  const Gallery gallery = Gallery::open(naming_.people);
  IdentifierOptions options = identifier_options(embedder_, gallery, naming_.far);
  options.unique = !naming_.repeat_names;
  options.classifier = naming_.classifier;
  return std::make_shared<const Identifier>(gallery.people(), options);
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
  if (Clock::now() - looked_ < kLookEvery) return;
  looked_ = Clock::now();
  const std::optional<Version> present = version();
  if (!present || present == version_) return;
  version_ = present;  // before it is read: what changes meanwhile is seen the next time
  coming_ = std::async(std::launch::async, [this] { return read(); });
}

}  // namespace kith::cli
