// The embedder against the bare runtime call and against cv::dnn, on the same network and pictures, batch 1,
// 8, 32. KITH_BENCH_THREADS: threads of each (0 = one per core). Compare within one run;
// --benchmark_repetitions=9
// --benchmark_enable_random_interleaving=true evens out a busy machine.
#include <benchmark/benchmark.h>
#include <kith/embedder.h>
#include <onnx/onnx_pb.h>
#include <onnxruntime_cxx_api.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <opencv2/dnn.hpp>
#include <thread>

#include "core/files.h"
#include "model/model_file.h"
#include "model/optimise.h"
#include "model/preprocess.h"
#include "model/self_test.h"

namespace kith {
namespace {

const std::filesystem::path& model_path() {
  static const std::filesystem::path kPath = data_dir() / "models/fr_feature.onnx";
  return kPath;
}

int threads() {
  const char* wanted = std::getenv("KITH_BENCH_THREADS");
  const int n = wanted == nullptr ? 0 : std::atoi(wanted);
  return n > 0 ? n : static_cast<int>(std::thread::hardware_concurrency());
}

std::vector<Chip> chips(std::int64_t n) {
  std::vector<Chip> all;
  for (std::int64_t i = 0; i < n; ++i) {
    all.push_back(model::self_test_image(static_cast<std::uint32_t>(i + 1), {112, 112}));
  }
  return all;
}

void count_faces(benchmark::State& state) {
  state.counters["a_face"] = benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)),
                                                benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void kith(benchmark::State& state) {
  static const Embedder kEmbedder({{model_path()}, 32, false}, Runtime::create({threads(), "cpu"}));
  const std::vector<Chip> pictures = chips(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(kEmbedder.embed(pictures));
  count_faces(state);
}

// What a program that holds ready tensors would call: no preparation, no normalisation. The graph as the file
// holds it, or rewritten as Kith rewrites it (model/optimise.h): against the latter one sees what Kith's own
// work costs.
void bare_runtime(benchmark::State& state, bool rewritten) {
  const model::ModelFile file = model::read_model(model_path());
  const model::GraphSpec& graph = file.contract.graphs.front();
  std::string bytes = model::extract_graph(*file.proto, graph, model_path().string());
  if (rewritten) {
    const auto proto = model::parse_onnx(bytes, model_path().string());
    model::optimise(*proto);
    bytes = proto->SerializeAsString();
  }
  const Ort::Env env(ORT_LOGGING_LEVEL_ERROR, "bench");
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(threads());
  options.AddConfigEntry("session.intra_op.allow_spinning", "0");
  Ort::Session session(env, bytes.data(), bytes.size(), options);
  std::vector<float> input;
  const auto shape = model::to_tensor(chips(state.range(0)), file.contract.input, input);

  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const char* in = graph.input.c_str();
  const char* out = graph.outputs.front().c_str();
  for (auto _ : state) {
    const auto value =
        Ort::Value::CreateTensor<float>(memory, input.data(), input.size(), shape.data(), shape.size());
    benchmark::DoNotOptimize(session.Run(Ort::RunOptions{nullptr}, &in, &value, 1, &out, 1));
  }
  count_faces(state);
}

void opencv_dnn(benchmark::State& state) {
  static const model::ModelFile kFile = model::read_model(model_path());
  const model::GraphSpec& graph = kFile.contract.graphs.front();
  const std::string bytes = model::extract_graph(*kFile.proto, graph, model_path().string());
  cv::setNumThreads(threads());
  cv::dnn::Net net = cv::dnn::readNetFromONNX(bytes.data(), bytes.size());
  std::vector<float> input;
  const auto shape = model::to_tensor(chips(state.range(0)), kFile.contract.input, input);
  const std::vector<int> sizes(shape.begin(), shape.end());
  const cv::Mat blob(sizes, CV_32F, input.data());
  for (auto _ : state) {
    net.setInput(blob);
    benchmark::DoNotOptimize(net.forward());
  }
  count_faces(state);
}

BENCHMARK(kith)->Arg(1)->Arg(8)->Arg(32)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bare_runtime, as_it_is, false)
    ->Arg(1)
    ->Arg(8)
    ->Arg(32)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bare_runtime, rewritten, true)
    ->Arg(1)
    ->Arg(8)
    ->Arg(32)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(opencv_dnn)->Arg(1)->Arg(8)->Arg(32)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace kith

BENCHMARK_MAIN();
