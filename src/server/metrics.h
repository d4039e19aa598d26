// Metrics: what the service has done, in Prometheus' text format. No names of people, no addresses.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace kith::server {

/// Thread-safe.
class Metrics {
 public:
  /// @param route  its pattern, never the path.
  void request(const std::string& route, unsigned status, double seconds);
  /// @param stage  "decode", "detect", "embed", "wait".
  void stage(const std::string& stage, double seconds);
  void faces(std::size_t count);

  /// What is so at the moment, asked for when the page is.
  struct Now {
    std::size_t connections = 0, waiting = 0, running = 0, people = 0, photos = 0;
  };
  std::string page(const Now& now) const;

 private:
  static constexpr std::array kBounds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0};  // seconds
  struct Times {
    std::array<std::uint64_t, kBounds.size()> up_to{};
    std::uint64_t count = 0;
    double sum = 0;
    void add(double seconds);
  };
  static void write_times(std::string& page, const std::string& name, const std::string& label,
                          const Times& times);

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, unsigned>, std::uint64_t> requests_;
  std::map<std::string, Times> by_route_, by_stage_;
  std::uint64_t faces_ = 0;
};

}  // namespace kith::server
