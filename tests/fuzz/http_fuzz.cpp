// What a client writes freely: a path, a query, a form with and without its boundary, JSON, Base64.
#include <algorithm>

#include "core/base64.h"
#include "fuzz.h"
#include "server/json_body.h"
#include "server/multipart.h"
#include "server/query.h"
#include "server/router.h"

using namespace kith;

namespace {

bool lies_in(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_form(const std::string& type, const std::string& body) {
  const auto parts = server::parse_multipart(type, body);
  if (!parts) return;
  std::size_t bytes = 0;
  for (const server::Part& part : *parts) {
    fuzz::require(lies_in(part.bytes, body), "a part lies in its body");
    bytes += part.bytes.size();
  }
  fuzz::require(bytes <= body.size(), "parts do not overlap");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::to_string(data, size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  const std::string first = text.substr(0, line), rest = text.substr(std::min(line + 1, text.size()));
  check_form(first, rest);
  check_form("multipart/form-data", text);

  static const server::Router<int> router = [] {
    server::Router<int> made;
    made.add("GET", "/v1/people/{name}/photos/{id}", 1);
    made.add("POST", "/v1/people", 2);
    return made;
  }();
  const auto match = router.find("GET", first);
  for (const auto& [name, value] : match.values)
    fuzz::require(!value.empty() && value.find('\0') == std::string::npos, "a value is a word");

  const server::Query query(first);
  for (const auto& [name, value] : query.pairs())
    fuzz::require(name.size() + value.size() <= first.size(), "decoding makes nothing longer");
  if (const auto json = server::parse_json(text))
    fuzz::require(server::parse_json(server::to_text(*json)).has_value(),
                  "JSON is read back as it was written");
  if (const auto bytes = from_base64(text))
    fuzz::require(from_base64(base64(*bytes)) == bytes, "Base64 is read back as it was written");
  return 0;
}
