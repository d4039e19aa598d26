#include "face/single_shot.h"

#include <gtest/gtest.h>
#include <kith/detector.h>
#include <kith/error.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/files.h"
#include "model/import/import.h"
#include "model/model_file.h"
#include "support/test_data.h"

namespace kith {
namespace {

TEST(SingleShotUnit, SuppressionKeepsTheBestOfEachGroup) {
  const auto face = [](float x, float score) { return Face{{x, 0, 10, 10}, score, {}}; };
  const auto kept = suppress_overlaps({face(0, 0.6F), face(2, 0.9F), face(50, 0.7F), face(9, 0.5F)}, 0.4F);
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept[0].score, 0.9F);  // the one at 0 overlaps it by 8 / 12
  EXPECT_EQ(kept[1].score, 0.7F);
  EXPECT_EQ(kept[2].score, 0.5F);
  EXPECT_TRUE(suppress_overlaps({}, 0.4F).empty());
}

TEST(SingleShotUnit, PartsOfALargerFaceAreDropped) {
  const Face face{{100, 100, 200, 250}, 0.92F, {}};
  const Face eye{{130, 150, 50, 50}, 0.8F, {}};
  const Face beside{{280, 100, 60, 70}, 0.75F, {}};
  EXPECT_EQ(drop_parts({face, eye, beside}).size(), 2U);
  const Face surer{{130, 150, 50, 50}, 0.95F, {}};
  EXPECT_EQ(drop_parts({surer, face}).size(), 2U) << "a face before what is hardly one";
  EXPECT_TRUE(drop_parts({}).empty());
}

// A detector that a user brings, imported once.
class BroughtDetectorData : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    KITH_NEEDS_TEST_DATA();
    const auto source = test::test_data() / "models/detectors" / GetParam();
    model::ModelFile file = model::import_sources({{source.string(), read_file(source)}}, {});
    path_ = dir_.path() / "detector.onnx";
    model::write_model(path_, file);
  }

  std::unique_ptr<Detector> open(int min_face_px = 20) const {
    return Detector::open({path_, min_face_px, 0}, Runtime::create());
  }

  static cv::Mat picture(const std::string& name) {
    return cv::imread((test::test_data() / "data" / name).string());
  }

 private:
  test::TempDir dir_;
  std::filesystem::path path_;
};

TEST_P(BroughtDetectorData, FindsTheFacesThatMtcnnFinds) {
  const auto detector = open();
  const auto reference =
      nlohmann::json::parse(read_file(test::test_data() / "data/mtcnn_facenet_pytorch.json"));
  int wanted = 0;
  int found = 0;
  for (const auto& [name, faces] : reference.items()) {
    const auto detected = detector->detect(picture(name));
    for (const auto& face : faces) {
      if (face.at("score") < 0.99) continue;
      const auto box = face.at("box").get<std::array<float, 4>>();
      const cv::Rect2f expected({box[0], box[1]}, cv::Point2f(box[2], box[3]));
      ++wanted;
      for (const Face& d : detected) {
        if (iou(d.box, expected) < 0.5F) continue;
        ++found;
        const auto eye = face.at("landmarks")[0].get<std::array<float, 2>>();
        EXPECT_LT(cv::norm(d.landmarks[0] - cv::Point2f(eye[0], eye[1])), 0.25 * d.box.width) << name;
        break;
      }
    }
  }
  EXPECT_GE(wanted, 40);
  EXPECT_GE(found, wanted - 1);
}

TEST_P(BroughtDetectorData, FindsAllSixOfAGroup) {
  EXPECT_EQ(open()->detect(picture("multiface.jpg")).size(), 6U);
}

TEST_P(BroughtDetectorData, FindsAFaceThatFillsALargePicture) {
  cv::Mat large;
  cv::resize(picture("cast/raw/amy/amy1.png"), large, {1500, 1500}, 0, 0, cv::INTER_CUBIC);
  const auto faces = open()->detect(large);
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_GT(faces[0].box.width, 700);
}

TEST_P(BroughtDetectorData, FindsSmallFacesInALargePictureOnceEach) {
  const cv::Mat portrait = picture("cast/raw/amy/amy1.png");
  const auto largest = open()->detect(portrait);
  ASSERT_EQ(largest.size(), 1U);
  cv::Mat small;
  const double scale = 24.0 / largest[0].box.height;
  cv::resize(portrait, small, {}, scale, scale, cv::INTER_AREA);
  cv::Mat large(1500, 2500, CV_8UC3, cv::Scalar(90, 100, 110));
  std::vector<cv::Rect2f> wanted;
  for (int x = 3; x + small.cols < large.cols; x += 97) {
    const cv::Rect place({x, 40 + x / 2}, small.size());  // across the corners of tiles as well
    small.copyTo(large(place));
    const cv::Rect2f box(largest[0].box.tl() * static_cast<float>(scale),
                         largest[0].box.size() * static_cast<float>(scale));
    wanted.push_back(box + cv::Point2f(place.tl()));
  }
  const auto faces = open(16)->detect(large);
  int found = 0;
  for (const cv::Rect2f& box : wanted) {
    const auto hits =
        std::ranges::count_if(faces, [&](const Face& face) { return iou(face.box, box) > 0.4F; });
    EXPECT_LE(hits, 1);
    found += hits > 0 ? 1 : 0;
  }
  EXPECT_GE(found, static_cast<int>(wanted.size()) - 1);
  EXPECT_LE(faces.size(), wanted.size() + 1);
}

TEST_P(BroughtDetectorData, NoFacesAndOddPictures) {
  const auto detector = open();
  EXPECT_TRUE(detector->detect(cv::Mat()).empty());
  EXPECT_TRUE(detector->detect(cv::Mat::zeros(11, 400, CV_8UC3)).empty());
  EXPECT_TRUE(detector->detect(cv::Mat::zeros(13, 1999, CV_8UC3)).empty());
  EXPECT_TRUE(detector->detect(cv::Mat::zeros(333, 217, CV_8UC3)).empty());
  EXPECT_THROW(detector->detect(cv::Mat::zeros(100, 100, CV_8UC1)), Error);
}

TEST_P(BroughtDetectorData, SmallFacesOnlyWhenAskedFor) {
  const cv::Mat scene = picture("multiface.jpg");
  for (const Face& face : open(80)->detect(scene)) EXPECT_GE(face.box.width, 60);
}

INSTANTIATE_TEST_SUITE_P(Kinds, BroughtDetectorData,
                         testing::Values("scrfd_2.5g_bnkps.onnx", "yunet_n_dynamic.onnx"),
                         [](const auto& kind) { return std::string(kind.param).substr(0, 5); });

TEST(DetectorContractData, OutputsInAnotherOrderAreRefusedAtLoad) {
  KITH_NEEDS_TEST_DATA();
  const auto source = test::test_data() / "models/detectors/scrfd_2.5g_bnkps.onnx";
  model::ModelFile file = model::import_sources({{source.string(), read_file(source)}}, {});
  std::swap(file.contract.graphs[0].outputs[0], file.contract.graphs[0].outputs[4]);
  const test::TempDir dir;
  model::write_model(dir.path() / "swapped.onnx", file);
  EXPECT_THROW(Detector::open({dir.path() / "swapped.onnx", 20, 0}, Runtime::create()), Error);
}

}  // namespace
}  // namespace kith
