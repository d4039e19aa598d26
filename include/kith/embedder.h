// Embedder: aligned face chips -> unit vectors, close for one person and far for two.
// Third stage of the pipeline (pipeline.h). FaceNet, Schroff et al. 2015, arXiv:1503.03832.
#pragma once

#include <kith/aligner.h>
#include <kith/calibration.h>
#include <kith/export.h>
#include <kith/face.h>
#include <kith/person.h>
#include <kith/runtime.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kith {

struct EmbedderOptions {
  std::vector<std::filesystem::path>
      models;         // one or more .onnx with an embedder's contract; required. Vectors of
                      // several are concatenated, each with equal weight
  int max_batch = 4;  // chips per forward pass, >= 1; memory grows linearly, and on a CPU larger
                      // batches leave the cache (docs/performance.md)
  bool flip = false;  // average with the mirrored chip's vector: better, half as fast
};

/// One or several loaded networks. embed() may be called from several threads at once.
class KITH_EXPORT Embedder {
 public:
  /// @throws Error kNotFound, kCorrupt (not a model, no contract, one that does not fit), kInvalidArgument (option; also
  ///         several models whose chips have different geometry, which cannot share chips).
  Embedder(const EmbedderOptions& options, std::shared_ptr<Runtime> runtime);
  ~Embedder();
  Embedder(Embedder&&) noexcept;
  Embedder& operator=(Embedder&&) noexcept;

  /// A chip's vector does not depend on the batch it is in (to 1e-5).
  /// @param chips  n images of geometry().size, CV_8UC3 BGR; neither changed nor kept.
  /// @return n vectors of dimension() floats, L2 norm 1 (to 1e-5), in input order; n = 0 is fine.
  /// @throws Error kInvalidArgument for another size or type, naming the index; all or nothing.
  std::vector<Embedding> embed(std::span<const Chip> chips) const;
  /// As above. @param norms  set to each vector's length before it is made a unit, as a multiple of what strangers'
  ///        photos have (Calibration::norm), the mean of several networks; 1 where not calibrated. Turned, blurred and
  ///        half-hidden faces have short vectors (feature norm; Meng et al. 2021, arXiv:2103.06627).
  std::vector<Embedding> embed(std::span<const Chip> chips, std::vector<float>& norms) const;

  /// Mean length of the network's vectors of these chips before they are made units, for calibrating; 0 with several
  /// networks.
  double norm(std::span<const Chip> chips) const;

  const ChipGeometry& geometry() const;
  int dimension() const;
  /// The networks' identities joined by '+' (docs/formats.md). Embeddings of different identities cannot be compared.
  const std::string& identity() const;
  /// Names for people: "fr_feature" or "fr_feature,mobilefacenet-192".
  const std::string& name() const;
  /// What a gallery of these vectors is bound to.
  Binding binding() const { return {identity(), name(), dimension()}; }
  /// From the model's file; empty when it has none for this embedder (kith model calibrate). Valid as long as the
  /// embedder. @throws Error kCorrupt when it is for another dimension.
  const Calibration& calibration() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith
