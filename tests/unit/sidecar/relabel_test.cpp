#include "sidecar/relabel.h"

#include <gmock/gmock.h>
#include <kith/error.h>
#include <kith/sink.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "core/files.h"
#include "sidecar/srt_cues.h"
#include "support/test_data.h"

namespace kith {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::HasSubstr;

// A film of 100 frames: Bea from 0 on, someone unknown from 1 s to 3 s, in all of recognize's files.
class RelabelUnit : public testing::Test {
 protected:
  void SetUp() override { record(false); }

  static RecognizedFace face(int track, const char* name) {
    RecognizedFace face;
    face.face.box = {10.0F * static_cast<float>(track), 20, 30, 40};
    face.track = track;
    face.identity.confidence = 0.5F;
    face.identity.similarity = 0.25F;
    if (name == nullptr) return face;
    face.identity.name = name;
    face.identity.state = IdentityState::kNamed;
    return face;
  }

  // What recognize writes; with `ada` as if it had known her.
  void record(bool ada, bool finish = true) {
    const auto sink = [&] {
      std::vector<std::unique_ptr<Sink>> sinks;
      sinks.push_back(make_json_sink(json().string()));
      sinks.push_back(make_csv_sink(csv()));
      sinks.push_back(make_srt_sink(srt()));
      return make_tee_sink(std::move(sinks));
    }();
    SourceInfo info;
    info.kind = SourceKind::kVideo;
    info.fps = 25;
    sink->begin(info);
    Summary summary;
    for (int i = 0; i < 100; ++i) {
      Frame frame;
      frame.image = cv::Mat(36, 64, CV_8UC3);
      frame.index = i;
      frame.time_ms = 40 * i;
      frame.source = "film, \"first\" cut.mp4";
      std::vector<RecognizedFace> faces{face(1, "Bea")};
      if (i >= 25 && i < 75) faces.push_back(face(2, ada ? "Ada" : nullptr));
      sink->write(frame, faces);
    }
    summary.people.push_back({});
    summary.people.back().name = "Bea";
    summary.people.back().frames = 100;
    summary.unknown_tracks = 1;
    if (finish) sink->finish(summary);
  }

  static Relabelling ada() {
    Relabelling change;
    change.name = "Ada";
    change.tracks.emplace();
    (*change.tracks)[2] = {"/videos/film, \"first\" cut.mp4", 1000, 2960, 0.875F};
    return change;
  }
  Json last_line() const {
    std::istringstream lines(read_file(json()));
    std::string line, last;
    while (std::getline(lines, line)) last = line;
    return Json::parse(last);
  }
  fs::path json() const { return folder_.path() / "film.jsonl"; }
  fs::path csv() const { return folder_.path() / "film.csv"; }
  fs::path srt() const { return folder_.path() / "film.srt"; }

