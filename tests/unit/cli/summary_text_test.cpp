#include "cli/summary_text.h"

#include <gtest/gtest.h>

namespace kith::cli {
namespace {

Summary::PersonSeen person(const char* name, std::int64_t frames, std::int64_t photos, double first_ms = 0,
                           double last_ms = 0) {
  Summary::PersonSeen seen;
  seen.name = name;
  seen.frames = frames;
  seen.photos = photos;
  seen.first_ms = first_ms;
  seen.last_ms = last_ms;
  seen.mean_confidence = 0.987;
  return seen;
}

}  // namespace

TEST(SummaryTextUnit, AVideoHasTimes) {
  Summary summary;
  summary.sources = 1;
  summary.frames = 400;
  summary.faces = 522;
  summary.people = {person("Zo\u00eb", 353, 0, 1200, 83'456)};
  summary.unknown_tracks = 2;
  EXPECT_EQ(summary_text(summary),
            "400 frames, 522 faces\n"
            "  Zo\u00eb                  0:00:01.2 to 0:01:23.4, 353 frames, confidence 0.99\n"
            "  unknown              2 tracks\n");
}

TEST(SummaryTextUnit, PhotosAreCounted) {
  Summary summary;
  summary.sources = 1;
  summary.frames = summary.photos = 3;
  summary.faces = 4;
  summary.people = {person("Ada", 3, 3)};
  summary.unknown_tracks = summary.unknown_in_photos = 1;
  EXPECT_EQ(summary_text(summary),
            "3 photos, 4 faces\n"
            "  Ada                  3 photos, confidence 0.99\n"
            "  unknown              1 face\n");
}

TEST(SummaryTextUnit, SeveralSourcesHaveALineEach) {
  Summary summary;
  summary.sources = 3;
  summary.frames = 42;
  summary.photos = 2;
  summary.faces = 43;
  summary.people = {person("Ada", 42, 2, 0, 600)};
  summary.people[0].sources = {
      {"pics", true, 2, 0, 0}, {"a.mp4", false, 20, 0, 400}, {"b.mp4", false, 20, 300, 600}};
  summary.unclear_tracks = 3;
  summary.unclear_in_photos = 1;
  summary.dropped = 1;
  EXPECT_EQ(summary_text(summary),
            "40 frames and 2 photos, 43 faces\n"
            "  Ada                  40 frames and 2 photos, confidence 0.99\n"
            "                         0:00:00.0 to 0:00:00.4 in a.mp4\n"
            "                         0:00:00.3 to 0:00:00.6 in b.mp4\n"
            "  unclear              2 tracks and 1 face\n"
            "1 camera frame dropped, to keep up\n");
}

TEST(SummaryTextUnit, NothingIsPlain) {
  Summary summary;
  EXPECT_EQ(summary_text(summary), "0 frames, 0 faces\n");
  summary.frames = summary.faces = summary.unknown_tracks = 1;
  EXPECT_EQ(summary_text(summary), "1 frame, 1 face\n  unknown              1 track\n");
}

}  // namespace kith::cli
