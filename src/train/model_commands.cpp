#include <kith/aligner.h>
#include <kith/embedder.h>
#include <kith/error.h>
#include <torch/torch.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "model/import/import.h"
#include "model/self_test.h"
#include "train/checkpoint.h"
#include "train/commands.h"
#include "train/evaluation.h"
#include "train/graph_network.h"
#include "train/onnx_bridge.h"

namespace kith::train {
namespace {
namespace fs = std::filesystem;

Exit import_model(const std::string& file, const std::string& out) {
  const model::ModelFile read = model::read_model(file);
  const Graph graph = read_graph(read, file);
  const GraphNetwork check(graph);  // names an operator that cannot be trained
  Checkpoint checkpoint;
  put_graph(checkpoint, graph);
  const auto& standardisation = read.contract.input.standardisation;
  checkpoint.texts["input"] = to_json(InputForm{read.contract.input.channels == model::ChannelOrder::kRgb,
                                                standardisation.mean, standardisation.scale})
                                  .dump();
  checkpoint.texts["contract"] = model::contract_json(read.contract);
  save_checkpoint(out, checkpoint);
  std::cout << out << ": " << graph.name << ", " << graph.nodes.size() << " operators, " << graph.dimension
            << " floats a vector\n";
  return Exit::kDone;
}

struct ExportOptions {
  std::string checkpoint, out, name, licence, provenance;
};

model::Contract contract_of(const Checkpoint& checkpoint, const Graph& graph, const ExportOptions& options) {
  model::Contract contract;
  if (checkpoint.texts.contains("contract")) {
    contract = model::parse_contract(checkpoint.texts.at("contract"), options.checkpoint);
    contract.calibrations.clear();  // of other weights
  } else {
    const InputForm form = checkpoint.texts.contains("input")
                               ? parse_input_form(checkpoint.texts.at("input"), options.checkpoint)
                               : InputForm{};
    contract.role = model::Role::kEmbedder;
    contract.kind = "embedding";
    contract.input.size = {graph.size, graph.size};
    contract.input.channels = form.rgb ? model::ChannelOrder::kRgb : model::ChannelOrder::kBgr;
    contract.input.standardisation = {model::Standardisation::Kind::kFixed, form.mean, form.scale};
    contract.chip = arcface_112();
    for (cv::Point2f& point : contract.chip.points) point *= static_cast<float>(graph.size) / 112;
    contract.chip.size = contract.input.size;
  }
  contract.name = options.name;
  contract.dimension = graph.dimension;
  contract.graphs = {{"", graph.input, {graph.size, graph.size}, {graph.output}}};
  if (!options.licence.empty()) contract.licence = options.licence;
  const auto recipe = checkpoint.texts.find("provenance");
  contract.provenance =
      options.provenance + (recipe == checkpoint.texts.end()
                                ? ""
                                : (options.provenance.empty() ? "" : " ") + ("kith-train " + recipe->second));
  return contract;
}

// The largest difference between a component of ONNX Runtime's unit vectors and of libtorch's, on made-up pictures.
double largest_difference(const fs::path& model, const Graph& graph, const model::Contract& contract) {
  Embedder embedder({{model}}, Runtime::create({1, "cpu"}));
  GraphNetwork network(graph);
  const InputForm form{contract.input.channels == model::ChannelOrder::kRgb,
                       contract.input.standardisation.mean, contract.input.standardisation.scale};
  network.eval();
  torch::NoGradGuard guard;
  double largest = 0;
  for (std::uint32_t seed = 1; seed <= 8; ++seed) {
    const Chip chip = model::self_test_image(seed, contract.input.size);
    const Embedding given = embedder.embed(std::vector<Chip>{chip})[0];
    torch::Tensor wanted = network.forward(prepare(stack({chip}), form, {}))[0];
    wanted = wanted / wanted.norm();
    for (std::size_t i = 0; i < given.size(); ++i)
      largest = std::max(largest, std::abs(static_cast<double>(given[i]) -
                                           wanted[static_cast<std::int64_t>(i)].item<double>()));
  }
  return largest;
}

Exit export_model(const ExportOptions& options) {
  const Checkpoint checkpoint = load_checkpoint(options.checkpoint);
  const Graph graph = get_graph(checkpoint, options.checkpoint);
  model::ModelFile file{write_graph(graph), contract_of(checkpoint, graph, options)};
  model::require_model_name(options.name, "--name", options.out);
  model::prove(file, options.out, Runtime::create({1, "cpu"}));
  model::write_model(options.out, file);
  const double difference = largest_difference(options.out, graph, file.contract);
  constexpr double kTolerance = 1e-4;
  std::cout << options.out << ": " << file.contract.name << ", " << fs::file_size(options.out)
            << " bytes; ONNX Runtime and libtorch differ by " << difference << " at most\n";
  if (!(difference <= kTolerance))
    throw Error(ErrorCode::kInternal, options.out + ": ONNX Runtime gives other vectors than libtorch");
  return Exit::kDone;
}

}  // namespace

void add_import(CLI::App& app, Action& chosen) {
  CLI::App& verb =
      *app.add_subcommand("import", "Turn one of Kith's embedders into a checkpoint to start from");
  const auto paths = std::make_shared<std::pair<std::string, std::string>>();
  verb.add_option("MODEL", paths->first, "An .onnx with a contract")->required();
  verb.add_option("--out", paths->second, "The checkpoint")->required();
  verb.callback([paths, &chosen] { chosen = [paths] { return import_model(paths->first, paths->second); }; });
}

void add_export(CLI::App& app, Action& chosen) {
  CLI::App& verb = *app.add_subcommand("export", "Turn a trained network into a model for kith");
  const auto options = std::make_shared<ExportOptions>();
  verb.add_option("CHECKPOINT", options->checkpoint, "model.safetensors of a run")->required();
  verb.add_option("--out", options->out, "The .onnx")->required();
  verb.add_option("--name", options->name, "The model's name")->required();
  verb.add_option("--licence", options->licence, "SPDX");
  verb.add_option("--provenance", options->provenance, "Where data and weights come from");
  verb.callback([options, &chosen] { chosen = [options] { return export_model(*options); }; });
}

}  // namespace kith::train
