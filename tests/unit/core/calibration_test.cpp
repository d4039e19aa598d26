#include <gtest/gtest.h>
#include <kith/calibration.h>

namespace kith {
namespace {

Calibration calibration() {
  Calibration c;
  c.far = {0.1, 1e-2, 1e-3, 1e-5};
  c.threshold = {0.1F, 0.2F, 0.34F, 0.48F};
  return c;
}

// The rate of a similarity is the rate whose threshold it is: within the table, at its ends, and beyond.
TEST(CalibrationUnit, RateAndThresholdAreInverses) {
  for (const double far : {0.2, 0.1, 0.03, 1e-2, 2e-3, 1e-3, 5e-5, 1e-5, 1e-7}) {
    const std::optional<double> again = far_at(calibration(), *threshold_at(calibration(), far));
    ASSERT_TRUE(again);
    EXPECT_NEAR(*again / far, 1, 1e-3) << far;
  }
  EXPECT_EQ(far_at(calibration(), -0.9F), 0.5) << "less alike than most";
  EXPECT_EQ(far_at({}, 0.3F), std::nullopt);
}

}  // namespace
}  // namespace kith
