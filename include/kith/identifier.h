// Identifier: an embedding -> a name, or unknown. Fifth stage of the pipeline (pipeline.h).
#pragma once

#include <kith/face.h>
#include <kith/gallery.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kith {

/// What can be said of a face.
enum class IdentityState {
  kNamed,
  kUnknown,  // clear enough to be recognised, and nobody's
  kUnclear,  // too poor (small, blurred, turned away) to tell who it is
};
/// "named", "unknown", "unclear": the words of the sidecar.
const char* to_string(IdentityState state);

struct IdentifierOptions {
  float threshold = 0;     // cosine to the chosen person's template below which a face is unknown, [-1, 1]; from
                           // Embedder::threshold(far / people) (gallery_threshold)
  bool unique = true;      // among the faces of one picture, each name at most once: the most similar face gets it
};

/// What is known of one face.
struct Identification {
  IdentityState state = IdentityState::kUnknown;
  std::optional<std::string> name;  // nullopt = unknown
  std::string nearest;              // the person considered, also when unknown; empty for an empty gallery
  float confidence = 0;             // probability that `nearest` is right among the gallery's people, [0, 1]
  float similarity = 0;             // cosine to the template of `nearest`, [-1, 1], larger is closer
};

/// A gallery ready for questions. identify() may be called from several threads at once.
class Identifier {
 public:
  /// Copies what it needs from the gallery.
  Identifier(const Gallery& gallery, const IdentifierOptions& options);
  ~Identifier();
  Identifier(Identifier&&) noexcept;
  Identifier& operator=(Identifier&&) noexcept;

  /// @param faces  embeddings of the faces of one picture (unit vectors of the gallery's dimension).
  /// @param qualities  of the same faces (face/quality.h), or none: a face without a name that is too poor to tell is
  ///                   unclear, not unknown.
  /// @return one answer a face, in order.
  /// @throws Error kInvalidArgument for another dimension.
  std::vector<Identification> identify(std::span<const Embedding> faces,
                                       std::span<const float> qualities = {}) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith
