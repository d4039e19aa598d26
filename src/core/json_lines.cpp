#include "core/json_lines.h"

#include <nlohmann/json.hpp>

#include "core/base64.h"

namespace kith {

namespace {
using Json = nlohmann::ordered_json;
using OnError = Json::error_handler_t;

// A file's name need not be UTF-8. With U+FFFD in it nobody would find the file again.
bool is_utf8(const Json& text) {
  return text.dump(-1, ' ', false, OnError::ignore) == text.dump(-1, ' ', false, OnError::replace);
}

Json with_source_bytes(const Json& object) {
  Json out;
  for (const auto& [key, value] : object.items()) {
    out[key] = value;
    if (key == "source") out["source_base64"] = base64(value.get_ref<const std::string&>());
  }
  return out;
}

}  // namespace

void JsonLines::write(const Json& object) {
  const auto source = object.find("source");
  const bool odd = source != object.end() && source->is_string() && !is_utf8(*source);
  file_.write((odd ? with_source_bytes(object) : object).dump(-1, ' ', false, OnError::replace) + "\n");
}

}  // namespace kith
