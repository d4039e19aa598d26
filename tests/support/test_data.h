// Where tests find their pictures and models.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "core/files.h"

namespace kith::test {

inline std::filesystem::path samples() { return std::filesystem::path(KITH_SOURCE_DIR) / "samples"; }

/// The folder with real pictures (its data/ and models/), or empty.
inline std::filesystem::path test_data() {
  const char* root = std::getenv("KITH_TEST_DATA");
  return root == nullptr ? "" : root;
}

inline std::filesystem::path installed(const std::string& name) {
  return data_dir() / "models" / (name + ".onnx");
}

/// A fresh folder that goes away with the test.
class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kith-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace kith::test

/// First line of a test in a *Data suite.
#define KITH_NEEDS_TEST_DATA() \
  if (kith::test::test_data().empty()) GTEST_SKIP() << "KITH_TEST_DATA is not set"
/// First line of a test in a *Model suite.
#define KITH_NEEDS_MODEL(name)                               \
  if (!std::filesystem::exists(kith::test::installed(name))) \
  GTEST_SKIP() << "not installed: kith model install " << name
