// HttpServer against clients that mean well, and against those that do not.
#include "server/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/http_client.h"

namespace kith::server {
namespace {

using namespace std::chrono_literals;
using test::HttpAnswer;
using test::HttpAsk;
using test::HttpClient;

// Answers with what it was asked; /slow waits, /drop never answers, /refuse is refused by its head.
class HttpServerUnit : public testing::Test {
 protected:
  HttpServerUnit() {
    HttpOptions options;
    options.port = 0;
    options.threads = 2;
    options.max_header_bytes = 4096;
    options.header_time = 600ms;
    options.step_time = 600ms;
    options.body_time = 2s;
    options.idle_time = 3s;
    options.max_connections = 40;
    server_ = std::make_unique<HttpServer>(
        options, HttpHandler{[](const Request& head) -> Admission {
                               if (head.path == "/refuse") return {Response{401, "no"}, 0};
                               return {std::nullopt, 100'000};
                             },
                             [this](Request request, std::function<void(Response)> reply) {
                               handle(std::move(request), std::move(reply));
                             },
                             [](unsigned status, const std::string& why) {
                               return Response{status, why};
                             }});
    server_->start();
    port_ = std::stoi(server_->url().substr(server_->url().rfind(':') + 1));
  }

  void handle(Request request, std::function<void(Response)> reply) {
    if (request.path == "/drop") return;
    if (request.path == "/slow") {
      std::thread([reply] {
        std::this_thread::sleep_for(700ms);
        reply({200, "slow"});
      }).detach();
      return;
    }
    reply({200, request.method + " " + request.path + " " + std::to_string(request.body.size())});
  }

  // What comes back for these very bytes; the connection must end within three seconds.
  HttpAnswer raw(const std::string& bytes) const {
    HttpClient client(port_);
    client.send(bytes);
    const HttpAnswer answer = client.read(false, 3s);
    return answer;
  }

  std::unique_ptr<HttpServer> server_;
  int port_ = 0;
};

TEST_F(HttpServerUnit, KeepsConnectionsAndAnswersPipelinedRequestsInOrder) {
  HttpClient client(port_);
  client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" + HttpAsk{"POST", "/b?x=1", "12345"}.text() +
              HttpAsk{"GET", "/c"}.text());
  EXPECT_EQ(client.read().body, "slow");
  EXPECT_EQ(client.read().body, "POST /b 5");
  const HttpAnswer third = client.read();
  EXPECT_EQ(third.body, "GET /c 0");
  EXPECT_EQ(third.headers.at("cache-control"), "no-store");
  EXPECT_TRUE(third.headers.contains("date"));
  client.send("GET /d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.read().body, "GET /d 0");
  EXPECT_TRUE(client.closes(2s));
  HttpClient old(port_);
  old.send("GET /e HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read().body, "GET /e 0");
  EXPECT_TRUE(old.closes(2s));
}

TEST_F(HttpServerUnit, ChunkedBodiesHeadAndAbsoluteTargets) {
  EXPECT_EQ(
      raw("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n8;x=y\r\n12345678\r\n"
          "0\r\nTrailer: 1\r\n\r\n")
          .body,
      "POST /a 11");
  HttpClient client(port_);
  client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + HttpAsk{"GET", "/b"}.text());
  EXPECT_EQ(client.read(true).headers.at("content-length"), std::to_string(std::string("HEAD /a 0").size()));
  EXPECT_EQ(client.read().body, "GET /b 0");
  EXPECT_EQ(raw("GET http://a/abs HTTP/1.1\r\nHost: a\r\n\r\n").body, "GET /abs 0");
}

TEST_F(HttpServerUnit, ABodyIsAskedForWhereTheClientWaits) {
  HttpClient client(port_);
  client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read().status, 100);
  client.send("12345");
  EXPECT_EQ(client.read().body, "POST /a 5");
  HttpClient refused(port_);
  refused.send("POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(refused.read().status, 401);
  EXPECT_TRUE(refused.closes(3s));
  EXPECT_EQ(raw("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: tea\r\n\r\n").status, 417);
}

TEST_F(HttpServerUnit, WhatCanBeReadInTwoWaysIsRefused) {
  const std::string host = "Host: a\r\n";
  for (const std::string& head : {
           "POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
           "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 4\r\n",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: 3, 4\r\n",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: +3\r\n",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: -3\r\n",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: 0x3\r\n",
           "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n",
           "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n",
           "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n",
           "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding : chunked\r\n",
           "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding:\x0b chunked\r\n",
           std::string("GET / HTTP/1.1\r\n"),
           "GET / HTTP/1.1\r\n" + host + "Host: b\r\n",
           "GET / HTTP/1.1\r\n" + host + " folded: 1\r\n: empty\r\n",
           "GET / HTTP/1.1\r\n" + host + "A\rB: 1\r\n",
           "GET / HTTP/1.1\r\n" + host + std::string("A: \0\r\n", 6),
           "GET / HTTP/2.0\r\n" + host,
           "GET /a b HTTP/1.1\r\n" + host,
           "GET  / HTTP/1.1\r\n" + host,
           "G\x01T / HTTP/1.1\r\n" + host,
           std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n"),  // TLS
           std::string("PRI * HTTP/2.0\r\n"),
       }) {
    HttpClient client(port_);
    client.send(head + "\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    const HttpAnswer answer = client.read(false, 3s);
    EXPECT_EQ(answer.status, 400) << head << answer.body;
    EXPECT_EQ(client.read(false, 3s).status, 0) << head;  // nothing behind it is answered
  }
}

TEST_F(HttpServerUnit, WhatIsTooLargeIsRefused) {
  EXPECT_EQ(raw("GET / HTTP/1.1\r\nHost: a\r\nA: " + std::string(8000, 'a') + "\r\n\r\n").status, 431);
  EXPECT_EQ(raw("GET /" + std::string(8000, 'a')).status, 431);
  EXPECT_EQ(raw("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n").status, 413);
  EXPECT_EQ(raw("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n").status, 413);
  EXPECT_EQ(raw("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n").status, 400);
  std::string chunks = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 30; ++i) chunks += "1000\r\n" + std::string(4096, 'a') + "\r\n";
  EXPECT_EQ(raw(chunks + "0\r\n\r\n").status, 413);
  EXPECT_EQ(
      raw("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n").status,
      413);
  EXPECT_EQ(raw("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n").status, 400);
}

TEST_F(HttpServerUnit, SlowSendersAreCut) {
  const auto begin = std::chrono::steady_clock::now();
  HttpClient head(port_), body(port_), trickle(port_), silent(port_), half(port_);
  head.send("GET / HTTP/1.1\r\nHost:");
  body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123");
  half.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123");
  half.half_close();
  EXPECT_TRUE(head.closes(2s));
  EXPECT_TRUE(body.closes(2s));
  EXPECT_TRUE(half.closes(1s));
  // A byte now and then keeps no connection for ever.
  trickle.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
  for (int i = 0; i < 12 && trickle.send("a"); ++i) std::this_thread::sleep_for(250ms);
  EXPECT_TRUE(trickle.closes(1s));
  EXPECT_TRUE(silent.closes(4s));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 12s);
}

TEST_F(HttpServerUnit, AHandlerThatLosesARequestDoesNotLoseTheConnection) {
  HttpClient client(port_);
  client.send(HttpAsk{"GET", "/drop"}.text() + HttpAsk{"GET", "/a"}.text());
  EXPECT_EQ(client.read().status, 500);
  EXPECT_EQ(client.read().body, "GET /a 0");
}

TEST_F(HttpServerUnit, MoreConnectionsThanAllowedAreClosedAndOthersGoOn) {
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(std::make_unique<HttpClient>(port_));
    clients.back()->send(HttpAsk{"GET", "/a"}.text());
    EXPECT_EQ(clients.back()->read().body, "GET /a 0");
  }
  HttpClient one_more(port_);
  EXPECT_TRUE(one_more.closes(2s));
  clients.front()->send(HttpAsk{"GET", "/b"}.text());
  EXPECT_EQ(clients.front()->read().body, "GET /b 0");
}

TEST_F(HttpServerUnit, StopFinishesWhatIsInHandAndClosesTheRest) {
  HttpClient idle(port_), busy(port_);
  idle.send(HttpAsk{"GET", "/a"}.text());
  EXPECT_EQ(idle.read().body, "GET /a 0");
  busy.send(HttpAsk{"GET", "/slow"}.text());
  std::this_thread::sleep_for(200ms);
  const auto begin = std::chrono::steady_clock::now();
  server_->stop(5s);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  EXPECT_EQ(busy.read().body, "slow");
  EXPECT_TRUE(idle.closes(1s));
  HttpClient late(port_);
  EXPECT_FALSE(late.connected());
}

}  // namespace
}  // namespace kith::server
