#include "evaluate/subgroups.h"

namespace kith {
namespace {

using Subjects = std::map<std::size_t, SubjectCount>;

struct Group {
  Subjects known, strangers;
};

SubjectShare share_of(const Subjects& subjects, std::int64_t& faces) {
  std::vector<SubjectCount> counts;
  for (const auto& [subject, count] : subjects) {
    counts.push_back(count);
    faces += count.faces;
  }
  return share_by_subject(counts);
}

}  // namespace

std::map<std::string, GroupScore> score_groups(const std::vector<LabelledAnswer>& answers) {
  std::map<std::string, Group> groups;
  for (const LabelledAnswer& answer : answers) {
    Group& group = groups[answer.label];
    SubjectCount& count = (answer.stranger ? group.strangers : group.known)[answer.subject];
    ++count.faces;
    if (answer.hit) ++count.hits;
  }
  std::map<std::string, GroupScore> scores;
  for (const auto& [label, group] : groups) {
    GroupScore& score = scores[label];
    score.dir = share_of(group.known, score.probes);
    score.far = share_of(group.strangers, score.strangers);
  }
  return scores;
}

}  // namespace kith
