// kith recognize against the tutorial's own loop (detect every frame, embed one crop at a time) through the
// same networks, side by side. Videos: samples/ and KITH_TEST_DATA/data (docs/performance.md).
#include <benchmark/benchmark.h>
#include <kith/pipeline.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>

namespace {
namespace fs = std::filesystem;
using namespace kith;

constexpr int kMinFace = 40;  // what kith recognize looks for in videos

/// Takes everything, keeps nothing: the time is that of recognition.
class NullSink final : public Sink {
 public:
  void begin(const SourceInfo&) override {}
  void write(const Frame&, std::span<const RecognizedFace>) override {}
  void finish(const Summary&) override {}
  bool wants_pictures() const override { return false; }
};

const Stages& stages() {
  static const Stages instance([] {
    StageOptions options;
    options.min_face_px = kMinFace;
    return options;
  }());
  return instance;
}

std::vector<Sample> enrol(const fs::path& folder) {
  std::vector<Sample> samples;
  for (const auto& photo : fs::directory_iterator(folder)) {
    const cv::Mat image = read_image(photo.path());
    const std::vector<Face> faces = stages().detect(image);
    if (faces.empty()) continue;
    const Face& face = faces[main_face(faces, image.size())];
    Sample& sample = samples.emplace_back();
    sample.source = sample.checksum = photo.path().string();
    sample.embedding = stages().embedder().embed(stages().align(image, {&face, 1})).front();
  }
  return samples;
}

Identifier identifier() {
  // The six people of samples/raw, in a file that goes away.
  static const Gallery gallery = [] {
    const Embedder& embedder = stages().embedder();
    const fs::path path = fs::temp_directory_path() / "kith-recognize-bench.kith";
    Gallery people = Gallery::replace(path, {embedder.identity(), embedder.name(), embedder.dimension()});
    for (const auto& folder : fs::directory_iterator(fs::path(KITH_SOURCE_DIR) / "samples/raw")) {
      people.add(folder.path().filename().string(), enrol(folder));
    }
    return people;
  }();
  IdentifierOptions options = identifier_options(stages().embedder(), gallery);
  return Identifier(gallery.people(), options);
}

void report(benchmark::State& state, std::int64_t frames, std::int64_t faces) {
  state.counters["fps"] = benchmark::Counter(static_cast<double>(frames), benchmark::Counter::kIsRate);
  state.counters["faces_a_frame"] =
      static_cast<double>(faces) / static_cast<double>(std::max<std::int64_t>(frames, 1));
}

void recognize(benchmark::State& state, const fs::path& video) {
  Pipeline pipeline(stages(), identifier());
  const std::atomic<bool> stop = false;
  NullSink sink;
  for ([[maybe_unused]] auto _ : state) pipeline.run(*FrameSource::open(video.string()), sink, stop);
  report(state, pipeline.summary().frames, pipeline.summary().faces);
}

void tutorial_loop(benchmark::State& state, const fs::path& video) {
  const Identifier who = identifier();
  std::int64_t frames = 0;
  std::int64_t faces = 0;
  for ([[maybe_unused]] auto _ : state) {
    const std::unique_ptr<FrameSource> source = FrameSource::open(video.string());
    while (const std::optional<Frame> frame = source->next()) {
      for (const Face& face : stages().detector().detect(frame->image)) {
        const std::vector<Chip> chip = stages().align(frame->image, {&face, 1});
        benchmark::DoNotOptimize(who.identify(stages().embedder().embed(chip)));
        ++faces;
      }
      ++frames;
    }
  }
  report(state, frames, faces);
}

void add(const std::string& name, const fs::path& video) {
  const auto add_one = [&](const std::string& loop, void (*run)(benchmark::State&, const fs::path&)) {
    benchmark::RegisterBenchmark((name + "/" + loop).c_str(),
                                 [=](benchmark::State& state) { run(state, video); })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime()
        ->Iterations(1);
  };
  add_one("tutorial", tutorial_loop);
  add_one("kith", recognize);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  add("gallery_720p", fs::path(KITH_SOURCE_DIR) / "samples/gallery.mp4");
  if (const char* data = std::getenv("KITH_TEST_DATA")) {
    add("street_1080p", fs::path(data) / "data/video/street.mp4");
    add("friends_360p", fs::path(data) / "data/friends/clips/clip26.mp4");
  }
  benchmark::RunSpecifiedBenchmarks();
}
