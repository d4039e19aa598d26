#include "model/contract.h"

#include <kith/error.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "model/json_limit.h"
#include "model/json_words.h"

namespace kith::model {
// Outside the unnamed namespace, in which argument-dependent lookup does not search.
NLOHMANN_JSON_SERIALIZE_ENUM(Role, {{Role::kDetector, "detector"},
                                    {Role::kLandmarks, "landmarks"},
                                    {Role::kEmbedder, "embedder"}})
NLOHMANN_JSON_SERIALIZE_ENUM(ChannelOrder, {{ChannelOrder::kRgb, "rgb"},
                                            {ChannelOrder::kBgr, "bgr"},
                                            {ChannelOrder::kGrey, "grey"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Layout, {{Layout::kNchw, "nchw"}, {Layout::kNhwc, "nhwc"}})

namespace {
using SortedJson = nlohmann::json;

[[noreturn]] void bad(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::kCorrupt, where + ": contract: " + what);
}

// Names of tensors and files need not be UTF-8; what is not becomes U+FFFD.
std::string text_of(const SortedJson& json) {
  return json.dump(-1, ' ', false, SortedJson::error_handler_t::replace);
}

const SortedJson& member(const SortedJson& json, const std::string& key, const std::string& where) {
  if (!json.is_object())
    bad(where, "\"" + key + "\" is looked for in " + text_of(json) + ", which is no object");
  const auto found = json.find(key);
  if (found == json.end()) bad(where, "\"" + key + "\" is missing");
  return *found;
}

template <typename T>
constexpr const char* kWanted = "a list of numbers";
template <>
constexpr const char* kWanted<std::string> = "text";
template <>
constexpr const char* kWanted<int> = "a whole number";
template <>
constexpr const char* kWanted<std::int64_t> = "a whole number";
template <>
constexpr const char* kWanted<double> = "a number";
template <>
constexpr const char* kWanted<float> = "a number";
template <>
constexpr const char* kWanted<std::vector<std::string>> = "a list of texts";
template <>
constexpr const char* kWanted<std::array<int, 2>> = "a pair of whole numbers";

template <typename T>
T value(const SortedJson& json, const std::string& key, const std::string& where) {
  const SortedJson& found = member(json, key, where);
  try {
    return found.get<T>();
  } catch (const SortedJson::exception&) {
    bad(where, "\"" + key + "\" is " + text_of(found) + ", " + kWanted<T> + " is needed");
  }
}

// One of an enumeration's words; nlohmann maps unknown words to the first, which would hide a typo.
template <typename Enum>
Enum word(const SortedJson& json, const char* key, const std::string& where) {
  const SortedJson& found = member(json, key, where);
  const auto value = found.get<Enum>();
  if (SortedJson(value) != found)
    bad(where, "\"" + std::string(key) + "\" is " + text_of(found) + ", which is not known");
  return value;
}

SortedJson size_json(cv::Size size) { return SortedJson::array({size.width, size.height}); }

cv::Size parse_size(const SortedJson& json, const char* key, const std::string& where) {
  const auto pair = value<std::array<int, 2>>(json, key, where);
  if (pair[0] < 0 || pair[1] < 0 || pair[0] > 1 << 15 || pair[1] > 1 << 15)
    bad(where, std::string(key) + " is out of range");
  return {pair[0], pair[1]};
}

SortedJson input_json(const InputSpec& input) {
  SortedJson standardisation{{"kind", "per_image"}};
  if (input.standardisation.kind == Standardisation::Kind::kFixed) {
    standardisation = {
        {"kind", "fixed"}, {"mean", input.standardisation.mean}, {"scale", input.standardisation.scale}};
  }
  return {{"size", size_json(input.size)},
          {"channels", input.channels},
          {"layout", input.layout},
          {"standardisation", standardisation}};
}

InputSpec parse_input(const SortedJson& json, const std::string& where) {
  InputSpec input;
  input.size = parse_size(json, "size", where);
  input.channels = word<ChannelOrder>(json, "channels", where);
  input.layout = word<Layout>(json, "layout", where);
  const SortedJson& standardisation = member(json, "standardisation", where);
  const auto kind = value<std::string>(standardisation, "kind", where);
  if (kind == "per_image") {
    input.standardisation.kind = Standardisation::Kind::kPerImage;
  } else if (kind == "fixed") {
    input.standardisation = {Standardisation::Kind::kFixed, value<double>(standardisation, "mean", where),
                             value<double>(standardisation, "scale", where)};
    if (!std::isfinite(input.standardisation.mean) || !(input.standardisation.scale > 0)) {
      bad(where, "standardisation: needs a finite mean and a scale > 0");
    }
  } else {
    bad(where, "standardisation: kind must be fixed or per_image");
  }
  return input;
}

SortedJson chip_json(const ChipGeometry& chip) {
  SortedJson json{{"size", size_json(chip.size)}};
  if (chip.kind == ChipGeometry::Kind::kBoxCrop) {
    json["kind"] = "box";
    json["margin"] = chip.margin_px;
    return json;
  }
  json["kind"] = "template";
  for (const cv::Point2f& p : chip.points) json["points"].push_back({p.x, p.y});
  return json;
}

ChipGeometry parse_chip(const SortedJson& json, const std::string& where) {
  ChipGeometry chip;
  chip.size = parse_size(json, "size", where);
  if (chip.size.empty() || chip.size.width > 1024 || chip.size.height > 1024)
    bad(where, "chip size must be 1..1024 px");
  const auto kind = value<std::string>(json, "kind", where);
  if (kind == "box") {
    chip.kind = ChipGeometry::Kind::kBoxCrop;
    chip.margin_px = value<int>(json, "margin", where);
    if (chip.margin_px < -1024 || chip.margin_px > 1024) bad(where, "chip margin must be -1024..1024 px");
    return chip;
  }
  if (kind != "template") bad(where, "chip kind must be template or box");
  const auto points = value<std::vector<std::array<float, 2>>>(json, "points", where);
  if (points.size() != chip.points.size()) bad(where, "a chip template needs five points");
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto [x, y] = points[i];
    if (!(std::abs(x) <= 1024 && std::abs(y) <= 1024)) bad(where, "a chip template's point is out of range");
    chip.points[i] = {x, y};
  }
  return chip;
}

SortedJson graphs_json(const std::vector<GraphSpec>& graphs) {
  SortedJson json = SortedJson::array();
  for (const GraphSpec& graph : graphs) {
    json.push_back({{"name", graph.name},
                    {"input", graph.input},
                    {"size", size_json(graph.size)},
                    {"outputs", graph.outputs}});
  }
  return json;
}

SortedJson preprocessing(const Contract& contract) {
  SortedJson json{{"role", contract.role},
                  {"kind", contract.kind},
                  {"input", input_json(contract.input)},
                  {"graphs", graphs_json(contract.graphs)},
                  {"dimension", contract.dimension}};
  if (contract.role == Role::kEmbedder) {
    json["chip"] = chip_json(contract.chip);
    json["metric"] = contract.metric;
  }
  return json;
}

// Larger fractions would not fit the integers that they may be read as; none is meant.
constexpr double kLargestFraction = 2e9;

// nlohmann's exceptions become ours, with the file's name.
template <typename Parse>
auto guarded(const std::string& text, const std::string& where, Parse parse) {
  try {
    return parse(
        SortedJson::parse(text, [&](int depth, SortedJson::parse_event_t event, const SortedJson& value) {
          if (depth > kDeepestJson) bad(where, "nested too deeply");
          if (event == SortedJson::parse_event_t::value && value.is_number_float() &&
              std::abs(value.get<double>()) > kLargestFraction)
            bad(where, "the number " + value.dump() + " is too large");
          return true;
        }));
  } catch (const SortedJson::exception& e) {
    bad(where, plain_words(e));
  }
}

// The line of `text` that has the value, for messages; 0 where the text is one line or has it not.
std::size_t line_with(const std::string& text, const std::string& value) {
  const std::size_t at = text.find(value);
  if (at == std::string::npos || text.find('\n') == std::string::npos) return 0;
  return static_cast<std::size_t>(
             std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')) +
         1;
}

constexpr std::size_t kLongestName = 100;

bool may_stand_in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

}  // namespace

void require_model_name(const std::string& name, const std::string& text, const std::string& where) {
  if (!name.empty() && name.size() <= kLongestName && name.front() != '.' &&
      std::ranges::all_of(name, may_stand_in_name))
    return;
  const std::size_t line = line_with(text, text_of(SortedJson(name)));
  bad(where + (line > 0 ? ':' + std::to_string(line) : ""),
      "\"name\" is " + text_of(SortedJson(name)) +
          "; it names a file, so it is made of letters, digits, '.', '_' and '-', and " +
          "does not begin with '.'");
}

std::string model_name(const std::string& stem) {
  std::string name = stem.substr(0, kLongestName);
  std::ranges::replace_if(
      name, [](char c) { return !may_stand_in_name(c); }, '-');
  if (name.empty() || name.front() == '.') name.insert(0, "model");
  return name;
}

const char* to_string(Role role) {
  switch (role) {
    case Role::kDetector:
      return "detector";
    case Role::kLandmarks:
      return "landmarks";
    case Role::kEmbedder:
      break;
  }
  return "embedder";
}

std::string preprocessing_json(const Contract& contract) { return text_of(preprocessing(contract)); }

std::string contract_json(const Contract& contract) {
  SortedJson json = preprocessing(contract);
  json["format"] = 1;
  json["name"] = contract.name;
  json["licence"] = contract.licence;
  json["provenance"] = contract.provenance;
  return text_of(json);
}

Contract parse_contract(const std::string& text, const std::string& where) {
  return guarded(text, where, [&](const SortedJson& json) {
    if (member(json, "format", where) != 1)
      bad(where, "format " + text_of(json.at("format")) + " is newer than this Kith: update Kith");
    Contract contract;
    contract.role = word<Role>(json, "role", where);
    contract.kind = value<std::string>(json, "kind", where);
    contract.name = value<std::string>(json, "name", where);
    require_model_name(contract.name, text, where);
    contract.licence = json.value("licence", "");
    contract.provenance = json.value("provenance", "");
    contract.input = parse_input(member(json, "input", where), where);
    for (const SortedJson& graph : member(json, "graphs", where)) {
      contract.graphs.push_back({value<std::string>(graph, "name", where),
                                 value<std::string>(graph, "input", where), parse_size(graph, "size", where),
                                 value<std::vector<std::string>>(graph, "outputs", where)});
      if (contract.graphs.back().outputs.empty()) bad(where, "a graph needs outputs");
    }
    if (contract.graphs.empty()) bad(where, "no graphs");
    contract.dimension = value<int>(json, "dimension", where);
    if (contract.dimension < 0 || contract.dimension > 1 << 16) bad(where, "dimension is out of range");
    if (contract.role == Role::kEmbedder) {
      contract.chip = parse_chip(member(json, "chip", where), where);
      contract.metric = value<std::string>(json, "metric", where);
      if (contract.metric != "cosine") bad(where, "metric must be cosine");
      if (contract.dimension == 0) bad(where, "an embedder needs a dimension");
    }
    return contract;
  });
}

std::string chip_geometry_json(const ChipGeometry& chip) { return chip_json(chip).dump(); }

ChipGeometry parse_chip_geometry(const std::string& text, const std::string& where) {
  return guarded(text, where, [&](const SortedJson& json) { return parse_chip(json, where); });
}

std::string self_test_json(const SelfTest& test) {
  SortedJson outputs = SortedJson::array();
  for (const SelfTest::Output& output : test.outputs) {
    outputs.push_back(
        {{"graph", output.graph}, {"tensor", output.tensor}, {"first", output.first}, {"norm", output.norm}});
  }
  return SortedJson{{"seed", test.seed},
                    {"size", size_json(test.size)},
                    {"tolerance", test.tolerance},
                    {"outputs", outputs}}
      .dump();
}

SelfTest parse_self_test(const std::string& text, const std::string& where) {
  return guarded(text, where, [&](const SortedJson& json) {
    SelfTest test;
    if (!member(json, "seed", where).is_number_unsigned()) bad(where, "seed: not a whole number");
    test.seed = json.at("seed");
    test.size = parse_size(json, "size", where);
    test.tolerance = value<double>(json, "tolerance", where);
    for (const SortedJson& output : member(json, "outputs", where)) {
      test.outputs.push_back(
          {value<std::string>(output, "graph", where), value<std::string>(output, "tensor", where),
           value<std::vector<float>>(output, "first", where), value<double>(output, "norm", where)});
    }
    return test;
  });
}

namespace {

// The centre as whole hundred-thousandths: short, and exact to 1e-5.
constexpr float kCentreSteps = 1e5F;

SortedJson calibration_json(const Calibration& c) {
  SortedJson json{{"far", c.far},   {"threshold", c.threshold}, {"pairs", c.pairs},
                  {"mean", c.mean}, {"stddev", c.stddev},       {"source", c.source}};
  if (!c.centre.empty()) {
    for (const float value : c.centre) json["centre_e5"].push_back(std::lround(value * kCentreSteps));
  }
  if (c.genuine_photos > 0) {
    json["genuine"] = {{"mean", c.genuine_mean}, {"stddev", c.genuine_stddev}, {"photos", c.genuine_photos}};
  }
  if (c.norm > 0) json["norm"] = c.norm;
  return json;
}

Calibration parse_calibration(const SortedJson& json, const std::string& where) {
  Calibration c;
  c.far = value<std::vector<double>>(json, "far", where);
  c.threshold = value<std::vector<float>>(json, "threshold", where);
  c.pairs = value<std::int64_t>(json, "pairs", where);
  c.mean = value<double>(json, "mean", where);
  c.stddev = value<double>(json, "stddev", where);
  c.source = value<std::string>(json, "source", where);
  if (json.contains("centre_e5")) {
    for (const int each : value<std::vector<int>>(json, "centre_e5", where))
      c.centre.push_back(static_cast<float>(each) / kCentreSteps);
  }
  if (json.contains("genuine")) {
    const SortedJson& genuine = json.at("genuine");
    c.genuine_mean = value<double>(genuine, "mean", where);
    c.genuine_stddev = value<double>(genuine, "stddev", where);
    c.genuine_photos = value<std::int64_t>(genuine, "photos", where);
  }
  c.norm = json.value("norm", 0.0);
  if (!(c.norm >= 0)) bad(where, "calibration: norm is negative");
  if (c.far.size() != c.threshold.size()) bad(where, "calibration: far and threshold differ in length");
  for (const double far : c.far) {
    if (!(far > 0 && far < 1)) bad(where, "calibration: a far is outside (0, 1)");
  }
  if (!std::is_sorted(c.far.rbegin(), c.far.rend())) bad(where, "calibration: far must descend");
  return c;
}

}  // namespace

std::string calibrations_json(const std::map<std::string, Calibration>& calibrations) {
  SortedJson json = SortedJson::object();
  for (const auto& [key, calibration] : calibrations) json[key] = calibration_json(calibration);
  return json.dump();
}

std::map<std::string, Calibration> parse_calibrations(const std::string& text, const std::string& where) {
  return guarded(text, where, [&](const SortedJson& json) {
    std::map<std::string, Calibration> calibrations;
    for (const auto& [key, value] : json.items()) calibrations.emplace(key, parse_calibration(value, where));
    return calibrations;
  });
}

}  // namespace kith::model
