#include "face/mtcnn_proposals.h"

#include <kith/error.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "face/area_shrink.h"
#include "face/parallel_for.h"
#include "model/preprocess.h"

namespace kith {
namespace {

// davidsandberg/facenet src/align/detect_face.py and align_dataset_mtcnn.py
constexpr double kScaleStep = 0.709;
constexpr float kThreshold = 0.6F;
constexpr double kOverlap = 0.5;  // of the non-maximum suppression within a scale

// Of P-Net: a cell sees 12 px, cells are 2 px apart (3x3, pooling 2, 3x3, 3x3, all without padding).
constexpr int kSeen = 12;
constexpr int kStride = 2;

// The pooling keeps an odd last column.
int cells_in(int px) { return (px - 2 + 1) / 2 - 4; }

// The pixels that a range of cells sees; the last cell takes what is left.
cv::Range seen_by(cv::Range cells, int px) {
  return {cells.start * kStride, cells.end == cells_in(px) ? px : (cells.end - 1) * kStride + kSeen};
}

// Tiles of one size, up to a quarter larger than asked: each one less saves an overlap.
int equal_part(int cells, int asked) {
  const int tiles = std::max(1, (4 * cells + 5 * asked - 1) / (5 * asked));
  return (cells + tiles - 1) / tiles;
}

// Rows of one scale, as part of a pass over the picture.
struct Rows {
  std::size_t level;
  cv::Range cells;
};

// Every pass shrinks the picture once. The small scales share the first.
std::vector<std::vector<Rows>> passes_over(const std::vector<MtcnnLevel>& levels, std::int64_t whole_px) {
  std::vector<std::vector<Rows>> passes(1);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const cv::Size size = levels[i].size;
    const int cells = cells_in(size.height);
    const auto area = static_cast<std::int64_t>(size.width) * size.height;
    if (area <= whole_px) {
      passes[0].push_back({i, {0, cells}});
      continue;
    }
    const int band = std::max(1, static_cast<int>(whole_px / kStride / size.width));
    for (int first = 0; first < cells; first += band)
      passes.push_back({{i, {first, std::min(first + band, cells)}}});
  }
  return passes;
}

std::vector<MtcnnProposal> best_of(std::vector<MtcnnProposal> found) {
  std::sort(found.begin(), found.end(), [](const MtcnnProposal& a, const MtcnnProposal& b) {
    return std::pair(a.box.y1, a.box.x1) < std::pair(b.box.y1, b.box.x1);
  });
  std::vector<ScoredBox> boxes;
  boxes.reserve(found.size());
  for (const MtcnnProposal& p : found) boxes.push_back(p.box);
  std::vector<MtcnnProposal> best;
  for (const std::size_t i : nms(boxes, kOverlap, Overlap::kUnion)) best.push_back(found[i]);
  return best;
}

}  // namespace

struct MtcnnProposals::Tile {
  std::size_t level;
  cv::Point cell;  // of the scale's map, where the tile's map begins
  cv::Mat pixels;
  std::vector<MtcnnProposal> found;
};

std::vector<MtcnnLevel> mtcnn_pyramid(cv::Size image, int min_face_px) {
  std::vector<MtcnnLevel> levels;
  const double first = static_cast<double>(kSeen) / min_face_px;
  double side = std::min(image.width, image.height) * first;
  for (int step = 0; side >= kSeen; ++step, side *= kScaleStep) {
    const double scale = first * std::pow(kScaleStep, step);
    levels.push_back({scale,
                      {static_cast<int>(std::ceil(image.width * scale)),
                       static_cast<int>(std::ceil(image.height * scale))}});
  }
  return levels;
}

MtcnnProposals::MtcnnProposals(std::shared_ptr<const model::Network> network, const MtcnnTiling& tiling)
    : network_(std::move(network)), graph_(network_->graph("pnet")), tiling_(tiling) {}

