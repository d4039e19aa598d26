// Videos that tests make for themselves, with the ffmpeg program: what is read was not written by our own
// code.
#pragma once

#include <gtest/gtest.h>
#include <kith/frame.h>
#include <kith/sink.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace kith::test {

/// Runs `ffmpeg -y ARGUMENTS FILE`.
inline void make_media(const std::string& arguments, const std::filesystem::path& file) {
  const std::string command = "ffmpeg -nostdin -y -v error " + arguments + " '" + file.string() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

/// A moving test picture: "-f lavfi -i testsrc2=..." for `seconds`.
inline std::string moving(int width, int height, double seconds, double fps = 25) {
  return "-f lavfi -i testsrc2=size=" + std::to_string(width) + "x" + std::to_string(height) +
         ":rate=" + std::to_string(fps) + ":duration=" + std::to_string(seconds);
}
inline std::string tone(double seconds) {
  return " -f lavfi -i sine=frequency=440:duration=" + std::to_string(seconds);
}

struct Played {
  SourceInfo info;
  std::vector<double> times_ms;
  std::vector<std::string> failures;
  std::vector<cv::Size> sizes;
  cv::Mat first, last;
};

/// Reads a source to its end.
inline Played play(const std::filesystem::path& input, const SourceOptions& options = {}) {
  Played out;
  const auto source = FrameSource::open(input.string(), options);
  out.info = source->info();
  while (const auto frame = source->next()) {
    if (frame->failure) {
      out.failures.push_back(*frame->failure);
      continue;
    }
    out.times_ms.push_back(frame->time_ms);
    out.sizes.push_back(frame->image.size());
    if (out.first.empty()) out.first = frame->image.clone();
    out.last = frame->image;
  }
  return out;
}

inline RecognizedFace face_at(cv::Rect2f box, std::optional<std::string> name = {},
                              float confidence = 0.97F) {
  RecognizedFace face;
  face.face.box = box;
  face.face.score = 0.99F;
  face.track = 1;
  if (name) face.identity.state = IdentityState::kNamed;
  face.identity.name = std::move(name);
  face.identity.confidence = confidence;
  face.identity.similarity = 0.5F;
  return face;
}

}  // namespace kith::test
