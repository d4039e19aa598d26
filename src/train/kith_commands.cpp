#include <kith/aligner.h>
#include <kith/embedder.h>
#include <kith/error.h>
#include <torch/torch.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <set>

#include "core/files.h"
#include "media/image_file.h"
#include "media/jpeg.h"
#include "model/import/import.h"
#include "model/self_test.h"
#include "train/checkpoint.h"
#include "train/commands.h"
#include "train/evaluation.h"
#include "train/graph_network.h"
#include "train/onnx_bridge.h"
#include "train/shard.h"

namespace kith::train {
namespace {
namespace fs = std::filesystem;

struct PackOptions {
  std::vector<std::string> inputs;
  std::string out, list, prefix;
  std::vector<float> points;
  int quality = 85, size = 112, most = 0;
  std::int64_t least = 1;
  bool unnamed = false, i_know = false;
};

// Sets that are for evaluation, by the names that Kith's own test data bear.
void refuse_evaluation_sets(const fs::path& input) {
  for (const fs::path& part : fs::absolute(input)) {
    for (const char* name : {"lfw", "celebrities", "strangers"}) {
      if (part.string().rfind(name, 0) == 0)
        throw Error(ErrorCode::kInvalidArgument, input.string() + ": \"" + part.string() + "\" sounds like pictures to evaluate on; --i-know packs them all the same");
    }
  }
}

struct Picture {
  fs::path path;
  std::string person;
};

bool is_picture(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

// A folder a person below each input, in the order of their names.
std::vector<Picture> list_pictures(const PackOptions& options) {
  std::set<std::string> listed;
  if (!options.list.empty()) {
    std::istringstream lines(read_file(options.list));
    for (std::string line; std::getline(lines, line);) listed.insert(line);
  }
  std::vector<Picture> pictures;
  for (const std::string& input : options.inputs) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(input)) {
      if (entry.is_regular_file() && is_picture(entry.path())) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    std::map<std::string, int> taken;
    for (const fs::path& path : found) {
      const fs::path inside = fs::relative(path, input);
      if (!listed.empty() && !listed.contains(inside.string())) continue;
      const std::string folder = inside.has_parent_path() ? inside.begin()->string() : "";
      if (options.most > 0 && ++taken[folder] > options.most) continue;
      pictures.push_back({path, options.unnamed || folder.empty() ? "" : options.prefix + folder});
    }
  }
  return pictures;
}

cv::Mat chip_of(const Picture& picture, const PackOptions& options) {
  const std::string bytes = read_file(picture.path);
  const bool jpeg = sniff_format(bytes) == ImageFormat::kJpeg;
  cv::Mat image = jpeg ? decode_jpeg(bytes) : decode_image(bytes, picture.path.string());
  if (options.points.empty()) return image;
  ChipGeometry geometry = arcface_112();
  Face face;
  for (std::size_t i = 0; i < 5; ++i) face.landmarks[i] = {options.points[2 * i], options.points[2 * i + 1]};
  return align(image, face, geometry);
}

Exit pack(const PackOptions& options) {
  if (!options.points.empty() && options.points.size() != 10) throw Error(ErrorCode::kInvalidArgument, "--points: five points, ten numbers");
  if (!options.i_know) {
    for (const std::string& input : options.inputs) refuse_evaluation_sets(input);
  }
  const std::vector<Picture> pictures = list_pictures(options);
  ShardWriter writer(options.out);
  std::size_t failed = 0;
  for (const Picture& picture : pictures) {
    if (interrupted) return Exit::kInterrupted;
    const std::string key = picture.path.string();
    if (writer.has(key)) continue;
    try {
      writer.add(picture.person, key, encode_jpeg(chip_of(picture, options), options.quality));
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kIo) throw;
      std::cerr << "kith-train: " << key << ": " << error.what() << '\n';
      ++failed;
    }
  }
  const std::size_t count = writer.finish();
  std::cout << options.out << ": " << count << " chips, " << fs::file_size(options.out) << " bytes";
  if (failed > 0) std::cout << "; " << failed << " could not be read";
  std::cout << '\n';
  return failed > 0 ? Exit::kFailed : Exit::kDone;
}

Exit import_model(const std::string& file, const std::string& out) {
  const model::ModelFile read = model::read_model(file);
  const Graph graph = read_graph(read, file);
  const GraphNetwork check(graph);  // names an operator that cannot be trained
  Checkpoint checkpoint;
  put_graph(checkpoint, graph);
  const auto& standardisation = read.contract.input.standardisation;
  checkpoint.texts["input"] = to_json(InputForm{read.contract.input.channels == model::ChannelOrder::kRgb, standardisation.mean, standardisation.scale}).dump();
  checkpoint.texts["contract"] = model::contract_json(read.contract);
  save_checkpoint(out, checkpoint);
  std::cout << out << ": " << graph.name << ", " << graph.nodes.size() << " operators, " << graph.dimension << " floats a vector\n";
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
    const InputForm form = checkpoint.texts.contains("input") ? parse_input_form(checkpoint.texts.at("input"), options.checkpoint) : InputForm{};
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
  contract.provenance = options.provenance + (recipe == checkpoint.texts.end() ? "" : (options.provenance.empty() ? "" : " ") + ("kith-train " + recipe->second));
  return contract;
}

// The largest difference between a component of ONNX Runtime's unit vectors and of libtorch's, on made-up pictures.
double largest_difference(const fs::path& model, const Graph& graph, const model::Contract& contract) {
  Embedder embedder({{model}}, Runtime::create({1, "cpu"}));
  GraphNetwork network(graph);
  const InputForm form{contract.input.channels == model::ChannelOrder::kRgb, contract.input.standardisation.mean, contract.input.standardisation.scale};
  network.eval();
  torch::NoGradGuard guard;
  double largest = 0;
  for (std::uint32_t seed = 1; seed <= 8; ++seed) {
    const Chip chip = model::self_test_image(seed, contract.input.size);
    const Embedding given = embedder.embed(std::vector<Chip>{chip})[0];
    torch::Tensor wanted = network.forward(prepare(stack({chip}), form, {}))[0];
    wanted = wanted / wanted.norm();
    for (std::size_t i = 0; i < given.size(); ++i)
      largest = std::max(largest, std::abs(static_cast<double>(given[i]) - wanted[static_cast<std::int64_t>(i)].item<double>()));
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
  std::cout << options.out << ": " << file.contract.name << ", " << fs::file_size(options.out) << " bytes; ONNX Runtime and libtorch differ by " << difference << " at most\n";
  if (!(difference <= kTolerance)) throw Error(ErrorCode::kInternal, options.out + ": ONNX Runtime gives other vectors than libtorch");
  return Exit::kDone;
}

}  // namespace

void add_pack(CLI::App& app, Action& chosen) {
  CLI::App& verb = *app.add_subcommand("pack", "Put the chips of people into one file");
  const auto options = std::make_shared<PackOptions>();
  verb.add_option("CHIPS", options->inputs, "Folders with a folder of chips a person (kith align)")->required();
  verb.add_option("--out", options->out, "The shard")->required();
  verb.add_option("--list", options->list, "Only the pictures that this file lists, one a line, as below CHIPS");
  verb.add_option("--prefix", options->prefix, "Put before each person's name");
  verb.add_option("--quality", options->quality, "Of the JPEGs")->capture_default_str();
  verb.add_option("--most", options->most, "Chips a person; 0: all")->capture_default_str();
  verb.add_flag("--unnamed", options->unnamed, "Folders are no people: each picture shows somebody else");
  verb.add_option("--points", options->points, "Not chips: pictures that all have their five points here (x y each)")->expected(10);
  verb.add_flag("--i-know", options->i_know, "Pack evaluation sets too");
  verb.callback([options, &chosen] { chosen = [options] { return pack(*options); }; });
}

void add_import(CLI::App& app, Action& chosen) {
  CLI::App& verb = *app.add_subcommand("import", "Turn one of Kith's embedders into a checkpoint to start from");
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
