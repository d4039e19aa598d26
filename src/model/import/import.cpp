#include "model/import/import.h"

#include <kith/error.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "model/catalog.h"
#include "model/import/frozen_graph.h"
#include "model/import/mtcnn.h"
#include "model/import/npy.h"
#include "model/import/onnx_import.h"
#include "model/import/recognise.h"
#include "model/import/tflite.h"
#include "model/network.h"
#include "model/output_check.h"
#include "model/preprocess.h"
#include "model/self_test.h"

namespace kith::model {
namespace {
namespace fs = std::filesystem;

std::string ending(const SourceFile& source) { return fs::path(source.name).extension().string(); }

ModelFile import_mtcnn(std::vector<SourceFile> sources) {
  MtcnnWeights weights;
  std::string where;
  for (SourceFile& source : sources) {
    where += (where.empty() ? "" : ", ") + source.name;
    Weights part = ending(source) == ".npy"
                       ? read_npy_weights(source.bytes, source.name)
                       : mtcnn_weights(read_tflite(std::move(source.bytes), source.name));
    const std::string network = mtcnn_network(part);
    if (network.empty())
      throw Error(ErrorCode::kCorrupt, source.name + ": not one of MTCNN's three networks");
    (network == "pnet" ? weights.pnet : network == "rnet" ? weights.rnet : weights.onet) = std::move(part);
  }
  return {build_mtcnn(weights, where), catalog_entry("mtcnn").contract};
}

[[noreturn]] void no_contract(const std::string& name) {
  throw Error(
      ErrorCode::kInvalidArgument,
      name +
          ": is not a network that Kith recognises, so its preprocessing must be stated in a contract "
          "(docs/models.md has one to start from)");
}

ModelFile import_one(SourceFile source, const ImportOptions& options) {
  const std::optional<Contract> by_checksum = recognise_file(source.bytes);
  ModelFile file;
  if (ending(source) == ".onnx") {
    file.proto = read_onnx(source.bytes, source.name);
    free_batch(*file.proto);
  } else {
    file.proto = translate_tflite(read_tflite(std::move(source.bytes), source.name));
  }
  if (options.contract_json) {
    file.contract =
        parse_contract(complete_contract(*options.contract_json, *file.proto, options.contract_where),
                       options.contract_where);
  } else if (by_checksum) {
    file.contract = *by_checksum;
  } else if (auto contract = recognise_network(*file.proto, fs::path(source.name).stem().string())) {
    file.contract = *std::move(contract);
  } else {
    no_contract(source.name);
  }
  return file;
}

// Weights that are all zero, or were not stored, give every picture the same answer.
void require_difference(const std::vector<std::vector<Tensor>>& answers,
                        const std::vector<std::string>& outputs, const std::string& where) {
  const auto same = [](const Tensor& a, const Tensor& b) {
    return a.size == b.size && std::equal(a.data, a.data + a.size, b.data);
  };
  for (std::size_t t = 0; t < outputs.size(); ++t) {
    const bool constant = std::all_of(answers.begin(), answers.end(), [&](const auto& answer) {
      return same(answer[t], answers.front()[t]);
    });
    if (!constant) continue;
    throw Error(ErrorCode::kCorrupt,
                where + ": output \"" + outputs[t] +
                    "\" is the same for every picture: the network's weights are zero or missing; "
                    "export it again, with its weights");
  }
}

// A batch of different pictures must give what each gives alone: a Reshape that mixes them would go unnoticed
// until the first frame with two faces.
void check_batch(const Network& network, std::size_t g, const std::string& where) {
  const Contract& contract = network.contract();
  const cv::Size size = contract.graphs[g].size;
  const std::vector<cv::Mat> images = {self_test_image(2, size), self_test_image(3, size),
                                       self_test_image(4, size)};
  std::vector<float> input;
  const auto shape = to_tensor(images, contract.input, input);
  const std::vector<Tensor> together = network.run(g, input.data(), shape);
  std::vector<std::vector<Tensor>> each;
  for (const cv::Mat& image : images) {
    const auto one = to_tensor({&image, 1}, contract.input, input);
    each.push_back(network.run(g, input.data(), one));
    for (std::size_t t = 0; t < each.back().size(); ++t)
      require_finite(each.back()[t], contract.graphs[g].outputs[t], where);
  }
  require_difference(each, contract.graphs[g].outputs, where);
  for (std::size_t i = 0; i < images.size(); ++i) {
    const std::vector<Tensor>& alone = each[i];
    for (std::size_t t = 0; t < alone.size(); ++t) {
      bool same = together[t].size == alone[t].size * images.size();
      for (std::size_t k = 0; same && k < alone[t].size; ++k) {
        const float expected = alone[t].data[k];
        same = std::abs(together[t].data[i * alone[t].size + k] - expected) <=
               1e-3F * std::max(1.0F, std::abs(expected));
      }
      if (!same) {
        throw Error(ErrorCode::kUnsupported,
                    where +
                        ": the network mixes the pictures of a batch, so Kith cannot use it; export "
                        "it with a free batch dimension");
      }
    }
  }
}

}  // namespace

ModelFile import_sources(std::vector<SourceFile> sources, const ImportOptions& options) {
  if (sources.empty()) throw Error(ErrorCode::kInvalidArgument, "no file to import");
  for (const SourceFile& source : sources) {
    const std::string kind = ending(source);
    if (kind != ".onnx" && kind != ".tflite" && kind != ".npy" && kind != ".pb") {
      throw Error(ErrorCode::kInvalidArgument,
                  source.name + ": Kith imports .onnx, .tflite, .npy and .pb files");
    }
  }
  if (sources.size() == 3) return import_mtcnn(std::move(sources));
  if (sources.size() != 1 || ending(sources[0]) == ".npy") {
    throw Error(ErrorCode::kInvalidArgument, sources[0].name + ": give one file, or MTCNN's three together");
  }
  if (ending(sources[0]) == ".pb") {
    const SourceFile& source = sources[0];
    ModelFile file = import_frozen_graph_bytes(source.bytes, source.name, {});
    if (options.contract_json) {
      file.contract =
          parse_contract(complete_contract(*options.contract_json, *file.proto, options.contract_where),
                         options.contract_where);
    }
    return file;
  }
  return import_one(std::move(sources[0]), options);
}

void prove(ModelFile& file, const std::string& where, const std::shared_ptr<Runtime>& runtime) {
  const auto network = Network::load(file, where, runtime);
  try {
    for (std::size_t g = 0; g < file.contract.graphs.size(); ++g) {
      if (!file.contract.graphs[g].size.empty()) check_batch(*network, g, where);
    }
    file.contract.self_test = record_self_test(*network);
  } catch (const Error& e) {
    // A network that cannot even run on pictures of the stated size is damaged, whatever the runtime calls
    // it.
    if (e.code() != ErrorCode::kInternal) throw;
    throw Error(ErrorCode::kCorrupt, e.what());
  }
}

}  // namespace kith::model
