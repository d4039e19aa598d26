#include "server/http_server.h"

#include <fmt/format.h>
#include <kith/error.h>

#include <array>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <condition_variable>
#include <ctime>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

#include "core/lower_case.h"
#include "server/tls.h"

namespace kith::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using Strand = asio::strand<asio::io_context::executor_type>;
using StrandSocket = asio::basic_stream_socket<tcp, Strand>;
using PlainStream = beast::basic_stream<tcp, Strand>;
using TlsStream = beast::ssl_stream<PlainStream>;
using Parser = http::request_parser<http::string_body>;
using Clock = std::chrono::steady_clock;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t kFirstRead = 2 << 10;  // most heads
constexpr std::uint64_t kDrained =
    1 << 20;  // of a body that nobody wants, so that its sender reads the answer
constexpr auto kDrainTime = std::chrono::seconds(1);
constexpr auto kReadersPatience =
    std::chrono::seconds(1);  // stop(): for requests that are still on their way

// IMF-fixdate (RFC 9110, 5.6.7).
std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return text.data();
}

// An IPv4 address that came in by an IPv6 socket is one.
std::string address_text(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

// Why a head that the parser took is refused all the same: another server could read it in another way.
std::optional<std::string> ambiguity(const http::request<http::string_body>& head) {
  if (head.version() != 11 && head.version() != 10) return "this version of HTTP is not spoken here";
  if (head.version() == 11 && head.count(http::field::host) != 1) return "exactly one Host is needed";
  const auto coding = head.find(http::field::transfer_encoding);
  if (coding != head.end() && (head.version() == 10 || !beast::iequals(coding->value(), "chunked")))
    return "no Transfer-Encoding but chunked is understood";
  if (coding != head.end() && head.count(http::field::content_length) > 0)
    return "Content-Length and Transfer-Encoding";
  return std::nullopt;
}

// "http://host/path" is "/path" (RFC 9112, 3.2.2).
std::string_view origin_form(std::string_view target) {
  if (target.starts_with('/')) return target;
  const std::size_t host = target.find("://");
  const std::size_t path = host == target.npos ? host : target.find('/', host + 3);
  return path == target.npos ? std::string_view() : target.substr(path);
}

Request request_of(const http::request<http::string_body>& head, const std::string& peer) {
  Request request;
  request.method = std::string(head.method_string());
  request.peer = peer;
  const beast::string_view sent = head.target();
  const std::string_view target = origin_form({sent.data(), sent.size()});
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = std::string(target.substr(0, mark));
  request.query = Query(target.substr(std::min(mark + 1, target.size())));
  for (const auto& field : head)
    request.headers.emplace_back(lower_case(std::string(field.name_string())), std::string(field.value()));
  return request;
}

http::response<http::string_body> response_of(Response&& answer, unsigned version, bool keep_alive) {
  http::response<http::string_body> response(static_cast<http::status>(answer.status), version);
  response.set(http::field::date, http_date());
  response.set(http::field::server, "kith");
  response.set("X-Content-Type-Options", "nosniff");
  response.set(http::field::cache_control, "no-store");
  if (!answer.type.empty()) response.set(http::field::content_type, answer.type);
  for (const auto& [name, value] : answer.headers) response.set(name, value);
  response.keep_alive(keep_alive);
  response.body() = std::move(answer.body);
  response.prepare_payload();
  return response;
}

// A connection, as far as stop() has to know it.
struct Connection {
  enum State { kIdle, kReading, kInHand };
  std::atomic<State> state = kIdle;
  std::function<void(State most)> close;  // where it has not got further; from any thread
};

// Its share of the memory for bodies.
class BodyShare {
 public:
  explicit BodyShare(std::atomic<std::uint64_t>& taken) : taken_(taken) {}
  ~BodyShare() { taken_ -= mine_; }
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;
  /// @return what all have then.
  std::uint64_t grow(std::uint64_t to) {
    const std::uint64_t more = to - std::min(mine_, to);
    mine_ += more;
    return taken_ += more;
  }

 private:
  std::atomic<std::uint64_t>& taken_;
  std::uint64_t mine_ = 0;
};

// One request's answer, from whatever thread to the connection's own. A handler that loses it has failed.
template <typename Completion>
class PendingReply {
 public:
  explicit PendingReply(Completion completion) : completion_(std::move(completion)) {}
  ~PendingReply() { send({500, {}, {}, {}}); }
  PendingReply(const PendingReply&) = delete;
  PendingReply& operator=(const PendingReply&) = delete;
  void send(Response response) {
    if (sent_.exchange(true)) return;
    const auto executor = asio::get_associated_executor(completion_);
    asio::post(executor, [completion = std::move(completion_), response = std::move(response)]() mutable {
      completion(std::move(response));
    });
  }

 private:
  std::atomic<bool> sent_ = false;
  Completion completion_;
};

// What an error while reading is answered with; 0: nobody is there to be answered. Who was too slow has lost
// the connection already.
unsigned status_of(const beast::error_code& error) {
  if (error == http::error::header_limit) return 431;
  if (error == http::error::body_limit) return 413;
  if (error == http::error::end_of_stream || error == http::error::partial_message) return 0;
  return error.category() == http::make_error_code(http::error::bad_value).category() ? 400 : 0;
}

}  // namespace

