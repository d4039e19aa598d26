#include <gtest/gtest.h>
#include <kith/pipeline.h>

namespace kith {
namespace {

RecognizedFace seen(int track, const char* name, float confidence = 0.5F) {
  RecognizedFace face;
  face.track = track;
  face.identity.confidence = confidence;
  if (name != nullptr) face.identity.name = name;
  return face;
}

Frame at(double time_ms) {
  Frame frame;
  frame.time_ms = time_ms;
  return frame;
}

}  // namespace

TEST(TallyUnit, SumsUpWhoWasSeen) {
  Tally tally;
  tally.add(at(0), std::vector{seen(1, nullptr), seen(2, "Bo", 0.8F)});
  tally.add(at(40), std::vector{seen(1, "Ada", 0.6F), seen(2, "Bo", 0.9F), seen(3, nullptr)});
  tally.add(at(80), {});
  Frame broken = at(120);
  broken.failure = "damaged";
  tally.add(broken, {});
  const Summary summary = tally.summary();
  EXPECT_EQ(summary.frames, 3);
  EXPECT_EQ(summary.faces, 5);
  EXPECT_EQ(summary.failed, 1);
  EXPECT_EQ(summary.unknown_tracks, 1) << "track 1 got its name later";
  ASSERT_EQ(summary.people.size(), 2U);
  EXPECT_EQ(summary.people[0].name, "Bo");
  EXPECT_EQ(summary.people[0].frames, 2);
  EXPECT_NEAR(summary.people[0].mean_confidence, 0.85, 1e-6);
  EXPECT_EQ(summary.people[1].first_ms, 40);
  EXPECT_EQ(summary.people[1].last_ms, 40);
}

}  // namespace kith
