#include "sightings/sightings_sink.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "core/address.h"
#include "media/modules.h"
#include "sightings/together.h"
#include "store/places.h"
#include "store/sightings.h"

namespace kith {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kRowsAtOnce = 64;
constexpr std::chrono::seconds kRowsWait{2};  // and no longer than this are they at risk
constexpr int kChipQuality = 90;              // JPEG; a chip of 112 px takes about 5 kB
// Two tracks of a video are two people when this many frames show both: a face may be found twice for a
// moment.
constexpr int kFramesTogether = 3;

bool is_file_name(const std::string& source, SourceKind kind) {
  return kind != SourceKind::kCamera && !is_address(source);
}

std::vector<unsigned char> jpeg(const Chip& chip) {
  return chip.empty() ? std::vector<unsigned char>{} : picture_module().encode(".jpg", chip, kChipQuality);
}

class SightingsSink final : public Sink {
 public:
  SightingsSink(const fs::path& path, const Gallery::Binding& binding, std::string sidecar)
      : file_(Sightings::open_or_create(path, binding)), sidecar_(std::move(sidecar)) {}

  ~SightingsSink() override {
    try {
      flush();  // another sink may have failed; this one's rows are worth keeping
    } catch (const std::exception&) {
    }
  }

  void begin(const SourceInfo& source) override {
    flush();
    kind_ = source.kind;
    if (kind_ == SourceKind::kVideo) replace(source.name);
  }

  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    if (frame.failure) return;
    if (!is_moving(kind_)) replace(frame.source);
    std::vector<int> tracks;
    for (const RecognizedFace& face : faces) tracks.push_back(face.track);
    together_.see(tracks);
  }

  void track(const TrackReport& report) override {
    if (report.fused.empty()) return together_.end(report.id, std::nullopt);  // nobody ever looked at it
    Sighting row;
    row.source = absolute(report.source);
    row.sidecar = sidecar_;
    row.track = report.id;
    row.name = report.identity.name;
    row.state = report.identity.state;
    row.confidence = report.identity.confidence;
    row.first_ms = report.first_ms;
    row.last_ms = report.last_ms;
    row.frames = report.frames;
    row.embedding = report.fused;
    row.chip = jpeg(report.chip);
    for (const TrackReport::Evidence& evidence : report.evidence)
      row.quality = std::max(row.quality, evidence.quality);
    rows_.push_back(std::move(row));
    if (rows_.size() >= kRowsAtOnce || Clock::now() - flushed_ >= kRowsWait) flush();
  }

  void finish(const Summary&) override { flush(); }
  bool wants_pictures() const override { return false; }

 private:
  using Clock = std::chrono::steady_clock;

  std::string absolute(const std::string& source) const {
    return is_file_name(source, kind_) ? fs::absolute(source).lexically_normal().string() : source;
  }

  void replace(const std::string& source) {
    if (kind_ != SourceKind::kCamera) replaced_.insert(absolute(source));
  }

  void flush() {
    flushed_ = Clock::now();
    if (!rows_.empty() || !replaced_.empty()) {
      const std::vector<std::int64_t> ids = file_.add(replaced_, rows_);
      for (std::size_t i = 0; i < ids.size(); ++i) together_.end(rows_[i].track, ids[i]);
      rows_.clear();
      replaced_.clear();
    }
    file_.add_together(together_.take(is_moving(kind_) ? kFramesTogether : 1));
  }

  Sightings file_;
  std::string sidecar_;
  SourceKind kind_ = SourceKind::kPhoto;
  std::set<std::string> replaced_;  // sources whose earlier rows go with the next flush
  std::vector<Sighting> rows_;      // not yet written
  Together together_;
  Clock::time_point flushed_ = Clock::now();
};

}  // namespace

std::unique_ptr<Sink> make_sightings_sink(const fs::path& path, const Gallery::Binding& binding,
                                          const std::string& sidecar, const fs::path& people) {
  const bool written = !sidecar.empty() && sidecar != "-";
  const std::string where = written ? fs::absolute(sidecar).lexically_normal().string() : "";
  auto sink = std::make_unique<SightingsSink>(path, binding, where);
  note_place(people, PlaceKind::kSightings, path);
  return sink;
}

}  // namespace kith
