#include "recognise/labels.h"

#include <gtest/gtest.h>
#include <kith/embedder.h>
#include <kith/gallery.h>

#include <cmath>
#include <set>

namespace kith {
namespace {

constexpr std::size_t kDimension = 8;
constexpr double kFrame_ms = 40;

Embedding unit(std::size_t axis) {
  Embedding e(kDimension, 0.0F);
  e[axis] = 1;
  return e;
}

// A look at a person by which nobody could name them: cosine 0.3 to `axis`.
Embedding vague(std::size_t axis) {
  Embedding e(kDimension, 0.0F);
  e[axis] = 0.3F;
  e[kDimension - 1] = std::sqrt(1 - 0.09F);
  return e;
}

Gallery gallery() {
  Gallery people = Gallery::in_memory({"test", "test", kDimension});
  const auto add = [&](const std::string& name, std::size_t axis) {
    std::vector<Sample> samples(5);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      samples[i].source = samples[i].checksum = name + std::to_string(i);
      samples[i].embedding = unit(axis);
    }
    people.add(name, samples);
  };
  add("Ada", 0);
  add("Bo", 1);
  return people;
}

Identifier identifier() {
  IdentifierOptions options;
  options.threshold = 0.5F;
  return {gallery().people(), options};
}

struct Seen {
  cv::Rect2f box;
  Embedding embedding;
  float quality = 0.9F;
};

// A tracker and labels, fed frame by frame.
class Film {
 public:
  explicit Film(const LabelOptions& options = {}, bool live = false)
      : options_(options),
        labels_(live ? make_live_labels(tracker_) : make_file_labels(tracker_, options_)) {}

  // Without an embedding: a face that nobody looked at.
  void frame(const std::vector<Seen>& seen) {
    LabelledFrame labelled;
    Frame& frame = labelled.frame;
    frame.image = cv::Mat(90, 160, CV_8UC3, cv::Scalar::all(80));
    frame.index = next_;
    frame.time_ms = static_cast<double>(next_++) * kFrame_ms;
    frame.source = "film.mp4";
    std::vector<Face> faces;
    for (const Seen& one : seen) faces.push_back({one.box, 0.99F, {}});
    const std::vector<TrackedFace> tracked = tracker_.update(frame, faces);
    for (std::size_t i = 0; i < seen.size(); ++i) {
      RecognizedFace& face = labelled.faces.emplace_back();
      face.face = faces[i];
      face.track = tracked[i].track;
      if (!seen[i].embedding.empty())
        face.track = tracker_.add_evidence(face.track, seen[i].embedding, seen[i].quality);
    }
    labels_->add(std::move(labelled), identifier_);
    collect();
  }

  void end() {
    tracker_.end_all();
    labels_->end();
    collect();
  }

  std::vector<LabelledFrame> frames;
  std::vector<TrackReport> tracks;

 private:
  void collect() {
    for (Labelled& item : labels_->take()) {
      if (item.frame) frames.push_back(std::move(*item.frame));
      if (item.track) tracks.push_back(std::move(*item.track));
    }
  }

  std::shared_ptr<const Identifier> identifier_ = std::make_shared<const Identifier>(identifier());
  Tracker tracker_;
  LabelOptions options_;
  std::unique_ptr<Labels> labels_;
  std::int64_t next_ = 0;
};

const cv::Rect2f kLeft(10, 10, 40, 40), kRight(100, 30, 40, 40);

}  // namespace

TEST(LabelsUnit, ATrackNamedLateIsNamedFromItsFirstFrame) {
  Film film;
  for (int i = 0; i < 6; ++i) film.frame({{kLeft, vague(0), 0.1F}});
  for (int i = 0; i < 6; ++i) film.frame({{kLeft, unit(0), 0.9F}});
  film.end();
  ASSERT_EQ(film.frames.size(), 12U);
  for (const LabelledFrame& frame : film.frames) {
    ASSERT_EQ(frame.faces.size(), 1U);
    EXPECT_EQ(frame.faces[0].identity.name, "Ada") << frame.frame.index;
    EXPECT_TRUE(frame.frame.image.empty()) << "held back without its picture";
    EXPECT_EQ(frame.frame.size, cv::Size(160, 90));
  }
  ASSERT_EQ(film.tracks.size(), 1U);
  EXPECT_EQ(film.tracks[0].frames, 12);
  EXPECT_EQ(film.tracks[0].last_ms, 11 * kFrame_ms);
  EXPECT_EQ(film.tracks[0].evidence.size(), 12U);
}

TEST(LabelsUnit, TracksOfOnePersonThatFollowEachOtherBecomeOne) {
  Film film;
  for (int i = 0; i < 5; ++i) film.frame({{kLeft, unit(0)}});
  for (int i = 0; i < 40; ++i) film.frame({});
  for (int i = 0; i < 5; ++i) film.frame({{kRight, unit(0)}});
  for (int i = 0; i < 40; ++i) film.frame({});
  for (int i = 0; i < 5; ++i) film.frame({{kRight, unit(1)}});
  film.end();
  EXPECT_EQ(film.frames.front().faces[0].track, film.frames[46].faces[0].track);
  EXPECT_NE(film.frames.front().faces[0].track, film.frames.back().faces[0].track);
  ASSERT_EQ(film.tracks.size(), 2U);
  EXPECT_EQ(film.tracks[0].identity.name, "Ada");
  EXPECT_EQ(film.tracks[0].frames, 10);
  EXPECT_EQ(film.tracks[0].first_frame, 0);
  EXPECT_EQ(film.tracks[0].last_frame, 49);
  EXPECT_EQ(film.tracks[1].identity.name, "Bo");
}