struct HttpServer::Impl {
  Impl(const HttpOptions& given, HttpHandler wanted)
      : options(given), handler(std::move(wanted)), io(threads()), acceptor(asio::make_strand(io)) {
    listen();
    if (!options.certificate.empty()) certificate.emplace(options.certificate, options.key);
  }

  int threads() const {
    return options.threads > 0 ? options.threads
                               : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }

  void listen();
  asio::awaitable<void> accept();
  void open(StrandSocket socket);
  template <typename Stream>
  void begin(std::shared_ptr<Stream> stream, std::shared_ptr<void> keeps);
  template <typename Stream>
  asio::awaitable<void> serve(std::shared_ptr<Stream> stream, std::shared_ptr<Connection> connection,
                              std::shared_ptr<void> keeps);
  template <typename Stream>
  asio::awaitable<bool> serve_one(Stream& stream, Connection& connection, beast::flat_buffer& buffer,
                                  const std::string& peer);
  template <typename Stream>
  asio::awaitable<beast::error_code> read_body(Stream& stream, beast::flat_buffer& buffer, Parser& parser,
                                               BodyShare& share);
  template <typename Stream>
  asio::awaitable<bool> write(Stream& stream, Response answer, unsigned version, bool keep_alive,
                              bool head_only);
  template <typename Stream>
  asio::awaitable<bool> refuse(Stream& stream, Response answer, bool head_only);
  auto answer(Request request);
  void forget(const std::shared_ptr<Connection>& connection);
  void close_connections(Connection::State most);

  HttpOptions options;
  HttpHandler handler;
  asio::io_context io;
  tcp::acceptor acceptor;
  std::optional<CertificateFiles> certificate;
  std::atomic<bool> stopping = false;
  std::atomic<std::uint64_t> body_bytes = 0;
  mutable std::mutex mutex;  // of the list
  std::list<std::shared_ptr<Connection>> connections;
  std::condition_variable gone;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
  std::vector<std::thread> pool;
};

void HttpServer::Impl::listen() {
  const auto require = [&](const beast::error_code& failed, ErrorCode code) {
    if (!failed) return;
    throw Error(code,
                fmt::format("cannot listen at {}:{}: {}", options.host, options.port, failed.message()));
  };
  beast::error_code failed;
  const auto found =
      tcp::resolver(io).resolve(options.host, std::to_string(options.port), tcp::resolver::passive, failed);
  require(failed, ErrorCode::kInvalidArgument);
  const tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor.open(endpoint.protocol(), failed);
  require(failed, ErrorCode::kIo);
  acceptor.set_option(asio::socket_base::reuse_address(true), failed);
  acceptor.bind(endpoint, failed);
  require(failed, ErrorCode::kIo);
  acceptor.listen(asio::socket_base::max_listen_connections, failed);
  require(failed, ErrorCode::kIo);
}

