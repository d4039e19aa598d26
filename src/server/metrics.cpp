#include "server/metrics.h"

#include <fmt/format.h>

namespace kith::server {

void Metrics::Times::add(double seconds) {
  for (std::size_t i = 0; i < kBounds.size(); ++i) up_to.at(i) += seconds <= kBounds.at(i) ? 1 : 0;
  ++count;
  sum += seconds;
}

void Metrics::request(const std::string& route, unsigned status, double seconds) {
  const std::lock_guard lock(mutex_);
  ++requests_[{route, status}];
  by_route_[route].add(seconds);
}

void Metrics::stage(const std::string& stage, double seconds) {
  const std::lock_guard lock(mutex_);
  by_stage_[stage].add(seconds);
}

void Metrics::faces(std::size_t count) {
  const std::lock_guard lock(mutex_);
  faces_ += count;
}

void Metrics::write_times(std::string& page, const std::string& name, const std::string& label,
                          const Times& times) {
  for (std::size_t i = 0; i < kBounds.size(); ++i)
    page += fmt::format("{}_bucket{{{},le=\"{}\"}} {}\n", name, label, kBounds.at(i), times.up_to.at(i));
  page += fmt::format("{}_bucket{{{},le=\"+Inf\"}} {}\n", name, label, times.count);
  page += fmt::format("{0}_sum{{{1}}} {2:.6f}\n{0}_count{{{1}}} {3}\n", name, label, times.sum, times.count);
}

std::string Metrics::page(const Now& now) const {
  std::string page;
  const auto head = [&](const char* name, const char* type, const char* help) {
    page += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
  };
  const auto gauge = [&](const char* name, const char* help, std::size_t value) {
    head(name, "gauge", help);
    page += fmt::format("{} {}\n", name, value);
  };
  const std::lock_guard lock(mutex_);
  head("kith_requests_total", "counter", "Requests by route and HTTP status.");
  for (const auto& [key, count] : requests_)
    page +=
        fmt::format("kith_requests_total{{route=\"{}\",status=\"{}\"}} {}\n", key.first, key.second, count);
  head("kith_request_seconds", "histogram", "From the whole request to its answer.");
  for (const auto& [route, times] : by_route_)
    write_times(page, "kith_request_seconds", "route=\"" + route + "\"", times);
  head("kith_stage_seconds", "histogram", "What pictures spend their time with.");
  for (const auto& [stage, times] : by_stage_)
    write_times(page, "kith_stage_seconds", "stage=\"" + stage + "\"", times);
  head("kith_faces_total", "counter", "Faces that were found.");
  page += fmt::format("kith_faces_total {}\n", faces_);
  gauge("kith_connections", "Open connections.", now.connections);
  gauge("kith_queue_waiting", "Pictures that wait for their turn.", now.waiting);
  gauge("kith_queue_running", "Pictures that are looked at.", now.running);
  gauge("kith_people", "People in the gallery.", now.people);
  gauge("kith_photos", "Photos in the gallery.", now.photos);
  return page;
}

}  // namespace kith::server
