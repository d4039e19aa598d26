#include "server/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "core/clock.h"
#include "core/random.h"
#include "desk/photo_id.h"
#include "desk/work_queue.h"
#include "server/access.h"
#include "server/compreface_api.h"
#include "server/deepstack_api.h"
#include "server/metrics.h"

namespace kith::server {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::seconds(5);  // of stop()
constexpr int kOtherWorkers = 2;  // so that a gallery that another process holds does not stop every list

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// A path in which clients write slashes twice and encoded (interfaces of CompreFace's .NET SDK).
std::string folded(const std::string& path) {
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    char c = path[i];
    if (c == '%' && i + 2 < path.size() && path[i + 1] == '2' && (path[i + 2] | 0x20) == 'f') {
      c = '/';
      i += 2;
    }
    if (c != '/' || !text.ends_with('/')) text += c;
  }
  return text;
}

}  // namespace

struct Service::Impl {
  Impl(Desk& the_desk, Keys& keys, AuditLog& the_audit, const ServiceOptions& given)
      : options(given),
        desk(the_desk),
        audit(the_audit),
        access(keys, given.needs_key),
        pictures(workers(), given.most_waiting),
        others(kOtherWorkers, given.most_waiting) {
    add_kith_routes(routes, options.bodies);
    add_compreface_routes(routes, options.bodies);
    add_deepstack_routes(routes, options.bodies);
    add_own_routes();
    http = std::make_unique<HttpServer>(
        options.http,
        HttpHandler{[this](const Request& head) { return admit(head); },
                    [this](Request request, std::function<void(Response)> reply) {
                      handle(std::move(request), std::move(reply));
                    },
                    [this](unsigned status, const std::string& why) { return malformed(status, why); }});
  }

  int workers() const {
    return options.pictures_at_once > 0 ? options.pictures_at_once
                                        : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }

  void add_own_routes();
  const Api& api_of(const std::string& path) const;
  Router<Route>::Match find(const Request& request) const;
  Response told(const Trouble& trouble, const Request& request, const Api& api) const;
  Admission admit(const Request& head);
  Admission admit_to(const Request& head, const Router<Route>::Match& match);
  void handle(Request request, std::function<void(Response)> reply);
  Response run(const Request& request, const Router<Route>::Match& match, Clock::time_point came);
  Response answer(const Request& request, const Router<Route>::Match& match, std::string& who);
  Response malformed(unsigned status, const std::string& why);
  void note(const Request& request, const std::string& pattern, unsigned status, const std::string& who,
            double seconds);
  Metrics::Now now() const;

  ServiceOptions options;
  Desk& desk;
  AuditLog& audit;
  Access access;
  Metrics metrics;
  Router<Route> routes;
  std::atomic<bool> stopping = false;
  std::unique_ptr<HttpServer> http;
  WorkQueue pictures, others;  // the last: their tasks end before the rest goes
};

void Service::Impl::add_own_routes() {
  const auto add = [&](const char* path, auto handle) {
    routes.add("GET", path, {handle, &kith_api(), 0, true, Work::kAtOnce, 0});
  };
  add("/healthz", [](const Call&) { return json_response({{"ok", true}}); });
  add("/readyz", [this](const Call&) {
    const bool ready = desk.is_well() && !stopping;
    return json_response({{"ready", ready}}, ready ? 200 : 503);
  });
  add("/metrics", [this](const Call&) {
    return Response{200, metrics.page(now()), "text/plain; version=0.0.4; charset=utf-8"};
  });
  for (const char* path : {"/openapi.json", "/v1/openapi.json"})
    add(path, [](const Call&) { return Response{200, openapi_document()}; });
}

Metrics::Now Service::Impl::now() const {
  Metrics::Now now{http->connections(), pictures.waiting(), pictures.running()};
  const auto known = desk.known();
  now.people = known->people().size();
  for (const Person& person : known->people()) now.photos += person.samples.size();
  return now;
}

const Api& Service::Impl::api_of(const std::string& path) const {
  for (const Api* api : {&compreface_api(), &deepstack_api()})
    if (path.starts_with(api->prefix)) return *api;
  return kith_api();
}

Router<Route>::Match Service::Impl::find(const Request& request) const {
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  const bool fold = request.path.starts_with("/api/v1/static/");
  return routes.find(method, fold ? folded(request.path) : request.path);
}

