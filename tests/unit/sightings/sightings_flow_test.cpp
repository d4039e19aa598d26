// From tracks that end, over names, to nothing left: the sightings sink, name and forget, with people who are
// only vectors.
#include <gmock/gmock.h>
#include <kith/error.h>
#include <kith/gallery.h>

#include "core/files.h"
#include "sightings/name_group.h"
#include "sightings/sightings_sink.h"
#include "store/places.h"
#include "support/test_data.h"
#include "unit/people/synthetic.h"

namespace kith {
namespace {
namespace fs = std::filesystem;
using testing::ElementsAre;

const Gallery::Binding kBinding{"identity-1", "synthetic", 64};

class SightingsFlowUnit : public testing::Test {
 protected:
  TrackReport report(const std::string& source, int id, const Embedding& person, double first_ms = 0) {
    TrackReport track;
    track.source = source;
    track.id = id;
    track.first_ms = first_ms;
    track.last_ms = first_ms + 80;
    track.frames = 3;
    track.evidence = {{0, 0.1F, 0.3F}, {1, 0.1F, 0.6F}};
    track.fused = random_.near(person, 0.5F);
    track.chip = cv::Mat(112, 112, CV_8UC3, cv::Scalar(id * 20, 90, 120));
    return track;
  }
  static void write(Sink& sink, const std::string& source, double time_ms, std::vector<int> tracks) {
    Frame frame;
    frame.image = cv::Mat(36, 64, CV_8UC3);
    frame.source = source;
    frame.time_ms = time_ms;
    std::vector<RecognizedFace> faces;
    for (const int track : tracks) faces.emplace_back().track = track;
    sink.write(frame, faces);
  }
  static SourceInfo info(const std::string& name, SourceKind kind = SourceKind::kVideo) {
    SourceInfo source;
    source.name = name;
    source.kind = kind;
    return source;
  }

  // One run over a film: tracks 1 and 2 are Ada at two times, 3 is Bea beside the latter.
  void recognise(bool finish = true) {
    std::vector<std::unique_ptr<Sink>> sinks;
    sinks.push_back(make_json_sink(json().string()));
    sinks.push_back(make_sightings_sink(file(), kBinding, json().string(), people()));
    const auto sink = make_tee_sink(std::move(sinks));
    sink->begin(info("film.mp4"));
    for (int i = 0; i < 3; ++i) write(*sink, "film.mp4", 40 * i, {1});
    sink->track(report("film.mp4", 1, ada_));
    for (int i = 0; i < 3; ++i) write(*sink, "film.mp4", 5000 + 40 * i, {2, 3});
    sink->track(report("film.mp4", 2, ada_, 5000));
    sink->track(report("film.mp4", 3, bea_, 5000));
    if (finish) sink->finish({});
  }
  fs::path json() const { return folder_.path() / "film.jsonl"; }
  fs::path file() const { return folder_.path() / "film.sightings"; }
  fs::path people() const { return folder_.path() / "people.kith"; }

  test::TempDir folder_;
  test::Synthetic random_{64};
  Embedding ada_ = random_.direction(), bea_ = random_.direction();
};

TEST_F(SightingsFlowUnit, TracksAreKeptAndReplaced) {
  recognise();
  recognise(false);
  Sightings sightings = Sightings::open(file());
  const std::vector<Sighting> rows = sightings.all();
  ASSERT_EQ(rows.size(), 3U) << "the second run took the place of the first";
  EXPECT_EQ(rows[0].source, fs::absolute("film.mp4"));
  EXPECT_EQ(rows[0].sidecar, json());
  EXPECT_FLOAT_EQ(rows[0].quality, 0.6F);
  EXPECT_GT(rows[0].chip.size(), 500U);
  EXPECT_EQ(sightings.together(), (std::set<Sightings::Pair>{{rows[1].id, rows[2].id}}));
  EXPECT_THAT(noted_places(people()), ElementsAre(NotedPlace{PlaceKind::kSightings, file()}));
}

TEST_F(SightingsFlowUnit, CamerasAddAndPhotosReplaceOneByOne) {
  const auto run = [&](const SourceInfo& source, const std::string& picture, int id) {
    const auto sink = make_sightings_sink(file(), kBinding, "-", people());
    sink->begin(source);
    write(*sink, picture, 0, {id, id + 1});
    sink->track(report(picture, id, ada_));
    sink->track(report(picture, id + 1, bea_));
    sink->finish({});
  };
  run(info("0", SourceKind::kCamera), "0", 1);
  run(info("0", SourceKind::kCamera), "0", 1);
  run(info("photos", SourceKind::kFolder), "photos/a.jpg", 1);
  run(info("photos", SourceKind::kFolder), "photos/b.jpg", 1);
  run(info("photos", SourceKind::kFolder), "photos/b.jpg", 1);
  Sightings sightings = Sightings::open(file());
  EXPECT_EQ(sightings.all().size(), 8U);
  EXPECT_EQ(sightings.all()[0].source, "0");
  EXPECT_EQ(sightings.all()[0].sidecar, "");
  EXPECT_EQ(sightings.together().size(), 2U)
      << "one picture is enough for photos, and too little for cameras";
}

TEST_F(SightingsFlowUnit, AGroupGetsAName) {
  recognise();
  Sightings sightings = Sightings::open(file());
  const std::vector<Sighting> rows = sightings.all();
  sightings.set_groups({{rows[0].id, 1}, {rows[1].id, 1}, {rows[2].id, 2}});
  const NameReport named = name_groups(sightings, people(), {1}, "Ada");
  EXPECT_EQ(named.tracks, 2);
  EXPECT_EQ(named.enrolled, 2);
  ASSERT_EQ(named.files.size(), 1U);
  EXPECT_EQ(named.files[0].error, "");
  EXPECT_EQ(named.files[0].faces, 6);
  EXPECT_EQ(name_groups(sightings, people(), {1}, "Ada").enrolled, 0) << "once is enough";
  EXPECT_EQ(name_groups(sightings, people(), {1, 2}, "Bea").other_names, 2);
  EXPECT_THROW(name_groups(sightings, people(), {1}, "Carl"), Error);
  EXPECT_THROW(name_groups(sightings, people(), {7}, "Carl"), Error);
  EXPECT_EQ(Gallery::open(people()).people().size(), 2U);
  EXPECT_EQ(sightings.all()[1].name, "Ada");

  EXPECT_FALSE(fs::exists(people().string() + ".sightings")) << "the gallery has it now";
  EXPECT_THAT(noted_places(people()), ElementsAre(NotedPlace{PlaceKind::kSightings, file()}));
}

TEST_F(SightingsFlowUnit, TheGalleryGetsFewFacesUnlikeEachOther) {
  std::vector<Sighting> tracks(30);
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    tracks[i].quality = i == 4 ? 0.9F : 0.5F;
    tracks[i].embedding = i < 20 ? random_.near(ada_, 0.01F) : random_.near(ada_, 0.8F);
  }
  tracks[25].quality = 0.01F;
  const std::vector<std::size_t> chosen = choose_for_gallery(tracks);
  EXPECT_EQ(chosen[0], 4U);
  EXPECT_EQ(chosen.size(), 10U);
  EXPECT_EQ(std::ranges::count_if(chosen, [](std::size_t i) { return i < 20; }), 1);
  EXPECT_EQ(std::ranges::count(chosen, 25U), 0);
  for (Sighting& track : tracks) track.quality = 0.01F;
  EXPECT_EQ(choose_for_gallery(tracks).size(), 1U) << "better than nothing";
  EXPECT_TRUE(choose_for_gallery({}).empty());
}

}  // namespace
}  // namespace kith
