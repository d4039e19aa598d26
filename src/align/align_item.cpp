#include "align/align_item.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kith {
namespace {
using Json = nlohmann::ordered_json;

Json taken_json(const std::vector<AlignItem::Taken>& taken) {
  Json json = Json::array();
  for (const auto& [face, chip, sha256] : taken) {
    Json points = Json::array();
    for (const cv::Point2f& p : face.landmarks) points.push_back({p.x, p.y});
    const cv::Rect2f& box = face.box;
    json.push_back({{"box", {box.x, box.y, box.width, box.height}},
                    {"score", face.score},
                    {"face_score", face.probability},
                    {"points", points},
                    {"chip", chip},
                    {"sha256", sha256}});
  }
  return json;
}

AlignItem::Taken parse_taken(const Json& json) {
  AlignItem::Taken taken;
  const auto box = json.at("box").get<std::array<float, 4>>();
  const auto points = json.at("points").get<std::array<std::array<float, 2>, 5>>();
  taken.face.box = {box[0], box[1], box[2], box[3]};
  taken.face.score = json.at("score");
  taken.face.probability = json.value("face_score", 1.0F);  // Kith 0.1 did not write it
  for (std::size_t i = 0; i < points.size(); ++i) taken.face.landmarks[i] = {points[i][0], points[i][1]};
  taken.chip = json.at("chip");
  taken.sha256 = json.at("sha256");
  return taken;
}

}  // namespace

const char* to_string(AlignStatus status) {
  switch (status) {
    case AlignStatus::kAligned:
      return "aligned";
    case AlignStatus::kSeveralFaces:
      return "several_faces";
    case AlignStatus::kNoFace:
      return "no_face";
    case AlignStatus::kTooSmall:
      return "too_small";
    case AlignStatus::kUnreadable:
      return "unreadable";
    case AlignStatus::kNotWritten:
      return "not_written";
    case AlignStatus::kDuplicate:
      return "duplicate";
    case AlignStatus::kPassedOver:
      return "passed_over";
    case AlignStatus::kPending:
      break;
  }
  return "pending";
}

std::string title(AlignStatus status) {
  std::string words = to_string(status);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

Json to_json(const AlignItem& item) {
  Json json{{"source", item.source}};
  if (!item.error.empty()) json["error"] = item.error;
  json["status"] = to_string(item.status);
  if (!item.size.empty()) {
    json["width"] = item.size.width;
    json["height"] = item.size.height;
    json["faces"] = item.faces;
    json["taken"] = taken_json(item.taken);
  }
  if (!item.sha256.empty()) json["sha256"] = item.sha256;
  if (!item.why.empty()) json["why"] = item.why;
  if (!item.duplicate_of.empty()) json["duplicate_of"] = item.duplicate_of;
  return json;
}

AlignItem parse_align_item(const Json& json) {
  AlignItem item;
  item.source = json.at("source");
  const auto status = std::find_if(kAlignStatuses.begin(), kAlignStatuses.end(),
                                   [&](AlignStatus s) { return json.at("status") == to_string(s); });
  if (status != kAlignStatuses.end()) item.status = *status;
  item.error = json.value("error", "");
  item.size = {json.value("width", 0), json.value("height", 0)};
  item.faces = json.value("faces", 0);
  if (json.contains("taken")) {
    for (const Json& taken : json.at("taken")) item.taken.push_back(parse_taken(taken));
  }
  item.sha256 = json.value("sha256", "");
  item.why = json.value("why", "");
  item.duplicate_of = json.value("duplicate_of", "");
  return item;
}

std::map<AlignStatus, std::int64_t> AlignReport::counts() const {
  std::map<AlignStatus, std::int64_t> counts;
  for (const AlignStatus status : kAlignStatuses) counts[status] = 0;
  for (const AlignItem& item : items) ++counts[item.status];
  return counts;
}

std::int64_t AlignReport::chips() const {
  std::int64_t chips = 0;
  for (const AlignItem& item : items) chips += static_cast<std::int64_t>(item.taken.size());
  return chips;
}

Json summary_json(const AlignReport& report) {
  Json summary{{"inputs", report.items.size()}};
  for (const auto& [status, count] : report.counts()) summary[to_string(status)] = count;
  summary["chips"] = report.chips();
  summary["interrupted"] = report.interrupted;
  return {{"summary", summary}};
}

}  // namespace kith
