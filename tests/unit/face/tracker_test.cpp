#include <gtest/gtest.h>
#include <kith/embedder.h>
#include <kith/tracker.h>

#include <opencv2/core.hpp>

namespace kith {
namespace {

// A scene that differs from another seed's everywhere.
Frame frame(std::int64_t index, int scene = 1) {
  Frame f;
  f.image.create(180, 320, CV_8UC3);
  cv::RNG rng(static_cast<std::uint64_t>(scene) *
              0x9E3779B97F4A7C15ULL);  // neighbouring seeds are alike at first
  cv::Mat coarse(9, 16, CV_8UC3);
  rng.fill(coarse, cv::RNG::UNIFORM, 0, 255);
  for (int y = 0; y < f.image.rows; ++y) {
    for (int x = 0; x < f.image.cols; ++x) f.image.at<cv::Vec3b>(y, x) = coarse.at<cv::Vec3b>(y / 20, x / 20);
  }
  f.index = index;
  f.time_ms = static_cast<double>(index) * 40;
  f.source = "film.mp4";
  return f;
}

Face face(float x, float y, float side = 40) {
  Face f;
  f.box = {x, y, side, side};
  f.score = 0.99F;
  return f;
}

Embedding unit(std::size_t axis) {
  Embedding e(8, 0.0F);
  e[axis] = 1;
  return e;
}

}  // namespace

TEST(TrackerUnit, KeepsIdsOfTwoFacesThatPassEachOther) {
  Tracker tracker;
  std::vector<TrackedFace> first = tracker.update(frame(0), std::vector{face(10, 20), face(200, 120)});
  for (int i = 1; i <= 12; ++i) {
    const auto step = static_cast<float>(8 * i);
    const std::vector<TrackedFace> now = tracker.update(
        frame(i), std::vector{face(200 - step, 120), face(10 + step, 20)});  // detectors do not keep order
    EXPECT_EQ(now[0].track, first[1].track) << i;
    EXPECT_EQ(now[1].track, first[0].track) << i;
  }
}

TEST(TrackerUnit, SurvivesMissedFramesButNotLongAbsence) {
  Tracker tracker;
  const int id = tracker.update(frame(0), std::vector{face(50, 50)})[0].track;
  for (int i = 1; i < 10; ++i) EXPECT_TRUE(tracker.update(frame(i), {}).empty());
  EXPECT_EQ(tracker.update(frame(10), std::vector{face(52, 50)})[0].track, id);
  EXPECT_NE(tracker.update(frame(60), std::vector{face(52, 50)})[0].track, id);
}

TEST(TrackerUnit, CutEndsTracks) {
  Tracker tracker;
  const int id = tracker.update(frame(0, 1), std::vector{face(50, 50)})[0].track;
  EXPECT_EQ(tracker.update(frame(1, 1), std::vector{face(50, 50)})[0].track, id);
  EXPECT_NE(tracker.update(frame(2, 2), std::vector{face(50, 50)})[0].track, id);
}

TEST(TrackerUnit, PhotosShareNoTracks) {
  Tracker tracker;
  Frame a = frame(0);
  Frame b = frame(0);
  b.source = "other.jpg";
  const int first = tracker.update(a, std::vector{face(50, 50)})[0].track;
  EXPECT_NE(tracker.update(b, std::vector{face(50, 50)})[0].track, first);
}

TEST(TrackerUnit, FusesEvidenceByQuality) {
  Tracker tracker;
  const int id = tracker.update(frame(0), std::vector{face(50, 50)})[0].track;
  Embedding tilted = unit(0);
  tilted[1] = 1;
  normalise(tilted);
  EXPECT_EQ(tracker.add_evidence(id, unit(0), 0.9F), id);
  EXPECT_EQ(tracker.add_evidence(id, tilted, 0.1F), id);
  EXPECT_NEAR(similarity(tracker.fused(id), tracker.fused(id)), 1, 1e-5);
  EXPECT_GT(similarity(tracker.fused(id), unit(0)), similarity(tracker.fused(id), tilted));
}

TEST(TrackerUnit, SomeoneElseInTheSamePlaceIsANewTrack) {
  Tracker tracker;
  const int id = tracker.update(frame(0), std::vector{face(50, 50)})[0].track;
  tracker.add_evidence(id, unit(0), 0.9F);
  ASSERT_EQ(tracker.update(frame(1), std::vector{face(50, 50)})[0].track, id);
  EXPECT_EQ(tracker.add_evidence(id, unit(1), 0.01F), id) << "a blurred face splits nothing";
  const int other = tracker.add_evidence(id, unit(1), 0.9F);
  EXPECT_NE(other, id);
  EXPECT_FLOAT_EQ(similarity(tracker.fused(other), unit(1)), 1);
  EXPECT_EQ(tracker.update(frame(2), std::vector{face(50, 50)})[0].track, other);
}

TEST(TrackerUnit, SteadyTracksAreEmbeddedRarely) {
  Tracker tracker;
  int embedded = 0;
  for (int i = 0; i < 50; ++i) {
    const TrackedFace now = tracker.update(frame(i), std::vector{face(50, 50)})[0];
    if (!now.wants_embedding) continue;
    ++embedded;
    tracker.add_evidence(now.track, unit(0), 0.9F);
  }
  EXPECT_GE(embedded, 10);
  EXPECT_LE(embedded, 13);
}

TEST(TrackerUnit, TellsWhatATrackHasShownWhenItEnds) {
  Tracker tracker;
  int id = 0;
  for (int i = 0; i < 40; ++i) {
    id = tracker.update(frame(i), std::vector{face(50, 50)})[0].track;
    const float quality = i == 7 ? 0.9F : 0.2F + 0.01F * static_cast<float>(i);
    tracker.add_evidence(id, unit(0), quality, Chip(2, 2, CV_8UC3, cv::Scalar::all(i)));
  }
  EXPECT_TRUE(tracker.take_ended().empty());
  tracker.update(frame(40, 2), {});
  const std::vector<TrackHistory> ended = tracker.take_ended();
  ASSERT_EQ(ended.size(), 1U);
  const TrackHistory& track = ended[0];
  EXPECT_EQ(track.id, id);
  EXPECT_EQ(track.source, "film.mp4");
  EXPECT_EQ(track.frames, 40);
  EXPECT_EQ(track.first_frame, 0);
  EXPECT_EQ(track.last_frame, 39);
  EXPECT_EQ(track.last_ms, 39 * 40);
  EXPECT_EQ(track.evidence, 40);
  ASSERT_EQ(track.looks.size(), TrackHistory::kMostLooks);
  EXPECT_EQ(track.looks.front().frame, 7) << "the best of all";
  EXPECT_EQ(track.looks[1].frame, 25) << "then the last, which are better than the first; by frame";
  EXPECT_FLOAT_EQ(track.best_quality, 0.9F);
  EXPECT_EQ(track.best_chip.at<cv::Vec3b>(0, 0)[0], 7);
  EXPECT_TRUE(tracker.take_ended().empty());
}

TEST(TrackerUnit, ATrackThatIsTakenOverEndsBeforeThat) {
  Tracker tracker;
  const int id = tracker.update(frame(0), std::vector{face(50, 50)})[0].track;
  tracker.add_evidence(id, unit(0), 0.9F);
  tracker.update(frame(1), std::vector{face(50, 50)});
  const int other = tracker.add_evidence(id, unit(1), 0.9F);
  tracker.end_all();
  const std::vector<TrackHistory> ended = tracker.take_ended();
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_EQ(ended[0].last_frame, 0);
  EXPECT_EQ(ended[0].frames, 1);
  EXPECT_EQ(ended[1].id, other);
  EXPECT_EQ(ended[1].first_frame, 1);
}

TEST(TrackerUnit, FacesThatNobodyLookedAtGiveNoEvidence) {
  Tracker tracker;
  EXPECT_TRUE(tracker.update(frame(0), std::vector{face(50, 50)})[0].wants_embedding);
  EXPECT_FALSE(tracker.update(frame(1), std::vector{face(50, 50)}, false)[0].wants_embedding);
}

// A face may move by more than its width between two frames.
TEST(TrackerUnit, KnownOriginsNeedNoOverlap) {
  Tracker tracker;
  const std::vector<TrackedFace> before = tracker.update(frame(0), std::vector{face(10, 20), face(200, 120)});
  const std::vector<Origin> crossed{1, 0};
  const std::vector<TrackedFace> now =
      tracker.update(frame(1), std::vector{face(100, 20), face(110, 120)}, false, crossed);
  EXPECT_EQ(now[0].track, before[1].track);
  EXPECT_EQ(now[1].track, before[0].track);
  const std::vector<Origin> one{std::nullopt, 0};
  const std::vector<TrackedFace> last =
      tracker.update(frame(2), std::vector{face(20, 150), face(190, 20)}, true, one);
  EXPECT_EQ(last[1].track, before[1].track);
  EXPECT_NE(last[0].track, before[0].track) << "neither near nor said to be";
}

TEST(TrackerUnit, AFaceThatLeaptIsLookedAt) {
  Tracker tracker;
  const std::vector<Origin> same{0};
  int id = 0;
  for (int i = 0; i < 5; ++i) {
    id = tracker.update(frame(i), std::vector{face(50, 50)}, true, same)[0].track;
    tracker.add_evidence(id, unit(0), 0.9F);
  }
  const TrackedFace steady = tracker.update(frame(5), std::vector{face(52, 50)}, true, same)[0];
  EXPECT_FALSE(steady.wants_embedding);
  const TrackedFace leapt = tracker.update(frame(6), std::vector{face(120, 50)}, true, same)[0];
  EXPECT_EQ(leapt.track, id);
  EXPECT_TRUE(leapt.wants_embedding);
  const int other = tracker.add_evidence(id, unit(1), 0.9F);
  EXPECT_NE(other, id);
  EXPECT_EQ(tracker.update(frame(7), std::vector{face(240, 50)}, true, same)[0].track, other);
}

TEST(TrackerUnit, OriginsOfWhatHasEndedStartAnew) {
  Tracker tracker;
  const std::vector<Origin> same{0};
  const std::vector<Origin> nowhere{7};
  const int id = tracker.update(frame(0, 1), std::vector{face(50, 50)})[0].track;
  const int after_cut = tracker.update(frame(1, 2), std::vector{face(50, 50)}, true, same)[0].track;
  EXPECT_NE(after_cut, id);
  const int after_gap = tracker.update(frame(60, 2), std::vector{face(50, 50)}, true, same)[0].track;
  EXPECT_NE(after_gap, after_cut);
  EXPECT_NE(tracker.update(frame(61, 2), std::vector{face(150, 50)}, true, nowhere)[0].track, after_gap);
}

TEST(TrackerUnit, AnotherSizeEndsTracks) {
  Tracker tracker;
  const int id = tracker.update(frame(0), std::vector{face(50, 50)})[0].track;
  Frame smaller = frame(1);
  smaller.image = smaller.image(cv::Rect(0, 0, 300, 170)).clone();
  EXPECT_NE(tracker.update(smaller, std::vector{face(50, 50)})[0].track, id);
}

}  // namespace kith
