// Imports the FaceNet frozen graphs that people download (20180402-114759.pb, 20180408-102900.pb, and the
// 128-d ones of 2017).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "model/model_file.h"

namespace kith::model {

struct FrozenGraphOptions {
  /// How the network was trained to see pixels; the file does not say. Unset: by the bottleneck. 512 floats
  /// are the models of 2018, trained with --use_fixed_image_standardization, (x - 127.5) / 128
  /// (davidsandberg/facenet README, news of 2018-04-10); any other length, such as the 128 of 2017, was
  /// trained before that option and saw each picture's own mean and deviation.
  std::optional<Standardisation> standardisation;
  /// Source pixels around the box, in total per axis: the 32 that the tutorial aligns 160 px chips with.
  int margin_px = 32;
};

/// (x - 127.5) / 128.
Standardisation facenet_fixed_standardisation();

/// @return the network with its contract, without a self-test; nothing is written.
/// @throws Error kNotFound, kIo; kCorrupt (not a frozen graph, damaged, or not FaceNet's Inception-ResNet-v1: the
///         message names the node that is missing or wrong); kUnsupported (not 32-bit floats).
ModelFile import_frozen_graph(const std::filesystem::path& file, const FrozenGraphOptions& options);

/// The same from memory. @param where  the file's name or path: for messages; its stem becomes the model's
/// name.
ModelFile import_frozen_graph_bytes(std::string_view bytes, const std::string& where,
                                    const FrozenGraphOptions& options);

}  // namespace kith::model
