#include "evaluate/boxes_file.h"

#include <gmock/gmock.h>
#include <kith/error.h>

#include "support/test_data.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string message_of(const std::string& text) {
  try {
    parse_boxes(text, "boxes");
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing thrown";
}

std::vector<std::string> paths_of(const std::vector<BoxedPicture>& pictures) {
  std::vector<std::string> paths;
  for (const BoxedPicture& picture : pictures) paths.push_back(picture.path);
  return paths;
}

TEST(BoxesFileUnit, WiderFace) {
  const auto pictures = parse_boxes(
      "0--Parade/0_Parade, with a comma_849.jpg\n"
      "3\n"
      "449 330 122 149 0 0 0 0 0 0 \n"
      "10 20 30 40 2 0 0 1 2 0\n"
      "10 20 0 40 2 0 0 0 2 0\n"
      "0--Parade/0_Parade_Parade_0_452.jpg\n"
      "0\n"
      "0 0 0 0 0 0 0 0 0 0 \n"
      "1--Handshaking/1.jpg\r\n"
      "1\r\n"
      "1 2 3 4 0 0 0 0 0 0\r\n",
      "boxes");
  ASSERT_EQ(pictures.size(), 3U);
  EXPECT_EQ(pictures[0].path, "0--Parade/0_Parade, with a comma_849.jpg");
  EXPECT_THAT(pictures[0].faces, ElementsAre(cv::Rect2f(449, 330, 122, 149)));
  EXPECT_THAT(pictures[0].ignored, ElementsAre(cv::Rect2f(10, 20, 30, 40), cv::Rect2f(10, 20, 0, 40)));
  EXPECT_THAT(pictures[1].faces, IsEmpty());
  EXPECT_THAT(pictures[1].ignored, IsEmpty());
  EXPECT_EQ(pictures[2].path, "1--Handshaking/1.jpg");
  EXPECT_THAT(pictures[2].faces, ElementsAre(cv::Rect2f(1, 2, 3, 4)));
}

TEST(BoxesFileUnit, WiderFaceWithoutTheLineOfZeros) {
  const std::string text = "a.jpg\n0\nb.jpg\n1\n1 2 3 4\nc.jpg\n0\n";
  EXPECT_THAT(paths_of(parse_boxes(text, "boxes")), ElementsAre("a.jpg", "b.jpg", "c.jpg"));
}

TEST(BoxesFileUnit, Csv) {
  const auto pictures = parse_boxes(
      "\xEF\xBB\xBF# drawn by hand\n"
      "path,x,y,w,h\n"
      "a.jpg, 1, 2.5, 3, 4\r\n"
      "\n"
      "\"b, \"\"c\"\".jpg\",5,6,7,8\n"
      "# nobody:\n"
      "empty.jpg\n"
      "spreadsheet.jpg,,,,\n"
      "a.jpg,-1,2,3,4\n"
      "a.jpg,1,2,0,4\n",
      "boxes");
  EXPECT_THAT(paths_of(pictures), ElementsAre("a.jpg", "b, \"c\".jpg", "empty.jpg", "spreadsheet.jpg"));
  EXPECT_THAT(pictures[0].faces, ElementsAre(cv::Rect2f(1, 2.5F, 3, 4), cv::Rect2f(-1, 2, 3, 4)));
  EXPECT_THAT(pictures[0].ignored, ElementsAre(cv::Rect2f(1, 2, 0, 4)));
  EXPECT_THAT(pictures[1].faces, ElementsAre(cv::Rect2f(5, 6, 7, 8)));
  EXPECT_THAT(pictures[2].faces, IsEmpty());
  EXPECT_THAT(pictures[3].faces, IsEmpty());
}

TEST(BoxesFileUnit, JsonOfDetect) {
  const auto pictures = parse_boxes(
      R"({"source":"a.jpg","width":9,"height":9,"faces":[{"box":[1.5,2,3,4],"score":0.9,"landmarks":[]}]})"
      "\n"
      R"({"source":"b.jpg","faces":[]})"
      "\n"
      R"({"source":"c.jpg","error":"c.jpg: not a picture"})"
      "\n",
      "boxes");
  EXPECT_THAT(paths_of(pictures), ElementsAre("a.jpg", "b.jpg", "c.jpg"));
  EXPECT_THAT(pictures[0].faces, ElementsAre(cv::Rect2f(1.5F, 2, 3, 4)));
  EXPECT_EQ(pictures[1].error, "");
  EXPECT_THAT(pictures[2].error, HasSubstr("not a picture"));
}

TEST(BoxesFileUnit, MistakesAreNamed) {
  EXPECT_THAT(message_of(""), HasSubstr("boxes:1: the list is empty"));
  EXPECT_THAT(message_of("path,x,y,w,h\n"), HasSubstr("names no picture"));
  EXPECT_THAT(message_of("a.jpg\n2\n1 2 3 4\n"), HasSubstr("boxes:3: the list ends after 1 of 2 faces"));
  EXPECT_THAT(message_of("a.jpg\n1\n1 2 3\n"), HasSubstr("boxes:3: neither \"x y w h\""));
  EXPECT_THAT(message_of("a.jpg\n1\n1 2 3 4\nb.jpg\n\nx\n"),
              HasSubstr("boxes:6: not the count of faces of \"b.jpg\""));
  EXPECT_THAT(message_of("a.jpg\n1\n1 2 3 4\nb.jpg\n"), HasSubstr("boxes:4: the count of faces is missing"));
  EXPECT_THAT(message_of("a.jpg\n1\n1 2 3 4\na.jpg\n0\n"), HasSubstr("boxes:4: \"a.jpg\" is listed twice"));
  EXPECT_THAT(message_of("a.jpg,1,2,3,4\na.jpg,1,2,x,4\n"), HasSubstr("boxes:2: \"x\" is not a number"));
  EXPECT_THAT(message_of("a.jpg,1,2,nan,4\n"), HasSubstr("boxes:1: \"nan\" is not a number"));
  EXPECT_THAT(message_of("a.jpg,1,2,3\n"), HasSubstr("boxes:1: neither path,x,y,w,h nor"));
  EXPECT_THAT(message_of("a.jpg,1,2,-3,4\n"), HasSubstr("boxes:1: a box has a negative size"));
  EXPECT_THAT(message_of("\"a.jpg,1,2,3,4\n"), HasSubstr("boxes:1: a quote is not closed"));
  EXPECT_THAT(message_of(",1,2,3,4\n"), HasSubstr("boxes:1: the path is missing"));
  EXPECT_THAT(message_of("{\"source\":\"a.jpg\",\"faces\":[]}\n{oops\n"), HasSubstr("boxes:2: "));
  EXPECT_THAT(message_of("{\"source\":\"a.jpg\",\"faces\":[{\"box\":[1,2,-3,4]}]}\n"),
              HasSubstr("boxes:1: not a box"));
  EXPECT_THAT(message_of("{\"source\":\"v.mp4\",\"frame\":0,\"faces\":[]}\n"),
              HasSubstr("boxes:1: a frame of the video"));
}

}  // namespace
}  // namespace kith
