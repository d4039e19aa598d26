#include <gtest/gtest.h>
#include <kith/error.h>
#include <kith/quality.h>
#include <kith/stages.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "support/test_data.h"

namespace kith {

// A photo cut so tightly that the detector alone finds no face in it.
TEST(StagesModel, FindsAFaceThatFillsThePicture) {
  KITH_NEEDS_MODEL("mtcnn");
  KITH_NEEDS_MODEL("landmarks-68");
  const Stages stages({.embedder = ""});
  int found = 0;
  for (const char* person : {"amara", "bruno", "carmen", "dana", "elias", "farah"}) {
    const cv::Mat photo = cv::imread((test::samples() / "test" / person / "01.jpg").string());
    const std::vector<Face> whole = stages.detect(photo);
    ASSERT_FALSE(whole.empty()) << person;
    const cv::Rect tight = cv::Rect(whole[0].box) & cv::Rect({}, photo.size());
    const std::vector<Face> again = stages.detect(photo(tight).clone());
    if (!again.empty() && again[0].box.width > 0.6F * static_cast<float>(tight.width)) ++found;
  }
  EXPECT_GE(found, 5);
}

// The picture turned: its faces are found, in their places, and their chips are upright.
TEST(StagesModel, FindsFacesThatLieOnTheirSideOrHead) {
  KITH_NEEDS_MODEL("mtcnn");
  KITH_NEEDS_MODEL("landmarks-68");
  KITH_NEEDS_MODEL("fr_feature");
  const Stages stages({});
  const cv::Mat photo = cv::imread((test::samples() / "test" / "amara" / "01.jpg").string());
  const SeenFace upright = stages.look(photo).at(0);
  for (const int turn : {cv::ROTATE_90_CLOCKWISE, cv::ROTATE_180, cv::ROTATE_90_COUNTERCLOCKWISE}) {
    cv::Mat turned;
    cv::rotate(photo, turned, turn);
    const std::vector<SeenFace> seen = stages.look(turned);
    ASSERT_EQ(seen.size(), 1U) << turn;
    EXPECT_GT(similarity(seen[0].embedding, upright.embedding), 0.98F) << turn;
    cv::Mat chip_difference;
    cv::absdiff(seen[0].chip, upright.chip, chip_difference);
    EXPECT_LT(cv::mean(chip_difference)[0], 4) << turn;
    EXPECT_TRUE(cv::Rect2f(seen[0].face.box).contains(seen[0].face.landmarks[2])) << turn;
  }
}

// One of the six is found as the picture lies; she lies on her side.
TEST(StagesData, WhoIsFoundOnTheirSideDoesNotEndTheSearch) {
  KITH_NEEDS_TEST_DATA();
  KITH_NEEDS_MODEL("mtcnn");
  KITH_NEEDS_MODEL("landmarks-68");
  StageOptions options;
  options.embedder.clear();
  cv::Mat turned;
  cv::rotate(cv::imread((test::test_data() / "data" / "multiface.jpg").string()), turned,
             cv::ROTATE_90_CLOCKWISE);
  EXPECT_EQ(Stages(options).detect(turned).size(), 6U);
}

TEST(StagesModel, BoxesEndAtTheBorder) {
  KITH_NEEDS_MODEL("mtcnn");
  KITH_NEEDS_MODEL("landmarks-68");
  const Stages stages({.embedder = ""});
  const cv::Mat photo = cv::imread((test::samples() / "test" / "amara" / "01.jpg").string());
  const Face whole = stages.detect(photo).at(0);
  EXPECT_FALSE(whole.cut);
  const int left = cvRound(whole.box.x + 0.2F * whole.box.width);
  const std::vector<Face> faces = stages.detect(photo.colRange(left, photo.cols).clone());
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_GE(faces[0].box.x, 0);
  EXPECT_TRUE(faces[0].cut);
}

TEST(StagesModel, FindsNothingInNothing) {
  KITH_NEEDS_MODEL("mtcnn");
  KITH_NEEDS_MODEL("landmarks-68");
  const Stages stages({.embedder = ""});
  EXPECT_TRUE(stages.detect(cv::Mat(480, 640, CV_8UC3, cv::Scalar::all(90))).empty());
  EXPECT_TRUE(stages.detect(cv::Mat(3, 3, CV_8UC3, cv::Scalar::all(90))).empty());
  EXPECT_TRUE(stages.detect(cv::Mat()).empty());
}

// look() is what every job did by hand: held against those steps.
TEST(StagesModel, LookDetectsAlignsEmbedsAndWeighs) {
  KITH_NEEDS_MODEL("mtcnn");
  KITH_NEEDS_MODEL("landmarks-68");
  KITH_NEEDS_MODEL("fr_feature");
  const Stages stages({});
  const cv::Mat photo = cv::imread((test::samples() / "test" / "amara" / "01.jpg").string());
  const std::vector<Face> faces = stages.detect(photo);
  const std::vector<Chip> chips = stages.align(photo, faces);
  std::vector<float> norms;
  const std::vector<Embedding> embeddings = stages.embedder().embed(chips, norms);
  const std::vector<SeenFace> seen = stages.look(photo);
  ASSERT_EQ(seen.size(), faces.size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].face.box, faces[i].box);
    EXPECT_EQ(cv::norm(seen[i].chip, chips[i], cv::NORM_INF), 0);
    EXPECT_GT(similarity(seen[i].embedding, embeddings[i]), 0.99999F);
    EXPECT_EQ(seen[i].quality, quality(faces[i], norms[i]));
  }
  EXPECT_EQ(stages.look(photo, {.main_only = true}).size(), 1U);
  EXPECT_TRUE(stages.look(photo, {.min_face_px = 2000}).empty());
  EXPECT_TRUE(stages.look(cv::Mat()).empty());
  EXPECT_THROW(stages.look(photo, {.min_face_px = 5}), Error);
  EXPECT_THROW(stages.look(cv::Mat(100, 100, CV_8UC1, cv::Scalar(0))), Error);
}

TEST(StagesModel, WithoutAnEmbedderSaysSo) {
  KITH_NEEDS_MODEL("mtcnn");
  KITH_NEEDS_MODEL("landmarks-68");
  const Stages stages({.embedder = ""});
  for (const auto& call : {+[](const Stages& s) { (void)s.embedder(); },
                           +[](const Stages& s) { (void)s.look(cv::Mat(200, 200, CV_8UC3)); },
                           +[](const Stages& s) { (void)s.align(cv::Mat(200, 200, CV_8UC3), {}); }}) {
    try {
      call(stages);
      FAIL();
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kInvalidArgument);
    }
  }
}

}  // namespace kith
