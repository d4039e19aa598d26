// JSON lines, CSV and subtitles.
#include <kith/error.h>

#include "core/files.h"
#include "support/media.h"
#include "support/test_data.h"

namespace kith {
namespace {

namespace fs = std::filesystem;
using test::face_at;

Frame frame_at(double time_ms, std::int64_t index = 0) {
  Frame frame;
  frame.image = cv::Mat(48, 64, CV_8UC3, cv::Scalar());
  frame.index = index;
  frame.time_ms = time_ms;
  frame.source = "a, \"b\".mp4";
  return frame;
}

SourceInfo video() {
  SourceInfo info;
  info.kind = SourceKind::kVideo;
  info.name = "a.mp4";
  info.fps = 25;
  return info;
}

// All but the first line, which says what made them.
std::string lines_of(const fs::path& path) {
  const std::string text = read_file(path);
  EXPECT_TRUE(text.starts_with(R"({"kith":{"version":")")) << text;
  return text.substr(text.find('\n') + 1);
}

TEST(JsonSinkUnit, TheFirstLineSaysWhatMadeIt) {
  test::TempDir dir;
  RunInfo info;
  info.verb = "recognize";
  info.started = {};
  info.models.push_back({"detector", "mtcnn", "abc"});
  info.people = UsedPeople{"people.kith", 2, 7, "123", std::vector<std::string>{"Ada", "Bea"}};
  info.far = 0.001;
  info.options.emplace_back("flip", false);
  const auto sink = make_json_sink((dir.path() / "a.jsonl").string(), info);
  sink->begin(video());
  sink->write(frame_at(0), {});
  const std::string text = read_file(dir.path() / "a.jsonl");
  EXPECT_EQ(
      text.substr(0, text.find('\n')),
      std::string(R"({"kith":{"version":")") + version() +
          R"(","verb":"recognize","time":"1970-01-01T00:00:00Z",)"
          R"("models":[{"role":"detector","name":"mtcnn","identity":"abc"}],)"
          R"("people":{"file":"people.kith","people":2,"photos":7,"checksum":"123","names":["Ada","Bea"]},)"
          R"("far":0.001,"threshold":null,"options":{"flip":false}}})");
}

TEST(JsonSinkUnit, TheLastLineSaysWhetherItIsAll) {
  test::TempDir dir;
  const auto sink = make_json_sink((dir.path() / "a.jsonl").string());
  sink->begin(video());
  Frame broken;
  broken.source = "b.mp4";
  broken.failure = "b.mp4: cut off";
  sink->write(broken, {});
  sink->write(broken, {});
  Summary summary;
  summary.interrupted = true;
  summary.dropped = 5;
  sink->finish(summary);
  EXPECT_NE(
      lines_of(dir.path() / "a.jsonl")
          .find(R"("unclear_tracks":0,"interrupted":true,"failed":1,"failures":["b.mp4"],"dropped":5}})"),
      std::string::npos);
}

TEST(JsonSinkUnit, LinesAreAsTheContractSays) {
  test::TempDir dir;
  const auto sink = make_json_sink((dir.path() / "a.jsonl").string());
  sink->begin(video());
  sink->write(frame_at(40, 1), std::vector{face_at({1.5F, 2, 3, 4}, "Ольга"), face_at({5, 6, 7, 8})});
  sink->write(frame_at(80, 2), {});
  Frame broken;
  broken.source = "b.jpg";
  broken.failure = "b.jpg: cut off";
  sink->write(broken, {});
  Summary summary;
  summary.frames = 2;
  summary.faces = 2;
  summary.people.push_back({"Ольга", 1, 0, 40, 40, 0.97, 2, {}});
  summary.unknown_tracks = 1;
  const std::string before_end = lines_of(dir.path() / "a.jsonl");
  sink->finish(summary);
  const std::string points = "[[0.0,0.0],[0.0,0.0],[0.0,0.0],[0.0,0.0],[0.0,0.0]]";
  const std::string lines =
      R"({"source":"a, \"b\".mp4","frame":1,"time_ms":40.0,"width":64,"height":48,"faces":[)"
      R"({"box":[1.5,2.0,3.0,4.0],"score":0.99,"face_score":1.0,"landmarks":)" +
      points +
      R"(,"track":1,"name":"Ольга","state":"named","confidence":0.97,"similarity":0.5},)"
      R"({"box":[5.0,6.0,7.0,8.0],"score":0.99,"face_score":1.0,"landmarks":)" +
      points +
      R"(,"track":1,"name":null,"state":"unknown","confidence":0.97,"similarity":0.5}]})"
      "\n"
      R"({"source":"a, \"b\".mp4","frame":2,"time_ms":80.0,"width":64,"height":48,"faces":[]})"
      "\n"
      R"({"source":"b.jpg","error":"b.jpg: cut off"})"
      "\n";
  EXPECT_EQ(before_end, lines);
  EXPECT_EQ(
      lines_of(dir.path() / "a.jsonl"),
      lines +
          R"({"summary":{"frames":2,"faces":2,"people":[{"name":"Ольга","frames":1,"first_ms":40.0,"last_ms":40.0,"mean_confidence":0.97,"tracks":2}],"unknown_tracks":1,"unclear_tracks":0,"interrupted":false,"failed":1,"failures":["b.jpg"],"dropped":0}})"
          "\n");
}

