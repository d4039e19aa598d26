#include <kith/error.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/csv_row.h"
#include "sidecar/relabel.h"
#include "sidecar/srt_cues.h"

namespace kith {
namespace {
using Json = nlohmann::ordered_json;

std::string four_digits(float value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4f", static_cast<double>(value));
  return text.data();
}

struct Columns {
  std::size_t track = 0, name = 0, confidence = 0, similarity = 0, time_ms = 0;
  std::optional<std::size_t> state;
};

Columns find_columns(const CsvRow& header, const std::string& where) {
  const auto find = [&](const char* name) {
    const auto found = std::ranges::find(header, name);
    if (found == header.end())
      throw Error(ErrorCode::kCorrupt,
                  where + ": has no column " + name + ", so it is not recognize's; it is as it was");
    return static_cast<std::size_t>(found - header.begin());
  };
  Columns columns{find("track"), find("name"), find("confidence"), find("similarity"), find("time_ms"), {}};
  if (std::ranges::find(header, "state") != header.end()) columns.state = find("state");
  return columns;
}

// The new figures of a row; nullopt: it stays.
std::optional<float> new_similarity(const CsvRow& row, const Columns& columns, const Relabelling& change) {
  if (!change.tracks) return row[columns.name] == change.name ? std::optional(0.0F) : std::nullopt;
  const auto found = change.tracks->find(std::atoi(row[columns.track].c_str()));
  if (found == change.tracks->end() || row[columns.name] == change.name) return std::nullopt;
  const double time_ms = std::atof(row[columns.time_ms].c_str());
  const bool same = time_ms >= found->second.first_ms - 1 && time_ms <= found->second.last_ms + 1;
  if (!same) throw Error(ErrorCode::kCorrupt, "track " + row[columns.track] + " is not where it was");
  return found->second.similarity;
}

// What the sidecar says is on screen, as the sink that writes subtitles would have it.
std::string subtitles(const std::string& sidecar) {
  std::vector<std::pair<double, std::set<std::string>>> moments;
  std::istringstream lines(sidecar);
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("faces")) continue;
    auto& [time_ms, names] = moments.emplace_back();
    time_ms = json.at("time_ms");
    for (const Json& face : json.at("faces")) {
      if (face.at("name").is_string()) names.insert(face.at("name"));
    }
  }
  std::vector<double> steps;
  for (std::size_t i = 1; i < moments.size(); ++i) steps.push_back(moments[i].first - moments[i - 1].first);
  std::ranges::sort(steps);
  const double step = steps.empty() ? 0 : steps[steps.size() / 2];
  std::string text;
  SrtCues cues(step > 0 ? step : 40, [&](const std::string& cue) { text += cue; });
  for (auto& [time_ms, names] : moments) cues.add(time_ms, std::move(names));
  cues.finish();
  return text;
}

// The lines without numbers and times: who, in which order. A killed run's file lacks the last cue.
std::vector<std::string> cues(const std::string& text) {
  std::vector<std::string> names;
  std::istringstream lines(text);
  bool next = false;
  for (std::string line; std::getline(lines, line);) {
    if (next) names.push_back(line);
    next = line.find(" --> ") != std::string::npos;
  }
  return names;
}

}  // namespace

std::string relabel_csv(const std::string& text, const Relabelling& change, const std::string& where,
                        Relabelled& counts) {
  std::size_t at = 0;
  const CsvRow header = parse_csv_row(text, at);
  const Columns columns = find_columns(header, where);
  std::string out = text.substr(0, at);
  std::set<std::string> tracks;
  try {
    while (at < text.size()) {
      const std::size_t begin = at;
      CsvRow row = parse_csv_row(text, at);
      const bool whole = row.size() == header.size();  // a killed run's last row may not be
      const bool tells = !whole && !change.tracks && text.find(change.name, begin) != std::string::npos;
      if (tells) break;  // the killed run's last row names whom nobody shall name
      const std::optional<float> similarity = whole ? new_similarity(row, columns, change) : std::nullopt;
      if (!similarity) {
        out += text.substr(begin, at - begin);
        continue;
      }
      const bool named = change.tracks.has_value();
      row[columns.name] = named ? change.name : "";
      if (columns.state) row[*columns.state] = named ? "named" : "unknown";
      row[columns.confidence] = four_digits(named ? 1.0F : 0.0F);
      row[columns.similarity] = four_digits(*similarity);
      out += write_csv_row(row);
      ++counts.faces;
      tracks.insert(row[columns.track]);
    }
  } catch (const Error& e) {
    throw Error(e.code(), where + ": was altered or written anew (" + e.what() + "); it is as it was");
  }
  counts.tracks = static_cast<std::int64_t>(tracks.size());
  return out;
}

std::string relabel_srt(const std::string& text, const std::string& before, const std::string& after,
                        const std::string& where, Relabelled& counts) {
  const std::vector<std::string> expected = cues(subtitles(before));
  const std::vector<std::string> there = cues(text);
  const bool same =
      there.size() <= expected.size() && std::equal(there.begin(), there.end(), expected.begin());
  if (!same)
    throw Error(ErrorCode::kCorrupt,
                where + ": was altered (its names are not the sidecar's); it is as it was");
  std::string fresh = subtitles(after);
  const std::vector<std::string> now = cues(fresh);
  if (now == expected) return text;
  counts.faces = static_cast<std::int64_t>(std::max(now.size(), expected.size()));
  return fresh;
}

}  // namespace kith
