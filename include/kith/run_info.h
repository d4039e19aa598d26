// RunInfo: what made a result, and RunEnd: whether it is whole. The first and the last line of every JSON output, the foot
// of every page (docs/formats.md, "Every JSON output").
#pragma once

#include <kith/export.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace kith {

/// This library's version, "0.1.0".
KITH_EXPORT const char* version();

/// A network that took part.
struct UsedModel {
  std::string role;      // "detector", "landmarks", "embedder"
  std::string name;      // of its contract; of several embedders joined by commas
  std::string identity;  // sha256 of graph, weights and preprocessing (docs/formats.md)
};

/// The people who could be named.
struct UsedPeople {
  std::string file;  // name of the gallery's file, without its folder
  std::int64_t people = 0, photos = 0;
  std::string
      checksum;  // sha256 over the names and the checksums of their photos: two galleries of one checksum know the same
  std::optional<std::vector<std::string>> names;  // only where the judgement of a result needs them
};

using RunOption = std::variant<bool, std::int64_t, double, std::string>;

/// What made a result.
struct RunInfo {
  std::string verb;  // "recognize", "evaluate pairs"; empty: a program of one's own
  std::chrono::system_clock::time_point started = std::chrono::system_clock::now();
  std::vector<UsedModel> models;
  std::optional<UsedPeople> people;
  std::optional<double> far;                               // the rate that was asked for, (0, 1)
  std::optional<double> threshold;                         // the cosine that it stands for, [-1, 1]
  std::vector<std::pair<std::string, RunOption>> options;  // what else decides over the result
};

/// How a run ended.
struct RunEnd {
  bool interrupted = false;
  std::vector<std::string> failures;  // sources that could not be read, each once, in order
  std::int64_t dropped = 0;           // camera frames, to keep up
};

}  // namespace kith
