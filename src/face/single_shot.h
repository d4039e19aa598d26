// SingleShotDetector: what detectors with one network and a grid of cells share (SCRFD, YuNet): how large a
// picture they see, how grid coordinates become the picture's, and which of several overlapping boxes stays.
#pragma once

#include <kith/detector.h>

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "model/network.h"

namespace kith {

/// Keeps the best of faces that overlap by more than `max_iou`. @return by descending score.
std::vector<Face> suppress_overlaps(std::vector<Face> faces, float max_iou);

/// Drops what lies inside a larger face that the detector is as sure of: tiles show parts of faces that are larger than the
/// network knows, and eyes and mouths look like small faces then. @param faces  by descending score, and so returned.
std::vector<Face> drop_parts(std::vector<Face> faces);

class SingleShotDetector : public Detector {
 public:
  /// Both networks answer on three grids, one cell each so many px.
  static constexpr std::array kStrides{8, 16, 32};

 protected:
  struct Kind {
    int anchors = 1;          // answers a cell
    std::vector<int> widths;  // floats an answer, for each group of three outputs (one an stride)
    float min_score = 0.5F;   // when the options leave it open, [0, 1]
    float max_iou = 0.3F;     // above it two boxes are one face
  };

  /// Checks the network by running it once. @throws Error kCorrupt when it does not answer as the kind
  /// should.
  SingleShotDetector(std::shared_ptr<const model::Network> network, const DetectorOptions& options,
                     Kind kind);

  /// One answer of one cell.
  struct Cell {
    float x = 0, y = 0;                    // of the cell: column and row, in cells
    float stride = 0;                      // px a cell
    std::array<const float*, 4> values{};  // into each group of outputs
  };
  virtual float score(const Cell& cell) const = 0;
  /// @return the face in px of what the network saw.
  virtual Face decode(const Cell& cell, float score) const = 0;
  std::vector<Face> find(const cv::Mat& image, int min_face_px) const override;
  /// To be called by the constructors of the kinds.
  void check() const;

 private:
  /// A part of the picture that the network sees at once.
  struct View {
    cv::Rect window;   // px of the picture
    double scale = 1;  // px seen per px of the picture
  };
  std::vector<View> views(cv::Size image, int min_face_px) const;
  void detect_in(const cv::Mat& image, const View& view, std::vector<Face>& faces) const;
  void read_grid(const std::vector<model::Tensor>& outputs, std::size_t level, cv::Size seen,
                 std::vector<Face>& faces) const;

  std::shared_ptr<const model::Network> network_;
  Kind kind_;
  float min_score_;
};

}  // namespace kith
