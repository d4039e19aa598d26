// evaluate identify: open-set identification. Galleries are drawn from a folder of people; their other photos
// and a folder of strangers are the probes.
#pragma once

#include <kith/identifier.h>
#include <kith/stages.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/parallel.h"
#include "evaluate/reliability.h"
#include "evaluate/subgroups.h"

namespace kith {

struct IdentifyOptions {
  std::filesystem::path people;     // a folder of photos for each person
  std::filesystem::path strangers;  // photos of people who are in no gallery
  std::size_t gallery = 6;          // people drawn for each repeat
  std::size_t enrol = 5;            // photos of each who is drawn; the rest are probes
  int repeats = 200;
  unsigned seed = 1;
  std::map<std::string, std::string> groups;  // label of a person's folder or of a stranger's file name
};

/// One rate over all repeats, with its spread from repeat to repeat.
struct Rate {
  double mean = 0, stddev = 0;
};

/// Identification at one operating point.
struct Identified {
  Rate dir;    // known probes that get their own name (detection and identification rate)
  Rate wrong;  // known probes that get another name
  Rate far;    // strangers that get any name
};

/// A rule that names faces. Kith's own is scored at the FARs that it was asked for, the others at their own
/// threshold.
struct RuleScore {
  std::string name;  // "kith at FAR 0.001", "SVM argmax > 0.15 (the tutorial)", ...
  double far = 0;    // asked for; 0 where the rule does not ask
  Identified rates;
};

struct IdentifyReport {
  std::size_t gallery = 0, people = 0, photos = 0, strangers = 0;
  double probes = 0;  // known ones, mean a repeat
  int repeats = 0;
  Rate rank1;                    // closed set: known probes whose most similar person is right
  std::vector<RuleScore> rules;  // Kith's at FAR 1e-2 and 1e-3 first
  Reliability reliability;
  std::map<std::string, GroupScore> groups;                 // over all galleries, at FAR 1e-3
  std::vector<std::pair<std::string, std::string>> failed;  // photos without a face, unreadable ones: why
  bool interrupted = false;                                 // then nothing else is filled in
};

/// Each repeat calibrates its gallery as `train` would, never with these strangers. A probe in which no face
/// is found counts as not identified, a stranger's as not accepted; enrolled are photos with a face.
/// @throws Error kInvalidArgument when there are fewer people than the gallery wants, or none with more than
/// `enrol`
///         photos, or when the embedder has no calibration.
IdentifyReport evaluate_identify(const Stages& stages, const IdentifyOptions& options,
                                 const std::atomic<bool>& stop, const ReportProgress& progress);

/// {"gallery","people","probes","strangers","rank1","dir_at_far":{"0.01","0.001"},"far_realised":{"0.01","0.001"},
///  "repeats","spread","wrong","ece","ece_interval","reliability","rules","groups","failed"}
nlohmann::ordered_json to_json(const IdentifyReport& report);
/// The figures, the reliability diagram and the comparison as a page that opens without a network.
std::string identify_html(const IdentifyReport& report, const std::string& title);

}  // namespace kith
