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

// Each face's way back to the first frame that it was in: its index there.
std::size_t first_of(const Film& run, std::size_t frame, std::size_t face) {
  const std::vector<Origin>& origins = run.frames[frame].origins;
  EXPECT_TRUE(origins.empty() || origins.size() == run.frames[frame].faces.size());
  if (face >= origins.size() || !origins[face]) return 1000 * frame + face;
  return first_of(run, frame - 1, *origins[face]);
}

void expect_like(const Film& run, int frames, const Truth& truth, float tolerance, int but = -1) {
  ASSERT_EQ(run.frames.size(), static_cast<std::size_t>(frames));
  for (int i = 0; i < frames; ++i) {
    const Detected& got = run.frames[static_cast<std::size_t>(i)];
    EXPECT_EQ(got.frame.index, i);
    if (i == but) continue;
    const std::vector<Face> want = truth(i);
    ASSERT_EQ(got.faces.size(), want.size()) << i;
    EXPECT_TRUE(got.origins.empty() || got.origins.size() == got.faces.size());
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

// As far as detection knows who became whom, and with every other frame's faces in another order.
TEST(SparseDetectionUnit, OriginsTravelWithTheFaces) {
  const Truth turned = [](int i) {
    const float step = 3.0F * static_cast<float>(i);
    std::vector faces{face(10 + step, 5, 30), face(150 - step, 55, 30)};
    if (i % 2 == 1) std::swap(faces[0], faces[1]);
    return faces;
  };
  for (const bool look_ahead : {true, false}) {
    for (const int every : {2, 3, 6}) {
      const Film sparse = run(31, turned, {every, look_ahead});
      for (std::size_t i = 0; i < 31; ++i) {
        ASSERT_EQ(sparse.frames[i].faces.size(), 2U);
        for (std::size_t f = 0; f < 2; ++f)
          EXPECT_EQ(first_of(sparse, i, f), sparse.frames[i].faces[f].box.y < 30 ? 0U : 1U)
              << i << " of " << every << (look_ahead ? ", file" : ", camera");
      }
    }
  }
}

TEST(SparseDetectionUnit, NobodyIsFollowedAcrossACut) {
  const Truth same = [](int) { return std::vector{face(10, 20)}; };
  for (const bool look_ahead : {true, false}) {
    const Film sparse = run(20, same, {4, look_ahead}, 9);
    EXPECT_EQ(first_of(sparse, 19, 0), 9000U);
    EXPECT_EQ(first_of(sparse, 8, 0), 0U);
  }
}

TEST(SparseDetectionUnit, CamerasDoNotGuessFar) {
  const Truth fast = [](int i) { return std::vector{face(5 + 28.0F * static_cast<float>(i % 5), 20, 30)}; };
  const Film sparse = run(40, fast, {5, false});
  expect_like(sparse, 40, fast, 150);  // it jumps back
  for (std::size_t i = 1; i < 40; ++i)
    EXPECT_TRUE(sparse.frames[i].detected || sparse.frames[i - 1].detected) << "never two widths from a look";
}

TEST(SparseDetectionUnit, AtLowFrameRatesEveryFrameIsLookedAt) {
  const Truth same = [](int) { return std::vector{face(10, 20)}; };
  SparseDetectionOptions options{6, true};
  options.reach_ms = 30;  // a frame lasts 40
  EXPECT_EQ(run(20, same, options).looks, 20);
  options.look_ahead = false;
  EXPECT_EQ(run(20, same, options).looks, 20);
  options.reach_ms = 85;
  EXPECT_EQ(run(21, same, options).looks, 8) << "two at first, then one in three";
}

}  // namespace kith
