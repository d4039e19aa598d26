#include "evaluate/evaluate_pairs.h"

#include <gtest/gtest.h>

#include <thread>

#include "support/test_data.h"

namespace kith {

// docs/accuracy.md, less what another processor may change: two of the 6,000 pairs, and of the 3,000 of one
// person.
TEST(EvaluatePairsSlow, LfwIsAsGoodAsDocumented) {
  KITH_NEEDS_TEST_DATA();
  KITH_NEEDS_MODEL("mtcnn");
  KITH_NEEDS_MODEL("landmarks-68");
  KITH_NEEDS_MODEL("fr_feature");
  StageOptions options;
  options.runtime.threads = 1;
  const Stages stages(options);
  const std::filesystem::path lfw = test::test_data() / "data" / "lfw";
  const int workers = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const std::atomic<bool> stop = false;
  const PairsReport report =
      evaluate_pairs(stages, {lfw / "pairs.txt", lfw, workers}, stop, [](std::int64_t, std::int64_t) {});
  EXPECT_EQ(report.pairs, 6000);
  EXPECT_LE(report.failed.size(), 2U);
  EXPECT_GE(report.figures.accuracy, 0.9947 - 2.0 / 6000);
  EXPECT_GE(report.figures.tar_at_far.at(1).tar.value(), 0.9880 - 2.0 / 3000);
}

}  // namespace kith
