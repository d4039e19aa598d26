#include "server/backoff.h"

#include <algorithm>

namespace kith::server {
namespace {

constexpr std::size_t kMostAddresses = 10'000;
constexpr auto kForgotten = std::chrono::minutes(10);
constexpr int kMostDoublings = 6;

// An IPv6 address is one of 2^64 that its owner can take: the network counts.
std::string owner(const std::string& address) {
  std::size_t colons = 0, end = 0;
  for (; end < address.size() && colons < 4; ++end) colons += address[end] == ':' ? 1 : 0;
  return colons < 4 ? address : address.substr(0, end);
}

}  // namespace

std::chrono::seconds Backoff::wait(const std::string& address, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(owner(address));
  if (found == failures_.end() || found->second.until <= now) return std::chrono::seconds(0);
  return std::chrono::ceil<std::chrono::seconds>(found->second.until - now);
}

void Backoff::fail(const std::string& address, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (failures_.size() >= kMostAddresses) forget_old(now);
  Failures& failures = failures_[owner(address)];
  if (now - failures.last > kForgotten) failures.count = 0;
  failures.last = now;
  if (++failures.count <= kFree) return;
  const int doublings = std::min(failures.count - kFree - 1, kMostDoublings);
  failures.until = now + std::min(std::chrono::seconds(1 << doublings), kLongest);
}

void Backoff::succeed(const std::string& address) {
  const std::lock_guard lock(mutex_);
  failures_.erase(owner(address));
}

void Backoff::forget_old(Clock::time_point now) {
  std::erase_if(failures_, [&](const auto& entry) { return now - entry.second.last > kForgotten; });
  if (failures_.size() >= kMostAddresses) failures_.clear();
}

}  // namespace kith::server