asio::awaitable<void> HttpServer::Impl::accept() {
  while (!stopping) {
    auto [failed, socket] = co_await acceptor.async_accept(asio::make_strand(io), kAwait);
    if (!failed) {
      open(std::move(socket));
      continue;
    }
    // Out of descriptors, mostly: those who wait are taken when others have gone.
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(50));
    co_await timer.async_wait(kAwait);
  }
}

void HttpServer::Impl::open(StrandSocket socket) {
  beast::error_code ignored;
  {
    const std::lock_guard lock(mutex);
    if (stopping || connections.size() >= options.max_connections) {
      socket.close(ignored);
      return;
    }
  }
  socket.set_option(tcp::no_delay(true), ignored);
  if (!certificate) return begin(std::make_shared<PlainStream>(std::move(socket)), nullptr);
  const std::shared_ptr<asio::ssl::context> context = certificate->current();
  begin(std::make_shared<TlsStream>(PlainStream(std::move(socket)), *context), context);
}

template <typename Stream>
void HttpServer::Impl::begin(std::shared_ptr<Stream> stream, std::shared_ptr<void> keeps) {
  const auto executor = stream->get_executor();
  auto connection = std::make_shared<Connection>();
  const std::weak_ptr<Connection> state = connection;
  connection->close = [state, executor, stream = std::weak_ptr<Stream>(stream)](Connection::State most) {
    asio::post(executor, [state, stream, most] {
      const auto known = state.lock();
      const auto open = stream.lock();
      if (known && open && known->state <= most) beast::get_lowest_layer(*open).cancel();
    });
  };
  {
    const std::lock_guard lock(mutex);
    connections.push_back(connection);
  }
  asio::co_spawn(executor, serve(std::move(stream), std::move(connection), std::move(keeps)), asio::detached);
}

void HttpServer::Impl::forget(const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex);
  connections.remove(connection);
  if (connections.empty()) gone.notify_all();
}

template <typename Stream>
asio::awaitable<void> HttpServer::Impl::serve(std::shared_ptr<Stream> stream,
                                              std::shared_ptr<Connection> connection,
                                              [[maybe_unused]] std::shared_ptr<void> keeps) {
  PlainStream& lowest = beast::get_lowest_layer(*stream);
  try {
    beast::error_code failed;
    const auto endpoint = lowest.socket().remote_endpoint(failed);
    const std::string peer = failed ? std::string() : address_text(endpoint.address());
    if constexpr (!std::is_same_v<Stream, PlainStream>) {
      lowest.expires_after(options.header_time);
      const auto [refused] = co_await stream->async_handshake(asio::ssl::stream_base::server, kAwait);
      failed = refused;
    }
    beast::flat_buffer buffer;
    while (!failed && co_await serve_one(*stream, *connection, buffer, peer)) {
    }
    if constexpr (!std::is_same_v<Stream, PlainStream>) {
      lowest.expires_after(kDrainTime);
      co_await stream->async_shutdown(kAwait);
    }
    lowest.socket().shutdown(tcp::socket::shutdown_both, failed);
  } catch (const std::exception&) {  // memory: this connection ends, the others go on
  }
  forget(connection);
}

