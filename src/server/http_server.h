// HttpServer: connections -> requests -> responses. HTTP/1.1 by Boost.Beast, TLS by OpenSSL; neither is seen
// from outside.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/message.h"

namespace kith::server {

struct HttpOptions {
  std::string host = "127.0.0.1";          // an address or a name; a name's first address counts
  std::uint16_t port = 8000;               // 0: any that is free
  std::filesystem::path certificate, key;  // PEM; empty: without TLS. Read again when they change
  int threads = 0;                         // that read and write, 0 = one per core

  std::uint32_t max_header_bytes = 16 << 10;
  std::uint64_t max_waiting_bytes = 512 << 20;  // of all bodies that are in memory
  std::size_t max_connections = 4096;
  std::chrono::milliseconds header_time{10'000};  // from a request's first byte to the end of its head
  std::chrono::milliseconds step_time{10'000};    // a body's sender must send something in this time
  std::chrono::milliseconds body_time{120'000};   // and all of it in this
  std::chrono::milliseconds write_time{60'000};   // an answer's reader must take it in this time
  std::chrono::milliseconds idle_time{75'000};    // between two requests of a connection
};

/// What a request's head says already.
struct Admission {
  std::optional<Response> refused;  // answered at once: the body is not read
  std::uint64_t max_body_bytes = 0;
};

/// What is to be done with requests. Both are called by several threads at once and must not throw or block.
struct HttpHandler {
  std::function<Admission(const Request& head)> admit;
  /// @param reply  called once, from any thread, also after the call has returned. Dropped: the connection is
  /// closed.
  std::function<void(Request request, std::function<void(Response)> reply)> handle;
  /// A request that is no HTTP, or never got whole: 400, 413, 417, 431, 503. The body of the answer.
  std::function<Response(unsigned status, const std::string& why)> malformed;
};

/// Each connection's requests are answered one after the other, in order. Requests that could be read in two
/// ways (Content-Length and Transfer-Encoding, two Hosts) are refused and their connection is closed.
class HttpServer {
 public:
  /// Listens, and accepts from start() on. @throws Error kInvalidArgument (no such address, a certificate
  /// that cannot be used), kIo (the port is taken, or may not be used).
  HttpServer(const HttpOptions& options, HttpHandler handler);
  /// stop(), without waiting for requests in hand.
  ~HttpServer();

  void start();
  /// Accepts nothing more, closes connections that are idle, lets requests in hand be answered for at most
  /// this long.
  void stop(std::chrono::milliseconds patience);

  /// "http://127.0.0.1:8000"
  std::string url() const;
  /// Whether connections come from this machine alone.
  bool is_local() const;
  std::size_t connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kith::server
