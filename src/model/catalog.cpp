#include "model/catalog.h"

#include <kith/error.h>

#include "core/files.h"

namespace kith::model {
namespace fs = std::filesystem;

fs::path models_dir() { return data_dir() / "models"; }

fs::path resolve_model(const std::string& name_or_file) {
  const fs::path as_file(name_or_file);
  const bool is_file = name_or_file.find('/') != std::string::npos || as_file.extension() == ".onnx";
  const fs::path path = is_file ? as_file : models_dir() / (name_or_file + ".onnx");
  if (fs::exists(path)) return path;
  if (is_file) throw Error(ErrorCode::kNotFound, path.string() + ": no such model file");
  throw Error(ErrorCode::kNotFound, "model \"" + name_or_file + "\" is not installed: kith model install " + name_or_file);
}

}  // namespace kith::model
