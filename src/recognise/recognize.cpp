#include <kith/recognize.h>

namespace kith {

std::vector<RecognizedFace> recognize(const Stages& stages, const Identifier& identifier,
                                      const cv::Mat& image, const LookOptions& options) {
  std::vector<Embedding> embeddings;
  std::vector<float> qualities;
  std::vector<RecognizedFace> faces;
  for (SeenFace& seen : stages.look(image, options)) {
    embeddings.push_back(std::move(seen.embedding));
    qualities.push_back(seen.quality);
    faces.emplace_back().face = seen.face;
  }
  std::vector<Identification> identities = identifier.identify(embeddings, qualities);
  for (std::size_t i = 0; i < faces.size(); ++i) faces[i].identity = std::move(identities[i]);
  return faces;
}

}  // namespace kith
