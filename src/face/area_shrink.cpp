#include "face/area_shrink.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <opencv2/core/hal/intrin.hpp>
#include <vector>

#include "face/parallel_for.h"

namespace kith {
namespace {

// The border between two neighbouring result pixels, in source pixels: whole ones before it and a part of the
// next.
struct Edge {
  int whole = 0;
  float part = 0;
};

Edge edge_at(int index, double scale, int limit) {
  const double at = std::min(index * scale, static_cast<double>(limit));
  const int whole = std::min(static_cast<int>(at), limit);
  return {whole, static_cast<float>(at - whole)};
}

// The two loops over whole rows also in a copy for wider registers, chosen by the processor; what they return
// is the same bit for bit (AVX2 alone fuses no operations). Sanitizers are not ready yet when the choice is
// made.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define KITH_ALSO_WIDE [[gnu::target_clones("avx2", "default")]]
#else
#define KITH_ALSO_WIDE
#endif

// sums += row
KITH_ALSO_WIDE void add_row(const std::uint8_t* row, std::int32_t* sums, int count) {
  for (int i = 0; i < count; ++i) sums[i] += row[i];
}

// What lies between two edges: the sums of whole rows, less a part of the first row, and a part of the row
// after.
KITH_ALSO_WIDE void sum_between(const std::int32_t* start, const std::int32_t* end, const std::uint8_t* first,
                                float before, const std::uint8_t* next, float after, float* sums, int count) {
  for (int i = 0; i < count; ++i) {
    const auto whole = static_cast<float>(end[i] - start[i]);
    sums[i] = whole - before * static_cast<float>(first[i]) + after * static_cast<float>(next[i]);
  }
}

// One size: its column edges, and the state of the walk down the rows of a band.
class Target {
 public:
  Target(const cv::Mat& image, ShrunkRows& out, cv::Range rows)
      : image_(image),
        out_(out),
        scale_y_(static_cast<double>(image.rows) / out.size.height),
        first_(rows.start),
        edge_(rows.start),
        last_(rows.end),
        to_(edge_at(rows.start, scale_y_, image.rows)) {
    const double scale_x = static_cast<double>(image.cols) / out.size.width;
    for (int x = 0; x <= out.size.width; ++x) columns_.push_back(edge_at(x, scale_x, image.cols));
    // One pixel more than a row: the right-most partial pixel is read with weight 0, and pixels are read as
    // four floats.
    sums_.resize(static_cast<std::size_t>(image.cols) * 3 + 4);
  }

  int first_row() const { return to_.whole; }
  int last_row() const { return edge_at(last_, scale_y_, image_.rows).whole; }
  bool due(int y) const { return edge_ <= last_ && to_.whole == y; }

  // The walk reached the edge above result row edge_. `above`: sums of the band's source rows before it.
  void reach_edge(const std::vector<std::int32_t>& above) {
    if (edge_ > first_) {
      emit(above);
    } else {
      start_ = above;
    }
    from_ = to_;
    to_ = edge_at(++edge_, scale_y_, image_.rows);
  }

 private:
  const std::uint8_t* row(int y) const { return image_.ptr<std::uint8_t>(std::min(y, image_.rows - 1)); }

  void emit(const std::vector<std::int32_t>& above) {
    sum_between(start_.data(), above.data(), row(from_.whole), from_.part, row(to_.whole), to_.part,
                sums_.data(), image_.cols * 3);
    std::copy(above.begin(), above.end(), start_.begin());
    const double rows =
        to_.whole + static_cast<double>(to_.part) - from_.whole - static_cast<double>(from_.part);
    if (out_.pixels.depth() == CV_8U) {
      average_columns(rows, out_.pixels.ptr<std::uint8_t>(edge_ - 1 - out_.rows.start));
    } else {
      average_columns(rows, out_.pixels.ptr<float>(edge_ - 1 - out_.rows.start));
    }
  }

  template <typename Value>
  void average_columns(double rows, Value* out) const {
    const float* sums = sums_.data();
    for (int x = 0; x < out_.size.width; ++x, out += 3) {
      const Edge& left = columns_[static_cast<std::size_t>(x)];
      const Edge& right = columns_[static_cast<std::size_t>(x) + 1];
      cv::v_float32x4 sum = cv::v_load(sums + 3 * left.whole) * cv::v_setall_f32(-left.part);
      cv::v_float32x4 other = cv::v_load(sums + 3 * right.whole) * cv::v_setall_f32(right.part);
      int i = left.whole;
      for (; i + 1 < right.whole; i += 2) {  // two sums, so that an addition need not wait for the one before
        sum += cv::v_load(sums + 3 * i);
        other += cv::v_load(sums + 3 * i + 3);
      }
      if (i < right.whole) sum += cv::v_load(sums + 3 * i);
      const double columns = right.whole - left.whole + static_cast<double>(right.part) - left.part;
      store((sum + other) * cv::v_setall_f32(static_cast<float>(1.0 / (rows * columns))), out);
    }
  }

  static void store(const cv::v_float32x4& pixel, float* out) {
    alignas(16) float values[4];
    cv::v_store_aligned(values, pixel);
    std::copy(values, values + 3, out);
  }

  static void store(const cv::v_float32x4& pixel, std::uint8_t* out) {
    alignas(16) std::int32_t values[4];
    cv::v_store_aligned(values, cv::v_round(pixel));
    for (int c = 0; c < 3; ++c) out[c] = static_cast<std::uint8_t>(std::clamp(values[c], 0, 255));
  }

  const cv::Mat& image_;
  ShrunkRows& out_;
  double scale_y_;
  int first_, edge_,
      last_;  // rows [first_, last_) of the result are made; edge_ is the next edge to reach, at to_
  Edge from_, to_;
  std::vector<Edge> columns_;
  std::vector<float> sums_;          // of the source rows of one result row, parts included
  std::vector<std::int32_t> start_;  // `above` at from_
};

void shrink_band(const cv::Mat& image, std::vector<Target>& targets) {
  int first = image.rows;
  int last = 0;
  for (const Target& target : targets) {
    first = std::min(first, target.first_row());
    last = std::max(last, target.last_row());
  }
  std::vector<std::int32_t> above(static_cast<std::size_t>(image.cols) * 3);
  for (int y = first; y <= last; ++y) {
    for (Target& target : targets) {
      while (target.due(y)) target.reach_edge(above);
    }
    if (y == last) break;
    add_row(image.ptr<std::uint8_t>(y), above.data(), image.cols * 3);
  }
}

}  // namespace

void area_shrink(const cv::Mat& image, std::span<ShrunkRows> targets, int type, int threads) {
  for (ShrunkRows& target : targets) target.pixels.create(target.rows.size(), target.size.width, type);
  const int bands = std::max(threads, 1);
  const auto shrink = [&](int band) {
    std::vector<Target> parts;
    for (ShrunkRows& target : targets) {
      const int count = target.rows.size();
      const cv::Range rows(target.rows.start + count * band / bands,
                           target.rows.start + count * (band + 1) / bands);
      if (!rows.empty()) parts.emplace_back(image, target, rows);
    }
    shrink_band(image, parts);
  };
  if (bands == 1) {
    shrink(0);
  } else {
    parallel_for(bands, shrink);
  }
}

}  // namespace kith
