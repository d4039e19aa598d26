// Reading and writing videos: frames a second, wall and CPU. samples/gallery.mp4 (720p), and street.mp4
// (1080p) where KITH_TEST_DATA points to it. The CPU column is all threads' (MeasureProcessCPUTime): trust it
// on a busy machine.
#include <benchmark/benchmark.h>
#include <kith/frame.h>
#include <kith/sink.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace kith {
namespace {

namespace fs = std::filesystem;

std::string video(std::int64_t which) {
  if (which == 0) return std::string(KITH_SOURCE_DIR) + "/samples/gallery.mp4";
  const char* data = std::getenv("KITH_TEST_DATA");
  return data == nullptr ? "" : std::string(data) + "/data/video/street.mp4";
}

// @return frames read, each handed to `sink` when there is one.
std::int64_t play(const std::string& input, Sink* sink) {
  const auto source = FrameSource::open(input);
  if (sink != nullptr) sink->begin(source->info());
  std::int64_t frames = 0;
  for (; const auto frame = source->next(); ++frames) {
    if (sink != nullptr) sink->write(*frame, {});
  }
  if (sink != nullptr) sink->finish({});
  return frames;
}

void decode(benchmark::State& state) {
  const std::string input = video(state.range(0));
  if (input.empty()) return state.SkipWithError("KITH_TEST_DATA is not set");
  std::int64_t frames = 0;
  for (auto _ : state) frames += play(input, nullptr);
  state.SetItemsProcessed(frames);
}
BENCHMARK(decode)->Arg(0)->Arg(1)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond);

void decode_and_encode(benchmark::State& state) {
  const std::string input = video(state.range(0));
  if (input.empty()) return state.SkipWithError("KITH_TEST_DATA is not set");
  const fs::path output = fs::temp_directory_path() / "kith-media-bench.mp4";
  std::int64_t frames = 0;
  for (auto _ : state) frames += play(input, make_overlay_sink(output).get());
  state.SetItemsProcessed(frames);
  fs::remove(output);
}
BENCHMARK(decode_and_encode)
    ->Arg(0)
    ->Arg(1)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace kith

BENCHMARK_MAIN();
