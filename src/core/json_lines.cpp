#include "core/json_lines.h"

#include <kith/error.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

namespace kith {

void JsonLines::Close::operator()(std::FILE* file) const {
  if (file != stdout) std::fclose(file);
}

JsonLines::JsonLines(const std::string& path, Mode mode)
    : path_(path),
      file_(path == "-" ? stdout : std::fopen(path.c_str(), mode == Mode::kAppend ? "ab" : "wb")) {
  if (file_ == nullptr) throw Error(ErrorCode::kIo, path_ + ": cannot be written: " + std::strerror(errno));
}

void JsonLines::write(const nlohmann::ordered_json& object) {
  const std::string line =
      object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() || std::fflush(file_.get()) != 0) {
    throw Error(ErrorCode::kIo, path_ + ": cannot be written: " + std::strerror(errno));
  }
}

}  // namespace kith
