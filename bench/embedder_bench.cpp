// The embedder against the bare runtime call and against cv::dnn, on the same network and pictures.
// KITH_BENCH_THREADS: threads of each (0 = one per core). Compare within one run; on a busy machine compare
// "least" and "CPU" of --benchmark_repetitions=9 --benchmark_enable_random_interleaving=true.
#include <benchmark/benchmark.h>
#include <kith/embedder.h>
#include <onnx/onnx_pb.h>
#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <array>
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

// The runtime plans its memory after the first call of a size and takes it in the second.
constexpr int kWarmUp = 3;

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

// A process has one environment of ONNX Runtime: the first that is made, which must be Kith's.
const std::shared_ptr<Runtime>& runtime() {
  static const std::shared_ptr<Runtime> kRuntime = Runtime::create({threads(), "cpu"});
  return kRuntime;
}

void kith(benchmark::State& state) {
  static const Embedder kEmbedder({.models = {model_path()}, .max_batch = 32}, runtime());
  const std::vector<Chip> pictures = chips(state.range(0));
  for (int i = 0; i < kWarmUp; ++i) kEmbedder.embed(pictures);
  for (auto _ : state) benchmark::DoNotOptimize(kEmbedder.embed(pictures));
  count_faces(state);
}

// What a program that holds ready tensors would call: no preparation, no normalisation. The graph as the file
// holds it, or rewritten as Kith rewrites it (model/optimise.h): against the latter one sees what Kith's own
// work costs. The session lives as long as Kith's does: the memory of the first calls is not measured.
Ort::Session open_session(bool rewritten) {
  runtime();
  static const Ort::Env kEnv(ORT_LOGGING_LEVEL_ERROR, "bench");
  const model::ModelFile file = model::read_model(model_path());
  std::string bytes = model::extract_graph(*file.proto, file.contract.graphs.front(), model_path().string());
  if (rewritten) {
    const auto proto = model::parse_onnx(bytes, model_path().string());
    model::optimise(*proto);
    bytes = proto->SerializeAsString();
  }
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(threads());
  options.AddConfigEntry("session.intra_op.allow_spinning", "0");
  return Ort::Session(kEnv, bytes.data(), bytes.size(), options);
}

void bare_runtime(benchmark::State& state, bool rewritten) {
  static const model::Contract kContract = model::read_model(model_path()).contract;
  static std::array<Ort::Session, 2> sessions{open_session(false), open_session(true)};
  const model::GraphSpec& graph = kContract.graphs.front();
  std::vector<float> input;
  const auto shape = model::to_tensor(chips(state.range(0)), kContract.input, input);
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const char* in = graph.input.c_str();
  const char* out = graph.outputs.front().c_str();
  const auto value =
      Ort::Value::CreateTensor<float>(memory, input.data(), input.size(), shape.data(), shape.size());
  const auto run = [&] {
    return sessions[rewritten ? 1 : 0].Run(Ort::RunOptions{nullptr}, &in, &value, 1, &out, 1);
  };
  for (int i = 0; i < kWarmUp; ++i) run();
  for (auto _ : state) benchmark::DoNotOptimize(run());
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
  net.setInput(blob);
  for (int i = 0; i < kWarmUp; ++i) net.forward();
  for (auto _ : state) {
    net.setInput(blob);
    benchmark::DoNotOptimize(net.forward());
  }
  count_faces(state);
}

// Of several repetitions the fastest is the one that other programs disturbed least.
double least(const std::vector<double>& times) { return *std::min_element(times.begin(), times.end()); }

void batches(benchmark::internal::Benchmark* bench) {
  bench->Arg(1)->Arg(4)->Arg(8)->Arg(32)->Unit(benchmark::kMillisecond);
  bench->MeasureProcessCPUTime()->UseRealTime()->ComputeStatistics("least", least);
}

BENCHMARK(kith)->Apply(batches);
BENCHMARK_CAPTURE(bare_runtime, as_it_is, false)->Apply(batches);
BENCHMARK_CAPTURE(bare_runtime, rewritten, true)->Apply(batches);
BENCHMARK(opencv_dnn)->Apply(batches);

}  // namespace
}  // namespace kith

BENCHMARK_MAIN();
