#include "core/json_lines.h"

#include <nlohmann/json.hpp>

namespace kith {

void JsonLines::write(const nlohmann::ordered_json& object) {
  file_.write(object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

}  // namespace kith
