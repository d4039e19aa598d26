// Cross-validation: how well would these photos have been named, each by the others?
#pragma once

#include <kith/identifier.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/parallel.h"

namespace kith {

struct CrossValidation {
  static constexpr int kMostPhotos = 20'000;  // everybody is compared with everybody: a minute
  bool left_out = false;                      // more photos than that
  int folds = 5;
  int photos = 0;   // tested: those of people with two or more
  int correct = 0;  // named right by the rule of classify, fitted on the other folds
  int wrong = 0;    // another name
  int unknown = 0;  // no name; the three add up to `photos`
  int template_correct =
      0;  // whose nearest template is their own person's, made without them (leave-one-out)
};

/// A photo that is closer to another person's photos than to the others of its own person.
struct Suspect {
  std::string source, name, looks_like;
  float own = 0, other = 0;  // cosine to the two templates, [-1, 1]
};

/// @param people     with ids, as Gallery::people() returns them.
/// @param stop       ends it early with what was counted so far.
CrossValidation cross_validate(const std::vector<Person>& people, const IdentifierOptions& options,
                               const std::atomic<bool>& stop);

/// Compares photos with everybody, on all processors.
/// @param wanted  which photos; all by default, which for thousands of people takes minutes.
/// @param progress  people done, as ReportProgress.
/// @return by descending difference; none when stopped.
std::vector<Suspect> find_suspects(const std::vector<Person>& people,
                                   const std::function<bool(const Person&, const Sample&)>& wanted = {},
                                   const std::atomic<bool>& stop = false,
                                   const ReportProgress& progress = {});

}  // namespace kith
