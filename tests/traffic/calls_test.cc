// Pods that call a managed resource: their pools, and what a failover makes of both.
#include <gtest/gtest.h>

#include "tests/traffic/world.h"

namespace seatrial::traffic {
namespace {

constexpr PlaceId kHere{1}, kThere{2};

cloud::ManagedConfig database(Duration failover = 80_s) {
  cloud::ManagedConfig config = cloud::ManagedConfig::of(cloud::ManagedKind::kRds);
  config.name = "rds/main";
  config.zone = "a";
  config.standby = "b";
  config.failover = Distribution::constant(failover);
  config.recovery = Distribution::constant(300_s);
  config.connect = Distribution::constant(20_ms);
  return config;
}

cluster::ImageBehaviour calling(cluster::Call call, std::int32_t concurrency = 16) {
  cluster::ImageBehaviour behaviour = serving(10_ms, concurrency);
  call.to = "rds/main";
  call.stream = "image/web/calls/0";
  call.time = Distribution::constant(5_ms);
  behaviour.calls.push_back(call);
  return behaviour;
}

std::vector<Duration> each_second(int n) {
  std::vector<Duration> times;
  for (int i = 1; i <= n; ++i) times.push_back(Duration::seconds(i));
  return times;
}

struct CallsTest : testing::Test {
  void start(const cluster::Call& call, std::vector<Duration> times, std::int32_t concurrency = 16,
             const cloud::ManagedConfig& config = database()) {
    const ProxyId proxy = w.add_proxy(direct());
    rds = w.traffic.add_resource(w.kernel, config, kHere, kThere);
    w.listen(0, calling(call, concurrency));
    w.endpoints(proxy, {0});
    LoadConfig load = sending(proxy, std::move(times));
    load.timeout = 60_s;
    w.add_load(load);
  }
  JournalId take_down(bool silent) {
    const JournalId fault = w.record(cluster::RecordType::kFault, 0);
    w.traffic.take_down(w.kernel, rds, silent, fault);
    return fault;
  }
  Duration latency(std::int64_t per_million) { return w.traffic.accounts().latency(0).quantile(per_million); }
  World w;
  ResourceIndex rds = 0;
};

TEST_F(CallsTest, TheFirstOpensAConnectionAndTheNextOnesUseIt) {
  start({}, each_second(3));
  w.run_until(5_s);
  EXPECT_EQ(w.count(Outcome::kOk), 3u);
  EXPECT_EQ(w.traffic.resources()[0].state.connections, 1);
  EXPECT_NEAR(static_cast<double>(latency(1'000'000).count()), 35e6, 4e5);  // 10 + 20 + 5 ms
  EXPECT_NEAR(static_cast<double>(latency(400'000).count()), 15e6, 2e5);    // 10 + 5 ms
}

TEST_F(CallsTest, NoMoreConnectionsThanThePoolIsLarge) {
  cluster::Call call;
  call.pool.size = 2;
  start(call, std::vector<Duration>(5, 1_s));
  w.run_until(2_s);
  EXPECT_EQ(w.count(Outcome::kOk), 5u);
  EXPECT_EQ(w.traffic.resources()[0].state.connections, 2);
  EXPECT_NEAR(static_cast<double>(latency(1'000'000).count()), 45e6, 5e5);  // the fifth waits for two others
}

TEST_F(CallsTest, AShareOfTheRequestsMakesTheCall) {
  cluster::Call call;
  call.share = 0;
  start(call, each_second(3));
  w.run_until(5_s);
  EXPECT_EQ(w.count(Outcome::kOk), 3u);
  EXPECT_EQ(w.traffic.resources()[0].state.connections, 0);
}

TEST_F(CallsTest, AFailoverCutsConnectionsAndRequestsWaitNoLongerThanForTheirTurn) {
  cluster::Call call;
  call.pool.acquire_timeout = 500_ms;
  start(call, each_second(120));
  w.run_until(Duration::millis(10'012));  // the tenth request is at the database
  const JournalId fault = take_down(false);
  w.run_until(60_s);
  EXPECT_EQ(w.count(Outcome::kDependencyFailed), 50u);  // the 10th at once, the 11th to the 59th after 500 ms
  EXPECT_EQ(w.failure(0).ended, SimTime::at(Duration::millis(10'012)));
  EXPECT_EQ(w.failure(1).ended, SimTime::at(Duration::millis(11'510)));
  const JournalId record = w.failure(1).record;
  EXPECT_EQ(w.type_of(record), cluster::RecordType::kCannotCall);
  EXPECT_EQ(w.kernel.journal().record(record).cause, fault);
  w.run_until(125_s);  // back at 90.012 s; a connect that began before then takes its timeout
  EXPECT_GE(w.count(Outcome::kOk), 9u + 15);
  EXPECT_EQ(w.traffic.resources()[0].state.config.zone, api::Symbol("b"));
  EXPECT_EQ(w.traffic.resources()[0].state.outages.size(), 1u);
}

// Asked at 1 s for 300 s: until 301 s the pool goes to the old address.
TEST_F(CallsTest, AKeptAddressOutlivesTheFailover) {
  cluster::Call call;
  call.pool.acquire_timeout = 100_ms;
  call.pool.connect_timeout = 1_s;
  call.pool.dns_cache = 300_s;
  start(call, each_second(310));
  w.run_until(Duration::millis(10'500));
  take_down(false);
  w.run_until(300_s);
  EXPECT_EQ(w.count(Outcome::kOk), 10u);
  w.run_until(311_s);
  EXPECT_GE(w.count(Outcome::kOk), 15u);
  EXPECT_GT(w.traffic.resources()[0].regained[0], SimTime::at(301_s));
}

TEST_F(CallsTest, ASilentHostHoldsWhatIsOnItUntilTheTimeout) {
  cluster::Call call;
  call.timeout = 2_s;
  start(call, {1_s, 10_s});
  w.run_until(Duration::millis(10'012));
  take_down(true);
  w.run_until(30_s);
  ASSERT_EQ(w.count(Outcome::kDependencyFailed), 1u);
  EXPECT_EQ(w.failure().ended, SimTime::at(Duration::millis(12'010)));
}

TEST_F(CallsTest, WithoutATimeoutItIsTheClientThatGivesUp) {
  start({}, {1_s, 10_s});
  w.run_until(Duration::millis(10'012));
  const JournalId fault = take_down(true);
  w.run_until(200_s);
  ASSERT_EQ(w.count(Outcome::kClientTimeout), 1u);
  const JournalId record = w.failure().record;
  EXPECT_EQ(w.type_of(record), cluster::RecordType::kCannotCall);
  EXPECT_EQ(w.kernel.journal().record(record).cause, fault);
}

TEST_F(CallsTest, RetriesOfACallAndCallsThatAreOptional) {
  cluster::Call call;
  call.timeout = 2_s;
  call.optional = true;
  call.retries = 1;
  call.backoff = 1_s;
  call.pool.acquire_timeout = 1_s;
  start(call, {1_s, 10_s});
  w.run_until(Duration::millis(10'012));
  take_down(true);
  w.run_until(30_s);
  EXPECT_EQ(w.count(Outcome::kOk),
            2u);  // 2 s for an answer, 1 s of backoff, 1 s for a connection; then without
  EXPECT_NEAR(static_cast<double>(latency(1'000'000).count()), 4.01e9, 5e7);
}

TEST_F(CallsTest, ARequestThatWaitsBehindOthersHasTheSameCause) {
  start({}, {1_s, 10_s, 11_s, 12_s}, 1);
  w.run_until(9_s);
  take_down(false);
  w.run_until(75_s);
  EXPECT_EQ(w.count(Outcome::kDependencyFailed), 2u);  // each waits thirty seconds for a connection
  EXPECT_EQ(w.count(Outcome::kClientTimeout), 1u);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(w.type_of(w.failure(i).record), cluster::RecordType::kCannotCall) << i;
}

TEST_F(CallsTest, AProcessThatEndsClosesItsConnections) {
  start({}, {1_s, 2_s});
  w.run_until(Duration::millis(2'012));
  EXPECT_EQ(w.traffic.resources()[0].state.connections, 1);
  w.exit(0);
  EXPECT_EQ(w.traffic.resources()[0].state.connections, 0);
  EXPECT_EQ(w.count(Outcome::kReset), 1u);
  w.listen(0, calling({}));
  w.run_until(5_s);
}

TEST_F(CallsTest, AServerThatIsFullSaysSo) {
  cloud::ManagedConfig config = database();
  config.max_connections = 1;
  cluster::Call call;
  call.pool.acquire_timeout = 6_ms;
  start(call, {1_s, 2_s, 2_s, 2_s}, 16, config);
  w.run_until(5_s);
  EXPECT_EQ(w.traffic.resources()[0].state.connections, 1);
  EXPECT_GE(w.count(Outcome::kOk), 2u);
  EXPECT_GE(w.count(Outcome::kDependencyFailed), 1u);
}

TEST_F(CallsTest, WithoutAStandbyALostHostIsReplaced) {
  cloud::ManagedConfig config = database();
  config.standby = {};
  start({}, {1_s}, 16, config);
  w.run_until(5_s);
  take_down(true);
  w.run_until(304_s);
  EXPECT_TRUE(w.traffic.resources()[0].state.down);
  w.run_until(306_s);
  EXPECT_FALSE(w.traffic.resources()[0].state.down);
  EXPECT_EQ(w.traffic.resources()[0].state.config.zone, api::Symbol("a"));
}

TEST_F(CallsTest, ACopyGoesOnAsTheOriginalWould) {
  cluster::Call call;
  call.timeout = 1_s;
  start(call, each_second(200));
  w.run_until(Duration::millis(10'012));
  take_down(false);
  World copy = w;
  w.run_until(200_s);
  copy.run_until(200_s);
  EXPECT_EQ(w.kernel.fingerprint().hex(), copy.kernel.fingerprint().hex());
}

}  // namespace
}  // namespace seatrial::traffic
