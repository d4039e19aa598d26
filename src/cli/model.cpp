#include <fmt/format.h>
#include <kith/error.h>

#include <filesystem>
#include <iomanip>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/cli.h"
#include "core/files.h"
#include "core/result_lines.h"
#include "model/catalog.h"
#include "model/import/import.h"
#include "model/install.h"
#include "model/model_file.h"
#include "model/network.h"
#include "model/self_test.h"

namespace kith::cli {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// Results go to stdout as text, and as JSON lines where the user wants them; with `--json -` nothing else
// goes there.
class Output {
 public:
  Output(const std::string& verb, const std::string& json)
      : text_(json != "-"), lines_(json, made_by(verb)) {}
  void write(const std::string& text, const Json& json) {
    if (text_) std::cout << text << '\n';
    lines_.write(json);
  }
  void finish(bool stopped = false) { lines_.finish(Json::object(), stopped); }

 private:
  static RunInfo made_by(const std::string& verb) {
    RunInfo info;
    info.verb = "model " + verb;
    return info;
  }

  bool text_;
  ResultLines lines_;
};

// Made when the first network must run: `install` of what is installed takes milliseconds.
std::function<std::shared_ptr<Runtime>()> lazy_runtime() {
  return [runtime = std::shared_ptr<Runtime>()]() mutable {
    if (!runtime) runtime = Runtime::create();
    return runtime;
  };
}

std::string megabytes(std::uintmax_t bytes) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << static_cast<double>(bytes) / 1e6 << " MB";
  return text.str();
}

// Catalogue names first, then the other files in the models' folder.
std::vector<std::string> installed_names() {
  std::vector<std::string> names;
  for (const auto& entry : model::catalog()) {
    if (fs::exists(model::installed_path(entry.name()))) names.push_back(entry.name());
  }
  std::error_code none;
  std::vector<std::string> own;
  for (const auto& file : fs::directory_iterator(model::models_dir(), none)) {
    const std::string name = file.path().stem().string();
    if (file.path().extension() == ".onnx" && std::find(names.begin(), names.end(), name) == names.end())
      own.push_back(name);
  }
  std::sort(own.begin(), own.end());
  names.insert(names.end(), own.begin(), own.end());
  return names;
}

// --- install

struct InstallArguments {
  std::vector<std::string> names;
  bool all = false;
  model::InstallOptions options;
  std::string from, json;
};

Exit run_install(const InstallArguments& arguments) {
  model::InstallOptions options = arguments.options;
  options.from = arguments.from;
  options.say = [](const std::string& line) { std::cerr << line << '\n'; };
  std::vector<const model::CatalogEntry*> entries;
  for (const std::string& name : arguments.names) entries.push_back(&model::catalog_entry(name));
  for (const auto& entry : model::catalog()) {
    if (arguments.names.empty() && (arguments.all || entry.is_default)) entries.push_back(&entry);
  }
  Output output("install", arguments.json);
  const auto runtime = lazy_runtime();
  int failed = 0;
  for (const model::CatalogEntry* entry : entries) {
    if (interrupted) break;
    const std::string path = model::installed_path(entry->name()).string();
    try {
      const bool fresh = model::install(*entry, options, runtime);
      output.write(entry->name() + (fresh ? ": installed as " : ": already installed as ") + path,
                   {{"name", entry->name()}, {"path", path}, {"installed", fresh ? "now" : "before"}});
    } catch (const Error& e) {
      ++failed;
      complain(e.what());
      output.write(entry->name() + ": not installed", {{"name", entry->name()}, {"error", e.what()}});
    }
  }
  output.finish(interrupted);
  if (failed > 0) complain(std::to_string(failed) + " of " + std::to_string(entries.size()) + " failed");
  if (interrupted) return Exit::kInterrupted;
  return failed == 0 ? Exit::kDone : Exit::kFailed;
}

