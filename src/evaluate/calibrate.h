// calibrate: pictures of many different people -> the cosine thresholds of an embedder at stated false-accept
// rates.
#pragma once

#include <kith/calibration.h>
#include <kith/stages.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/parallel.h"

namespace kith {

/// A pair of different people's pictures that look most alike. Worth a look: it may be one person twice.
struct LikestPair {
  std::size_t first = 0, second = 0;  // indexes of the embeddings
  float similarity = 0;
};

/// The centre of all embeddings, and thresholds at FAR 1e-1 .. 1e-6 from all pairs, each of another person. A rate that fewer
/// than 10 pairs stand for is extrapolated (exponential tail), and `source` says from where on.
/// @param people  photos of people who are none of them, by name, or none: then half of the weight has what the strangers
///                score against these people's templates, and what own photos score is measured.
/// @param likest  receives the most similar pairs, descending, at most 10.
/// @throws Error kInvalidArgument with fewer than 50 embeddings.
Calibration calibration_of(std::span<const Embedding> strangers,
                           const std::map<std::string, std::vector<Sample>>& people,
                           std::vector<LikestPair>& likest);

/// Pictures collected as of many people often show one person twice, and a few such pairs among a million
/// would set the thresholds at low rates. A cosine beyond mean + 5 standard deviations (less than once in a
/// million pairs of different people, were it normal) is taken for that. What real look-alikes this hides
/// makes the thresholds a little too low; the rate that is then realised is measured on other strangers
/// (docs/accuracy.md).
/// @return indexes to leave out, ascending: one of each such pair stays.
std::vector<std::size_t> repeated_people(std::span<const Embedding> strangers);

struct CalibrationReport {
  bool interrupted = false;  // then nothing was written, and what follows is empty or in part
  Calibration calibration;
  std::filesystem::path model;              // the file that now holds it: the first model's
  std::string identity;                     // under this key
  std::vector<std::filesystem::path> used;  // pictures that count, in order
  std::vector<std::pair<std::filesystem::path, std::string>> failed;  // unreadable, or without a face: why
  std::vector<std::filesystem::path> repeated;  // left out: someone who is in another picture too
  std::vector<LikestPair> likest;               // indexes of `used`
};

/// Embeds the main face of every picture below `folder`, one picture a person, and writes the thresholds into
/// the (first) model's file; its identity stays.
/// @param people  folders of photos of some other people, one folder each (calibration_of), or empty.
/// @param stop  ends the run without writing.
/// @throws Error kNotFound, kInvalidArgument (too few faces), kIo (the model's file).
CalibrationReport calibrate(const StageOptions& options, const std::filesystem::path& folder,
                            const std::filesystem::path& people, const std::atomic<bool>& stop,
                            const ReportProgress& progress);

}  // namespace kith
