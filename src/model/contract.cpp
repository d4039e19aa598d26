#include "model/contract.h"

#include <kith/error.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "model/json_limit.h"

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
using Json = nlohmann::json;

[[noreturn]] void bad(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::kCorrupt, where + ": contract: " + what);
}

// One of an enumeration's words; nlohmann maps unknown words to the first, which would hide a typo.
template <typename Enum>
Enum word(const Json& json, const char* key, const std::string& where) {
  const auto value = json.at(key).get<Enum>();
  if (Json(value) != json.at(key))
    bad(where, std::string(key) + ": \"" + json.at(key).dump() + "\" is not known");
  return value;
}

Json size_json(cv::Size size) { return Json::array({size.width, size.height}); }

cv::Size parse_size(const Json& json, const char* key, const std::string& where) {
  const auto pair = json.at(key).get<std::array<int, 2>>();
  if (pair[0] < 0 || pair[1] < 0 || pair[0] > 1 << 15 || pair[1] > 1 << 15)
    bad(where, std::string(key) + " is out of range");
  return {pair[0], pair[1]};
}

Json input_json(const InputSpec& input) {
  Json standardisation{{"kind", "per_image"}};
  if (input.standardisation.kind == Standardisation::Kind::kFixed) {
    standardisation = {
        {"kind", "fixed"}, {"mean", input.standardisation.mean}, {"scale", input.standardisation.scale}};
  }
  return {{"size", size_json(input.size)},
          {"channels", input.channels},
          {"layout", input.layout},
          {"standardisation", standardisation}};
}

InputSpec parse_input(const Json& json, const std::string& where) {
  InputSpec input;
  input.size = parse_size(json, "size", where);
  input.channels = word<ChannelOrder>(json, "channels", where);
  input.layout = word<Layout>(json, "layout", where);
  const Json& standardisation = json.at("standardisation");
  if (standardisation.at("kind") == "per_image") {
    input.standardisation.kind = Standardisation::Kind::kPerImage;
  } else if (standardisation.at("kind") == "fixed") {
    input.standardisation = {Standardisation::Kind::kFixed, standardisation.at("mean"),
                             standardisation.at("scale")};
    if (!std::isfinite(input.standardisation.mean) || !(input.standardisation.scale > 0)) {
      bad(where, "standardisation: needs a finite mean and a scale > 0");
    }
  } else {
    bad(where, "standardisation: kind must be fixed or per_image");
  }
  return input;
}

Json chip_json(const ChipGeometry& chip) {
  Json json{{"size", size_json(chip.size)}};
  if (chip.kind == ChipGeometry::Kind::kBoxCrop) {
    json["kind"] = "box";
    json["margin"] = chip.margin_px;
    return json;
  }
  json["kind"] = "template";
  for (const cv::Point2f& p : chip.points) json["points"].push_back({p.x, p.y});
  return json;
}

ChipGeometry parse_chip(const Json& json, const std::string& where) {
  ChipGeometry chip;
  chip.size = parse_size(json, "size", where);
  if (chip.size.empty() || chip.size.width > 1024 || chip.size.height > 1024)
    bad(where, "chip size must be 1..1024 px");
  if (json.at("kind") == "box") {
    chip.kind = ChipGeometry::Kind::kBoxCrop;
    chip.margin_px = json.at("margin");
    if (chip.margin_px < -1024 || chip.margin_px > 1024) bad(where, "chip margin must be -1024..1024 px");
    return chip;
  }
  if (json.at("kind") != "template") bad(where, "chip kind must be template or box");
  const auto points = json.at("points").get<std::vector<std::array<float, 2>>>();
  if (points.size() != chip.points.size()) bad(where, "a chip template needs five points");
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto [x, y] = points[i];
    if (!(std::abs(x) <= 1024 && std::abs(y) <= 1024)) bad(where, "a chip template's point is out of range");
    chip.points[i] = {x, y};
  }
  return chip;
}

Json graphs_json(const std::vector<GraphSpec>& graphs) {
  Json json = Json::array();
  for (const GraphSpec& graph : graphs) {
    json.push_back({{"name", graph.name},
                    {"input", graph.input},
                    {"size", size_json(graph.size)},
                    {"outputs", graph.outputs}});
  }
  return json;
}

Json preprocessing(const Contract& contract) {
  Json json{{"role", contract.role},
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

// Names of tensors and files need not be UTF-8; what is not becomes U+FFFD.
std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// Larger fractions would not fit the integers that they may be read as; none is meant.
constexpr double kLargestFraction = 2e9;

// nlohmann's exceptions become ours, with the file's name.
template <typename Parse>
auto guarded(const std::string& text, const std::string& where, Parse parse) {
  try {
    return parse(Json::parse(text, [&](int depth, Json::parse_event_t event, const Json& value) {
      if (depth > kDeepestJson) bad(where, "nested too deeply");
      if (event == Json::parse_event_t::value && value.is_number_float() &&
          std::abs(value.get<double>()) > kLargestFraction)
        bad(where, "the number " + value.dump() + " is too large");
      return true;
    }));
  } catch (const Json::exception& e) {
    bad(where, e.what());
  }
}

}  // namespace

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
  Json json = preprocessing(contract);
  json["format"] = 1;
  json["name"] = contract.name;
  json["licence"] = contract.licence;
  json["provenance"] = contract.provenance;
  return text_of(json);
}