void add_install(Verbs& verbs, CLI::App& model) {
  CLI::App& verb = verbs.add(model, "install", "Fetch, check and convert the models that Kith knows",
                             "  $ kith model install fr_feature\n"
                             "  fr_feature: installed as ~/.local/share/kith/models/fr_feature.onnx");
  auto arguments = std::make_shared<InstallArguments>();
  verb.add_option("NAME", arguments->names,
                  "Models (kith model list); none: the default detector, landmarks and embedder");
  verb.add_flag("--all", arguments->all, "All known models");
  verb.add_option("--from", arguments->from,
                  "Take the files from this package, folder or file instead of the network")
      ->type_name("PATH")
      ->check(reads());
  verb.add_flag("--force", arguments->options.force, "Even if installed already");
  add_json_option(verb, arguments->json);
  verbs.on(verb, [arguments] { return run_install(*arguments); });
}

// --- list

std::string figures_text(const model::CatalogEntry& entry) {
  if (!entry.lfw) return "";
  const model::LfwFigures& lfw = *entry.lfw;
  std::string text = fmt::format("\n    LFW {:.2f} +- {:.2f} %, TAR@FAR 1e-3 {:.2f} %", 100 * lfw.accuracy,
                                 100 * lfw.accuracy_std, 100 * lfw.tar_at_far_1e3);
  if (entry.ms_a_face) text += fmt::format("; {:.1f} ms a face on 2 threads", *entry.ms_a_face);
  return text;
}

// null where nothing was measured.
Json figures_json(const model::CatalogEntry& entry) {
  if (!entry.lfw) return nullptr;
  const model::LfwFigures& lfw = *entry.lfw;
  return {{"lfw",
           {{"accuracy", lfw.accuracy},
            {"accuracy_std", lfw.accuracy_std},
            {"tar_at_far", {{"0.01", lfw.tar_at_far_1e2}, {"0.001", lfw.tar_at_far_1e3}}},
            {"auc", lfw.auc},
            {"eer", lfw.eer}}},
          {"ms_a_face", entry.ms_a_face ? Json(*entry.ms_a_face) : Json()}};
}

Exit run_list(const std::string& json) {
  Output output("list", json);
  std::ostringstream head;
  const auto row = [](std::ostream& out, const auto&... cells) {
    const int widths[] = {20, 11, 11, 14, 9};
    int i = 0;
    ((out << std::left << std::setw(i < 5 ? widths[i] : 0) << cells, ++i), ...);
  };
  const auto line = [&](const std::string& name, const model::Contract& contract, const std::string& size,
                        const std::string& summary) {
    std::ostringstream text;
    row(text, name, to_string(contract.role), size.empty() ? "-" : "installed",
        contract.licence.empty() ? "not stated" : contract.licence, size.empty() ? "-" : size, summary);
    return text.str();
  };
  row(head, "NAME", "ROLE", "", "LICENCE", "SIZE", "");
  if (json != "-") std::cout << head.str() << '\n';
  for (const auto& entry : model::catalog()) {
    const fs::path path = model::installed_path(entry.name());
    const bool there = fs::exists(path);
    std::string text =
        line(entry.name(), entry.contract, there ? megabytes(fs::file_size(path)) : "", entry.summary);
    text += figures_text(entry);
    output.write(text, {{"name", entry.name()},
                        {"role", to_string(entry.contract.role)},
                        {"installed", there},
                        {"default", entry.is_default},
                        {"licence", entry.contract.licence},
                        {"bytes", there ? Json(fs::file_size(path)) : Json(nullptr)},
                        {"summary", entry.summary},
                        {"figures", figures_json(entry)}});
  }
  for (const std::string& name : installed_names()) {
    const auto known = model::catalog();
    if (std::any_of(known.begin(), known.end(), [&](const auto& entry) { return entry.name() == name; }))
      continue;
    const fs::path path = model::installed_path(name);
    try {
      const model::Contract contract = model::read_model(path).contract;
      output.write(line(name, contract, megabytes(fs::file_size(path)), "imported"),
                   {{"name", name},
                    {"role", to_string(contract.role)},
                    {"installed", true},
                    {"default", false},
                    {"licence", contract.licence},
                    {"bytes", fs::file_size(path)},
                    {"summary", "imported"},
                    {"figures", nullptr}});
    } catch (const Error& e) {
      complain(e.what());
    }
  }
  output.finish();
  return Exit::kDone;
}

