// The whole model against theory, and as a value: conservation, copies, seeds.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/traffic/world.h"

namespace seatrial::traffic {
namespace {

// Erlang's C formula: the mean wait of M/M/c in units of the mean service time.
double erlang_c_wait(int c, double rho) {
  double term = 1, sum = 1;
  for (int k = 1; k < c; ++k) sum += term *= c * rho / k;
  term *= c * rho / c / (1 - rho);
  return term / (sum + term) / (c * (1 - rho));
}

class ErlangTest : public testing::TestWithParam<int> {};

TEST_P(ErlangTest, MeanLatencyOfOnePodIsThatOfMMc) {
  const int c = GetParam();
  const double rho = 0.8;
  World w(11);
  const ProxyId proxy = w.add_proxy(direct());
  cluster::ImageBehaviour behaviour;
  behaviour.service_time = Distribution::exponential(100_ms);
  behaviour.concurrency = c;
  behaviour.queue = 1 << 30;
  w.listen(0, behaviour);
  w.endpoints(proxy, {0});
  LoadConfig load = sending(proxy, {});
  load.timeout.reset();
  load.arrivals = Arrivals::poisson(Rate{8'000 * c}, SimTime());
  w.add_load(load);
  w.run_until(Duration::seconds(600'000 / (8 * c)));
  const double expected = 0.1 * (1 + erlang_c_wait(c, rho));
  EXPECT_NEAR(w.traffic.accounts().latency(0).mean().to_seconds(), expected, expected * 0.02);
}
INSTANTIATE_TEST_SUITE_P(Servers, ErlangTest, testing::Values(1, 2, 10));

// Ten pods × concurrency 2, queue 32, service Exp(0.1 s), 1 s timeout, one retry: reference §W4 gives the
// figures, which programs written independently agree on.
World ten_pods(Rate rate, Duration length) {
  World w(3);
  const ProxyId proxy = w.add_proxy(direct());
  cluster::ImageBehaviour behaviour;
  behaviour.service_time = Distribution::exponential(100_ms);
  behaviour.concurrency = 2;
  behaviour.queue = 32;
  std::vector<std::uint32_t> pods;
  for (std::uint32_t pod = 0; pod < 10; ++pod) {
    w.listen(pod, behaviour);
    pods.push_back(pod);
  }
  w.endpoints(proxy, pods);
  LoadConfig load = sending(proxy, {});
  load.timeout = 1_s;
  load.retries = {1, {Outcome::kClientTimeout, Outcome::kQueueFull}, Duration()};
  load.arrivals = Arrivals::poisson(rate, SimTime());
  w.add_load(load);
  w.run_until(length);
  return w;
}

double per_request(const World& w, std::uint64_t n) {
  return static_cast<double>(n) / static_cast<double>(w.traffic.sent());
}

std::uint64_t attempts(const LoadTotals& totals, Outcome outcome) {
  return totals.attempt_outcomes[static_cast<std::size_t>(outcome)];
}

TEST(ReferenceTest, TenPodsAtLoad08HaveTheReferencesLatencyAndTimeouts) {
  const World w = ten_pods(Rate::per_second(160), 6'000_s);
  const LoadTotals totals = w.traffic.accounts().totals(0);
  EXPECT_NEAR(w.traffic.accounts().latency(0).mean().to_seconds(), 0.182, 0.0018);
  EXPECT_NEAR(per_request(w, attempts(totals, Outcome::kClientTimeout)), 0.0015, 0.0004);
}

TEST(ReferenceTest, TenPodsAtLoad095FallIntoTheReferencesRetryStorm) {
  const World w = ten_pods(Rate::per_second(190), 4'000_s);
  const LoadTotals totals = w.traffic.accounts().totals(0);
  EXPECT_NEAR(per_request(w, totals.ok()), 0.4435, 0.02);
  EXPECT_NEAR(per_request(w, attempts(totals, Outcome::kClientTimeout)), 1.089, 0.02);
  EXPECT_NEAR(per_request(w, attempts(totals, Outcome::kQueueFull)), 0.207, 0.02);
}

// A cluster in miniature: two loads, one behind an ingress with hops, pods that come and go.
struct Storm {
  World w;
  ProxyId ingress, balancer;
  std::uint32_t step = 0;

  explicit Storm(std::uint64_t seed) : w(seed, accounts()) {
    ProxyConfig config = nginx();
    config.applies = Distribution::exponential(200_ms);
    config.replicas = 2;
    config.read_timeout = 900_ms;
    ingress = w.add_proxy(config);
    balancer = w.add_proxy(direct(3));
    w.traffic.hops().set(PlaceId{1}, PlaceId::kDefault, {5_ms});
    w.traffic.hops().set(PlaceId::kDefault, PlaceId{2}, {1_ms});
    publish();
    add("public", ingress, true);
    add("internal", balancer, false);
  }
  static AccountsConfig accounts() {
    AccountsConfig config;
    config.log_every = 1;
    return config;
  }
  void add(const char* name, ProxyId proxy, bool idempotent) {
    LoadConfig load = sending(proxy, {});
    load.name = name;
    load.place = PlaceId{1};
    load.timeout = 1_s;
    load.idempotent = idempotent;
    load.retries = {2, {Outcome::kClientTimeout, Outcome::kQueueFull, Outcome::kReset}, 20_ms};
    load.arrivals = Arrivals::poisson(Rate::per_second(300), SimTime());
    w.add_load(load);
  }
  void publish() {
    const std::vector<std::uint32_t> pods = {step, step + 1, step + 2, step + 3};
    w.endpoints(ingress, pods);
    w.endpoints(balancer, pods);
  }
  // One pod comes, one goes, at a time that races with the endpoints.
  void advance() {
    cluster::ImageBehaviour behaviour = serving(40_ms, 8, 16);
    behaviour.service_time = Distribution::exponential(90_ms);
    w.traffic.introduce({step + 4}, step % 2 == 0 ? "1.3" : "1.4", PlaceId{2});
    w.listen(step + 4, behaviour);
    if (step % 3 == 0)
      w.stop_accepting(step);
    else
      w.exit(step);
    if (step % 4 == 0 && w.traffic.server({step}).in_flight() == 0) w.take_network_down(step);
    ++step;
    publish();
    w.run_until(Duration::millis(700 * step));
  }
  void advance(int steps) {
    for (int i = 0; i < steps; ++i) advance();
  }
};

TEST(ModelTest, EveryRequestEndsOnceThroughAStormOfChanges) {
  Storm storm(5);
  storm.advance(60);
  std::uint64_t kinds = 0;
  for (int i = 0; i < kOutcomeCount; ++i) {
    const Outcome o = static_cast<Outcome>(i);
    kinds += storm.w.count(o, 0) + storm.w.count(o, 1) > 0;
  }
  EXPECT_GE(kinds, 6u) << "the storm should provoke most outcomes";
  std::vector<std::uint64_t> ids = storm.w.traffic.accounts().log().id;
  std::ranges::sort(ids);
  EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
  EXPECT_EQ(ids.size(), storm.w.traffic.ended());
}

TEST(ModelTest, SecondsAddUp) {
  Storm storm(6);
  storm.advance(30);
  const Accounts& accounts = storm.w.traffic.accounts();
  for (LoadIndex load = 0; load < 2; ++load) {
    std::uint64_t sent = 0, ok = 0, failed = 0, latencies = 0;
    for (const std::uint32_t n : accounts.sent_seconds(load)) sent += n;
    for (VersionIndex v = 0; v < accounts.version_count(); ++v) {
      for (const Second& s : accounts.seconds(load, v)) ok += s.ok, failed += s.failed;
      for (const SecondLatency& s : accounts.latency_seconds(load, v)) latencies += s.count();
    }
    EXPECT_EQ(sent, accounts.totals(load).sent);
    EXPECT_EQ(ok + failed, accounts.totals(load).ended);
    EXPECT_EQ(ok, storm.w.count(Outcome::kOk, load));
    EXPECT_EQ(latencies, ok);
  }
}

TEST(ModelTest, ACopyTakenMidRunGoesOnEqually) {
  for (const int at : {0, 1, 7, 13}) {
    Storm original(8);
    original.advance(at);
    Storm copy = original;
    original.advance(20 - at);
    copy.advance(20 - at);
    EXPECT_EQ(original.w.kernel.fingerprint(), copy.w.kernel.fingerprint()) << at;
    EXPECT_EQ(original.w.traffic.accounts().log().latency, copy.w.traffic.accounts().log().latency);
    EXPECT_EQ(original.w.kernel.events_fired(), copy.w.kernel.events_fired());
  }
}

TEST(ModelTest, ASeedIsARun) {
  Storm a(8), b(8), c(9);
  a.advance(20);
  b.advance(20);
  c.advance(20);
  EXPECT_EQ(a.w.kernel.fingerprint(), b.w.kernel.fingerprint());
  EXPECT_NE(a.w.kernel.fingerprint(), c.w.kernel.fingerprint());
}

TEST(ModelTest, AnotherLoadShiftsNobodysArrivals) {
  Storm alone(8), with(8);
  LoadConfig extra = sending(with.balancer, {});
  extra.name = "extra";
  extra.arrivals = Arrivals::poisson(Rate::per_second(50), SimTime());
  with.w.add_load(extra);
  alone.advance(10);
  with.advance(10);
  EXPECT_EQ(alone.w.traffic.accounts().sent_seconds(0), with.w.traffic.accounts().sent_seconds(0));
}

TEST(ModelTest, ARequestCostsTwoEventsAndAShareOfTheDeadlines) {
  World w;
  const ProxyId proxy = w.add_proxy(nginx());
  w.listen(0, serving(10_ms));
  w.endpoints(proxy, {0});
  LoadConfig load = sending(proxy, {});
  load.arrivals = Arrivals::constant(Rate::per_second(1000), SimTime(), SimTime::at(100_s));
  w.add_load(load);
  w.run_until(110_s);
  EXPECT_LE(w.kernel.events_fired(), 2u * 100'000u + 100u);
}

}  // namespace
}  // namespace seatrial::traffic
