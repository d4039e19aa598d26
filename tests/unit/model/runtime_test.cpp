#include <gtest/gtest.h>
#include <kith/error.h>
#include <kith/runtime.h>

#include <cstdlib>
#include <filesystem>

#include "support/test_data.h"

namespace kith {
namespace {

TEST(RuntimeUnit, RefusesWhatItCannotBe) {
  EXPECT_THROW(Runtime::create({-1, "cpu"}), Error);
  EXPECT_THROW(Runtime::create({1, "abacus"}), Error);
  EXPECT_EQ(Runtime::create({2, "cpu"})->threads(), 2);
}

// In a process of its own: ONNX Runtime decides once.
TEST(RuntimeUnit, NothingIsReportedToAnyone) {
  const test::TempDir cache;
  EXPECT_EXIT(
      {
        // It keeps still in CI by itself, and keeps a device id and its reports in the cache elsewhere.
        for (const char* name : {"CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_RUNNING_UNIT_TESTS"})
          ::unsetenv(name);
        ::setenv("XDG_CACHE_HOME", cache.path().c_str(), 1);
        ::setenv("HOME", cache.path().c_str(), 1);
        ::setenv("ORT_DISABLE_TELEMETRY", "0", 1);
        Runtime::create();
        std::exit(std::filesystem::is_empty(cache.path()) ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace kith