void add_list(Verbs& verbs, CLI::App& model) {
  CLI::App& verb =
      verbs.add(model, "list", "The models that Kith knows, and which are installed", "  kith model list");
  auto json = std::make_shared<std::string>();
  add_json_option(verb, *json);
  verbs.on(verb, [json] { return run_list(*json); });
}

// --- info

std::string describe(const model::Standardisation& s) {
  if (s.kind == model::Standardisation::Kind::kPerImage) return "each picture's own mean and deviation";
  std::ostringstream text;
  text << "(x - " << s.mean << ") * " << s.scale;
  return text.str();
}

std::string describe(cv::Size size) {
  return size.empty() ? "any size" : std::to_string(size.width) + "x" + std::to_string(size.height);
}

std::string describe(const fs::path& path, const model::Contract& c) {
  const Json json = Json::parse(contract_json(c));
  std::ostringstream text;
  text << c.name << ": " << to_string(c.role) << " of kind " << c.kind << '\n'
       << "  file        " << path.string() << '\n'
       << "  identity    " << c.identity << '\n'
       << "  licence     " << (c.licence.empty() ? "not stated" : c.licence) << '\n'
       << "  provenance  " << (c.provenance.empty() ? "not stated" : c.provenance) << '\n'
       << "  input       " << describe(c.input.size) << ' ' << json["input"]["channels"].get<std::string>()
       << ' ' << json["input"]["layout"].get<std::string>() << ", " << describe(c.input.standardisation)
       << '\n';
  for (const auto& graph : c.graphs) {
    text << "  graph       " << graph.name << ' ' << describe(graph.size) << ": " << graph.input << " ->";
    for (const std::string& output : graph.outputs) text << ' ' << output;
    text << '\n';
  }
  if (c.dimension > 0) text << "  dimension   " << c.dimension << '\n';
  if (c.role == model::Role::kEmbedder) text << "  chip        " << json["chip"].dump() << '\n';
  for (const auto& [key, calibration] : c.calibrations) {
    text << "  thresholds  " << (key == c.identity ? "" : "(together with other embedders) ");
    for (std::size_t i = 0; i < calibration.far.size(); ++i) {
      text << (i == 0 ? "" : ", ") << calibration.threshold[i] << " at FAR " << calibration.far[i];
    }
    text << "; " << calibration.pairs << " pairs, " << calibration.source << '\n';
  }
  if (c.calibrations.empty() && c.role == model::Role::kEmbedder)
    text << "  thresholds  none: kith model calibrate\n";
  std::string whole = text.str();
  whole.pop_back();
  return whole;
}

Exit run_info(const std::string& name, const std::string& json) {
  const fs::path path = model::resolve_model(name);
  const model::Contract contract = model::read_model(path).contract;
  Output output("info", json);
  output.write(describe(path, contract),
               {{"path", path.string()},
                {"identity", contract.identity},
                {"contract", Json::parse(contract_json(contract))},
                {"self_test", Json::parse(self_test_json(contract.self_test))},
                {"calibrations", Json::parse(model::calibrations_json(contract.calibrations))}});
  output.finish();
  return Exit::kDone;
}

void add_info(Verbs& verbs, CLI::App& model) {
  CLI::App& verb =
      verbs.add(model, "info", "A model's contract, identity and thresholds", "  kith model info fr_feature");
  auto name = std::make_shared<std::string>();
  auto json = std::make_shared<std::string>();
  verb.add_option("MODEL", *name, "An installed model's name, or an .onnx file")
      ->required()
      ->check(reads_models());
  add_json_option(verb, *json);
  verbs.on(verb, [name, json] { return run_info(*name, *json); });
}

// --- verify