// @return whether the connection may be used again.
template <typename Stream>
asio::awaitable<bool> HttpServer::Impl::serve_one(Stream& stream, Connection& connection,
                                                  beast::flat_buffer& buffer, const std::string& peer) {
  PlainStream& lowest = beast::get_lowest_layer(stream);
  if (buffer.size() == 0) {
    connection.state = Connection::kIdle;
    if (stopping) co_return false;
    buffer = beast::flat_buffer();  // an idle connection holds nothing of the request before
    lowest.expires_after(options.idle_time);
    const auto [failed, size] = co_await stream.async_read_some(buffer.prepare(kFirstRead), kAwait);
    if (failed) co_return false;
    buffer.commit(size);
  }
  connection.state = Connection::kReading;
  Parser parser;
  parser.header_limit(options.max_header_bytes);
  parser.body_limit(boost::none);
  lowest.expires_after(options.header_time);
  {
    const auto [failed, size] = co_await http::async_read_header(stream, buffer, parser, kAwait);
    if (failed) {
      const unsigned status = status_of(failed);
      if (status != 0) co_await refuse(stream, handler.malformed(status, failed.message()), false);
      co_return false;
    }
  }
  const unsigned version = parser.get().version();
  const bool head_only = parser.get().method() == http::verb::head;
  if (const auto why = ambiguity(parser.get()))
    co_return co_await refuse(stream, handler.malformed(400, *why), head_only);
  Request request = request_of(parser.get(), peer);
  Admission admission = handler.admit(request);
  if (admission.refused) {
    if (!parser.is_done()) co_return co_await refuse(stream, std::move(*admission.refused), head_only);
    const bool again = parser.keep_alive() && !stopping;
    co_return co_await write(stream, std::move(*admission.refused), version, again, head_only);
  }
  if (parser.content_length().value_or(0) > admission.max_body_bytes) {
    const std::string why = fmt::format("the body may have {} bytes", admission.max_body_bytes);
    co_return co_await refuse(stream, handler.malformed(413, why), head_only);
  }
  parser.body_limit(admission.max_body_bytes);
  const std::string_view expects = request.header("expect");
  if (!expects.empty() && !beast::iequals({expects.data(), expects.size()}, "100-continue"))
    co_return co_await refuse(stream, handler.malformed(417, "nothing but 100-continue"), head_only);
  if (!expects.empty() && !parser.is_done() && buffer.size() == 0) {
    static constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto [failed, size] =
        co_await asio::async_write(stream, asio::buffer(kGoOn.data(), kGoOn.size()), kAwait);
    if (failed) co_return false;
  }
  BodyShare share(body_bytes);
  const beast::error_code failed = co_await read_body(stream, buffer, parser, share);
  if (failed) {
    const unsigned status = failed == beast::errc::not_enough_memory ? 503 : status_of(failed);
    if (status != 0) co_await refuse(stream, handler.malformed(status, failed.message()), head_only);
    co_return false;
  }
  const bool keep_alive = parser.keep_alive();
  request.body = std::move(parser.get().body());
  connection.state = Connection::kInHand;
  lowest.expires_never();
  Response response = co_await answer(std::move(request));
  co_return co_await write(stream, std::move(response), version, keep_alive && !stopping, head_only);
}

template <typename Stream>
asio::awaitable<beast::error_code> HttpServer::Impl::read_body(Stream& stream, beast::flat_buffer& buffer,
                                                               Parser& parser, BodyShare& share) {
  const Clock::time_point end = Clock::now() + options.body_time;
  while (!parser.is_done()) {
    const Clock::time_point step = Clock::now() + options.step_time;
    beast::get_lowest_layer(stream).expires_at(std::min(step, end));
    const auto [failed, size] = co_await http::async_read_some(stream, buffer, parser, kAwait);
    if (failed) co_return failed;
    if (share.grow(parser.get().body().size()) > options.max_waiting_bytes)
      co_return make_error_code(beast::errc::not_enough_memory);
  }
  co_return beast::error_code();
}

// The handler's answer, awaited.
auto HttpServer::Impl::answer(Request request) {
  auto begin = [this](auto completion, Request asked) {
    using Completion = decltype(completion);
    auto pending = std::make_shared<PendingReply<Completion>>(std::move(completion));
    handler.handle(std::move(asked), [pending](Response response) { pending->send(std::move(response)); });
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Response)>(
      std::move(begin), asio::use_awaitable, std::move(request));
}

