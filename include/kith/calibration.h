// Calibration: how an embedder's scores are distributed over strangers and over known people. Aggregates only, of which
// no single face can be told. Measured by `kith model calibrate`, kept in the model's file outside its identity.
#pragma once

#include <kith/export.h>
#include <kith/face.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kith {

struct Calibration {
  std::vector<double> far;       // descending, each in (0, 1)
  std::vector<float> threshold;  // ascending; P(similarity >= threshold | different people) = far
  std::int64_t pairs = 0;        // how many impostor pairs stand behind it
  double mean = 0, stddev = 0;   // of the impostor similarities
  std::string source;            // which strangers, in words
  Embedding centre;  // the mean of the strangers' embeddings; empty = zero. What all faces have in
                     // common tells nobody apart: similarity() takes it out
  // Similarity of a photo to the template of about five others of the same person; 0 photos = not measured.
  double genuine_mean = 0, genuine_stddev = 0;
  std::int64_t genuine_photos = 0;
  double norm = 0;  // mean length of the network's vectors of strangers before they are made units
                    // (feature norm); 0 = not measured, or of several networks
};

/// The threshold at `far`, interpolated in log far; beyond the last entry extrapolated along its last two.
/// @return nullopt for an empty calibration.
KITH_EXPORT std::optional<float> threshold_at(const Calibration& calibration, double far);

/// The other way: which share of pairs of different people is as similar or more, (0, 0.5]. Where `far` ends the
/// threshold's own straight lines in log far go on. @return nullopt for an empty calibration.
KITH_EXPORT std::optional<double> far_at(const Calibration& calibration, float threshold);

/// The vector without what all faces have in common, a unit vector again. Centring a centred vector is an error that
/// nothing detects: it is done where vectors are compared, and stored vectors are as the embedder gives them.
/// @throws Error kInvalidArgument when the sizes differ. An empty centre changes nothing.
KITH_EXPORT Embedding centred(const Embedding& vector, const Calibration& calibration);

/// Cosine of the two centred vectors: what the calibration's thresholds are for.
KITH_EXPORT float similarity(const Embedding& a, const Embedding& b, const Calibration& calibration);

}  // namespace kith
