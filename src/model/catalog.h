// The catalogue of known models (models/catalog.json) and where installed models lie.
#pragma once

#include <filesystem>
#include <string>

namespace kith::model {

/// data_dir()/models
std::filesystem::path models_dir();

/// @param name_or_file  a catalogue name ("mtcnn"), or a file (anything with a '/' or ending in .onnx).
/// @throws Error kNotFound: the message says `kith model install NAME`, or lists the known names.
std::filesystem::path resolve_model(const std::string& name_or_file);

}  // namespace kith::model
