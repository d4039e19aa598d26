// The sidecar: docs/formats.md, "Recognised frames".
#include <kith/sink.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/json_lines.h"

namespace kith {
namespace {

using Json = nlohmann::ordered_json;

// As many digits as mean something: hundredths of a pixel, 1e-4 of a score.
double rounded(double value, double steps) { return std::round(value * steps) / steps; }
double pixels(double value) { return rounded(value, 100); }
double score(double value) { return rounded(value, 10000); }
double milliseconds(double value) { return rounded(value, 1000); }

Json name_of(const Identification& identity) { return identity.name ? Json(*identity.name) : Json(nullptr); }

Json to_json(const RecognizedFace& face) {
  const cv::Rect2f& box = face.face.box;
  Json landmarks = Json::array();
  for (const cv::Point2f& point : face.face.landmarks)
    landmarks.push_back({pixels(point.x), pixels(point.y)});
  const Identification& identity = face.identity;
  Json json = {{"box", {pixels(box.x), pixels(box.y), pixels(box.width), pixels(box.height)}},
               {"score", score(face.face.score)},
               {"landmarks", landmarks},
               {"track", face.track},
               {"name", name_of(identity)},
               {"state", to_string(identity.state)},
               {"confidence", score(identity.confidence)},
               {"similarity", score(identity.similarity)}};
  if (!face.detected) json["detected"] = false;
  if (face.own) {
    json["frame_name"] = name_of(*face.own);
    json["frame_similarity"] = score(face.own->similarity);
  }
  return json;
}

Json to_json(const TrackReport& track) {
  Json evidence = Json::array();
  for (const TrackReport::Evidence& look : track.evidence) {
    evidence.push_back(
        {{"frame", look.frame}, {"similarity", score(look.similarity)}, {"quality", score(look.quality)}});
  }
  return {{"id", track.id},
          {"name", name_of(track.identity)},
          {"state", to_string(track.identity.state)},
          {"confidence", score(track.identity.confidence)},
          {"first_ms", milliseconds(track.first_ms)},
          {"last_ms", milliseconds(track.last_ms)},
          {"frames", track.frames},
          {"evidence", evidence}};
}

Json to_json(const Summary& summary) {
  Json people = Json::array();
  for (const Summary::PersonSeen& person : summary.people) {
    people.push_back({{"name", person.name},
                      {"frames", person.frames},
                      {"first_ms", milliseconds(person.first_ms)},
                      {"last_ms", milliseconds(person.last_ms)},
                      {"mean_confidence", score(person.mean_confidence)},
                      {"tracks", person.tracks}});
    if (summary.sources <= 1) continue;
    Json& sources = people.back()["sources"] = Json::array();
    for (const Summary::SeenIn& seen : person.sources) {
      sources.push_back({{"source", seen.source},
                         {"frames", seen.frames},
                         {"first_ms", milliseconds(seen.first_ms)},
                         {"last_ms", milliseconds(seen.last_ms)}});
    }
  }
  return {{"frames", summary.frames},
          {"faces", summary.faces},
          {"people", people},
          {"unknown_tracks", summary.unknown_tracks},
          {"unclear_tracks", summary.unclear_tracks}};
}

class JsonSink final : public Sink {
 public:
  explicit JsonSink(const std::string& path) : lines_(path, JsonLines::Mode::kGrow) {}
  void begin(const SourceInfo&) override {}
  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    if (frame.failure) {
      lines_.write({{"source", frame.source}, {"error", *frame.failure}});
      return;
    }
    const cv::Size size = frame.image.empty() ? frame.size : frame.image.size();
    Json list = Json::array();
    for (const RecognizedFace& face : faces) list.push_back(to_json(face));
    lines_.write({{"source", frame.source},
                  {"frame", frame.index},
                  {"time_ms", milliseconds(frame.time_ms)},
                  {"width", size.width},
                  {"height", size.height},
                  {"faces", list}});
  }
  void track(const TrackReport& track) override { lines_.write({{"track", to_json(track)}}); }
  bool wants_pictures() const override { return false; }
  void finish(const Summary& summary) override {
    lines_.write({{"summary", to_json(summary)}});
    lines_.finish();
  }

 private:
  JsonLines lines_;
};

}  // namespace

std::unique_ptr<Sink> make_json_sink(const std::string& path) { return std::make_unique<JsonSink>(path); }

}  // namespace kith
