// The sidecar: docs/formats.md, "Recognised frames".
#include <kith/sink.h>

#include <nlohmann/json.hpp>

#include "core/result_lines.h"
#include "core/rounding.h"

namespace kith {
namespace {

using Json = nlohmann::ordered_json;

Json name_of(const Identification& identity) { return identity.name ? Json(*identity.name) : Json(nullptr); }

Json to_json(const RecognizedFace& face) {
  const cv::Rect2f& box = face.face.box;
  Json landmarks = Json::array();
  for (const cv::Point2f& point : face.face.landmarks)
    landmarks.push_back({rounded_px(point.x), rounded_px(point.y)});
  const Identification& identity = face.identity;
  Json json = {{"box", {rounded_px(box.x), rounded_px(box.y), rounded_px(box.width), rounded_px(box.height)}},
               {"score", rounded_score(face.face.score)},
               {"face_score", rounded_score(face.face.probability)},
               {"landmarks", landmarks},
               {"track", face.track},
               {"name", name_of(identity)},
               {"state", to_string(identity.state)},
               {"confidence", rounded_score(identity.confidence)},
               {"similarity", rounded_score(identity.similarity)}};
  if (face.face.cut) json["cut"] = true;
  if (!face.detected) json["detected"] = false;
  if (face.own) {
    json["frame_name"] = name_of(*face.own);
    json["quality"] = rounded_score(face.quality);
    json["frame_similarity"] = rounded_score(face.own->similarity);
  }
  return json;
}

Json to_json(const TrackReport& track) {
  Json evidence = Json::array();
  for (const TrackReport::Evidence& look : track.evidence) {
    evidence.push_back({{"frame", look.frame},
                        {"similarity", rounded_score(look.similarity)},
                        {"quality", rounded_score(look.quality)}});
  }
  return {{"id", track.id},
          {"name", name_of(track.identity)},
          {"state", to_string(track.identity.state)},
          {"confidence", rounded_score(track.identity.confidence)},
          {"first_ms", rounded_ms(track.first_ms)},
          {"last_ms", rounded_ms(track.last_ms)},
          {"frames", track.frames},
          {"evidence", evidence}};
}

Json to_json(const Summary& summary) {
  Json people = Json::array();
  for (const Summary::PersonSeen& person : summary.people) {
    people.push_back({{"name", person.name},
                      {"frames", person.frames},
                      {"first_ms", rounded_ms(person.first_ms)},
                      {"last_ms", rounded_ms(person.last_ms)},
                      {"mean_confidence", rounded_score(person.mean_confidence)},
                      {"tracks", person.tracks}});
    if (summary.sources <= 1) continue;
    Json& sources = people.back()["sources"] = Json::array();
    for (const Summary::SeenIn& seen : person.sources) {
      sources.push_back({{"source", seen.source},
                         {"frames", seen.frames},
                         {"first_ms", rounded_ms(seen.first_ms)},
                         {"last_ms", rounded_ms(seen.last_ms)}});
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
  JsonSink(const std::string& path, RunInfo made_by)
      : lines_(path, std::move(made_by), JsonLines::Mode::kGrow) {}
  void begin(const SourceInfo&) override {}
  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    if (frame.failure) return lines_.fail(frame.source, *frame.failure);
    const cv::Size size = frame.image.empty() ? frame.size : frame.image.size();
    Json list = Json::array();
    for (const RecognizedFace& face : faces) list.push_back(to_json(face));
    lines_.write({{"source", frame.source},
                  {"frame", frame.index},
                  {"time_ms", rounded_ms(frame.time_ms)},
                  {"width", size.width},
                  {"height", size.height},
                  {"faces", list}});
  }
  void track(const TrackReport& track) override {
    lines_.write({{"source", track.source}, {"track", to_json(track)}});
  }
  bool wants_pictures() const override { return false; }
  void finish(const Summary& summary) override {
    lines_.finish(to_json(summary), summary.interrupted, summary.dropped);
  }

 private:
  ResultLines lines_;
};

}  // namespace

std::unique_ptr<Sink> make_json_sink(const std::string& path, const RunInfo& made_by) {
  return std::make_unique<JsonSink>(path, made_by);
}

}  // namespace kith
