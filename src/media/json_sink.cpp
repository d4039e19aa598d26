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

Json to_json(const RecognizedFace& face) {
  const cv::Rect2f& box = face.face.box;
  Json landmarks = Json::array();
  for (const cv::Point2f& point : face.face.landmarks)
    landmarks.push_back({pixels(point.x), pixels(point.y)});
  const Identification& identity = face.identity;
  return {{"box", {pixels(box.x), pixels(box.y), pixels(box.width), pixels(box.height)}},
          {"score", score(face.face.score)},
          {"landmarks", landmarks},
          {"track", face.track},
          {"name", identity.name ? Json(*identity.name) : Json(nullptr)},
          {"confidence", score(identity.confidence)},
          {"similarity", score(identity.similarity)}};
}

Json to_json(const Summary& summary) {
  Json people = Json::array();
  for (const Summary::PersonSeen& person : summary.people) {
    people.push_back({{"name", person.name},
                      {"frames", person.frames},
                      {"first_ms", milliseconds(person.first_ms)},
                      {"last_ms", milliseconds(person.last_ms)},
                      {"mean_confidence", score(person.mean_confidence)}});
  }
  return {{"frames", summary.frames},
          {"faces", summary.faces},
          {"people", people},
          {"unknown_tracks", summary.unknown_tracks}};
}

class JsonSink final : public Sink {
 public:
  explicit JsonSink(const std::string& path) : lines_(path) {}
  void begin(const SourceInfo&) override {}
  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    if (frame.failure) {
      lines_.write({{"source", frame.source}, {"error", *frame.failure}});
      return;
    }
    Json list = Json::array();
    for (const RecognizedFace& face : faces) list.push_back(to_json(face));
    lines_.write({{"source", frame.source},
                  {"frame", frame.index},
                  {"time_ms", milliseconds(frame.time_ms)},
                  {"width", frame.image.cols},
                  {"height", frame.image.rows},
                  {"faces", list}});
  }
  void finish(const Summary& summary) override { lines_.write({{"summary", to_json(summary)}}); }

 private:
  JsonLines lines_;
};

}  // namespace

std::unique_ptr<Sink> make_json_sink(const std::string& path) { return std::make_unique<JsonSink>(path); }

}  // namespace kith
