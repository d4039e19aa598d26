// evaluate identify: open-set identification. Galleries are drawn from a folder of people; their other photos and a folder
// of strangers are the probes.
#pragma once

#include <kith/identifier.h>
#include <kith/run_info.h>
#include <kith/stages.h>

#include <atomic>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/parallel.h"
#include "evaluate/identify_draws.h"
#include "evaluate/reliability.h"
#include "evaluate/subgroups.h"

namespace kith {

struct IdentifyOptions {
  DrawOptions draw;
  int repeats = 200;
  std::map<std::string, std::string> groups;  // label of a person's folder or of a stranger's file name
};

/// One rate over all repeats, with its spread from repeat to repeat, and 95 % by drawing people or strangers anew.
struct Rate {
  double mean = 0, stddev = 0;
  Interval interval{0, 1};
};

/// Identification at one operating point.
struct Identified {
  double far = 0;  // asked for
  Rate dir;        // known probes that get their own name (detection and identification rate)
  Rate wrong;      // known probes that get another name
  Rate named;      // strangers that get any name: the FAR realised
  std::int64_t strangers_needed = 0;  // so many strangers can show this rate
};
/// "FAR 0.001 cannot be shown with 150 strangers: needs at least 1000"; empty where it can.
std::string note(const Identified& point, std::size_t strangers);

struct IdentifyReport {
  std::size_t gallery = 0, people = 0, photos = 0, strangers = 0;
  double probes = 0;  // known ones, mean a repeat
  int repeats = 0;
  Rate rank1;                      // closed set: known probes whose most similar person is right
  std::vector<Identified> points;  // at FAR 1e-2 and 1e-3
  Reliability reliability;
  std::map<std::string, GroupScore> groups;                 // over all galleries, at FAR 1e-3
  std::vector<std::pair<std::string, std::string>> failed;  // photos without a face, unreadable ones: why
  bool interrupted = false;                                 // then nothing else is filled in
};

/// Each repeat calibrates its gallery as `train` would, never with these strangers. A probe in which no face is found
/// counts as not identified, a stranger's as not accepted; enrolled are photos with a face.
/// @throws Error kInvalidArgument when there are fewer people than the gallery wants, or none with more than `enrol`
///         photos, or when the embedder has no calibration.
IdentifyReport evaluate_identify(const Stages& stages, const IdentifyOptions& options,
                                 const std::atomic<bool>& stop, const ReportProgress& progress);

/// Which rates these strangers are too few to show.
std::vector<std::string> notes(const IdentifyReport& report);
/// docs/schema/evaluate_identify.json
nlohmann::ordered_json to_json(const IdentifyReport& report);
/// The figures and the reliability diagram as a page that opens without a network.
std::string identify_html(const IdentifyReport& report, const std::string& title, const RunInfo& made_by);

}  // namespace kith
