// MTCNN, whole and stage by stage, on frames of real videos from the folder KITH_TEST_DATA.
// KITH_BENCH_THREADS: threads of the runtime (0 = one per core). Wall time is "Time"; "CPU" is of all threads
// together, which a busy machine disturbs less.
#include <benchmark/benchmark.h>
#include <kith/frame.h>

#include <cstdlib>
#include <iostream>
#include <opencv2/imgproc.hpp>

#include "core/files.h"
#include "face/area_shrink.h"
#include "face/mtcnn.h"

namespace kith {
namespace {

constexpr int kMinFacePx = 40;  // of videos and cameras

cv::Mat frame_of(const std::string& video, int index) {
  const auto source = FrameSource::open(std::string(std::getenv("KITH_TEST_DATA")) + "/data/" + video);
  for (int i = 0; i < index; ++i) source->next();
  return source->next()->image.clone();
}

struct Scene {
  std::string name;
  cv::Mat image;
};

const std::vector<Scene>& scenes() {
  static const std::vector<Scene> kScenes = [] {
    const cv::Mat street = frame_of("video/street.mp4", 30);
    cv::Mat smaller;
    cv::resize(street, smaller, {1280, 720}, 0, 0, cv::INTER_AREA);
    return std::vector<Scene>{
        {"640x360", frame_of("friends/clips/clip12.mp4", 25)}, {"1280x720", smaller}, {"1920x1080", street}};
  }();
  return kScenes;
}

const Mtcnn& detector() {
  static const Mtcnn kDetector = [] {
    const char* threads = std::getenv("KITH_BENCH_THREADS");
    DetectorOptions options;
    options.model = data_dir() / "models/mtcnn.onnx";
    options.min_face_px = kMinFacePx;
    auto runtime = Runtime::create({threads == nullptr ? 0 : std::atoi(threads), "cpu"});
    return Mtcnn(model::Network::load(model::read_model(options.model), options.model.string(),
                                      std::move(runtime), model::Threads::kCaller),
                 options);
  }();
  return kDetector;
}

void pyramid(benchmark::State& state, const Scene& scene) {
  const auto levels = mtcnn_pyramid(scene.image.size(), kMinFacePx);
  for (auto _ : state) {
    std::vector<ShrunkRows> rows;
    for (const MtcnnLevel& level : levels) rows.push_back({level.size, {0, level.size.height}, {}});
    area_shrink(scene.image, rows, CV_8UC3, cv::getNumThreads());
    benchmark::DoNotOptimize(rows.data());
  }
}

// P-Net with its pyramid.
void propose(benchmark::State& state, const Scene& scene) {
  std::size_t boxes = 0;
  for (auto _ : state) boxes = detector().propose(scene.image, kMinFacePx).size();
  state.counters["boxes"] = static_cast<double>(boxes);
}

void refine(benchmark::State& state, const Scene& scene) {
  const auto proposed = detector().propose(scene.image, kMinFacePx);
  std::size_t boxes = 0;
  for (auto _ : state) boxes = detector().refine(scene.image, proposed).size();
  state.counters["boxes"] = static_cast<double>(boxes);
}

void output(benchmark::State& state, const Scene& scene) {
  const auto refined = detector().refine(scene.image, detector().propose(scene.image, kMinFacePx));
  std::size_t faces = 0;
  for (auto _ : state) faces = detector().output(scene.image, refined).size();
  state.counters["faces"] = static_cast<double>(faces);
}

void detect(benchmark::State& state, const Scene& scene) {
  std::size_t faces = 0;
  for (auto _ : state) faces = detector().detect(scene.image).size();
  state.counters["faces"] = static_cast<double>(faces);
}

// The first pass over a size finds its memory; it is not measured.
void warm_up(const Scene& scene) { benchmark::DoNotOptimize(detector().detect(scene.image).size()); }

void add(const std::string& name, void (*run)(benchmark::State&, const Scene&)) {
  for (const Scene& scene : scenes()) {
    benchmark::RegisterBenchmark((name + "/" + scene.name).c_str(),
                                 [run, &scene](benchmark::State& state) {
                                   warm_up(scene);
                                   run(state, scene);
                                 })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime()
        ->MeasureProcessCPUTime();
  }
}

}  // namespace
}  // namespace kith

int main(int argc, char** argv) {
  if (std::getenv("KITH_TEST_DATA") == nullptr) {
    std::cerr << "KITH_TEST_DATA: set it to the folder with the test videos\n";
    return 2;
  }
  kith::detector();  // sets OpenCV's thread count
  kith::add("pyramid", kith::pyramid);
  kith::add("propose", kith::propose);
  kith::add("refine", kith::refine);
  kith::add("output", kith::output);
  kith::add("detect", kith::detect);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
