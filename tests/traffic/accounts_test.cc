// What is kept of the requests, second by second.
#include "sim/traffic/accounts.h"

#include <gtest/gtest.h>

namespace seatrial::traffic {
namespace {

void send(Accounts& accounts, std::int64_t second, Duration latency) {
  const SimTime at = SimTime::at(Duration::seconds(second));
  accounts.sent(0, at);
  accounts.ended({0, at, at + latency, {}, 0, 0, Outcome::kOk, 1, 1});
}

TEST(AccountsTest, ASecondThatIsLongPastStillCountsWhatEndsLate) {
  Accounts accounts({});
  accounts.add_load();
  accounts.add_version();
  const SimTime start;
  for (int i = 0; i < 3; ++i) accounts.sent(0, start);  // they end after the others
  for (std::int64_t second = 0; second < 60; ++second) send(accounts, second, Duration::millis(40));
  for (const std::int64_t seconds : {70, 70, 90})
    accounts.ended({0, start, start + Duration::seconds(seconds), {}, 0, 0, Outcome::kOk, 1, 1});
  accounts.settle();
  const std::vector<SecondLatency> seconds = accounts.latency_seconds(0, 0);
  ASSERT_EQ(seconds.size(), 60U);
  EXPECT_EQ(seconds[0].count(), 4U);
  EXPECT_NEAR(seconds[0].quantile(250'000).to_seconds(), 0.04, 0.003);
  EXPECT_NEAR(seconds[0].quantile(750'000).to_seconds(), 70, 5);
  EXPECT_NEAR(seconds[0].quantile(1'000'000).to_seconds(), 90, 6);
  for (std::size_t second = 1; second < seconds.size(); ++second) {
    EXPECT_EQ(seconds[second].count(), 1U);
    EXPECT_NEAR(seconds[second].quantile(500'000).to_seconds(), 0.04, 0.003);
  }
}

}  // namespace
}  // namespace seatrial::traffic
