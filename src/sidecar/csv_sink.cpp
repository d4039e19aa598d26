// One row a face, quoted as RFC 4180 says.
#include <kith/sink.h>

#include <cstdio>
#include <utility>

#include "core/line_file.h"

namespace kith {
namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string number(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

constexpr char kHeader[] =
    "source,frame,time_ms,track,name,confidence,similarity,x,y,w,h,score,state,detected\r\n";

class CsvSink final : public Sink {
 public:
  explicit CsvSink(const std::filesystem::path& path) : file_(path, LineFile::Mode::kGrow) {}
  void begin(const SourceInfo&) override {}
  void write(const Frame& frame, std::span<const RecognizedFace> faces) override {
    std::string rows = header();
    for (const RecognizedFace& face : faces) {
      const cv::Rect2f& box = face.face.box;
      const Identification& identity = face.identity;
      rows += quoted(frame.source) + ',' + std::to_string(frame.index) + ',' + number(frame.time_ms, 3) +
              ',' + std::to_string(face.track) + ',' + quoted(identity.name.value_or("")) + ',' +
              number(identity.confidence, 4) + ',' + number(identity.similarity, 4) + ',' + number(box.x, 2) +
              ',' + number(box.y, 2) + ',' + number(box.width, 2) + ',' + number(box.height, 2) + ',' +
              number(face.face.score, 4) + ',' + to_string(identity.state) +
              (face.detected ? ",1\r\n" : ",0\r\n");
    }
    if (!rows.empty()) file_.write(rows);
  }
  bool wants_pictures() const override { return false; }
  void finish(const Summary&) override {
    file_.write(header());
    file_.finish();
  }

 private:
  // Once, before the first row.
  std::string header() { return std::exchange(header_, ""); }

  LineFile file_;
  std::string header_ = kHeader;
};

}  // namespace

std::unique_ptr<Sink> make_csv_sink(const std::filesystem::path& path) {
  return std::make_unique<CsvSink>(path);
}

}  // namespace kith
