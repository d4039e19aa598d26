// The sidecar: docs/formats.md, "Recognised frames".
#include <kith/sink.h>

#include <nlohmann/json.hpp>

#include "core/result_lines.h"
#include "core/rounding.h"
#include "sidecar/face_json.h"

namespace kith {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const TrackReport& track) {
  Json evidence = Json::array();
  for (const TrackReport::Evidence& look : track.evidence) {
    evidence.push_back({{"frame", look.frame},
                        {"similarity", rounded_score(look.similarity)},
                        {"quality", rounded_score(look.quality)}});
  }
  return {{"id", track.id},
          {"name", track.identity.name ? Json(*track.identity.name) : Json(nullptr)},
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
    for (const RecognizedFace& face : faces) list.push_back(face_json(face));
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
