// Against looking at every frame.
#include "recognise/sparse_detection.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace kith {
namespace {

using Truth = std::function<std::vector<Face>(int frame)>;

Face face(float x, float y, float side = 40) {
  Face f;
  f.box = {x, y, side, side};
  f.score = 0.9F;
  for (cv::Point2f& point : f.landmarks) point = {x + side / 2, y + side / 2};
  return f;
}

// A picture that says which frame it is in its first pixel, in a scene of its own a hundred frames.
Frame picture(int index, int scene) {
  Frame frame;
  frame.image.create(90, 160, CV_8UC3);
  cv::RNG rng(static_cast<std::uint64_t>(scene + 1) * 0x9E3779B97F4A7C15ULL);
  rng.fill(frame.image, cv::RNG::UNIFORM, 0, 255);
  for (int y = 0; y < 90; ++y) {
    for (int x = 0; x < 160; ++x)
      frame.image.at<cv::Vec3b>(y, x) = frame.image.at<cv::Vec3b>(y / 10 * 10, x / 10 * 10);
  }
  frame.image.at<cv::Vec3b>(0, 0) = cv::Vec3b(static_cast<uchar>(index), 0, 0);
  frame.index = index;
  frame.time_ms = index * 40.0;
  return frame;
}

struct Film {
  std::vector<Detected> frames;
  int looks = 0;
};

Film run(int frames, const Truth& truth, const SparseDetectionOptions& options, int cut = -1,
         int broken = -1) {
  Film out;
  int next = 0;
  SparseDetection detection(
      [&]() -> std::optional<Frame> {
        if (next >= frames) return std::nullopt;
        Frame frame = picture(next, cut >= 0 && next >= cut ? 1 : 0);
        if (next == broken) {
          frame.image.release();
          frame.failure = "damaged";
        }
        ++next;
        return frame;
      },
      [&](const cv::Mat& image) {
        ++out.looks;
        return truth(image.at<cv::Vec3b>(0, 0)[0]);
      },
      options);
  while (std::optional<Detected> item = detection.next()) out.frames.push_back(std::move(*item));
  return out;
}

void expect_like(const Film& run, int frames, const Truth& truth, float tolerance, int but = -1) {
  ASSERT_EQ(run.frames.size(), static_cast<std::size_t>(frames));
  for (int i = 0; i < frames; ++i) {
    const Detected& got = run.frames[static_cast<std::size_t>(i)];
    EXPECT_EQ(got.frame.index, i);
    if (i == but) continue;
    const std::vector<Face> want = truth(i);
    ASSERT_EQ(got.faces.size(), want.size()) << i;
    for (std::size_t f = 0; f < want.size(); ++f) {
      EXPECT_NEAR(got.faces[f].box.x, want[f].box.x, tolerance) << i;
      EXPECT_NEAR(got.faces[f].landmarks[2].y, want[f].landmarks[2].y, tolerance) << i;
    }
  }
}

}  // namespace

TEST(SparseDetectionUnit, SteadyFacesAreInterpolated) {
  const Truth moving = [](int i) {
    return std::vector{face(10 + 2.0F * static_cast<float>(i), 20), face(100, 40)};
  };
  const Film sparse = run(31, moving, {6, true});
  expect_like(sparse, 31, moving, 0.01F);
  EXPECT_EQ(sparse.looks, 6) << "the first, and the last of each six";
  EXPECT_TRUE(sparse.frames[0].detected);
  EXPECT_FALSE(sparse.frames[1].detected);
  EXPECT_TRUE(sparse.frames[6].detected);
}

TEST(SparseDetectionUnit, EveryChangeIsFoundWhereItHappens) {
  for (int appears = 1; appears < 14; ++appears) {
    const Truth truth = [appears](int i) {
      std::vector<Face> faces{face(100, 40)};
      if (i >= appears && i < appears + 9) faces.push_back(face(10, 20));
      return faces;
    };
    const Film sparse = run(30, truth, {6, true});
    expect_like(sparse, 30, truth, 0.01F);
    EXPECT_LT(sparse.looks, 20);
  }
}

TEST(SparseDetectionUnit, FastFacesAreLookedAtMoreOften) {
  const Truth bent = [](int i) {
    return std::vector{face(60 + 40 * std::sin(static_cast<float>(i) * 0.2F), 20)};
  };
  const Film sparse = run(40, bent, {6, true});
  expect_like(sparse, 40, bent, 8);
  EXPECT_GT(sparse.looks, 8);
  EXPECT_LT(sparse.looks, 40);
}

TEST(SparseDetectionUnit, ACutIsLookedAtFromBothSides) {
  for (int cut = 1; cut < 15; ++cut) {
    const Truth truth = [cut](int i) { return std::vector{i < cut ? face(10, 20) : face(15, 22)}; };
    const Film sparse = run(20, truth, {6, true}, cut);
    expect_like(sparse, 20, truth, 0.01F);
    EXPECT_TRUE(sparse.frames[static_cast<std::size_t>(cut)].detected);
    EXPECT_TRUE(sparse.frames[static_cast<std::size_t>(cut) - 1].detected);
  }
}

TEST(SparseDetectionUnit, ADamagedFrameLosesNoOther) {
  const Truth truth = [](int) { return std::vector{face(10, 20)}; };
  for (int broken = 0; broken < 14; ++broken) {
    const Film sparse = run(15, truth, {6, true}, -1, broken);
    expect_like(sparse, 15, truth, 0.01F, broken);
    EXPECT_TRUE(sparse.frames[static_cast<std::size_t>(broken)].faces.empty());
  }
}

TEST(SparseDetectionUnit, OneMeansEveryFrame) {
  const Truth truth = [](int) { return std::vector{face(10, 20)}; };
  EXPECT_EQ(run(20, truth, {1, true}).looks, 20);
  EXPECT_EQ(run(0, truth, {6, true}).frames.size(), 0U);
}

TEST(SparseDetectionUnit, CamerasGoOnAsTheyDid) {
  const Truth moving = [](int i) { return std::vector{face(10 + 2.0F * static_cast<float>(i), 20)}; };
  const Film sparse = run(32, moving, {3, false});
  expect_like(sparse, 32, moving, 0.01F);
  EXPECT_EQ(sparse.looks, 12) << "two to know the motion, then one in three";
  const Truth late = [](int i) { return i < 10 ? std::vector<Face>{} : std::vector{face(10, 20)}; };
  const Film appears = run(30, late, {3, false});
  EXPECT_TRUE(appears.frames[13].faces.size() == 1) << "at most two frames late";
}

}  // namespace kith
