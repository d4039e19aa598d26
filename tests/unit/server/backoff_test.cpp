#include "server/backoff.h"

#include <gtest/gtest.h>

#include "server/access.h"

namespace kith::server {
namespace {

using namespace std::chrono_literals;

TEST(BackoffUnit, FailuresBeyondTheFreeOnesDoubleTheWait) {
  Backoff backoff;
  const Backoff::Clock::time_point now{1000s};
  for (int i = 0; i < Backoff::kFree; ++i) backoff.fail("10.0.0.1", now);
  EXPECT_EQ(backoff.wait("10.0.0.1", now), 0s);
  backoff.fail("10.0.0.1", now);
  EXPECT_EQ(backoff.wait("10.0.0.1", now), 1s);
  backoff.fail("10.0.0.1", now);
  EXPECT_EQ(backoff.wait("10.0.0.1", now), 2s);
  for (int i = 0; i < 20; ++i) backoff.fail("10.0.0.1", now);
  EXPECT_EQ(backoff.wait("10.0.0.1", now), 60s);
  EXPECT_EQ(backoff.wait("10.0.0.2", now), 0s);
  EXPECT_EQ(backoff.wait("10.0.0.1", now + 61s), 0s);
  backoff.succeed("10.0.0.1");
  EXPECT_EQ(backoff.wait("10.0.0.1", now), 0s);
}

TEST(BackoffUnit, AnIpv6NetworkIsOneAddress) {
  Backoff backoff;
  const Backoff::Clock::time_point now{1000s};
  for (int i = 0; i < 7; ++i) backoff.fail("2001:db8:1:2::" + std::to_string(i), now);
  EXPECT_EQ(backoff.wait("2001:db8:1:2::99", now), 2s);
  EXPECT_EQ(backoff.wait("2001:db8:1:3::99", now), 0s);
}

TEST(AccessUnit, APageOfAnotherSiteIsNotFromHere) {
  const auto asked = [](const std::string& host, const std::string& origin) {
    Request request;
    request.headers = {{"host", host}};
    if (!origin.empty()) request.headers.emplace_back("origin", origin);
    return is_from_here(request);
  };
  EXPECT_TRUE(asked("127.0.0.1:8000", ""));
  EXPECT_TRUE(asked("LOCALHOST", "http://localhost:3000"));
  EXPECT_TRUE(asked("[::1]:8000", ""));
  EXPECT_FALSE(asked("127.0.0.1:8000", "https://evil.example"));
  EXPECT_FALSE(asked("127.0.0.1:8000", "null"));
  EXPECT_FALSE(asked("evil.example", ""));  // DNS rebinding
  EXPECT_FALSE(asked("localhost.evil.example:8000", ""));
}

}  // namespace
}  // namespace kith::server