// @return whether the connection may be used again.
template <typename Stream>
asio::awaitable<bool> HttpServer::Impl::write(Stream& stream, Response answer, unsigned version,
                                              bool keep_alive, bool head_only) {
  http::response<http::string_body> response = response_of(std::move(answer), version, keep_alive);
  if (head_only) response.body().clear();  // Content-Length stays what it would be
  beast::get_lowest_layer(stream).expires_after(options.write_time);
  const auto [failed, size] = co_await http::async_write(stream, response, kAwait);
  co_return !failed && keep_alive;
}

// Answers and closes. What the other side still sends is read for a moment: a connection that is closed with
// bytes unread is reset, and the answer lost (RFC 9112, 9.6). @return false: the connection is not used
// again.
template <typename Stream>
asio::awaitable<bool> HttpServer::Impl::refuse(Stream& stream, Response answer, bool head_only) {
  co_await write(stream, std::move(answer), 11, false, head_only);
  PlainStream& lowest = beast::get_lowest_layer(stream);
  beast::error_code ignored;
  if constexpr (std::is_same_v<Stream, PlainStream>)
    lowest.socket().shutdown(tcp::socket::shutdown_send, ignored);
  lowest.expires_after(kDrainTime);
  std::vector<char> waste(kFirstRead);
  for (std::uint64_t drained = 0; drained < kDrained;) {
    const auto [failed, size] = co_await stream.async_read_some(asio::buffer(waste), kAwait);
    if (failed) break;
    drained += size;
  }
  co_return false;
}

void HttpServer::Impl::close_connections(Connection::State most) {
  const std::lock_guard lock(mutex);
  for (const auto& connection : connections) connection->close(most);
}

HttpServer::HttpServer(const HttpOptions& options, HttpHandler handler)
    : impl_(std::make_unique<Impl>(options, std::move(handler))) {}

HttpServer::~HttpServer() { stop(std::chrono::milliseconds(0)); }

void HttpServer::start() {
  impl_->work.emplace(impl_->io.get_executor());
  asio::co_spawn(impl_->acceptor.get_executor(), impl_->accept(), asio::detached);
  for (int i = 0; i < impl_->threads(); ++i) impl_->pool.emplace_back([this] { impl_->io.run(); });
}

void HttpServer::stop(std::chrono::milliseconds patience) {
  if (impl_->stopping.exchange(true)) return;
  asio::post(impl_->acceptor.get_executor(), [this] {
    beast::error_code ignored;
    impl_->acceptor.close(ignored);
  });
  impl_->close_connections(Connection::kIdle);
  {
    const auto none = [&] { return impl_->connections.empty(); };
    std::unique_lock lock(impl_->mutex);
    const auto end = Clock::now() + patience;
    if (!impl_->gone.wait_until(lock, std::min(end, Clock::now() + kReadersPatience), none)) {
      lock.unlock();
      impl_->close_connections(Connection::kReading);
      lock.lock();
      impl_->gone.wait_until(lock, end, none);
    }
  }
  impl_->work.reset();
  impl_->io.stop();
  for (std::thread& thread : impl_->pool) thread.join();
  impl_->pool.clear();
}

std::string HttpServer::url() const {
  const tcp::endpoint at = impl_->acceptor.local_endpoint();
  const std::string host =
      at.address().is_v6() ? "[" + at.address().to_string() + "]" : at.address().to_string();
  return fmt::format("{}://{}:{}", impl_->certificate ? "https" : "http", host, at.port());
}

bool HttpServer::is_local() const { return impl_->acceptor.local_endpoint().address().is_loopback(); }

std::size_t HttpServer::connections() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->connections.size();
}

}  // namespace kith::server
