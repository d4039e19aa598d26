// Lists of pictures with a box around each face: what evaluate detect compares a detector with.
#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace kith {

/// One picture of the list and its faces, px of the upright picture.
struct BoxedPicture {
  std::string path;               // as in the list
  std::vector<cv::Rect2f> faces;  // to be found
  std::vector<cv::Rect2f>
      ignored;        // neither missed nor, when found, false: marked invalid, or without an area
  std::string error;  // why the list knows no boxes of it; else empty
};

/// Three formats, told apart by content:
///   WIDER FACE (shuoyang1213.me/WIDERFACE, wider_face_*_bbx_gt.txt): a path; a count; so many lines "x y w h
///   blur expression illumination invalid occlusion pose" (or "x y w h"). A count of 0 may be followed by a
///   line of zeros. CSV: "path,x,y,w,h" for each face, the path alone for a picture without one. A header and
///   lines that begin with # are passed over; paths with commas are quoted. JSON lines of `kith detect
///   --json`: {"source","faces":[{"box":[x,y,w,h]}]}, or {"source","error"}, with or without its first and last line.
/// @param where  the file, for messages.
/// @return the pictures in the order of the list, each once.
/// @throws Error kCorrupt, naming file and line; kUnsupported for the frames of a video.
std::vector<BoxedPicture> parse_boxes(const std::string& text, const std::string& where);

}  // namespace kith
