#include "server/json_body.h"

namespace kith::server {
namespace {

struct TooDeep {};

}  // namespace

std::optional<Json> parse_json(std::string_view text) {
  try {
    Json json = Json::parse(
        text,
        [](int depth, Json::parse_event_t, Json&) {
          if (depth > kDeepestJson) throw TooDeep();
          return true;
        },
        false);
    return json.is_discarded() ? std::nullopt : std::optional(std::move(json));
  } catch (const TooDeep&) {
    return std::nullopt;
  } catch (const Json::exception&) {  // a number beyond a double
    return std::nullopt;
  }
}

std::string to_text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace kith::server
