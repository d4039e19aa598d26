// MTCNN's first network: wherever a face may be, at every scale.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <opencv2/core.hpp>
#include <vector>

#include "face/area_shrink.h"
#include "face/nms.h"
#include "model/network.h"

namespace kith {

/// A scale of the pyramid: the picture's size there.
struct MtcnnLevel {
  double scale = 1;
  cv::Size size;
};

/// 12 px at the first scale are min_face_px of the picture; each next is 0.709 of it, while 12 px fit in.
std::vector<MtcnnLevel> mtcnn_pyramid(cv::Size image, int min_face_px);

/// A cell of P-Net's map that fired.
struct MtcnnProposal {
  ScoredBox box;                   // what the cell sees, px of the picture, whole numbers
  std::array<float, 4> offsets{};  // of x1, y1, x2, y2, in parts of the box's side
};

/// How a scale is cut up. The result does not depend on it.
struct MtcnnTiling {
  cv::Size tile_px{128, 96};          // even; the feature maps of a tile stay in the processor's cache
                                      // (docs/performance.md)
  std::int64_t whole_px = 8'000'000;  // larger scales are shrunk and searched in bands of so many pixels
};

/// P-Net over the pyramid, in bounded memory. find() may be called from several threads at once.
class MtcnnProposals {
 public:
  /// @throws Error kCorrupt when the contract has no graph pnet of any size with two outputs.
  explicit MtcnnProposals(std::shared_ptr<const model::Network> network, const MtcnnTiling& tiling = {});

  /// @param image  CV_8UC3 BGR.
  /// @return the cells that fired and survive among those of their scale, from the finest scale to the
  /// coarsest.
  std::vector<MtcnnProposal> find(const cv::Mat& image, int min_face_px) const;

 private:
  struct Tile;
  void cut_tiles(std::size_t level, const ShrunkRows& shrunk, std::vector<Tile>& tiles) const;
  void run(Tile& tile, const std::vector<MtcnnLevel>& levels) const;

  std::shared_ptr<const model::Network> network_;
  std::size_t graph_;
  MtcnnTiling tiling_;
};

}  // namespace kith
