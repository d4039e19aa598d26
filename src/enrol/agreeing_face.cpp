#include "enrol/agreeing_face.h"

#include <kith/calibration.h>
#include <kith/error.h>
#include <kith/frame.h>

#include <algorithm>

#include "people/template.h"

namespace kith {
namespace {

constexpr std::size_t kFewest = 4;   // samples among which an outlier can be told, as for the template
constexpr double kUnlikeFar = 1e-2;  // a stranger is more alike once in a hundred
constexpr double kLikeFar = 1e-3;    // once in a thousand
constexpr float kUnlike = 0.3F, kLike = 0.4F;  // without a calibration

void look_again(const Stages& stages, const PersonPhoto& photo, const Embedding& others,
                PhotoOutcome& outcome) {
  const Calibration& calibration = stages.embedder().calibration();
  float highest = threshold_at(calibration, kLikeFar).value_or(kLike);
  for (SeenFace& seen : stages.look(read_image(photo.path))) {
    const float s = similarity(seen.embedding, others, calibration);
    if (s <= highest) continue;
    highest = s;
    outcome.sample.embedding = std::move(seen.embedding);
    outcome.sample.quality = seen.quality;
    outcome.other_face = true;
  }
}

}  // namespace

void take_agreeing_faces(const Stages& stages, std::span<const PersonPhoto> photos,
                         std::span<PhotoOutcome> outcomes, std::span<const std::size_t> person,
                         std::span<const Sample> enrolled) {
  std::vector<Sample> all(enrolled.begin(), enrolled.end());
  std::vector<std::size_t> own;  // of `person`, in the order of the rest of `all`
  for (const std::size_t i : person) {
    if (outcomes[i].status != PhotoStatus::kUsed) continue;
    own.push_back(i);
    all.push_back(outcomes[i].sample);
  }
  if (all.size() < kFewest) return;
  const Calibration& calibration = stages.embedder().calibration();
  const float unlike = threshold_at(calibration, kUnlikeFar).value_or(kUnlike);
  const Embedding centre = template_of(all);
  for (std::size_t k = 0; k < own.size(); ++k) {
    const Sample& sample = all[enrolled.size() + k];
    const PersonPhoto& photo = photos[own[k]];
    if (photo.chip || similarity(sample.embedding, centre, calibration) >= unlike) continue;
    try {
      look_again(stages, photo, template_of(all, &sample), outcomes[own[k]]);
    } catch (const Error&) {  // a photo that is gone by now: what was seen of it stays
    }
  }
}

}  // namespace kith
