// Scorer: how much a face is like each person of a gallery, on a scale on which one threshold holds for all
// of them.
#pragma once

#include <kith/calibration.h>
#include <kith/person.h>

#include <optional>
#include <span>
#include <vector>

#include "people/vector_index.h"

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

/// How a face compares with one person.
struct Scored {
  std::size_t person = 0;  // place among the people
  float similarity = 0;    // mostly to the template, partly to the most similar sample; centred cosines
  float score =
      0;  // the same, less what this person has in common with everybody else here; the calibration's
          // thresholds are for this
  bool rejected = false;  // "this is not NAME" holds for this face
};

/// Immutable, hence thread-safe. Up to kEverybody people are all compared, photo by photo. Of more, their templates are,
/// in bytes (vector_index.h), and the few who come first photo by photo.
class Scorer {
 public:
  static constexpr std::size_t kEverybody = 2000;

  /// @param people  copied, with kEverybody and less; of more they must outlive this.
  Scorer(std::span<const Person> people, const Calibration& calibration);

  /// @param most  how many are wanted. @return in the people's order; with more than kEverybody at least the `most` who come
  ///              first, and kFew.
  std::vector<Scored> operator()(const Embedding& face, std::size_t most = kFew) const;
  /// Scored::similarity of one of them.
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
  Prepared prepared(const Person& person) const;
  Scored scored(std::size_t place, const Prepared& person, const Embedding& face) const;
  void find_genuine(std::span<const Person> people);
  void find_offsets();
  void find_evidence();

  static constexpr std::size_t kFew = 64;
  Calibration calibration_;
  std::vector<Prepared> people_;      // up to kEverybody
  std::span<const Person> many_;      // more
  std::optional<VectorIndex> index_;  // of their centred templates, by place
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
