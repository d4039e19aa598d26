#include "recognise/tally.h"

#include <gtest/gtest.h>

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

TrackReport ended(IdentityState state, const char* name = nullptr) {
  TrackReport track;
  track.identity.state = state;
  if (name != nullptr) track.identity.name = name;
  return track;
}

SourceInfo video(const char* name) {
  SourceInfo info;
  info.kind = SourceKind::kVideo;
  info.name = name;
  return info;
}

}  // namespace

TEST(TallyUnit, SumsUpWhoWasSeen) {
  Tally tally;
  tally.begin(video("a.mp4"));
  tally.add(at(0), std::vector{seen(1, nullptr), seen(2, "Bo", 0.8F)});
  tally.add(at(40), std::vector{seen(1, "Ada", 0.6F), seen(2, "Bo", 0.9F), seen(3, nullptr)});
  tally.add(at(80), {});
  Frame broken = at(120);
  broken.failure = "damaged";
  tally.add(broken, {});
  tally.add(ended(IdentityState::kNamed, "Ada"));
  tally.add(ended(IdentityState::kNamed, "Bo"));
  tally.add(ended(IdentityState::kUnknown));
  tally.add(ended(IdentityState::kUnclear));
  const Summary summary = tally.summary();
  EXPECT_EQ(summary.frames, 3);
  EXPECT_EQ(summary.faces, 5);
  EXPECT_EQ(summary.failed, 1);
  EXPECT_EQ(summary.unknown_tracks, 1);
  EXPECT_EQ(summary.unclear_tracks, 1);
  ASSERT_EQ(summary.people.size(), 2U);
  EXPECT_EQ(summary.people[0].name, "Bo");
  EXPECT_EQ(summary.people[0].frames, 2);
  EXPECT_EQ(summary.people[0].tracks, 1);
  EXPECT_NEAR(summary.people[0].mean_confidence, 0.85, 1e-6);
  EXPECT_EQ(summary.people[1].first_ms, 40);
  EXPECT_EQ(summary.people[1].last_ms, 40);
}

TEST(TallyUnit, TimesOfSeveralSourcesAreKeptApart) {
  Tally tally;
  tally.begin(video("a.mp4"));
  tally.add(at(9000), std::vector{seen(1, "Bo")});
  tally.add(at(9040), std::vector{seen(1, "Bo")});
  tally.begin(video("b.mp4"));
  tally.add(at(40), std::vector{seen(2, "Bo")});
  const Summary summary = tally.summary();
  EXPECT_EQ(summary.sources, 2);
  ASSERT_EQ(summary.people.size(), 1U);
  const Summary::PersonSeen& bo = summary.people[0];
  EXPECT_EQ(bo.first_ms, 9000) << "in the first source";
  EXPECT_EQ(bo.last_ms, 40) << "in the last source";
  ASSERT_EQ(bo.sources.size(), 2U);
  EXPECT_EQ(bo.sources[0].source, "a.mp4");
  EXPECT_EQ(bo.sources[0].frames, 2);
  EXPECT_EQ(bo.sources[0].last_ms, 9040);
  EXPECT_EQ(bo.sources[1].first_ms, 40);
}

TEST(TallyUnit, PhotosAreCountedAsSuch) {
  Tally tally;
  SourceInfo folder;
  folder.kind = SourceKind::kFolder;
  folder.name = "pics";
  tally.begin(folder);
  for (int i = 0; i < 3; ++i) {
    tally.add(at(0), std::vector{seen(i, "Bo")});
    tally.add(ended(IdentityState::kNamed, "Bo"));
  }
  tally.add(ended(IdentityState::kUnknown));
  tally.add(ended(IdentityState::kUnclear));
  tally.begin(video("a.mp4"));
  tally.add(at(40), std::vector{seen(9, "Bo")});
  tally.add(ended(IdentityState::kUnknown));
  const Summary summary = tally.summary();
  EXPECT_EQ(summary.frames, 4);
  EXPECT_EQ(summary.photos, 3);
  EXPECT_EQ(summary.unknown_tracks, 2);
  EXPECT_EQ(summary.unknown_in_photos, 1);
  EXPECT_EQ(summary.unclear_in_photos, 1);
  ASSERT_EQ(summary.people.size(), 1U);
  EXPECT_EQ(summary.people[0].frames, 4);
  EXPECT_EQ(summary.people[0].photos, 3);
  EXPECT_TRUE(summary.people[0].sources[0].photos);
  EXPECT_FALSE(summary.people[0].sources[1].photos);
}

}  // namespace kith