TEST(LabelsUnit, StrangersAndThoseAtOneTimeAreNotJoined) {
  Film film;
  for (int i = 0; i < 5; ++i) film.frame({{kLeft, unit(4)}, {kRight, unit(0)}});
  for (int i = 0; i < 40; ++i) film.frame({{kRight, unit(0)}});
  for (int i = 0; i < 5; ++i) film.frame({{kLeft, unit(4)}, {kRight, unit(0)}});
  film.end();
  std::set<int> ids;
  for (const TrackReport& track : film.tracks) ids.insert(track.id);
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_EQ(film.tracks.size(), 3U);
}

TEST(LabelsUnit, OneNameATime) {
  Film film;
  Embedding nearly = unit(0);
  nearly[5] = 0.7F;
  normalise(nearly);
  for (int i = 0; i < 30; ++i) {
    std::vector<Seen> seen{{kRight, unit(0)}};
    if (i < 4) seen.push_back({kLeft, nearly});
    film.frame(seen);
  }
  film.end();
  for (const LabelledFrame& frame : film.frames) {
    EXPECT_EQ(frame.faces[0].identity.name, "Ada");
    if (frame.faces.size() > 1) {
      EXPECT_FALSE(frame.faces[1].identity.name);
    }
  }
}

TEST(LabelsUnit, NothingIsHeldBackForLongerThanAllowed) {
  LabelOptions options;
  options.hold_ms = 400;
  Film film(options);
  for (int i = 0; i < 100; ++i) {
    film.frame({{kLeft, i < 60 ? vague(0) : unit(0), i < 60 ? 0.1F : 0.9F}});
    EXPECT_GE(film.frames.size() + 10, static_cast<std::size_t>(i));
  }
  film.end();
  ASSERT_EQ(film.frames.size(), 100U);
  EXPECT_FALSE(film.frames[0].faces[0].identity.name);
  EXPECT_TRUE(film.frames[60].faces[0].identity.name);
  int changes = 0;
  for (std::size_t i = 1; i < film.frames.size(); ++i)
    changes += film.frames[i].faces[0].identity.name != film.frames[i - 1].faces[0].identity.name ? 1 : 0;
  EXPECT_EQ(changes, 1) << "named once, for good";
  EXPECT_EQ(film.tracks.size(), 1U);
}

TEST(LabelsUnit, AWellSeenTrackIsNotHeldBackToItsEnd) {
  Film film;
  for (int i = 0; i < 100; ++i) film.frame({{kLeft, unit(0)}});
  EXPECT_GT(film.frames.size(), 80U);
}

TEST(LabelsUnit, LiveFramesComeAtOnceAndTracksAreReported) {
  Film film({}, true);
  for (int i = 0; i < 5; ++i) {
    film.frame({{kLeft, unit(0)}});
    ASSERT_EQ(film.frames.size(), static_cast<std::size_t>(i) + 1);
    EXPECT_FALSE(film.frames.back().frame.image.empty());
    EXPECT_EQ(film.frames.back().faces[0].identity.name, "Ada");
  }
  film.end();
  ASSERT_EQ(film.tracks.size(), 1U);
  EXPECT_EQ(film.tracks[0].identity.name, "Ada");
}

TEST(LabelsUnit, AFaceThatNobodyLookedAtIsUnclear) {
  for (const bool live : {true, false}) {
    Film film({}, live);
    for (int i = 0; i < 3; ++i) film.frame({{kLeft, {}}, {kRight, unit(0)}});
    film.end();
    ASSERT_EQ(film.frames.size(), 3U);
    for (const LabelledFrame& frame : film.frames) {
      EXPECT_EQ(frame.faces[0].identity.state, IdentityState::kUnclear);
      EXPECT_FALSE(frame.faces[0].identity.name);
      EXPECT_EQ(frame.faces[1].identity.name, "Ada");
    }
    EXPECT_EQ(film.tracks.size(), 2U);
  }
}

// One person whose face is lost on one side and found on the other, again and again: both tracks last from the
// first frame to the last, but no frame shows both.
TEST(LabelsUnit, TracksByTurnsAreOnePerson) {
  Film film;
  for (int i = 0; i < 60; ++i) film.frame({{i / 5 % 2 == 0 ? kLeft : kRight, unit(0)}});
  film.frame({{kLeft, unit(0)}, {kRight, unit(0)}});  // found twice, for a moment
  film.end();
  ASSERT_EQ(film.frames.size(), 61U);
  for (std::size_t i = 0; i < 60; ++i) EXPECT_EQ(film.frames[i].faces.at(0).identity.name, "Ada") << i;
  const std::vector<RecognizedFace>& both = film.frames[60].faces;
  EXPECT_NE(both[0].identity.name.has_value(), both[1].identity.name.has_value()) << "once a picture";
  EXPECT_EQ(film.tracks.size(), 2U);
}

TEST(LabelsUnit, EvidenceIsComparedWithTheNearestPerson) {
  TrackHistory history;
  history.looks = {{3, 0.5F, unit(0)}, {8, 0.25F, unit(1)}};
  Identification ada;
  ada.nearest = "Ada";
  const TrackReport report = report_of(history, ada, identifier());
  ASSERT_EQ(report.evidence.size(), 2U);
  EXPECT_EQ(report.evidence[0].frame, 3);
  EXPECT_FLOAT_EQ(report.evidence[0].similarity, 1);
  EXPECT_FLOAT_EQ(report.evidence[1].similarity, 0);
  EXPECT_FLOAT_EQ(report.evidence[1].quality, 0.25F);
}

}  // namespace kith
