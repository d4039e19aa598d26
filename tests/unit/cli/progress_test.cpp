#include "cli/progress.h"

#include <gtest/gtest.h>

namespace kith::cli {
namespace {

TEST(ProgressUnit, KnownTotal) {
  EXPECT_EQ(progress_line("photos", 25, 100, 10, 100),
            "photos 25/100  25%  [#####---------------]  10/s  8s left");
  EXPECT_EQ(progress_line("photos", 0, 100, 0, 100), "photos 0/100  0%  [--------------------]");
  EXPECT_EQ(progress_line("frames", 100, 10000, 0.5, 100),
            "frames 100/10000  1%  [--------------------]  0.5/s  5h30m left");
}

TEST(ProgressUnit, UnknownTotalAndMoreThanExpected) {
  EXPECT_EQ(progress_line("frames", 412, 0, 48.2, 100), "frames 412  48/s");
  EXPECT_EQ(progress_line("frames", 12, 10, 100, 60), "frames 12/10  100%  [####################]  100/s");
}

TEST(ProgressUnit, FitsTheTerminal) {
  EXPECT_EQ(progress_line("photos", 25, 100, 10, 40), "photos 25/100  25%  10/s  8s left");
  EXPECT_EQ(progress_line("photos", 25, 100, 10, 10), "photos 25/");
  EXPECT_EQ(progress_line("photos", 25, 100, 10, -1), "");
}

}  // namespace
}  // namespace kith::cli
