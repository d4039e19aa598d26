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
  EXPECT_EQ(score.frames.known.right, 2);
  EXPECT_EQ(score.frames.known.wrong, 1);
  EXPECT_EQ(score.frames.known.unknown, 1);
  EXPECT_EQ(score.frames.known.missed, 0);
  EXPECT_EQ(score.frames.strangers.unnamed, 2);
  EXPECT_EQ(score.frames.strangers.named, 1);
  EXPECT_EQ(score.frames.strangers.missed, 1);
  EXPECT_EQ(people_text(*score.people), "2 of 3 people of the truth are known: ada, bo; strangers: stranger");
  EXPECT_EQ(score.identity_switches, 2);
  EXPECT_EQ(score.false_names, 3) << "tracks 1, 2 and 3";
  EXPECT_EQ(score.tracks.known.right, 1) << "most of the time both are right";
  EXPECT_EQ(score.tracks.strangers.unnamed, 1);
  EXPECT_EQ(score.timeline.at("ada").at(1), Outcome::kRight);
  EXPECT_EQ(score.timeline.at("stranger").size(), 2U);
  const std::string page = video_html({{"a & b.mp4", score, {"the run was interrupted"}}}, "test", {});
  EXPECT_THAT(page, testing::HasSubstr("a &amp; b.mp4"));
  EXPECT_THAT(page, testing::HasSubstr(">ada</text>"));
  EXPECT_THAT(page, testing::HasSubstr("<b>the run was interrupted</b>"));
  const auto json = to_json(ScoredVideo{"a.mp4", score, {}});
  EXPECT_GT(json.at("false_names_per_hour_interval").at(1), json.at("false_names_per_hour"));
  EXPECT_LT(json.at("tracks_right_interval").at(0), 1);
  EXPECT_EQ(score.seconds.known.all() + score.seconds.strangers.all(), 4);
}

TEST(EvaluateVideoUnit, ClipTruthNamesWhoIsMissing) {
  const test::TempDir dir;
  const auto truth = dir.path() / "truth.json";
  write_file(truth, R"({"clip1":{"allowed":["ada","bo"],"must":["ada","bo"]}})");
  const std::vector<SidecarFrame> sidecar = {
      {0, 0, {face(0, 1, "ada"), face(50, 2, "eve"), face(90, 3, nullptr)}}};
  const VideoScore score = score_clip(sidecar, truth, "clip1", std::set<std::string>{"ada"});
  EXPECT_EQ(score.frames.known.right, 1);
  EXPECT_EQ(score.frames.known.wrong, 1);
  EXPECT_EQ(score.frames.known.unknown, 1);
  EXPECT_EQ(score.people->strangers, std::vector<std::string>{"bo"})
      << "who cannot be named, however well it goes";
  EXPECT_EQ(score.false_names, 1);
  EXPECT_EQ(score.timeline.at("eve").at(0), Outcome::kWrong);
  const auto json = to_json(ScoredVideo{"a.mp4", score, {}});
  for (const char* key : {"tracks", "seconds", "strangers", "tracks_right_interval", "false_names_per_hour"})
    EXPECT_TRUE(json.at(key).is_null()) << key << ": a clip's truth cannot tell";
  EXPECT_TRUE(json.at("frames").at("missed").is_null());
  EXPECT_THAT(video_html({}, "nothing", {}), testing::HasSubstr("</html>"));
  EXPECT_EQ(score.missing, std::vector<std::string>{"bo"});
}

// A run that knew nobody names nobody: every face "right" before, as if all were strangers.
TEST(EvaluateVideoUnit, ARunThatKnewNobodyIsNotRight) {
  const test::TempDir dir;
  const auto truth = dir.path() / "truth.jsonl";
  write_file(truth, R"({"frame":0,"faces":[{"person":"ada","box":[0,0,10,10]}]})");
  const VideoScore score = score_frames({{0, 0, {face(1, 1, nullptr)}}}, truth, {"somebody else"});
  EXPECT_EQ(score.frames.known.all(), 0);
  EXPECT_EQ(score.frames.strangers.unnamed, 1);
  EXPECT_THAT(people_text(*score.people),
              testing::HasSubstr("nobody of the truth is known in this run: ada count"));
  EXPECT_TRUE(to_json(ScoredVideo{"a.mp4", score, {}}).at("tracks_right_interval").is_null());
}

TEST(EvaluateVideoUnit, ASidecarSaysWhoWasKnownAndWhatIsMissing) {
  const test::TempDir dir;
  const auto path = dir.path() / "a.jsonl";
  const std::string frame =
      R"({"source":"a.mp4","frame":0,"time_ms":0.0,"faces":[{"box":[0,0,1,1],"track":1,"name":"Bea"}]})"
      "\n";
  write_file(path, R"({"kith":{"verb":"recognize","people":{"names":["Ada"]}}})"
                   "\n" +
                       frame + R"({"summary":{"interrupted":true,"failed":2,"dropped":3}})");
  const Sidecar sidecar = read_sidecar(path);
  EXPECT_EQ(*sidecar.known, (std::set<std::string>{"Ada", "Bea"})) << "Bea was named later";
  EXPECT_THAT(sidecar.notes, testing::ElementsAre("the run was interrupted", "2 sources could not be read",
                                                  "3 camera frames were dropped"));
  write_file(path, R"({"kith":{"verb":"recognize","people":null}})"
                   "\n" +
                       frame);
  EXPECT_EQ(read_sidecar(path).known->size(), 1U) << "without a gallery";
  EXPECT_THAT(read_sidecar(path).notes, testing::ElementsAre("it has no summary: the run died"));
  write_file(path, frame + R"({"summary":{}})");
  EXPECT_FALSE(read_sidecar(path).known) << "one of before does not say it";
  EXPECT_EQ(read_sidecar(path).sources.at("a.mp4").size(), 1U);
}

}  // namespace kith
