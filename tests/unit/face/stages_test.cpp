#include <gtest/gtest.h>
#include <kith/pipeline.h>

#include "support/test_data.h"

namespace kith {

// A photo cut so tightly that the detector alone finds no face in it.
TEST(StagesModel, FindsAFaceThatFillsThePicture) {
  KITH_NEEDS_MODEL("mtcnn");
  KITH_NEEDS_MODEL("landmarks-68");
  const Stages stages({}, false);
  int found = 0;
  for (const char* person : {"amara", "bruno", "carmen", "dana", "elias", "farah"}) {
    const cv::Mat photo = read_image(test::samples() / "test" / person / "01.jpg");
    const std::vector<Face> whole = stages.detect(photo);
    ASSERT_FALSE(whole.empty()) << person;
    const cv::Rect tight = cv::Rect(whole[0].box) & cv::Rect({}, photo.size());
    const std::vector<Face> again = stages.detect(photo(tight).clone());
    if (!again.empty() && again[0].box.width > 0.6F * static_cast<float>(tight.width)) ++found;
  }
  EXPECT_GE(found, 5);
}

TEST(StagesModel, FindsNothingInNothing) {
  KITH_NEEDS_MODEL("mtcnn");
  KITH_NEEDS_MODEL("landmarks-68");
  const Stages stages({}, false);
  EXPECT_TRUE(stages.detect(cv::Mat(480, 640, CV_8UC3, cv::Scalar::all(90))).empty());
  EXPECT_TRUE(stages.detect(cv::Mat(3, 3, CV_8UC3, cv::Scalar::all(90))).empty());
  EXPECT_TRUE(stages.detect(cv::Mat()).empty());
}

}  // namespace kith