Contract parse_contract(const std::string& text, const std::string& where) {
  return guarded(text, where, [&](const Json& json) {
    if (json.at("format") != 1)
      bad(where, "format " + json.at("format").dump() + " is newer than this Kith: update Kith");
    Contract contract;
    contract.role = word<Role>(json, "role", where);
    contract.kind = json.at("kind");
    contract.name = json.at("name");
    contract.licence = json.value("licence", "");
    contract.provenance = json.value("provenance", "");
    contract.input = parse_input(json.at("input"), where);
    for (const Json& graph : json.at("graphs")) {
      contract.graphs.push_back({graph.at("name"), graph.at("input"), parse_size(graph, "size", where),
                                 graph.at("outputs").get<std::vector<std::string>>()});
      if (contract.graphs.back().outputs.empty()) bad(where, "a graph needs outputs");
    }
    if (contract.graphs.empty()) bad(where, "no graphs");
    contract.dimension = json.at("dimension");
    if (contract.dimension < 0 || contract.dimension > 1 << 16) bad(where, "dimension is out of range");
    if (contract.role == Role::kEmbedder) {
      contract.chip = parse_chip(json.at("chip"), where);
      contract.metric = json.at("metric");
      if (contract.metric != "cosine") bad(where, "metric must be cosine");
      if (contract.dimension == 0) bad(where, "an embedder needs a dimension");
    }
    return contract;
  });
}

std::string chip_geometry_json(const ChipGeometry& chip) { return chip_json(chip).dump(); }

ChipGeometry parse_chip_geometry(const std::string& text, const std::string& where) {
  return guarded(text, where, [&](const Json& json) { return parse_chip(json, where); });
}

std::string self_test_json(const SelfTest& test) {
  Json outputs = Json::array();
  for (const SelfTest::Output& output : test.outputs) {
    outputs.push_back(
        {{"graph", output.graph}, {"tensor", output.tensor}, {"first", output.first}, {"norm", output.norm}});
  }
  return Json{{"seed", test.seed},
              {"size", size_json(test.size)},
              {"tolerance", test.tolerance},
              {"outputs", outputs}}
      .dump();
}

SelfTest parse_self_test(const std::string& text, const std::string& where) {
  return guarded(text, where, [&](const Json& json) {
    SelfTest test;
    if (!json.at("seed").is_number_unsigned()) bad(where, "seed: not a whole number");
    test.seed = json.at("seed");
    test.size = parse_size(json, "size", where);
    test.tolerance = json.at("tolerance");
    for (const Json& output : json.at("outputs")) {
      test.outputs.push_back({output.at("graph"), output.at("tensor"),
                              output.at("first").get<std::vector<float>>(), output.at("norm")});
    }
    return test;
  });
}

namespace {

// The centre as whole hundred-thousandths: short, and exact to 1e-5.
constexpr float kCentreSteps = 1e5F;

Json calibration_json(const Calibration& c) {
  Json json{{"far", c.far},   {"threshold", c.threshold}, {"pairs", c.pairs},
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

Calibration parse_calibration(const Json& json, const std::string& where) {
  Calibration c;
  c.far = json.at("far").get<std::vector<double>>();
  c.threshold = json.at("threshold").get<std::vector<float>>();
  c.pairs = json.at("pairs");
  c.mean = json.at("mean");
  c.stddev = json.at("stddev");
  c.source = json.at("source");
  if (json.contains("centre_e5")) {
    for (const int value : json.at("centre_e5").get<std::vector<int>>())
      c.centre.push_back(static_cast<float>(value) / kCentreSteps);
  }
  if (json.contains("genuine")) {
    c.genuine_mean = json.at("genuine").at("mean");
    c.genuine_stddev = json.at("genuine").at("stddev");
    c.genuine_photos = json.at("genuine").at("photos");
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
  Json json = Json::object();
  for (const auto& [key, calibration] : calibrations) json[key] = calibration_json(calibration);
  return json.dump();
}

std::map<std::string, Calibration> parse_calibrations(const std::string& text, const std::string& where) {
  return guarded(text, where, [&](const Json& json) {
    std::map<std::string, Calibration> calibrations;
    for (const auto& [key, value] : json.items()) calibrations.emplace(key, parse_calibration(value, where));
    return calibrations;
  });
}

}  // namespace kith::model
