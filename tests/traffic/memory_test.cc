// A server whose memory has room for so many requests.
#include <gtest/gtest.h>

#include "tests/traffic/world.h"

namespace seatrial::traffic {
namespace {

std::vector<Duration> every_ms(int n) {
  std::vector<Duration> times;
  for (int i = 1; i <= n; ++i) times.push_back(Duration::millis(i));
  return times;
}

struct Memory : testing::Test {
  // Ten requests a millisecond apart, each served for a second.
  void send(std::int32_t concurrency, std::int32_t queue, std::int64_t room) {
    const ProxyId proxy = w.add_proxy(direct());
    w.listen(0, serving(1_s, concurrency, queue));
    w.traffic.memory_allows({0}, room);
    w.endpoints(proxy, {0});
    w.add_load(sending(proxy, every_ms(10)));
  }
  World w;
};

TEST_F(Memory, OneMoreThanFitsIsTold) {
  send(4, 100, 7);
  w.run_until(7_ms);
  EXPECT_EQ(w.traffic.requests_held({0}), 7);
  EXPECT_TRUE(w.drained.empty());
  w.run_until(8_ms);
  ASSERT_EQ(w.drained.size(), 1u);
  EXPECT_EQ(w.drained[0].type, kOutOfMemoryType);
  EXPECT_EQ(w.drained[0].subject, 0u);
  EXPECT_EQ(w.traffic.requests_held({0}), 8);  // it holds that one as well, and all of them are cut
  w.exit(0);
  EXPECT_EQ(w.count(Outcome::kReset), 8u);
  w.run_until(2_s);
  EXPECT_EQ(w.count(Outcome::kConnectRefused), 2u);
}

TEST_F(Memory, FewerThanItsSlotsAsWell) {
  send(8, 100, 3);
  w.run_until(4_ms);
  EXPECT_EQ(w.drained.size(), 1u);
  EXPECT_EQ(w.traffic.requests_held({0}), 4);
}

TEST_F(Memory, RoomForMoreThanItTakesInChangesNothing) {
  send(4, 2, 6);
  w.run_until(2_s);
  EXPECT_TRUE(w.drained.empty());
  EXPECT_EQ(w.count(Outcome::kQueueFull), 4u);
  EXPECT_EQ(w.traffic.server({0}).concurrency, 4);
}

TEST_F(Memory, LessRoomLater) {
  send(4, 100, 9);
  w.run_until(5_ms);
  w.traffic.memory_allows({0}, 5);  // it holds five: four served, one queued
  w.run_until(5_ms);
  EXPECT_TRUE(w.drained.empty());
  w.run_until(6_ms);
  EXPECT_EQ(w.drained.size(), 1u);
}

TEST_F(Memory, ARestartForgetsIt) {
  send(4, 100, 3);
  w.run_until(4_ms);
  EXPECT_EQ(w.drained.size(), 1u);
  w.exit(0);
  w.listen(0, serving(1_s, 4, 100));
  w.run_until(3_s);
  EXPECT_EQ(w.drained.size(), 1u);
  EXPECT_EQ(w.count(Outcome::kOk), 6u);
}

}  // namespace
}  // namespace seatrial::traffic