TEST(JsonSinkUnit, TracksAndWhatTheFrameAloneSays) {
  test::TempDir dir;
  const auto sink = make_json_sink((dir.path() / "a.jsonl").string());
  EXPECT_FALSE(sink->wants_pictures());
  RecognizedFace between = face_at({1, 2, 3, 4}, "Ada");
  between.detected = false;
  RecognizedFace looked_at = face_at({5, 6, 7, 8});
  looked_at.identity.state = IdentityState::kUnclear;
  looked_at.own = between.identity;
  looked_at.own->similarity = 0.25F;
  looked_at.quality = 0.75F;
  Frame frame = frame_at(40, 1);
  frame.image.release();
  frame.size = {640, 360};
  sink->write(frame, std::vector{between, looked_at});
  TrackReport track;
  track.source = "a.mp4";
  track.id = 7;
  track.identity = between.identity;
  track.first_ms = 40;
  track.last_ms = 80;
  track.frames = 2;
  track.evidence.push_back({1, 0.5F, 0.25F});
  track.fused = {1};
  sink->track(track);
  const std::string text = lines_of(dir.path() / "a.jsonl");
  EXPECT_NE(text.find(R"("width":640,"height":360,)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("similarity":0.5,"detected":false},{)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("name":null,"state":"unclear",)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("similarity":0.5,"frame_name":"Ada","quality":0.75,"frame_similarity":0.25}]})"),
            std::string::npos)
      << text;
  EXPECT_EQ(
      text.substr(text.find('\n') + 1),
      R"({"source":"a.mp4","track":{"id":7,"name":"Ada","state":"named","confidence":0.97,"first_ms":40.0,"last_ms":80.0,"frames":2,)"
      R"("evidence":[{"frame":1,"similarity":0.5,"quality":0.25}]}})"
      "\n");
}

TEST(JsonSinkUnit, SeveralSourcesHaveTheirOwnClocks) {
  test::TempDir dir;
  const auto sink = make_json_sink((dir.path() / "a.jsonl").string());
  Summary summary;
  summary.sources = 2;
  summary.people.push_back(
      {"Ada", 3, 0, 9000, 40, 0.9, 2, {{"a.mp4", false, 2, 9000, 9040}, {"b.mp4", false, 1, 40, 40}}});
  sink->finish(summary);
  EXPECT_NE(read_file(dir.path() / "a.jsonl")
                .find(R"("sources":[{"source":"a.mp4","frames":2,"first_ms":9000.0,"last_ms":9040.0},)"
                      R"({"source":"b.mp4","frames":1,"first_ms":40.0,"last_ms":40.0}])"),
            std::string::npos);
}

TEST(JsonSinkUnit, AnUnwritableFileIsNamed) {
  try {
    make_json_sink("/dev/null/a.jsonl")->finish({});  // opened at its first line
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_NE(std::string(error.what()).find("/dev/null/a.jsonl"), std::string::npos);
  }
}