  test::TempDir folder_;
};

TEST_F(RelabelUnit, ANameReachesAllFiles) {
  const std::vector<Relabelled> files = relabel(json(), ada());
  ASSERT_EQ(files.size(), 3U);
  for (const Relabelled& file : files) EXPECT_EQ(file.error, "");
  EXPECT_EQ(files[0].faces, 50);
  EXPECT_EQ(files[1].faces, 50);
  const std::string srt_now = read_file(srt()), csv_now = read_file(csv()), json_now = read_file(json());
  EXPECT_THAT(csv_now, HasSubstr(",2,Ada,1.0000,0.8750,"));
  const Json people = last_line().at("summary").at("people");
  ASSERT_EQ(people.size(), 2U);
  EXPECT_EQ(people[1].at("name"), "Ada");
  EXPECT_EQ(people[1].at("frames"), 50);
  EXPECT_EQ(people[1].at("first_ms"), 1000);
  EXPECT_EQ(people[1].at("last_ms"), 2960);
  EXPECT_EQ(people[1].at("mean_confidence"), 1);
  EXPECT_EQ(people[1].at("tracks"), 1);
  EXPECT_EQ(last_line().at("summary").at("unknown_tracks"), 0);
  relabel(json(), ada());
  EXPECT_EQ(read_file(json()), json_now) << "twice is once";
  EXPECT_EQ(read_file(csv()), csv_now);
  record(true);
  EXPECT_EQ(srt_now, read_file(srt())) << "as if she had been known";
}

TEST_F(RelabelUnit, ForgettingBringsTheUnknownBack) {
  const std::string unknown = read_file(srt());
  record(true);
  const Relabelling change{"Ada", std::nullopt};
  std::vector<Relabelled> files = relabel(json(), change, true);
  EXPECT_EQ(files[0].faces, 50);
  EXPECT_THAT(read_file(json()), HasSubstr("Ada")) << "a dry run";
  files = relabel(json(), change);
  for (const Relabelled& file : files) EXPECT_EQ(file.error, "");
  EXPECT_GT(files[2].faces, 0);
  for (const fs::path& path : {json(), csv(), srt()})
    EXPECT_EQ(read_file(path).find("Ada"), std::string::npos) << path;
  EXPECT_EQ(read_file(srt()), unknown);
  EXPECT_EQ(last_line().at("summary").at("unknown_tracks"), 2);
  EXPECT_THAT(read_file(json()), HasSubstr("Bea"));
}

TEST_F(RelabelUnit, ADryRunTouchesNothing) {
  record(true);
  write_file(srt().string() + ".relabelling", "somebody's own");
  fs::permissions(folder_.path(), fs::perms::owner_read | fs::perms::owner_exec);
  std::vector<Relabelled> files = relabel(json(), {"Ada", std::nullopt}, true);
  fs::permissions(folder_.path(), fs::perms::owner_all);
  ASSERT_EQ(files.size(), 3U);
  for (const Relabelled& file : files) {
    EXPECT_EQ(file.error, "");
    EXPECT_GT(file.faces, 0);
  }
  relabel(json(), {"Ada", std::nullopt});
  EXPECT_EQ(read_file(srt().string() + ".relabelling"), "somebody's own");
}

TEST_F(RelabelUnit, TablesAndSubtitlesByThemselves) {
  const std::string unknown = read_file(srt());
  record(true);
  fs::remove(json());
  for (const fs::path& path : {csv(), srt()}) {
    const std::vector<Relabelled> files = relabel(path, {"Ada", std::nullopt});
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0].error, "");
    EXPECT_GT(files[0].faces, 0);
    EXPECT_EQ(read_file(path).find("Ada"), std::string::npos) << path;
    EXPECT_THAT(read_file(path), HasSubstr("Bea"));
  }
  EXPECT_EQ(read_file(srt()), unknown);
}

TEST_F(RelabelUnit, AKilledRunsLastLineDoesNotTell) {
  record(true, false);
  write_file(json(), read_file(json()) + R"({"source":"film, \"first\" cut.mp4","faces":[{"name":"Ada")");
  write_file(csv(), read_file(csv()) + "\"film, \"\"first\"\" cut.mp4\",100,4000,2,Ada");
  for (const Relabelled& file : relabel(json(), {"Ada", std::nullopt})) EXPECT_EQ(file.error, "");
  for (const fs::path& path : {json(), csv()})
    EXPECT_EQ(read_file(path).find("Ada"), std::string::npos) << path;
}

TEST_F(RelabelUnit, SubtitlesThatWereEditedLoseTheNameToo) {
  std::int64_t cues = 0;
  const std::string text =
      "\xEF\xBB\xBF"
      "1\n00:00:00,000 --> 00:00:01,000\nAda Lovelace, Bea\nshe laughs\n\n"
      "2\n00:00:01,000 --> 00:00:02,000\nAda Lovelace\n\n"
      "a note\n\n3\n00:00:02,000 --> 00:00:03,000\nAda Lovelace King, Carl, Ada Lovelace\n\n";
  EXPECT_EQ(srt_without(text, "Ada_Lovelace", cues),
            "1\r\n00:00:00,000 --> 00:00:01,000\r\nBea\r\nshe laughs\r\n\r\na note\r\n\r\n"
            "2\r\n00:00:02,000 --> 00:00:03,000\r\nAda Lovelace King, Carl\r\n\r\n");
  EXPECT_EQ(cues, 3);
  EXPECT_EQ(srt_without(text, "Dora", cues), text);
  EXPECT_EQ(cues, 0);
}

TEST_F(RelabelUnit, WhatWasAlteredStaysAsItIs) {
  const auto untouched = [&](const Relabelling& change) {
    const std::string before = read_file(json());
    const std::vector<Relabelled> files = relabel(json(), change);
    EXPECT_EQ(read_file(json()), before);
    EXPECT_EQ(files.size(), 1U);
    EXPECT_THAT(files[0].error, HasSubstr("film.jsonl"));
  };
  Relabelling other_time = ada();
  other_time.tracks->at(2).last_ms = 2000;
  untouched(other_time);
  Relabelling other_film = ada();
  other_film.tracks->at(2).source = "/videos/other.mp4";
  untouched(other_film);
  Relabelling no_track = ada();
  (*no_track.tracks)[9] = {};
  untouched(no_track);
  write_file(json(), "a diary\n" + read_file(json()));
  untouched(ada());
  fs::remove(json());
  EXPECT_TRUE(relabel(json(), ada())[0].gone);
}

TEST_F(RelabelUnit, ChangedSubtitlesAndTablesAreReportedAndTheRestGoesOn) {
  write_file(srt(), "1\r\n00:00:00,000 --> 00:00:04,000\r\nBea, who else\r\n\r\n");
  write_file(csv(), "who,when\r\n");
  const std::vector<Relabelled> files = relabel(json(), ada());
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0].error, "");
  EXPECT_THAT(files[1].error, HasSubstr("film.csv"));
  EXPECT_THAT(files[2].error, HasSubstr("film.srt"));
  EXPECT_EQ(read_file(csv()), "who,when\r\n");
  EXPECT_THAT(read_file(json()), HasSubstr("Ada"));
}

TEST_F(RelabelUnit, ARunThatWasKilled) {
  record(false, false);
  write_file(json(), read_file(json()) + R"({"source":"film, \"first)");
  write_file(csv(), read_file(csv()) + "\"film, \"\"fir");
  const std::vector<Relabelled> files = relabel(json(), ada());
  ASSERT_EQ(files.size(), 3U);
  for (const Relabelled& file : files) EXPECT_EQ(file.error, "");
  EXPECT_EQ(files[0].faces, 50);
  EXPECT_TRUE(read_file(json()).ends_with(R"({"source":"film, \"first)"));
  EXPECT_TRUE(read_file(csv()).ends_with("\"film, \"\"fir"));
}

