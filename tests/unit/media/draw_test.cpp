// Labels: legible, inside the picture, in any script.
#include <cstdlib>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "media/modules.h"
#include "support/media.h"
#include "support/test_data.h"

namespace kith {
namespace {

using test::face_at;

TEST(DrawUnit, DrawsWhateverTheSizeAndPlace) {
  for (const cv::Size size :
       {cv::Size(1, 1), cv::Size(12, 12), cv::Size(64, 48), cv::Size(640, 360), cv::Size(3840, 2160)}) {
    const cv::Mat plain(size, CV_8UC3, cv::Scalar(90, 90, 90));
    const float w = static_cast<float>(size.width), h = static_cast<float>(size.height);
    for (const cv::Rect2f box :
         {cv::Rect2f(0, 0, w, h), cv::Rect2f(-w, -h, w * 3, h * 3), cv::Rect2f(w * 0.9F, h * 0.9F, w, h),
          cv::Rect2f(-5, -5, 10, 10), cv::Rect2f(w * 2, h * 2, w, h), cv::Rect2f(w / 2, h / 2, 0, 0)}) {
      cv::Mat image = plain.clone();
      draw_faces(image, std::vector{face_at(box, "Bartholomew_Featherstonehaugh"), face_at(box)});
      EXPECT_EQ(image.size(), size);
    }
  }
}

TEST(DrawUnit, LabelsOfNeighboursDoNotCoverEachOther) {
  cv::Mat image(360, 640, CV_8UC3, cv::Scalar(90, 90, 90));
  cv::Mat one = image.clone(), other = image.clone();
  const RecognizedFace left = face_at({200, 100, 60, 60}, "Amara"),
                       right = face_at({230, 105, 60, 60}, "Bruno");
  draw_faces(one, std::vector{left});
  draw_faces(image, std::vector{left, right});
  const cv::Rect label(200, 70, 60, 28);  // above the left box
  EXPECT_EQ(cv::norm(one(label), image(label), cv::NORM_INF), 0);
}

// A class photo: labels are longer than faces are wide.
TEST(DrawUnit, LabelsDoNotCoverFaces) {
  cv::Mat image(720, 1280, CV_8UC3, cv::Scalar(90, 90, 90));
  std::vector<RecognizedFace> faces;
  for (int row = 0; row < 4; ++row) {
    for (int column = 0; column < 10; ++column)
      faces.push_back(face_at(
          {60.0F + 120.0F * static_cast<float>(column), 60.0F + 160.0F * static_cast<float>(row), 60, 70},
          "Maximilian " + std::to_string(row * 10 + column)));
  }
  draw_faces(image, faces);
  for (const RecognizedFace& face : faces) {
    const cv::Rect box(face.face.box);
    const cv::Mat inside = image(cv::Rect(box.x + 3, box.y + 3, box.width - 6, box.height - 6)).clone();
    EXPECT_EQ(cv::norm(inside, cv::Mat(inside.size(), CV_8UC3, cv::Scalar(90, 90, 90)), cv::NORM_INF), 0)
        << *face.identity.name;
  }
}

TEST(DrawUnit, APersonKeepsAColour) {
  const auto colour = [](const std::string& name, int x) {
    cv::Mat image(200, 300, CV_8UC3, cv::Scalar());
    draw_faces(image, std::vector{face_at({static_cast<float>(x), 80, 80, 80}, name)});
    return image.at<cv::Vec3b>(120, x);
  };
  EXPECT_EQ(colour("amara", 50), colour("amara", 150));
  EXPECT_NE(colour("amara", 50), colour("bruno", 50));
}

TEST(DrawUnit, UnclearFacesGetAThinGreyBoxAndNoText) {
  cv::Mat image(720, 1280, CV_8UC3, cv::Scalar());
  RecognizedFace face = face_at({400, 300, 200, 200});
  face.identity.state = IdentityState::kUnclear;
  draw_faces(image, std::vector{face});
  cv::Mat inside = image(cv::Rect(402, 302, 196, 196)), above = image(cv::Rect(0, 0, 1280, 299));
  EXPECT_EQ(cv::countNonZero(inside.reshape(1)) + cv::countNonZero(above.reshape(1)), 0);
  const cv::Vec3b edge = image.at<cv::Vec3b>(300, 500);
  EXPECT_GT(edge[0], 60);
  EXPECT_EQ(edge[0], edge[2]);
}

TEST(DrawUnit, UnderscoresAreSpaces) {
  cv::Mat a(200, 300, CV_8UC3, cv::Scalar()), b = a.clone();
  draw_faces(a, std::vector{face_at({50, 80, 80, 80}, "amara king")});
  draw_faces(b, std::vector{face_at({50, 80, 80, 80}, "amara_king")});
  EXPECT_EQ(cv::norm(a, b, cv::NORM_INF), 0);
}

TEST(RenderTextUnit, AnyScriptLeavesInkAndNothingBreaksIt) {
  for (const std::string text : {"Amara", "Ольга", "Αθηνά", "عمارة", "アマラ", "김민준", "अमारा", "שרה",
                                 "👩🏽", "\xFF\xFE", "a\nb", "", "\t"}) {
    for (const int height : {4, 16, 300}) {
      const cv::Mat mask = picture_module().render_text(text, height);
      ASSERT_EQ(mask.type(), CV_8UC1);
      if (text.size() > 3) {
        EXPECT_GT(cv::countNonZero(mask), 0) << text;
      }
      EXPECT_LT(mask.rows, height * 4) << text;
    }
  }
}

TEST(RenderTextUnit, WidthFollowsHeight) {
  EXPECT_NEAR(picture_module().render_text("Amara 0.97", 60).cols,
              3 * picture_module().render_text("Amara 0.97", 20).cols, 20);
}

}  // namespace
}  // namespace kith
