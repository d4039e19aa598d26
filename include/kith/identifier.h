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

struct IdentifierOptions {
  float threshold = 0;     // cosine to the chosen person's template below which a face is unknown, [-1, 1]; from
                           // Embedder::threshold(far / people) (gallery_threshold)
  bool unique = true;      // among the faces of one picture, each name at most once: the most similar face gets it
};

/// What is known of one face.
struct Identification {
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
  /// @return one answer a face, in order.
  /// @throws Error kInvalidArgument for another dimension.
  std::vector<Identification> identify(std::span<const Embedding> faces) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith
