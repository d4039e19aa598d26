// usage: networks_bench [MODEL.onnx...] [--benchmark_...]: every network that is installed, and those named,
// as Kith runs it (with the preparation of its input) against the bare runtime call and cv::dnn on ready
// tensors. KITH_BENCH_THREADS: threads of each (0 = one per core). Compare within one run; on a busy machine
// compare "least" and "CPU" of --benchmark_repetitions=9 --benchmark_enable_random_interleaving=true.
#include <benchmark/benchmark.h>
#include <kith/embedder.h>
#include <onnx/onnx_pb.h>
#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <opencv2/dnn.hpp>
#include <optional>
#include <thread>

#include "core/files.h"
#include "model/model_file.h"
#include "model/network.h"
#include "model/optimise.h"
#include "model/preprocess.h"
#include "model/runtime_impl.h"
#include "model/self_test.h"

namespace kith {
namespace {

namespace fs = std::filesystem;

// The runtime plans its memory after the first call of a size and takes it in the second.
constexpr int kWarmUp = 3;
const cv::Size kTile{128, 96};      // of P-Net (face/mtcnn_proposals.h)
const cv::Size kPicture{640, 384};  // for other detectors: a 360p frame in whole cells

int threads() {
  const char* wanted = std::getenv("KITH_BENCH_THREADS");
  const int n = wanted == nullptr ? 0 : std::atoi(wanted);
  return n > 0 ? n : static_cast<int>(std::thread::hardware_concurrency());
}

// A process has one environment of ONNX Runtime: the first that is made, which must be Kith's.
const std::shared_ptr<Runtime>& runtime() {
  static const std::shared_ptr<Runtime> kRuntime = Runtime::create({threads(), "cpu"});
  return kRuntime;
}

/// One graph of a model file.
struct Subject {
  fs::path path;
  model::ModelFile file;
  std::size_t graph = 0;

