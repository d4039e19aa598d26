#include <kith/quality.h>

#include "face/quality_features.h"

namespace kith {
namespace {

// The cosine that a face's vector has to its person's other photos, as a logistic curve of what is known of the face. Fitted
// by bench/quality_fit (docs/accuracy.md, "Quality"). Neither the mouth's nor the nose's place counts: a smile is no bowed head,
// and faces that turn away have short vectors. Of two vectors of one length that of the larger face is the worse: it is blurred.
constexpr double kQualityBias = -0.556;
constexpr std::array kQualityWeights{-0.198, 3.745, 0.129};  // of quality_features

}  // namespace

float quality(const Face& face, float norm) {
  const auto features = quality_features(std::min(face.box.width, face.box.height), norm, face.probability);
  double odds = kQualityBias;
  for (std::size_t i = 0; i < features.size(); ++i) odds += kQualityWeights.at(i) * features.at(i);
  return static_cast<float>(1 / (1 + std::exp(-odds)));
}

}  // namespace kith
