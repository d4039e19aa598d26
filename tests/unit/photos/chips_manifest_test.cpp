#include "photos/chips_manifest.h"

#include <gmock/gmock.h>
#include <kith/error.h>

#include "support/test_data.h"

namespace kith {
namespace {

ErrorCode code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.code();
  }
  ADD_FAILURE() << "nothing thrown";
  return ErrorCode::kInternal;
}

TEST(ChipsManifestUnit, ReadsBackWhatItWrote) {
  const test::TempDir chips;
  EXPECT_EQ(load_manifest(chips.path()), std::nullopt);
  for (const ChipGeometry& geometry : {arcface_112(), box_crop(160, 32)}) {
    const ChipsManifest manifest{geometry, "fr_feature", "mtcnn", {{"min_face", "20"}}};
    store_manifest(chips.path(), manifest);
    EXPECT_EQ(load_manifest(chips.path()), manifest);
  }
  store_manifest(chips.path(), {box_crop(182, 44), std::nullopt, "scrfd", {}});
  EXPECT_EQ(load_manifest(chips.path())->embedder, std::nullopt);
}

TEST(ChipsManifestUnit, ReadsFormatOne) {
  const test::TempDir chips;
  write_file(manifest_path(chips.path()),
             R"({"format":1,"geometry":{"kind":"box","margin":32,"size":[160,160]},
    "embedder":null,"detector":"mtcnn","options":{"landmarks":"none"}})");
  const auto manifest = load_manifest(chips.path());
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->geometry, box_crop(160, 32));
  EXPECT_EQ(manifest->options.at("landmarks"), "none");
}

TEST(ChipsManifestUnit, Damaged) {
  const test::TempDir chips;
  const auto load = [&](const char* text) {
    write_file(manifest_path(chips.path()), text);
    return code_of([&] { load_manifest(chips.path()); });
  };
  EXPECT_EQ(load("{"), ErrorCode::kCorrupt);
  EXPECT_EQ(load("[]"), ErrorCode::kCorrupt);
  EXPECT_EQ(load(R"({"format":2})"), ErrorCode::kUnsupported);
  EXPECT_EQ(load(R"({"format":1,"geometry":{"kind":"box","size":[0,0],"margin":1}})"), ErrorCode::kCorrupt);
}

TEST(ChipsManifestUnit, AnotherGeometryIsNamed) {
  const ChipsManifest manifest{box_crop(160, 32), std::nullopt, "mtcnn", {}};
  EXPECT_NO_THROW(require_geometry("chips", manifest, box_crop(160, 32), "facenet"));
  try {
    require_geometry("chips", manifest, arcface_112(), "fr_feature");
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("160x160 box crop, margin 32"));
    EXPECT_THAT(e.what(), testing::HasSubstr("112x112 5-point template"));
  }
  try {
    require_geometry("chips", {arcface_112(), "fr_feature", "mtcnn", {}}, box_crop(182, 44), "facenet");
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("182x182 box crop, margin 44"));
  }
}

}  // namespace
}  // namespace kith
