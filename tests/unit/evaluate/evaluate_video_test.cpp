#include "evaluate/evaluate_video.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

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
    lines +=
        R"({"frame":)" + std::to_string(i) +
        R"(,"faces":[{"person":"ada","box":[0,0,10,10],"visible":1},{"person":"stranger","box":[100,0,10,10],"visible":1},)"
        R"({"person":"bo","box":[200,0,10,10],"visible":0.2}]})"
        "\n";
  }
  write_file(truth, lines);
  const std::vector<SidecarFrame> sidecar = {
      {0, 0, {face(1, 1, nullptr), face(101, 2, nullptr)}},  // ada unknown, stranger right
      {1, 400, {face(1, 1, "ada"), face(101, 2, "bo")}},     // ada right, stranger wrong
      {2,
       800,
       {face(1, 1, "bo"), face(500, 3, "bo")}},  // ada wrong (a switch), stranger missed, a name on nothing
      {3,
       1200,
       {face(1, 1, "ada"), face(101, 2, nullptr),
        face(201, 4, "bo")}},  // ada right (a switch); bo is hardly visible
  };
  const VideoScore score = score_frames(sidecar, truth, {"ada", "bo"});
  EXPECT_EQ(score.frames.right, 4);
  EXPECT_EQ(score.frames.wrong, 2);
  EXPECT_EQ(score.frames.unknown, 1);
  EXPECT_EQ(score.frames.missed, 1);
  EXPECT_EQ(score.identity_switches, 2);
  EXPECT_EQ(score.false_names, 3) << "tracks 1, 2 and 3";
  EXPECT_EQ(score.tracks.right, 2) << "most of the time both are right";
  EXPECT_EQ(score.timeline.at("ada").at(1), Outcome::kRight);
  EXPECT_EQ(score.timeline.at("stranger").size(), 2U);
  const std::string page = video_html({{"a & b.mp4", score}}, "test");
  EXPECT_THAT(page, testing::HasSubstr("a &amp; b.mp4"));
  EXPECT_THAT(page, testing::HasSubstr(">ada</text>"));
  const auto json = to_json(ScoredVideo{"a.mp4", score});
  EXPECT_GT(json.at("false_names_per_hour_interval").at(1), json.at("false_names_per_hour"));
  EXPECT_LT(json.at("tracks_right_interval").at(0), 1);
  EXPECT_EQ(score.seconds.right + score.seconds.wrong + score.seconds.unknown + score.seconds.missed, 4);
}

TEST(EvaluateVideoUnit, ClipTruthNamesWhoIsMissing) {
  const test::TempDir dir;
  const auto truth = dir.path() / "truth.json";
  write_file(truth, R"({"clip1":{"allowed":["ada","bo"],"must":["ada","bo"]}})");
  const std::vector<SidecarFrame> sidecar = {
      {0, 0, {face(0, 1, "ada"), face(50, 2, "eve"), face(90, 3, nullptr)}}};
  const VideoScore score = score_clip(sidecar, truth, "clip1");
  EXPECT_EQ(score.frames.right, 1);
  EXPECT_EQ(score.frames.wrong, 1);
  EXPECT_EQ(score.frames.unknown, 1);
  EXPECT_EQ(score.false_names, 1);
  EXPECT_EQ(score.timeline.at("eve").at(0), Outcome::kWrong);
  EXPECT_TRUE(to_json(ScoredVideo{"a.mp4", score}).at("tracks_right_interval").is_null())
      << "a clip's truth has none";
  EXPECT_THAT(video_html({}, "nothing"), testing::HasSubstr("</html>"));
  EXPECT_EQ(score.missing, std::vector<std::string>{"bo"});
}

}  // namespace kith
