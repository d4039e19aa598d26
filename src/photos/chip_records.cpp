#include "photos/chip_records.h"

#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/files.h"
#include "photos/path_text.h"

namespace kith {
namespace fs = std::filesystem;
namespace {
using Json = nlohmann::ordered_json;

Face parse_face(const Json& json) {
  Face face;
  const auto box = json.at("box").get<std::array<float, 4>>();
  face.box = {box[0], box[1], box[2], box[3]};
  face.score = json.at("score");
  face.probability = json.value("face_score", 1.0F);  // Kith 0.1 did not write it
  const auto points = json.at("points").get<std::array<std::array<float, 2>, 5>>();
  for (std::size_t i = 0; i < points.size(); ++i) face.landmarks[i] = {points[i][0], points[i][1]};
  return face;
}

}  // namespace

fs::path journal_path(const fs::path& chips) { return chips / "kith-align.jsonl"; }

ChipRecords load_chip_records(const fs::path& chips) {
  ChipRecords records;
  std::error_code ignored;
  if (!fs::exists(journal_path(chips), ignored)) return records;
  std::istringstream lines(read_file(journal_path(chips)));
  for (std::string text; std::getline(lines, text);) {
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) continue;  // a run that was killed
    try {
      for (const Json& taken : json.at("taken")) {
        records.insert_or_assign(
            taken.at("sha256").get<std::string>(),
            ChipRecord{from_latin1(json.at("photo")), json.at("sha256"), parse_face(taken)});
      }
    } catch (const Json::exception&) {  // nothing taken, or written before there were records
    }
  }
  return records;
}

}  // namespace kith
