// usage: own_source PEOPLE.kith PICTURE...: frames of your own (a capture card, a queue, another decoder) through the
// pipeline: derive from FrameSource. Here they are pictures, ten a second.
#include <kith/gallery.h>
#include <kith/pipeline.h>

#include <atomic>
#include <iostream>

namespace {

class Slides final : public kith::FrameSource {
 public:
  explicit Slides(std::vector<std::string> pictures) : pictures_(std::move(pictures)) {
    info_.kind = kith::SourceKind::kVideo;  // kCamera: the newest frame first, names as soon as they are known
    info_.name = "slides";
    info_.fps = 10;
  }
  const kith::SourceInfo& info() const override { return info_; }
  std::optional<kith::Frame> next() override {
    if (next_ == pictures_.size()) return std::nullopt;
    kith::Frame frame;
    frame.image = kith::read_image(pictures_[next_]);  // CV_8UC3 BGR, upright
    frame.index = static_cast<std::int64_t>(next_);
    frame.time_ms = 100.0 * static_cast<double>(next_++);
    frame.source = info_.name;
    return frame;
  }

 private:
  std::vector<std::string> pictures_;
  std::size_t next_ = 0;
  kith::SourceInfo info_;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) return 2;
  const kith::Stages stages({});
  const kith::Gallery gallery = kith::Gallery::open(argv[1]);
  const auto who = std::make_shared<const kith::Identifier>(
      gallery.people(), kith::identifier_options(stages.embedder(), gallery));
  kith::Pipeline pipeline(stages, [&] { return who; });
  Slides slides({argv + 2, argv + argc});
  const std::unique_ptr<kith::Sink> lines = kith::make_json_sink("-");
  const std::atomic<bool> stop = false;
  pipeline.run(slides, *lines, stop);
  lines->finish(pipeline.summary());
  return 0;
} catch (const kith::Error& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
