#include "evaluate/evaluate_detect.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <random>

#include "support/test_data.h"

namespace kith {
namespace {

Face found_at(float x, float score, float side = 10) { return {{x, 0, side, side}, score, {}, score}; }

PictureMatches::Detection detection(float score, bool right) { return {score, right}; }

BoxedPicture picture(std::vector<cv::Rect2f> faces, std::vector<cv::Rect2f> ignored = {}) {
  return {"a.jpg", std::move(faces), std::move(ignored), {}};
}

std::vector<bool> right_ones(const PictureMatches& matches) {
  std::vector<bool> right;
  for (const auto& detection : matches.detections) right.push_back(detection.right);
  return right;
}

TEST(EvaluateDetectUnit, EachFaceIsFoundOnce) {
  // The second is as good as the first, but that was surer; the third overlaps by a third only.
  const PictureMatches matches = match_detections({found_at(1, 0.9F), found_at(0, 0.8F), found_at(105, 0.7F)},
                                                  picture({{0, 0, 10, 10}, {100, 0, 10, 10}}), 0.5F);
  EXPECT_THAT(right_ones(matches), testing::ElementsAre(true, false, false));
  EXPECT_THAT(matches.found, testing::ElementsAre(true, false));
  const PictureMatches loose = match_detections({found_at(105, 0.7F)}, picture({{100, 0, 10, 10}}), 1.0F / 3);
  EXPECT_THAT(loose.found, testing::ElementsAre(true)) << "an overlap of exactly the limit is enough";
}

TEST(EvaluateDetectUnit, TheLargestOverlapIsTaken) {
  const PictureMatches matches = match_detections({found_at(2, 0.9F), found_at(1, 0.8F)},
                                                  picture({{0, 0, 10, 10}, {3, 0, 10, 10}}), 0.5F);
  EXPECT_THAT(matches.found, testing::ElementsAre(true, true))
      << "1 px off the second, then the first is free";
  EXPECT_THAT(right_ones(matches), testing::ElementsAre(true, true));
}

TEST(EvaluateDetectUnit, IgnoredBoxesAreNeitherMissedNorFalse) {
  const BoxedPicture truth = picture({{0, 0, 10, 10}}, {{50, 0, 10, 10}, {0, 0, 10, 10}, {70, 0, 0, 10}});
  const PictureMatches matches = match_detections(
      {found_at(50, 0.9F), found_at(51, 0.8F), found_at(0, 0.7F), found_at(0, 0.6F), found_at(90, 0.5F)},
      truth, 0.5F);
  EXPECT_THAT(right_ones(matches), testing::ElementsAre(true, false))
      << "the face at 0 and the nothing at 90";
  DetectReport report;
  score_detections({truth}, {matches}, report);
  EXPECT_EQ(report.faces, 1);
  EXPECT_EQ(report.ignored, 3);
  EXPECT_EQ(report.recall.value, 1);
}

// Four faces. By score: right, false, right, right, false; one face is never found.
TEST(EvaluateDetectUnit, AveragePrecisionByHand) {
  const std::vector<PictureMatches> pictures = {
      {{detection(0.9F, true), detection(0.7F, true), detection(0.5F, false)}, {true, true}},
      {{detection(0.8F, false), detection(0.6F, true)}, {true, false}}};
  const std::vector<PrPoint> curve = precision_recall(pictures);
  ASSERT_EQ(curve.size(), 5U);
  EXPECT_DOUBLE_EQ(curve[1].precision, 0.5);
  EXPECT_DOUBLE_EQ(curve[3].precision, 0.75);
  EXPECT_DOUBLE_EQ(curve[4].recall, 0.75);
  // A quarter of the recall at precision 1, two quarters at 3/4 (2/3 rises to it), nothing for the last.
  EXPECT_DOUBLE_EQ(average_precision(curve), 0.25 + 0.5 * 0.75);
  EXPECT_EQ(average_precision({}), 0);
}

TEST(EvaluateDetectUnit, EqualScoresAreOnePoint) {
  for (const bool false_first : {true, false}) {
    const std::vector<PictureMatches> pictures = {{{detection(1, !false_first)}, {true}},
                                                  {{detection(1, false_first)}, {true}}};
    const std::vector<PrPoint> curve = precision_recall(pictures);
    ASSERT_EQ(curve.size(), 1U);
    EXPECT_DOUBLE_EQ(average_precision(curve), 0.25) << "half of the recall at a precision of one half";
  }
}

// By the definition: at each recall that is reached, the best precision of all scores that reach it.
double slow_average_precision(const std::vector<PictureMatches>& pictures) {
  double faces = 0;
  std::vector<PictureMatches::Detection> all;
  for (const PictureMatches& picture : pictures) {
    faces += static_cast<double>(picture.found.size());
    all.insert(all.end(), picture.detections.begin(), picture.detections.end());
  }
  std::vector<PrPoint> points;
  for (const auto& limit : all) {
    double right = 0;
    double kept = 0;
    for (const auto& detection : all) {
      if (detection.score < limit.score) continue;
      kept += 1;
      right += detection.right ? 1 : 0;
    }
    points.push_back({right / faces, right / kept});
  }
  double area = 0;
  for (int step = 1; step <= static_cast<int>(faces); ++step) {
    double best = 0;
    for (const PrPoint& point : points) {
      if (point.recall >= (step - 0.5) / faces) best = std::max(best, point.precision);
    }
    area += best / faces;
  }
  return area;
}

TEST(EvaluateDetectUnit, AveragePrecisionByDefinition) {
  std::mt19937 random(3);
  for (int round = 0; round < 20; ++round) {
    std::vector<PictureMatches> pictures(10);
    for (PictureMatches& picture : pictures) {
      picture.found.resize(random() % 6);
      std::size_t left = picture.found.size();
      for (std::uint32_t i = random() % 8; i > 0; --i) {
        const bool right = left > 0 && random() % 3 != 0;
        if (right) picture.found[--left] = true;
        picture.detections.push_back({static_cast<float>(random() % 12) / 12, right});  // with ties
      }
    }
    EXPECT_NEAR(average_precision(precision_recall(pictures)), slow_average_precision(pictures), 1e-9)
        << round;
  }
}

TEST(EvaluateDetectUnit, RecallByHeight) {
  const BoxedPicture truth =
      picture({{0, 0, 9, 11.9F}, {0, 0, 9, 12}, {0, 0, 9, 319}, {0, 0, 9, 320}, {0, 0, 9, 5000}});
  DetectReport report;
  score_detections({truth}, {{{}, {true, false, true, true, false}}}, report);
  ASSERT_EQ(report.by_size.size(), 10U);
  EXPECT_EQ(report.by_size[0].faces, 1);
  EXPECT_EQ(report.by_size[0].found, 1);
  EXPECT_EQ(report.by_size[1].faces, 1);
  EXPECT_EQ(report.by_size[1].found, 0);
  EXPECT_EQ(report.by_size[8].found, 1);
  EXPECT_EQ(report.by_size[9].faces, 2);
  EXPECT_EQ(report.by_size[9].found, 1);
  EXPECT_FALSE(report.by_size[9].to);
}

TEST(EvaluateDetectUnit, IntervalsHoldTheFigure) {
  std::vector<BoxedPicture> truth;
  std::vector<PictureMatches> matches;
  for (int i = 0; i < 50; ++i) {
    truth.push_back(picture({{0, 0, 10, 10}}));
    matches.push_back({{detection(0.5F, i % 5 != 0)}, {i % 5 != 0}});
  }
  DetectReport report;
  score_detections(truth, matches, report);
  EXPECT_DOUBLE_EQ(report.recall.value.value(), 0.8);
  const Interval interval = report.recall.interval.value();
  EXPECT_NEAR(interval.low, 0.68, 0.04) << "sqrt(0.8 * 0.2 / 50) is 0.057";
  EXPECT_NEAR(interval.high, 0.9, 0.04);
  DetectReport again;
  score_detections(truth, matches, again);
  EXPECT_EQ(again.recall.interval.value().low, interval.low);
}

TEST(EvaluateDetectUnit, NothingIsNoFigure) {
  DetectReport report;
  score_detections({}, {}, report);
  EXPECT_FALSE(report.ap.value);
  EXPECT_FALSE(report.false_per_picture.value);
  score_detections({picture({})}, {{}}, report);
  EXPECT_FALSE(report.recall.value);
  EXPECT_FALSE(report.precision.value);
  EXPECT_EQ(report.false_per_picture.value, 0);
  EXPECT_FALSE(report.false_per_picture.interval) << "one picture says nothing of others";
  EXPECT_TRUE(to_json(report)["ap"].is_null());
  EXPECT_THAT(detect_html(report, "nothing", {}), testing::HasSubstr("</html>"));
}

/// facenet-pytorch's faces in real pictures, as a list of the simplest kind.
TEST(EvaluateDetectData, MtcnnFindsWhatAnotherMtcnnFinds) {
  KITH_NEEDS_TEST_DATA();
  KITH_NEEDS_MODEL("mtcnn");
  const auto json =
      nlohmann::json::parse(read_file(test::test_data() / "data" / "mtcnn_facenet_pytorch.json"));
  std::string list;
  for (const auto& [path, faces] : json.items()) {
    list += path + "\n";
    for (const auto& face : faces) {
      const auto b = face.at("box").get<std::array<double, 4>>();
      list += path;
      for (const double v : {b[0], b[1], b[2] - b[0], b[3] - b[1]}) list += "," + std::to_string(v);
      list += "\n";
    }
  }
  list += "missing.jpg,1,2,3,4\n";
  StageOptions options;
  options.landmarks = "none";
  options.min_face_score = 0;
  options.runtime.threads = 1;
  options.embedder.clear();
  const Stages stages(options);
  const std::atomic<bool> stop = false;
  std::atomic<std::int64_t> last = 0;
  const DetectReport report = evaluate_detect(stages, parse_boxes(list, "boxes.csv"),
                                              {.images = test::test_data() / "data", .workers = 2}, stop,
                                              [&](std::int64_t, std::int64_t total) { last = total; });
  EXPECT_EQ(report.pictures, std::ssize(json));
  EXPECT_EQ(last, report.pictures + 1);
  ASSERT_EQ(report.failed.size(), 1U);
  EXPECT_EQ(report.failed[0].faces, 1U);
  EXPECT_GE(report.recall.value.value(), 0.95);
  EXPECT_GE(report.ap.value.value(), 0.95);
  EXPECT_GE(report.precision.value.value(), 0.95);
}

}  // namespace
}  // namespace kith