TEST(JsonSinkUnit, AFullDiskIsAnError) {
  const auto sink = make_json_sink("/dev/full");
  EXPECT_THROW(sink->write(frame_at(0), {}), Error);
}

TEST(CsvSinkUnit, QuotesAsRfc4180Says) {
  test::TempDir dir;
  const auto sink = make_csv_sink(dir.path() / "a.csv");
  sink->begin(video());
  sink->write(frame_at(40, 1),
              std::vector{face_at({1.5F, 2, 3, 4}, "O'Neil, \"Jo\""), face_at({5, 6, 7, 8})});
  sink->finish({});
  EXPECT_EQ(read_file(dir.path() / "a.csv"),
            "source,frame,time_ms,track,name,confidence,similarity,x,y,w,h,score,state,detected\r\n"
            "\"a, \"\"b\"\".mp4\",1,40.000,1,\"O'Neil, "
            "\"\"Jo\"\"\",0.9700,0.5000,1.50,2.00,3.00,4.00,0.9900,named,1\r\n"
            "\"a, \"\"b\"\".mp4\",1,40.000,1,,0.9700,0.5000,5.00,6.00,7.00,8.00,0.9900,unknown,1\r\n");
}

TEST(SrtSinkUnit, OneCueForEachStretchAndShortGapsAreBridged) {
  test::TempDir dir;
  const auto sink = make_srt_sink(dir.path() / "a.srt");
  sink->begin(video());
  for (int i = 0; i < 100; ++i) {
    std::vector<RecognizedFace> faces;
    const bool missed = i >= 20 && i < 25;  // 200 ms
    if (i >= 10 && i < 50 && !missed) faces.push_back(face_at({}, "amara_king"));
    if (i >= 40 && i < 100) faces.push_back(face_at({}, "Bruno"));
    if (i < 5) faces.push_back(face_at({}));
    sink->write(frame_at(40.0 * i, i), faces);
  }
  sink->finish({});
  EXPECT_EQ(read_file(dir.path() / "a.srt"),
            "000001\r\n00:00:00,400 --> 00:00:01,600\r\namara king\r\n\r\n"
            "000002\r\n00:00:01,600 --> 00:00:02,000\r\nBruno, amara king\r\n\r\n"
            "000003\r\n00:00:02,000 --> 00:00:04,000\r\nBruno\r\n\r\n");
}

TEST(SrtSinkUnit, PhotosHaveNoSubtitles) {
  test::TempDir dir;
  EXPECT_THROW(make_srt_sink(dir.path() / "a.srt")->begin({}), Error);
}

TEST(LineSinksUnit, AnEarlierResultStaysUntilThereIsALine) {
  test::TempDir dir;
  const auto earlier = [&](const char* name) {
    write_file(dir.path() / name, "of ten hours");
    return dir.path() / name;
  };
  for (const char* name : {"a.json", "a.csv", "a.srt"}) {
    earlier(name);
    const auto sink = name[2] == 'j'   ? make_json_sink((dir.path() / name).string())
                      : name[2] == 'c' ? make_csv_sink(dir.path() / name)
                                       : make_srt_sink(dir.path() / name);
    sink->begin(video());
    EXPECT_EQ(read_file(dir.path() / name), "of ten hours") << name;
    sink->finish({});
    EXPECT_NE(read_file(dir.path() / name), "of ten hours") << name;
  }
}

TEST(WindowSinkUnit, WithoutADisplayItSaysSo) {
  ::unsetenv("DISPLAY");
  try {
    make_window_sink();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  }
}

TEST(TeeSinkUnit, ReachesAllAlsoWhenOneFails) {
  test::TempDir dir;
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(make_json_sink("/dev/full"));
  sinks.push_back(make_json_sink((dir.path() / "a.jsonl").string()));
  const auto tee = make_tee_sink(std::move(sinks));
  EXPECT_THROW(tee->finish({}), Error);
  EXPECT_NE(read_file(dir.path() / "a.jsonl").find("summary"), std::string::npos);
}

}  // namespace
}  // namespace kith
