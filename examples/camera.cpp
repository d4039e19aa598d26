// usage: camera PEOPLE.kith CAMERA: a line whenever somebody comes. CAMERA: 0, /dev/video0, rtsp://..., http://...
// People who are added meanwhile (kith people add) are known at once.
#include <kith/gallery.h>
#include <kith/pipeline.h>

#include <atomic>
#include <csignal>
#include <iostream>
#include <set>

namespace {

std::atomic<bool> stop = false;

class Doorman final : public kith::Sink {
 public:
  void begin(const kith::SourceInfo&) override {}
  void write(const kith::Frame& frame, std::span<const kith::RecognizedFace> faces) override {
    if (frame.failure) std::cerr << *frame.failure << '\n';
    for (const kith::RecognizedFace& face : faces) {
      if (face.identity.name && seen_.insert(face.track).second)
        std::cout << frame.time_ms / 1000 << " s: " << *face.identity.name << std::endl;
    }
  }
  void finish(const kith::Summary&) override {}
  bool wants_pictures() const override { return false; }
  bool is_live() const override { return true; }

 private:
  std::set<int> seen_;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) return 2;
  std::signal(SIGINT, [](int) { stop = true; });
  const kith::Stages stages({.min_face_px = 40});
  kith::Gallery gallery = kith::Gallery::open(argv[1]);
  std::uint64_t known = 0;
  std::shared_ptr<const kith::Identifier> who;
  const auto present = [&] {
    if (!who || gallery.version() != known) {
      const kith::Gallery::Snapshot now = gallery.snapshot();
      known = now.version;
      who = std::make_shared<const kith::Identifier>(*now.people,
                                                     kith::identifier_options(stages.embedder(), gallery));
    }
    return who;
  };
  kith::Pipeline pipeline(stages, present);
  kith::SourceOptions reading;
  reading.stop = &stop;
  reading.notice = [](const std::string& what) { std::cerr << what << '\n'; };
  const std::unique_ptr<kith::FrameSource> camera = kith::FrameSource::open(argv[2], reading);
  Doorman doorman;
  pipeline.run(*camera, doorman, stop);
  doorman.finish(pipeline.summary());
  return 0;
} catch (const kith::Error& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
