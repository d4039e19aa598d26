// Identifier: an embedding -> a name, or unknown. Fifth stage of the pipeline (pipeline.h).
#pragma once

#include <kith/calibration.h>
#include <kith/export.h>
#include <kith/face.h>
#include <kith/identification.h>
#include <kith/person.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kith {

/// Who decides which person a face is most like.
enum class Classifier {
  kTemplates,  // the most similar person
  kSvm,  // the tutorial's: a linear SVM over all photos, fitted here; templates for more than 100 people
};

struct IdentifierOptions {
  Calibration calibration;              // the embedder's (Embedder::calibration)
  double far = 1e-3;                    // (0, 1): how often a stranger's face may get any name at all
  std::optional<float> threshold = {};  // instead of `far`: similarity below which a face is unknown, [-1, 1]
  bool unique = true;  // among the faces of one picture, each name at most once: the most similar gets it
  Classifier classifier = Classifier::kTemplates;
};

/// A gallery ready for questions. A face gets a name when its score passes the threshold at which a stranger gets one of
/// the gallery's N names with probability `far`, when nobody else of the gallery is about as similar (a tie stays
/// unknown), and when it is not like a face that was rejected for that name (Gallery::reject).
/// identify() may be called from several threads at once.
class KITH_EXPORT Identifier {
 public:
  /// Copies what it needs. @param people  Gallery::people(), or of one's own: a missing `centre` is made of the samples.
  /// @param people  none: everybody is unknown.
  /// @throws Error kInvalidArgument without a threshold and without a calibration that gives one.
  Identifier(std::span<const Person> people, const IdentifierOptions& options);
  ~Identifier();
  Identifier(Identifier&&) noexcept;
  Identifier& operator=(Identifier&&) noexcept;

  /// The score that a face must reach, [-1, 1]: where N independent chances add up to `far`.
  float threshold() const;

  /// @param faces      embeddings of the faces of one picture (unit vectors of the gallery's dimension).
  /// @param qualities  of the same faces (quality.h), or none: a face without a name that is too poor to tell is
  ///                   unclear, not unknown.
  /// @return one answer a face, in order.
  /// @throws Error kInvalidArgument for another dimension, unless nobody is known.
  std::vector<Identification> identify(std::span<const Embedding> faces,
                                       std::span<const float> qualities = {}) const;

  /// Whoever a face is most like, first; those for whom it was rejected are left out. @param most  how many, >= 0.
  std::vector<Likeness> nearest(const Embedding& face, std::size_t most) const;

  /// Of a face to a person, as in Identification; 0 for a name that is not in the gallery.
  float similarity(const Embedding& face, const std::string& name) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith
