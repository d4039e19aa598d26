#include "app/evaluate_video.h"

#include <gtest/gtest.h>

#include "core/files.h"
#include "support/test_data.h"

namespace kith {
namespace {

SidecarFace face(float x, int track, const char* name) {
  SidecarFace f{{x, 0, 10, 10}, track, std::nullopt};
  if (name != nullptr) f.name = name;
  return f;
}

}  // namespace

TEST(EvaluateVideoUnit, CountsByHand) {
  const test::TempDir dir;
  const auto truth = dir.path() / "truth.jsonl";
  std::string lines;
  for (int i = 0; i < 4; ++i) {
    lines += R"({"frame":)" + std::to_string(i) +
             R"(,"faces":[{"person":"ada","box":[0,0,10,10],"visible":1},{"person":"stranger","box":[100,0,10,10],"visible":1},)"
             R"({"person":"bo","box":[200,0,10,10],"visible":0.2}]})"
             "\n";
  }
  write_file(truth, lines);
  const std::vector<SidecarFrame> sidecar = {
      {0, 0, {face(1, 1, nullptr), face(101, 2, nullptr)}},           // ada unknown, stranger right
      {1, 400, {face(1, 1, "ada"), face(101, 2, "bo")}},              // ada right, stranger wrong
      {2, 800, {face(1, 1, "bo"), face(500, 3, "bo")}},               // ada wrong (a switch), stranger missed, a name on nothing
      {3, 1200, {face(1, 1, "ada"), face(101, 2, nullptr), face(201, 4, "bo")}},  // ada right (a switch); bo is hardly visible
  };
  const VideoScore score = score_frames(sidecar, truth, {"ada", "bo"});
  EXPECT_EQ(score.frames.right, 4);
  EXPECT_EQ(score.frames.wrong, 2);
  EXPECT_EQ(score.frames.unknown, 1);
  EXPECT_EQ(score.frames.missed, 1);
  EXPECT_EQ(score.identity_switches, 2);
  EXPECT_EQ(score.false_names, 3) << "tracks 1, 2 and 3";
  EXPECT_EQ(score.tracks.right, 2) << "most of the time both are right";
  EXPECT_EQ(score.seconds.right + score.seconds.wrong + score.seconds.unknown + score.seconds.missed, 4);
}

TEST(EvaluateVideoUnit, ClipTruthNamesWhoIsMissing) {
  const test::TempDir dir;
  const auto truth = dir.path() / "truth.json";
  write_file(truth, R"({"clip1":{"allowed":["ada","bo"],"must":["ada","bo"]}})");
  const std::vector<SidecarFrame> sidecar = {{0, 0, {face(0, 1, "ada"), face(50, 2, "eve"), face(90, 3, nullptr)}}};
  const VideoScore score = score_clip(sidecar, truth, "clip1");
  EXPECT_EQ(score.frames.right, 1);
  EXPECT_EQ(score.frames.wrong, 1);
  EXPECT_EQ(score.frames.unknown, 1);
  EXPECT_EQ(score.false_names, 1);
  EXPECT_EQ(score.missing, std::vector<std::string>{"bo"});
}

}  // namespace kith
