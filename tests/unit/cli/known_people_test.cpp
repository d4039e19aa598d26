#include "cli/known_people.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "support/test_data.h"

namespace kith::cli {

// main.cpp's.
namespace {
std::atomic<int> complaints = 0;
}
void complain(const std::string&) { ++complaints; }

namespace {

std::shared_ptr<const Identifier> anybody() {
  return std::make_shared<const Identifier>(std::span<const Person>(), IdentifierOptions{});
}

class KnownPeopleUnit : public testing::Test {
 protected:
  void change(const std::string& text) const { std::ofstream(file_) << text; }
  // What is asked at every frame, until something has come of the change.
  void wait_until(const std::function<bool()>& done) {
    while (!done()) {
      known_.now();
      std::this_thread::yield();
    }
  }

  test::TempDir folder_;
  std::filesystem::path file_ = folder_.path() / "people.kith";
  std::atomic<int> reads_ = 0;
  std::atomic<bool> broken_ = false;
  KnownPeople known_{file_,
                     [this] {
                       ++reads_;
                       if (broken_) throw std::runtime_error("damaged");
                       return anybody();
                     },
                     std::chrono::milliseconds(0)};
};

TEST_F(KnownPeopleUnit, AFileThatChangesIsReadAgain) {
  const auto first = known_.now();
  known_.follow();
  EXPECT_EQ(known_.now(), first);
  change("now it is there");
  wait_until([&] { return known_.now() != first; });
  const auto second = known_.now();
  change("longer than it was before");
  wait_until([&] { return known_.now() != second; });
  EXPECT_EQ(reads_, 3);
  std::filesystem::remove(file_);
  EXPECT_EQ(known_.now(), known_.now()) << "whoever was known stays known";
}

TEST_F(KnownPeopleUnit, NobodyLooksUnlessAsked) {
  const auto first = known_.now();
  change("changed");
  EXPECT_EQ(known_.now(), first);
  EXPECT_EQ(reads_, 1);
}

TEST_F(KnownPeopleUnit, ADamagedFileChangesNothing) {
  const auto first = known_.now();
  known_.follow();
  broken_ = true;
  const int before = complaints;
  change("garbage");
  wait_until([&] { return complaints > before; });
  EXPECT_EQ(known_.now(), first);
  broken_ = false;
  change("mended again");
  wait_until([&] { return known_.now() != first; });
}

}  // namespace
}  // namespace kith::cli
