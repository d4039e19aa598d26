// Films as ffmpeg and ffprobe see them, and the whole way of one through a sink.
#pragma once

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include "support/media.h"

namespace kith::test {

/// What a shell command writes to stdout, without the last line's end.
inline std::string output_of(const std::string& command) {
  std::string out;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 256> part{};
  while (std::fgets(part.data(), part.size(), pipe) != nullptr) out += part.data();
  ::pclose(pipe);
  while (!out.empty() && (out.back() == '\n' || out.back() == ',')) out.pop_back();
  return out;
}

inline std::string probe(const std::string& what, const std::filesystem::path& file) {
  return output_of("ffprobe -v error " + what + " -of csv=p=0 'file:" + file.string() + "'");
}

inline bool has_encoder(const std::string& name) {
  static const std::string all = output_of("ffmpeg -hide_banner -encoders | awk '{print \",\" $2 \",\"}'");
  return all.find("," + name + ",") != std::string::npos;
}

/// A source's frames, each with one face, into a sink.
inline void copy(const std::filesystem::path& input, Sink& sink) {
  const auto source = FrameSource::open(input.string());
  sink.begin(source->info());
  while (const auto frame = source->next()) {
    const std::vector<RecognizedFace> faces = {face_at({20, 20, 30, 30}, "Amara")};
    sink.write(*frame, faces);
  }
  sink.finish({});
}

}  // namespace kith::test
