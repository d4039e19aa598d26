// Service: the desk behind HTTP. Which request is which route, who may, and in which queue it waits.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "desk/audit_log.h"
#include "desk/desk.h"
#include "desk/keys.h"
#include "server/http_server.h"
#include "server/kith_api.h"

namespace kith::server {

struct ServiceOptions {
  HttpOptions http;
  BodyLimits bodies;
  bool needs_key = false;                            // also before there is one
  int pictures_at_once = 0;                          // 0 = one a core
  std::size_t most_waiting = 256;                    // pictures; the next is told to come later
  std::function<void(const std::string& line)> log;  // a line a request: no names, pictures, vectors or keys
};

class Service {
 public:
  /// Listens. All three outlive it. @throws Error as HttpServer does.
  Service(Desk& desk, Keys& keys, AuditLog& audit, const ServiceOptions& options);
  ~Service();

  /// Answers from now on.
  void start();
  /// No more; requests in hand are finished, for at most a few seconds.
  void stop();
  std::string url() const;
  bool is_local() const;
  /// All routes: "GET", "/v1/people".
  std::vector<std::pair<std::string, std::string>> routes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The OpenAPI 3.1 document of Kith's own API.
const std::string& openapi_document();

}  // namespace kith::server
