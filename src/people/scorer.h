// Scorer: how much a face is like each person of a gallery, on a scale on which one threshold holds for all
// of them.
#pragma once

#include <kith/calibration.h>
#include <kith/person.h>

#include <span>
#include <vector>

namespace kith {

/// A person as faces are compared with, of the typical samples (template.h).
struct CentredPerson {
  Embedding centre;
  std::vector<Embedding> samples;

  CentredPerson(std::span<const Sample> samples, const Calibration& calibration);
  /// Mostly to the template, partly to the most similar sample. @param face  centred.
  float similarity(const Embedding& face) const;
};

/// Similarities of a person's own photos to the rest of them.
struct Genuine {
  double mean = 0, stddev = 0;
  std::int64_t photos = 0;
};

/// Immutable, hence thread-safe.
class Scorer {
 public:
  /// @param people  copied.
  Scorer(std::span<const Person> people, const Calibration& calibration);

  /// Of one face against everybody, in the people's order.
  struct Scores {
    std::vector<float>
        similarity;              // mostly to the template, partly to the most similar sample; centred cosines
    std::vector<float> score;    // the same, less what this person has in common with everybody else here;
                                 // the calibration's thresholds are for this
    std::vector<char> rejected;  // "this is not NAME" holds for this face
  };
  Scores operator()(const Embedding& face) const;
  /// Scores::similarity of one of them.
  float similarity(const Embedding& face, std::size_t person) const;

  /// Log of how much likelier a score is for this person than for somebody else. Positive from about half-way
  /// between what strangers and what own photos reach.
  double evidence(float score) const { return slope_ * (score - middle_); }

  /// The gallery's own photos, each against the others of its person.
  const Genuine& genuine() const { return genuine_; }

 private:
  struct Prepared {
    CentredPerson person;
    std::vector<Embedding> rejected;
    float offset = 0;
  };
  void find_offsets();
  void find_evidence();

  Calibration calibration_;
  std::vector<Prepared> people_;
  Genuine genuine_;
  double slope_ = 0, middle_ = 0;
  float same_person_ = 1;  // a face that is this similar to a rejected one may be the same
};

constexpr std::size_t kTemplatePhotos = 5;  // as many as people usually enrol

/// For each photo the person that up to kTemplatePhotos of the others make. Empty for fewer than two photos.
std::vector<CentredPerson> made_of_others(std::span<const Sample> samples, const Calibration& calibration);
/// Each typical photo of a person against the others, as the scorer would score it. Empty for fewer than two
/// photos.
std::vector<float> genuine_scores(std::span<const Sample> samples, const Calibration& calibration);
Genuine summarise(std::span<const float> scores);

}  // namespace kith