std::vector<MtcnnProposal> MtcnnProposals::find(const cv::Mat& image, int min_face_px) const {
  const std::vector<MtcnnLevel> levels = mtcnn_pyramid(image.size(), min_face_px);
  std::vector<std::vector<MtcnnProposal>> found(levels.size());
  for (const std::vector<Rows>& pass : passes_over(levels, tiling_.whole_px)) {
    std::vector<ShrunkRows> shrunk;
    for (const Rows& rows : pass) {
      const cv::Size size = levels[rows.level].size;
      shrunk.push_back({size, seen_by(rows.cells, size.height), {}});
    }
    area_shrink(image, shrunk, CV_8UC3, cv::getNumThreads());
    std::vector<Tile> tiles;
    for (std::size_t i = 0; i < pass.size(); ++i) cut_tiles(pass[i].level, shrunk[i], tiles);
    std::sort(tiles.begin(), tiles.end(),
              [](const Tile& a, const Tile& b) { return a.pixels.total() > b.pixels.total(); });
    parallel_for(static_cast<int>(tiles.size()),
                 [&](int i) { run(tiles[static_cast<std::size_t>(i)], levels); });
    for (const Tile& tile : tiles) {
      found[tile.level].insert(found[tile.level].end(), tile.found.begin(), tile.found.end());
    }
  }
  std::vector<MtcnnProposal> best;
  for (std::vector<MtcnnProposal>& level : found) {
    const std::vector<MtcnnProposal> kept = best_of(std::move(level));
    best.insert(best.end(), kept.begin(), kept.end());
  }
  return best;
}

// Tiles begin at even pixels, so that their pooling windows are the whole scale's.
void MtcnnProposals::cut_tiles(std::size_t level, const ShrunkRows& shrunk, std::vector<Tile>& tiles) const {
  const int columns = cells_in(shrunk.size.width);
  const int first_row = shrunk.rows.start / kStride;
  const int last_row = shrunk.rows.end == shrunk.size.height ? cells_in(shrunk.size.height)
                                                             : (shrunk.rows.end - kSeen) / kStride + 1;
  const cv::Size step = {equal_part(columns, tiling_.tile_px.width / kStride),
                         equal_part(last_row - first_row, tiling_.tile_px.height / kStride)};
  for (int y = first_row; y < last_row; y += step.height) {
    const cv::Range rows = seen_by({y, std::min(y + step.height, last_row)}, shrunk.size.height);
    for (int x = 0; x < columns; x += step.width) {
      const cv::Range cols = seen_by({x, std::min(x + step.width, columns)}, shrunk.size.width);
      const cv::Range local(rows.start - shrunk.rows.start, rows.end - shrunk.rows.start);
      tiles.push_back({level, {x, y}, shrunk.pixels(local, cols), {}});
    }
  }
}

void MtcnnProposals::run(Tile& tile, const std::vector<MtcnnLevel>& levels) const {
  static thread_local std::vector<float> numbers;  // fresh memory costs more than the filling
  const auto shape = model::to_tensor({&tile.pixels, 1}, network_->contract().input, numbers);
  const std::vector<model::Tensor> out = network_->run(graph_, numbers.data(), shape);
  const int rows = cells_in(tile.pixels.rows);
  const int columns = cells_in(tile.pixels.cols);
  const auto map = static_cast<std::size_t>(rows * columns);
  if (out[0].size != 2 * map || out[1].size != 4 * map) {  // right for the picture it was tried on at loading
    throw Error(ErrorCode::kCorrupt, network_->contract().name +
                                         ": its first network does not answer for each cell of " +
                                         std::to_string(columns) + " x " + std::to_string(rows));
  }
  const int cells = rows * columns;
  const double scale = levels[tile.level].scale;
  const float* face = out[0].data + cells;
  for (int i = 0; i < cells; ++i) {
    if (!(face[i] >= kThreshold)) continue;
    const int x = (tile.cell.x + i % columns) * kStride;
    const int y = (tile.cell.y + i / columns) * kStride;
    MtcnnProposal proposal{{std::trunc((x + 1) / scale), std::trunc((y + 1) / scale),
                            std::trunc((x + kSeen) / scale), std::trunc((y + kSeen) / scale), face[i]},
                           {}};
    for (int k = 0; k < 4; ++k) proposal.offsets[static_cast<std::size_t>(k)] = out[1].data[k * cells + i];
    tile.found.push_back(proposal);
  }
}

}  // namespace kith