TEST_F(RelabelUnit, ModeAndLinkStay) {
  fs::permissions(json(), fs::perms::owner_read | fs::perms::owner_write);
  fs::rename(json(), folder_.path() / "real");
  fs::create_symlink("real", json());
  relabel(json(), ada());
  EXPECT_TRUE(fs::is_symlink(json()));
  EXPECT_EQ(fs::status(json()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_THAT(read_file(json()), HasSubstr("Ada"));
}

TEST_F(RelabelUnit, StatesTracksAndFrameAnswers) {
  const std::string text =
      R"({"source":"f.mp4","frame":0,"time_ms":0.0,"faces":[{"track":1,"name":null,"state":"unclear","confidence":0.1,)"
      R"("similarity":0.2,"frame_name":"Ada","frame_similarity":0.4}]})"
      "\n"
      R"({"track":{"id":1,"name":null,"state":"unclear","confidence":0.1,"evidence":[{"frame":0}]}})"
      "\n"
      R"({"summary":{"people":[],"unknown_tracks":3,"unclear_tracks":1}})"
      "\n";
  Relabelled counts;
  Relabelling change;
  change.name = "Ada";
  change.tracks.emplace();
  (*change.tracks)[1] = {"/f.mp4", 0, 0, 0.5F};
  const std::string named = relabel_json(text, change, "f.jsonl", counts);
  EXPECT_THAT(named, HasSubstr(R"("name":"Ada","state":"named","confidence":1,"similarity":0.5)"));
  EXPECT_THAT(named, HasSubstr(R"("id":1,"name":"Ada","state":"named","confidence":1)"));
  EXPECT_THAT(named, HasSubstr(R"("unknown_tracks":3,"unclear_tracks":0)"));
  EXPECT_EQ(counts.tracks, 1);
  const std::string forgotten = relabel_json(named, {"Ada", std::nullopt}, "f.jsonl", counts);
  EXPECT_EQ(forgotten.find("Ada"), std::string::npos);
  EXPECT_EQ(forgotten.find("named_by"), std::string::npos);
  EXPECT_THAT(forgotten, HasSubstr(R"("evidence":[])"));
  EXPECT_THAT(forgotten, HasSubstr(R"("people":[],"unknown_tracks":4)"));
}

TEST(RelabelJsonUnit, TheFirstLineForgetsToo) {
  const std::string first = R"({"kith":{"verb":"recognize","people":{"people":2,"names":["Ada","Bea"]}}})"
                            "\n";
  Relabelled counts;
  EXPECT_EQ(relabel_json(first, {"Ada", std::nullopt}, "a.jsonl", counts),
            R"({"kith":{"verb":"recognize","people":{"people":2,"names":["Bea"]}}})"
            "\n");
  EXPECT_EQ(counts.faces, 1);
  EXPECT_EQ(relabel_json(first, {"Zoe", std::nullopt}, "a.jsonl", counts), first);
  const std::string nobody = R"({"kith":{"verb":"detect","people":null}})"
                             "\n";
  EXPECT_EQ(relabel_json(nobody, {"Ada", std::nullopt}, "a.jsonl", counts), nobody);
}

TEST_F(RelabelUnit, LinesOfOtherVerbs) {
  const std::string text =
      R"({"source":"Ada/1.jpg","folder":"Ada","name":"Ada","confidence":1})"
      "\n"
      R"({"group":1,"size":2,"members":[{"source":"f.mp4","track":1,"name":"Ada"},{"source":"f.mp4","track":2,"name":"Bea"}]})"
      "\n"
      R"({"summary":{"images":2,"confusion":{"Ada":{"Ada":1},"Bea":{"Ada":1,"Bea":3}}}})"
      "\n";
  Relabelled counts;
  EXPECT_EQ(
      relabel_json(text, {"Ada", std::nullopt}, "x.jsonl", counts),
      R"({"source":"Ada/1.jpg","folder":null,"name":null,"confidence":1})"
      "\n"
      R"({"group":1,"size":2,"members":[{"source":"f.mp4","track":1,"name":null},{"source":"f.mp4","track":2,"name":"Bea"}]})"
      "\n"
      R"({"summary":{"images":2,"confusion":{"Bea":{"Bea":3}}}})"
      "\n");
  EXPECT_EQ(counts.faces, 3);
}

// People may be called like the sidecar's own words.
TEST_F(RelabelUnit, WordsThatAreNoNamesStay) {
  const std::string text =
      R"({"kith":{"version":"0.1.0","verb":"recognize","models":[{"role":"detector","name":"mtcnn"}]}})"
      "\n"
      R"({"source":"a.mp4","frame":0,"time_ms":0,"faces":[{"track":1,"name":null,"state":"unknown","landmarks":[]}]})"
      "\n";
  for (const char* word :
       {"unknown", "named", "landmarks", "state", "mtcnn", "detector", "recognize", "0.1.0", "role"}) {
    Relabelled counts;
    EXPECT_EQ(relabel_json(text, {word, std::nullopt}, "x.jsonl", counts), text) << word;
  }
}

}  // namespace
}  // namespace kith