  const model::GraphSpec& spec() const { return file.contract.graphs[graph]; }
  std::string name() const {
    const std::string& model = file.contract.name;
    return file.contract.graphs.size() == 1 ? model : model + "." + spec().name;
  }
  std::string bytes(bool rewritten) const {
    const std::string plain = model::extract_graph(*file.proto, spec(), path.string());
    if (!rewritten) return plain;
    const auto proto = model::parse_onnx(plain, path.string());
    model::optimise(*proto);
    return proto->SerializeAsString();
  }
  // As many as the stage hands over at once: mtcnn_crops.cpp, EmbedderOptions::max_batch.
  std::vector<int> batches() const {
    if (file.contract.role == model::Role::kEmbedder) return {1, 4, 8, 32};
    if (file.contract.role == model::Role::kLandmarks) return {1, 4};
    return {spec().name == "rnet" ? 16 : spec().name == "onet" ? 4 : 1};
  }
  std::vector<cv::Mat> pictures(int batch) const {
    const cv::Size any = spec().name == "pnet" ? kTile : kPicture;
    std::vector<cv::Mat> all;
    for (int i = 1; i <= batch; ++i) {
      all.push_back(
          model::self_test_image(static_cast<std::uint32_t>(i), spec().size.empty() ? any : spec().size));
    }
    return all;
  }
};

using Call = std::function<void()>;
using Prepare = Call (*)(const Subject& subject, int batch);

Call kith(const Subject& subject, int batch) {
  const std::vector<cv::Mat> pictures = subject.pictures(batch);
  if (subject.file.contract.role == model::Role::kEmbedder) {
    const auto embedder =
        std::make_shared<Embedder>(EmbedderOptions{.models = {subject.path}, .max_batch = 32}, runtime());
    return [=] { benchmark::DoNotOptimize(embedder->embed(pictures)); };
  }
  const bool mtcnn = subject.file.contract.kind == "mtcnn";
  const auto network = model::Network::load(subject.file, subject.path.string(), runtime(),
                                            mtcnn ? model::Threads::kCaller : model::Threads::kShared);
  return [=, &subject, input = std::vector<float>()]() mutable {
    const auto shape = model::to_tensor(pictures, subject.file.contract.input, input);
    benchmark::DoNotOptimize(network->run(subject.graph, input.data(), shape));
  };
}

// What a program that holds ready tensors would call. The graph as the file holds it, or rewritten as Kith
// rewrites it (model/optimise.h): against the latter one sees what Kith's own work costs.
Call bare(const Subject& subject, int batch, bool rewritten) {
  runtime();
  static const Ort::Env kEnv = model::make_env(threads());
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(threads());
  options.AddConfigEntry("session.intra_op.allow_spinning", "0");
  const std::string bytes = subject.bytes(rewritten);
  const auto session = std::make_shared<Ort::Session>(kEnv, bytes.data(), bytes.size(), options);
  std::vector<float> input;
  const auto shape = model::to_tensor(subject.pictures(batch), subject.file.contract.input, input);
  return [=, &subject]() mutable {
    static const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    const auto value =
        Ort::Value::CreateTensor<float>(memory, input.data(), input.size(), shape.data(), shape.size());
    const char* in = subject.spec().input.c_str();
    std::vector<const char*> out;
    for (const std::string& name : subject.spec().outputs) out.push_back(name.c_str());
    benchmark::DoNotOptimize(session->Run(Ort::RunOptions{nullptr}, &in, &value, 1, out.data(), out.size()));
  };
}

Call bare_as_it_is(const Subject& subject, int batch) { return bare(subject, batch, false); }
Call bare_rewritten(const Subject& subject, int batch) { return bare(subject, batch, true); }

Call opencv_dnn(const Subject& subject, int batch) {
  cv::setNumThreads(threads());
  std::vector<float> input;
  const auto shape = model::to_tensor(subject.pictures(batch), subject.file.contract.input, input);
  const auto proto = model::parse_onnx(subject.bytes(false), subject.path.string());
  auto& sizes =
      *proto->mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
  for (int i = 0; i < sizes.dim_size(); ++i) {  // it reads few networks whose sizes are free
    sizes.mutable_dim(i)->set_dim_value(shape[static_cast<std::size_t>(i)]);
  }
  const std::string bytes = proto->SerializeAsString();
  cv::dnn::Net net = cv::dnn::readNetFromONNX(bytes.data(), bytes.size());
  const cv::Mat blob = cv::Mat(std::vector<int>(shape.begin(), shape.end()), CV_32F, input.data()).clone();
  return [=, &subject, out = std::vector<cv::Mat>()]() mutable {
    net.setInput(blob);
    net.forward(out, subject.spec().outputs);
  };
}

// Of several repetitions the fastest is the one that other programs disturbed least.
double least(const std::vector<double>& times) { return *std::min_element(times.begin(), times.end()); }

void add(const Subject& subject, int batch, const std::string& name, Prepare prepare) {
  const std::string title = subject.name() + "/" + std::to_string(batch) + "/" + name;
  // Kept from one repetition to the next: the memory of the first calls is not measured.
  auto call = std::make_shared<std::optional<Call>>();
  const auto run = [=, &subject](benchmark::State& state) {
    try {
      if (!*call) *call = prepare(subject, batch);
      for (int i = 0; i < kWarmUp; ++i) (**call)();
    } catch (const std::exception& e) {  // cv::dnn does not know every network
      state.SkipWithError(e.what());
      return;
    }
    for (auto _ : state) (**call)();
  };
  benchmark::RegisterBenchmark(title.c_str(), run)
      ->Unit(benchmark::kMillisecond)
      ->MeasureProcessCPUTime()
      ->UseRealTime()
      ->ComputeStatistics("least", least);
}

std::vector<Subject> subjects(const std::vector<fs::path>& paths) {
  std::vector<Subject> all;
  for (const fs::path& path : paths) {
    const model::ModelFile file = model::read_model(path);
    for (std::size_t graph = 0; graph < file.contract.graphs.size(); ++graph)
      all.push_back({path, file, graph});
  }
  return all;
}

}  // namespace
}  // namespace kith

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  std::vector<std::filesystem::path> paths(argv + 1, argv + argc);
  for (const char* name : {"mtcnn", "landmarks-68", "fr_feature", "mobilefacenet-192"}) {
    const auto path = kith::data_dir() / "models" / (std::string(name) + ".onnx");
    if (std::filesystem::exists(path)) paths.push_back(path);
  }
  static const std::vector<kith::Subject> all = kith::subjects(paths);
  for (const kith::Subject& subject : all) {
    for (const int batch : subject.batches()) {
      kith::add(subject, batch, "kith", kith::kith);
      kith::add(subject, batch, "bare_rewritten", kith::bare_rewritten);
      kith::add(subject, batch, "bare_as_it_is", kith::bare_as_it_is);
      kith::add(subject, batch, "opencv_dnn", kith::opencv_dnn);
    }
  }
  benchmark::RunSpecifiedBenchmarks();
}
