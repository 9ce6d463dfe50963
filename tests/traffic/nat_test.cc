// Calls by a NAT gateway: ports, SYNs that get none, connections that the gateway has forgotten.
#include <gtest/gtest.h>

#include "tests/traffic/world.h"

namespace seatrial::traffic {
namespace {

constexpr PlaceId kZone{1}, kHost{2};

cloud::ManagedConfig host(const char* name = "external/payments") {
  cloud::ManagedConfig config = cloud::ManagedConfig::of(cloud::ManagedKind::kExternal);
  config.name = name;
  config.address = *api::IpAddress::parse("203.0.113.10");
  return config;
}

cluster::Call opening_each() {
  cluster::Call call = call_of("external/payments");
  call.time = Distribution::constant(5_ms);
  call.pool.keep_alive = false;
  call.pool.connect_timeout = 5_s;
  return call;
}

cluster::Call keeping() {
  cluster::Call call = opening_each();
  call.pool.keep_alive = true;
  return call;
}

struct NatTest : testing::Test {
  void start(const cluster::Call& call, std::vector<Duration> times, std::int64_t ports,
             std::size_t addresses = 1) {
    const ProxyId proxy = w.add_proxy(direct());
    cloud::ManagedConfig of = host();
    of.connect = connect;
    of.recovery = Distribution::constant(900_s);
    payments = w.traffic.add_resource(w.kernel, of, kHost, kHost);
    NatGatewayConfig config;
    config.name = "nat-a";
    config.addresses = addresses;
    config.rules.per_destination = ports;
    w.traffic.route_by_nat(kZone, payments, w.traffic.add_nat_gateway(config), JournalId::kNone);
    w.traffic.introduce({0}, "1.4", kZone);
    cluster::ImageBehaviour behaviour = serving(10_ms);
    behaviour.calls.push_back(call);
    w.listen(0, behaviour);
    w.endpoints(proxy, {0});
    LoadConfig load = sending(proxy, std::move(times));
    load.timeout = timeout;
    w.add_load(load);
  }
  const network::FlowTable& ports() const {
    return w.traffic.nat_gateways()[0].destinations.at(payments).ports.flows;
  }
  Duration latency(std::int64_t per_million) { return w.traffic.accounts().latency(0).quantile(per_million); }
  World w;
  Distribution connect = Distribution::constant(20_ms);
  Duration timeout = 60_s;
  ResourceIndex payments = 0;
};

TEST_F(NatTest, WithoutKeepAliveEachCallOpensAConnectionAndClosesIt) {
  start(opening_each(), {1_s, 2_s, 3_s}, 55'000);
  w.run_until(5_s);
  EXPECT_EQ(w.count(Outcome::kOk), 3u);
  EXPECT_EQ(w.traffic.resources()[0].state.connections, 0);
  EXPECT_NEAR(static_cast<double>(latency(1).count()), 35e6, 4e5);  // 10 + 20 + 5 ms, all of them
  EXPECT_EQ(ports().opened(), 3u);
  EXPECT_EQ(ports().open_now(), 0);
  EXPECT_EQ(ports().peak(), 3);  // closed ones keep their ports
}

TEST_F(NatTest, AKeptConnectionIsOnePort) {
  start(keeping(), {1_s, 2_s, 3_s}, 55'000);
  w.run_until(5_s);
  EXPECT_EQ(ports().opened(), 1u);
  EXPECT_EQ(ports().open_now(), 1);
}

// Two ports. The third call's SYN goes at 3.01 s, and again each second; a port is free from
// 61.035 s on.
TEST_F(NatTest, WithoutAPortACallFailsAfterTheConnectTimeoutAndSaysWhy) {
  start(opening_each(), {1_s, 2_s, 3_s}, 2);
  w.run_until(10_s);
  EXPECT_EQ(w.count(Outcome::kOk), 2u);
  ASSERT_EQ(w.count(Outcome::kDependencyFailed), 1u);
  EXPECT_EQ(w.failure().ended, SimTime::at(Duration::millis(8'010)));
  EXPECT_EQ(ports().shortages().at(0).refused, 5u);  // at 0, 1, 2, 3 and 4 s
  const JournalRecord& trouble = w.kernel.journal().record(w.failure().record);
  EXPECT_EQ(w.type_of(w.failure().record), cluster::RecordType::kCannotCall);
  ASSERT_EQ(w.type_of(trouble.cause), cluster::RecordType::kTableFull);
  const JournalRecord& full = w.kernel.journal().record(trouble.cause);
  EXPECT_EQ(w.kernel.journal().text(full.text),
            "NAT gateway nat-a has no port left for external/payments (203.0.113.10:443): all 2 are in use");
  EXPECT_EQ(w.type_of(full.cause), cluster::RecordType::kListening);  // of the pod that holds them
}

// It takes 6 s: too long for a connect timeout of 5 s, not for one of 7 s.
TEST_F(NatTest, AConnectionThatWouldBeOpenTooLateIsNotOpened) {
  for (const auto& [patience, ok] : {std::pair(5_s, 0u), std::pair(7_s, 1u)}) {
    w = World();
    connect = Distribution::constant(6_s);
    cluster::Call call = opening_each();
    call.pool.connect_timeout = patience;
    start(call, {1_s}, 55'000);
    w.run_until(20_s);
    EXPECT_EQ(w.count(Outcome::kOk), ok);
    if (ok != 0) continue;
    EXPECT_EQ(w.failure().ended, SimTime::at(Duration::millis(6'010)));
    EXPECT_EQ(w.kernel.journal().text(w.kernel.journal().record(w.failure().record).text),
              "external/payments: no connection to it was open within 5s");
    EXPECT_EQ(ports().open_now(), 0);
  }
}

// Nobody answers, and the pool would wait for ten minutes: the kernel gives up after 131 s.
TEST_F(NatTest, TheKernelGivesUpBeforeALongerConnectTimeout) {
  cluster::Call call = opening_each();
  call.pool.connect_timeout = timeout = 600_s;
  start(call, {1_s}, 55'000);
  w.traffic.take_down(w.kernel, payments, true, JournalId::kNone);
  w.run_until(200_s);
  ASSERT_EQ(w.count(Outcome::kDependencyFailed), 1u);
  EXPECT_EQ(w.failure().ended, SimTime::at(Duration::millis(132'010)));
}

TEST_F(NatTest, ASynThatIsSentAgainMayGetAPort) {
  start(opening_each(), {1_s, 2_s, 60_s}, 2);
  w.run_until(65_s);
  EXPECT_EQ(w.count(Outcome::kOk), 3u);
  EXPECT_NEAR(static_cast<double>(latency(1'000'000).count()), 2035e6, 3e7);  // its third SYN, at 62.01 s
}

TEST_F(NatTest, AnotherAddressIsAsManyPortsMore) {
  start(opening_each(), {1_s, 2_s, 3_s}, 2, 2);
  w.run_until(10_s);
  EXPECT_EQ(w.count(Outcome::kOk), 3u);
  EXPECT_EQ(ports().limit(), 4);
}

TEST_F(NatTest, ItIsSaidWhenThereAreEnoughAgain) {
  start(opening_each(), {1_s, 2_s, 3_s, 130_s}, 2);
  w.run_until(140_s);
  std::vector<std::string> said;
  for (std::uint32_t i = 1; i <= w.kernel.journal().size(); ++i)
    if (w.type_of(JournalId{i}) == cluster::RecordType::kTableFull)
      said.emplace_back(w.kernel.journal().text(w.kernel.journal().record(JournalId{i}).text));
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(
      said[1],
      "NAT gateway nat-a has ports for external/payments (203.0.113.10:443) again; 5 SYNs got none, the last "
      "at 7.01s");
  EXPECT_FALSE(ports().is_short(w.kernel.now()));
}

// The second pod's pool gets its connection when the first one's port is free, and opens no other: what
// fails minutes later has another reason.
TEST_F(NatTest, AShortageEndsThoughNobodyOpensAConnection) {
  cluster::Call call = keeping();
  call.pool.size = 1;
  call.pool.acquire_timeout = 90_s;
  call.pool.retry = 1_s;
  start(call, {1_s}, 1);
  w.traffic.introduce({1}, "1.4", kZone);
  cluster::ImageBehaviour behaviour = serving(2_s, 1);
  behaviour.calls.push_back(call);
  w.listen(1, behaviour);
  w.endpoints(ProxyId{0}, {1}, {1});
  LoadConfig load = sending(ProxyId{0}, {2_s, 200_s});
  load.name = "second";
  load.service = {1};
  load.timeout = 120_s;
  const LoadIndex second = w.add_load(load);
  load.arrivals = sending(ProxyId{0}, std::vector<Duration>(20, 210_s)).arrivals;
  load.name = "burst";
  load.timeout = 5_s;
  const LoadIndex burst = w.add_load(load);
  w.run_until(10_s);
  w.exit(0);  // its connection keeps the port for 60 s more
  w.run_until(240_s);
  ASSERT_EQ(ports().shortages().size(), 1u);
  EXPECT_EQ(w.count(Outcome::kOk, second), 2u);
  ASSERT_GT(w.count(Outcome::kClientTimeout, burst), 10u);
  for (const FailedRequest& failure : w.traffic.accounts().failures())
    EXPECT_TRUE(failure.record == JournalId::kNone ||
                w.type_of(failure.record) != cluster::RecordType::kCannotCall);
}

TEST_F(NatTest, AConnectionThatWasIdleForLongerThan350sIsResetAtItsNextUse) {
  start(keeping(), {1_s, 300_s, 651_s, 652_s}, 55'000);
  w.run_until(700_s);
  EXPECT_EQ(w.count(Outcome::kOk), 3u);  // the second 299 s after the first; the fourth over a new connection
  ASSERT_EQ(w.count(Outcome::kDependencyFailed), 1u);
  EXPECT_EQ(w.failure().ended, SimTime::at(Duration::millis(651'010)));
  EXPECT_EQ(ports().opened(), 2u);
}

TEST_F(NatTest, AConnectionByAnotherGatewayThanIsOnTheWayNowIsReset) {
  start(keeping(), {1_s, 10_s, 20_s}, 55'000);
  w.run_until(5_s);
  NatGatewayConfig other;
  other.name = "nat-b";
  const JournalId route = w.record(cluster::RecordType::kFault, 0);
  w.traffic.route_by_nat(kZone, payments, w.traffic.add_nat_gateway(other), route);
  w.run_until(30_s);
  ASSERT_EQ(w.count(Outcome::kDependencyFailed), 1u);
  EXPECT_EQ(w.kernel.journal().record(w.failure().record).cause, route);
  EXPECT_EQ(w.count(Outcome::kOk), 2u);
  EXPECT_EQ(w.traffic.nat_gateways()[1].destinations.at(payments).ports.flows.open_now(), 1);
}

// The pool's connection holds the only port; idle for long enough, it gives it back to whoever needs it.
TEST_F(NatTest, AnIdleConnectionGivesItsPortBackWhenItIsNeeded) {
  cluster::Call call = keeping();
  start(call, {1_s, 400_s}, 1);
  w.traffic.introduce({1}, "1.4", kZone);
  cluster::ImageBehaviour behaviour = serving(10_ms);
  behaviour.calls.push_back(call);
  w.listen(1, behaviour);
  w.run_until(390_s);
  w.endpoints(ProxyId{0}, {1});
  w.run_until(410_s);
  EXPECT_EQ(w.count(Outcome::kOk), 2u);
  EXPECT_TRUE(ports().shortages().empty());
  w.exit(0);
  w.exit(1);
  EXPECT_EQ(ports().open_now(), 0);
}

TEST_F(NatTest, AProcessThatEndsClosesWhatItHasAndWhatItOpens) {
  start(opening_each(), {1_s, 2_s}, 55'000);
  w.run_until(Duration::millis(2'015));  // the second is connecting
  EXPECT_EQ(ports().open_now(), 1);
  w.exit(0);
  EXPECT_EQ(ports().open_now(), 0);
  w.run_until(10_s);
  EXPECT_EQ(w.count(Outcome::kReset), 1u);
}

TEST_F(NatTest, HostsWithOneAddressAndPortAreOneDestination) {
  World one;
  const ResourceIndex a = one.traffic.add_resource(one.kernel, host(), kHost, kHost);
  const ResourceIndex b = one.traffic.add_resource(one.kernel, host("external/refunds"), kHost, kHost);
  cloud::ManagedConfig other = host("external/other");
  other.port = 8443;
  const ResourceIndex c = one.traffic.add_resource(one.kernel, other, kHost, kHost);
  EXPECT_EQ(one.traffic.resources()[b].destination, a);
  EXPECT_EQ(one.traffic.resources()[c].destination, c);
}

TEST_F(NatTest, AForkGoesOnAsTheOriginal) {
  std::vector<Duration> times;
  for (int i = 0; i < 200; ++i) times.push_back(Duration::millis(1'000 + i * 400));
  start(opening_each(), times, 20);
  w.run_until(40_s);
  World fork = w;
  w.run_until(120_s);
  fork.run_until(120_s);
  EXPECT_EQ(w.kernel.fingerprint().hex(), fork.kernel.fingerprint().hex());
  EXPECT_GT(w.count(Outcome::kDependencyFailed), 0u);
  EXPECT_GT(ports().peak(), 19);
}

}  // namespace
}  // namespace seatrial::traffic
