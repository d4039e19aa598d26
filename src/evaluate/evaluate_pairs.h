// evaluate pairs: the LFW protocol. Each picture is embedded once; each pair is scored by cosine similarity.
#pragma once

#include <kith/run_info.h>
#include <kith/stages.h>

#include <atomic>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/parallel.h"
#include "evaluate/roc.h"

namespace kith {

struct PairsOptions {
  std::filesystem::path pairs;   // pairs_file.h
  std::filesystem::path images;  // NAME/NAME_0001.jpg below it
  int workers = 1;               // batches of pictures at a time
};

struct PairsReport {
  Verification figures;
  std::int64_t pairs = 0;
  std::vector<std::string> failed;  // pictures without a face, embedded from their centre crop
  std::vector<RocPoint> curve;      // over all pairs
  bool interrupted = false;         // then nothing else is filled in
};

/// Of several faces in a picture the main one counts (aligner.h).
/// @throws Error kNotFound listing every picture that is missing; kCorrupt for a pairs file or picture that
/// is.
PairsReport evaluate_pairs(const Stages& stages, const PairsOptions& options, const std::atomic<bool>& stop,
                           const ReportProgress& progress);

/// Which rates these pairs are too few to show.
std::vector<std::string> notes(const PairsReport& report);
/// docs/schema/evaluate_pairs.json; null for a rate that cannot be shown.
nlohmann::ordered_json to_json(const PairsReport& report);
/// The figures and the ROC curve as a page that opens without a network. @param title  which embedder on which pictures.
std::string pairs_html(const PairsReport& report, const std::string& title, const RunInfo& made_by);

}  // namespace kith
