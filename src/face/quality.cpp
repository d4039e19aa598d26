#include <kith/quality.h>

#include <algorithm>
#include <cmath>

namespace kith {
namespace {

// The cosine that a face's vector has to that of its person's good picture, as a logistic curve of what is known of the
// face. Fitted on 1,541 copies of 200 photos, which are small, blurred, tilted, cut or good (docs/accuracy.md, "Quality").
// Neither the mouth's nor the nose's place counts: a smile is no bowed head, and faces that turn away have short vectors.
constexpr double kBias = 1.893;
constexpr double kSize = 0.582;   // of the logarithm of the shorter side, as a share of kFull_px
constexpr double kNorm = 9.07;    // of the vector's length beyond what strangers have
constexpr double kFace = 0.0831;  // of the logarithm of the odds of being a face

// More pixels, or a longer vector than strangers have, tell nothing more; below, nothing is known.
constexpr float kFull_px = 56, kFewest_px = 8;
constexpr float kFullNorm = 1, kLeastNorm = 0.3F;
constexpr double kLeastOdds = -2, kMostOdds = 12;

double log_odds(double probability) {
  constexpr double kSure = 1 - 1e-7;
  const double p = std::clamp(probability, 1 - kSure, kSure);
  return std::clamp(std::log(p / (1 - p)), kLeastOdds, kMostOdds);
}

}  // namespace

float quality(const Face& face, float norm) {
  const float side = std::clamp(std::min(face.box.width, face.box.height), kFewest_px, kFull_px);
  const double odds = kBias + kSize * std::log(side / kFull_px) +
                      kNorm * (std::clamp(norm, kLeastNorm, kFullNorm) - kFullNorm) +
                      kFace * log_odds(face.probability);
  return static_cast<float>(1 / (1 + std::exp(-odds)));
}

}  // namespace kith
