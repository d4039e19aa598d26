// Request, Response: what handlers see of HTTP. The library that speaks it is known to http_server.cpp alone.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/query.h"

namespace kith::server {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;  // "GET"
  std::string path;    // as sent, without the query; percent signs not decoded
  Query query;
  Headers headers;  // names in lower case
  std::string body;
  std::string peer;  // the address that it came from
  std::string id;    // for the log and the answer's x-request-id

  /// Empty when there is none. @param name  in lower case.
  std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name) return value;
    return {};
  }
};

struct Response {
  unsigned status = 200;
  std::string body;
  std::string type = "application/json";  // empty: no body's type is stated
  Headers headers = {};
};

/// Thrown by a handler that has found out what to answer; the dispatcher's catch sends it.
struct Answered {
  Response response;
};

}  // namespace kith::server
