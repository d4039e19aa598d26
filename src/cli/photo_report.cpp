#include "cli/photo_report.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "cli/people_file.h"
#include "enrol/train.h"

namespace kith::cli {

void print_unused(std::ostream& out, std::span<const PersonPhoto> photos,
                  std::span<const PhotoOutcome> outcomes) {
  for (std::size_t i = 0; i < photos.size(); ++i) {
    const std::string path = photos[i].path.string();
    switch (outcomes[i].status) {
      case PhotoStatus::kNoFace:
        out << "no face: " << path << '\n';
        break;
      case PhotoStatus::kUnreadable:
        out << "unreadable: " << path << '\n';
        break;  // why: on stderr
      case PhotoStatus::kDuplicate:
        if (stored_source(path) == stored_source(outcomes[i].duplicate_of)) {
          out << "enrolled already: " << path << '\n';
        } else {
          out << "duplicate: " << path << " is " << shown_path(outcomes[i].duplicate_of) << '\n';
        }
        break;
      case PhotoStatus::kNoPerson:
        out << "in no person's folder: " << path << '\n';
        break;
      case PhotoStatus::kRejected:
        out << "rejected: " << path << " is not " << photos[i].folder << '\n';
        break;
      case PhotoStatus::kUsed:
        if (outcomes[i].other_face)
          out << "other face: " << path << ": not the largest, but the one like the other photos of "
              << photos[i].folder << '\n';
        break;
      case PhotoStatus::kPending:
        break;
    }
  }
}

void print_suspects(std::ostream& out, std::span<const Suspect> suspects) {
  for (const Suspect& s : suspects) {
    char scores[48];
    std::snprintf(scores, sizeof scores, " (%.2f against %.2f)", s.other, s.own);
    out << "mislabelled? " << shown_path(s.source) << " looks more like " << s.looks_like << " than like "
        << s.name << scores << '\n';
  }
}

nlohmann::ordered_json photo_json(const PersonPhoto& photo, const PhotoOutcome& outcome,
                                  std::span<const Suspect> suspects) {
  nlohmann::ordered_json json{{"source", photo.path.string()}};
  if (outcome.status == PhotoStatus::kUnreadable) json["error"] = outcome.error;
  json["folder"] = photo.folder;
  json["status"] = to_string(outcome.status);
  if (outcome.status == PhotoStatus::kDuplicate) json["duplicate_of"] = outcome.duplicate_of;
  if (outcome.other_face) json["other_face"] = true;
  const auto suspect = std::ranges::find(suspects, stored_source(outcome.sample.source), &Suspect::source);
  if (suspect != suspects.end()) json["looks_like"] = suspect->looks_like;
  return json;
}

std::int64_t complain_about_failures(std::span<const PhotoOutcome> outcomes,
                                     std::span<const std::pair<std::filesystem::path, std::string>> inputs) {
  auto failed = static_cast<std::int64_t>(inputs.size());
  for (const auto& [path, why] : inputs) complain(path.string(), why);
  for (const PhotoOutcome& outcome : outcomes) {
    if (outcome.status != PhotoStatus::kUnreadable) continue;
    complain(outcome.error);
    ++failed;
  }
  const std::size_t all = outcomes.size() + inputs.size();
  if (failed > 0) complain(std::to_string(failed) + " of " + std::to_string(all) + " failed");
  return failed;
}

}  // namespace kith::cli