Response Service::Impl::told(const Trouble& trouble, const Request& request, const Api& api) const {
  Response response = api.say(trouble, request);
  if (trouble.retry_after_s > 0)
    response.headers.emplace_back("Retry-After", std::to_string(trouble.retry_after_s));
  if (!trouble.allow.empty()) response.headers.emplace_back("Allow", trouble.allow);
  if (response.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

Response Service::Impl::malformed(unsigned status, const std::string& why) {
  const Request nothing;
  note(nothing, "-", status, "-", 0);
  return told({status, "malformed", why, status == 503 ? 1U : 0U}, nothing, kith_api());
}

Admission Service::Impl::admit_to(const Request& head, const Router<Route>::Match& match) {
  const Api& api = match.route != nullptr ? *match.route->api : api_of(head.path);
  if (match.route == nullptr) {
    std::string allow;
    for (const std::string& method : match.other_methods) allow += (allow.empty() ? "" : ", ") + method;
    if (head.method == "OPTIONS" && !match.pattern.empty()) {
      if (api.preflight) return {api.preflight(head), 0};
      return {Response{204, {}, {}, {{"Allow", allow}}}, 0};
    }
    if (match.pattern.empty()) return {told({404, "no_such_route", "there is nothing here"}, head, api), 0};
    return {told({405, "method_not_allowed", "this is answered: " + allow, 0, allow}, head, api), 0};
  }
  const std::variant<Key, Trouble> who = access.check(head, *match.route, true);
  if (const auto* trouble = std::get_if<Trouble>(&who)) return {told(*trouble, head, api), 0};
  return {std::nullopt, match.route->max_body_bytes};
}

Admission Service::Impl::admit(const Request& head) {
  const Router<Route>::Match match = find(head);
  Admission admission = admit_to(head, match);
  if (admission.refused) note(head, match.pattern, admission.refused->status, "-", 0);
  return admission;
}

void Service::Impl::handle(Request request, std::function<void(Response)> reply) {
  const Clock::time_point came = Clock::now();
  Router<Route>::Match match = find(request);
  request.id = uuid_text(random_bytes(8));
  const Work work = match.route->work;
  if (work == Work::kAtOnce) return reply(run(request, match, came));
  // std::function copies what it holds: shared, the picture is not copied.
  const auto shared =
      std::make_shared<std::pair<Request, Router<Route>::Match>>(std::move(request), std::move(match));
  WorkQueue& queue = work == Work::kPicture ? pictures : others;
  const bool taken = queue.push([this, shared, reply, came, work] {
    if (work == Work::kPicture) metrics.stage("wait", seconds_since(came));
    reply(run(shared->first, shared->second, came));
  });
  if (taken) return;
  note(shared->first, shared->second.pattern, 503, "-", 0);
  reply(told({503, "busy", "too many pictures wait already: come again in a second", 1}, shared->first,
             *shared->second.route->api));
}

Response Service::Impl::run(const Request& request, const Router<Route>::Match& match,
                            Clock::time_point came) {
  const Api& api = *match.route->api;
  const auto failed = [&](const Error& error) {
    if (options.log && (error.code() == ErrorCode::kIo || error.code() == ErrorCode::kInternal))
      options.log("error id=" + request.id + " what=" + Json(error.what()).dump());
    return told(trouble_of(error), request, api);
  };
  Response response;
  std::string who = "-";
  try {
    response = answer(request, match, who);
  } catch (Answered& answered) {
    response = std::move(answered.response);
  } catch (const Error& error) {
    response = failed(error);
  } catch (const std::exception& error) {
    response = failed({ErrorCode::kInternal, error.what()});
  }
  if (api.finish) api.finish(response);
  response.headers.emplace_back("X-Request-Id", request.id);
  note(request, match.pattern, response.status, who, seconds_since(came));
  return response;
}

Response Service::Impl::answer(const Request& request, const Router<Route>::Match& match, std::string& who) {
  const std::variant<Key, Trouble> checked = access.check(request, *match.route, false);
  if (const auto* trouble = std::get_if<Trouble>(&checked)) return told(*trouble, request, *match.route->api);
  const Key& key = std::get<Key>(checked);
  who = key.id;
  const auto looked = [&](const LookedAt& seen) {
    metrics.stage("decode", seen.decode_ms / 1000);
    metrics.stage("detect", seen.detect_ms / 1000);
    metrics.stage("embed", seen.embed_ms / 1000);
    metrics.faces(seen.faces.size());
  };
  const auto changed = [&](const Json& did) {
    audit.write({{"key", key.id}, {"peer", request.peer}, {"request", request.id}}, did);
  };
  return match.route->handle({request, match.values, key, desk, looked, changed});
}

void Service::Impl::note(const Request& request, const std::string& pattern, unsigned status,
                         const std::string& who, double seconds) {
  const std::string route = pattern.empty() ? "-" : pattern;
  metrics.request(route, status, seconds);
  if (!options.log) return;
  options.log(fmt::format("request id={} method={} route={} status={} ms={:.1f} bytes={} key={} peer={}",
                          request.id.empty() ? "-" : request.id,
                          request.method.empty() ? "-" : request.method, route, status, seconds * 1000,
                          request.body.size(), who, request.peer.empty() ? "-" : request.peer));
}

Service::Service(Desk& desk, Keys& keys, AuditLog& audit, const ServiceOptions& options)
    : impl_(std::make_unique<Impl>(desk, keys, audit, options)) {}

Service::~Service() { stop(); }

void Service::start() { impl_->http->start(); }

void Service::stop() {
  impl_->stopping = true;
  impl_->http->stop(kPatience);
}

std::string Service::url() const { return impl_->http->url(); }
bool Service::is_local() const { return impl_->http->is_local(); }
std::vector<std::pair<std::string, std::string>> Service::routes() const { return impl_->routes.all(); }

}  // namespace kith::server
