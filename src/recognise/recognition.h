// Recognition: what Pipeline (kith/pipeline.h) does, with the networks behind functions.
#pragma once

#include <kith/pipeline.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "recognise/labels.h"
#include "recognise/sparse_detection.h"
#include "recognise/tally.h"

namespace kith {

/// The stages up to the embedder.
struct Seeing {
  std::function<std::vector<Face>(const cv::Mat&, bool of_film)> detect;
  std::function<std::vector<SeenFace>(const cv::Mat&, std::span<const Face>)> see;  // one answer a face
  std::optional<float> same_track;  // LabelOptions::join_similarity
};

/// Not thread-safe; see Pipeline.
class Recognition {
 public:
  Recognition(Seeing seeing, IdentifierSource identifiers, const PipelineOptions& options);
  void run(FrameSource& source, Sink& sink, const std::atomic<bool>& stop);
  void fail(const std::string& input, const std::string& why, Sink& sink);
  Summary summary() const { return tally_.summary(); }

 private:
  /// Who gives the faces of one source their names.
  struct Naming {
    IdentifierSource identifiers;
    std::unique_ptr<Labels> labels;
    bool goes_on = true;  // after a picture that cannot be recognised
    bool died = false;    // it did not
  };
  Naming naming(const SourceInfo& source, bool held_back);
  std::optional<std::vector<Labelled>> label(std::optional<Detected> next, Naming& names);
  std::vector<RecognizedFace> recognize(const Detected& seen, const Identifier& identifier);
  void write(Labelled& item, Sink& sink);

  Seeing seeing_;
  IdentifierSource identifiers_;
  PipelineOptions options_;
  Tracker tracker_;
  Tally tally_;
};

}  // namespace kith
