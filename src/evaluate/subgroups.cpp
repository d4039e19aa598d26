#include "evaluate/subgroups.h"

namespace kith {
namespace {

struct Count {
  std::int64_t faces = 0, hits = 0;
};

/// The faces of each subject.
using Subjects = std::map<std::size_t, Count>;

struct Group {
  Subjects known, strangers;
};

double share(const Count& count) {
  return count.faces > 0 ? static_cast<double>(count.hits) / static_cast<double>(count.faces) : 0;
}

void add(Count& to, const Count& count) {
  to.faces += count.faces;
  to.hits += count.hits;
}

Count sum(const Subjects& subjects) {
  Count all;
  for (const auto& [subject, count] : subjects) add(all, count);
  return all;
}

Interval interval_of(const Subjects& subjects) {
  const Count all = sum(subjects);
  if (all.faces == 0) return {0, 1};
  const std::int64_t n = std::ssize(subjects);
  if (all.hits == 0 || all.hits == all.faces) return wilson(all.hits == 0 ? 0 : n, n);
  std::vector<Count> counts;
  for (const auto& [subject, count] : subjects) counts.push_back(count);
  Redraw redraw;
  std::vector<double> shares;
  for (int r = 0; r < kRedraws; ++r) {
    Count drawn;
    for (const std::size_t i : redraw(counts.size())) add(drawn, counts[i]);
    shares.push_back(share(drawn));
  }
  return middle(shares);
}

}  // namespace

std::map<std::string, GroupScore> score_groups(const std::vector<LabelledAnswer>& answers) {
  std::map<std::string, Group> groups;
  for (const LabelledAnswer& answer : answers) {
    Group& group = groups[answer.label];
    Count& count = (answer.stranger ? group.strangers : group.known)[answer.subject];
    ++count.faces;
    if (answer.hit) ++count.hits;
  }
  std::map<std::string, GroupScore> scores;
  for (const auto& [label, group] : groups) {
    const Count known = sum(group.known);
    const Count strangers = sum(group.strangers);
    scores[label] = {known.faces,      strangers.faces,          share(known),
                     share(strangers), interval_of(group.known), interval_of(group.strangers)};
  }
  return scores;
}

}  // namespace kith