Exit run_verify(std::vector<std::string> names, const std::string& json) {
  if (names.empty()) names = installed_names();
  if (names.empty()) throw Error(ErrorCode::kNotFound, "no model is installed: kith model install");
  Output output("verify", json);
  const auto runtime = lazy_runtime();
  int failed = 0;
  for (const std::string& name : names) {
    if (interrupted) break;
    try {
      const fs::path path = model::resolve_model(name);
      const model::ModelFile file = model::read_model(path);
      check_self_test(*model::Network::load(file, path.string(), runtime()), path.string());
      output.write(name + ": identity and self-test are right",
                   {{"name", name}, {"path", path.string()}, {"ok", true}});
    } catch (const Error& e) {
      ++failed;
      complain(e.what());
      output.write(name + ": WRONG", {{"name", name}, {"ok", false}, {"error", e.what()}});
    }
  }
  output.finish(interrupted);
  if (failed > 0) complain(std::to_string(failed) + " of " + std::to_string(names.size()) + " failed");
  if (interrupted) return Exit::kInterrupted;
  return failed == 0 ? Exit::kDone : Exit::kFailed;
}

void add_verify_model(Verbs& verbs, CLI::App& model) {
  CLI::App& verb =
      verbs.add(model, "verify", "Check that models are whole and compute what they should",
                "  $ kith model verify fr_feature\n  fr_feature: identity and self-test are right");
  auto names = std::make_shared<std::vector<std::string>>();
  auto json = std::make_shared<std::string>();
  verb.add_option("MODEL", *names, "Names or .onnx files; none: all that are installed")
      ->check(reads_models());
  add_json_option(verb, *json);
  verbs.on(verb, [names, json] { return run_verify(*names, *json); });
}

// --- import

struct ImportArguments {
  std::vector<std::string> files;
  std::string contract, out, json;
};

Exit run_import(const ImportArguments& arguments) {
  std::vector<model::SourceFile> sources;
  for (const std::string& file : arguments.files) sources.push_back({file, read_file(file)});
  model::ImportOptions options;
  if (!arguments.contract.empty()) {
    options.contract_json = read_file(arguments.contract);
    options.contract_where = arguments.contract;
  }
  model::ModelFile file = model::import_sources(std::move(sources), options);
  const fs::path path =
      arguments.out.empty() ? model::installed_path(file.contract.name) : fs::path(arguments.out);
  prove(file, arguments.files[0], Runtime::create());
  write_model(path, file);
  Output output("import", arguments.json);
  output.write(describe(path, file.contract),
               {{"name", file.contract.name}, {"path", path.string()}, {"identity", file.contract.identity}});
  output.finish();
  return Exit::kDone;
}

void add_import(Verbs& verbs, CLI::App& model) {
  CLI::App& verb =
      verbs.add(model, "import", "Turn a network that you downloaded into a model with a contract",
                "  kith model import arcface_r50.onnx --contract arcface.json\n"
                "  kith recognize film.mp4 --embedder arcface_r50");
  auto arguments = std::make_shared<ImportArguments>();
  verb.add_option("FILE", arguments->files, ".onnx, .tflite or .pb; or MTCNN's three .npy or .tflite files")
      ->required()
      ->check(reads());
  verb.add_option("--contract", arguments->contract,
                  "What the network expects, as JSON (docs/models.md); not needed for known ones")
      ->type_name("FILE")
      ->check(reads());
  verb.add_option("--out", arguments->out,
                  "The .onnx to write; default: install it under its contract's name")
      ->type_name("FILE")
      ->check(writes(Written::kModel));
  add_json_option(verb, arguments->json);
  verbs.on(verb, [arguments] { return run_import(*arguments); });
}

}  // namespace

void add_model(Verbs& verbs) {
  CLI::App& model = verbs.add("model", "Install, import and inspect models", "  kith model list");
  model.require_subcommand(1);
  add_install(verbs, model);
  add_list(verbs, model);
  add_info(verbs, model);
  add_verify_model(verbs, model);
  add_import(verbs, model);
  add_model_calibrate(verbs, model);
}

}  // namespace kith::cli
