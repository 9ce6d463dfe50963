// Load balancers' targets: registration, health checks, deregistration, fail open, zones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traffic/world.h"

namespace seatrial::traffic {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct CheckRow {
  Duration from;
  std::int32_t count;
  Duration expected;
};
class NthCheckTest : public testing::TestWithParam<CheckRow> {};
TEST_P(NthCheckTest, IsOnTheGridOfTheFirst) {
  const CheckRow& row = GetParam();
  EXPECT_EQ(nth_check(SimTime::at(3_s), 10_s, SimTime::at(row.from), row.count), SimTime::at(row.expected));
}
INSTANTIATE_TEST_SUITE_P(Rows, NthCheckTest,
                         testing::Values(CheckRow{1_s, 1, 3_s}, CheckRow{3_s, 1, 3_s}, CheckRow{4_s, 1, 13_s},
                                         CheckRow{20_s, 2, 33_s}, CheckRow{23_s, 3, 43_s}));

struct StateRow {
  const char* name;
  TargetState state;
  bool listens;
  TargetState next;
  Duration at;  // 0: nothing changes
};
class NextHealthTest : public testing::TestWithParam<StateRow> {};
TEST_P(NextHealthTest, FollowsTheThresholds) {
  const StateRow& row = GetParam();
  Target target;
  target.state = row.state;
  target.first_check = SimTime::at(1_s);
  const HealthChange change = next_health(target, row.listens, SimTime::at(2_s), {10_s, 3, 2, 1});
  if (row.at == Duration()) {
    EXPECT_EQ(change.at, SimTime::max());
  } else {
    EXPECT_EQ(change.next, row.next);
    EXPECT_EQ(change.at, SimTime::at(row.at));
  }
}
INSTANTIATE_TEST_SUITE_P(
    Rows, NextHealthTest,
    testing::Values(StateRow{"new", TargetState::kInitial, true, TargetState::kHealthy, 11_s},
                    StateRow{"new and deaf", TargetState::kInitial, false, TargetState::kUnhealthy, 21_s},
                    StateRow{"healthy", TargetState::kHealthy, true, TargetState::kHealthy, Duration()},
                    StateRow{"fails", TargetState::kHealthy, false, TargetState::kUnhealthy, 21_s},
                    StateRow{"recovers", TargetState::kUnhealthy, true, TargetState::kHealthy, 31_s},
                    StateRow{"stays ill", TargetState::kUnhealthy, false, TargetState::kHealthy, Duration()},
                    StateRow{"gone", TargetState::kGone, true, TargetState::kHealthy, Duration()}));

struct Balanced : World {
  explicit Balanced(bool cross_zone = true) {
    ProxyConfig proxy_config = ProxyConfig::network_load_balancer("nlb");
    proxy_config.replicas = 2;
    proxy_config.places = {PlaceId{1}, PlaceId{2}};
    proxy = add_proxy(proxy_config);
    BalancerConfig config;
    config.registration = Distribution::constant(5_s);
    config.deregistration = Distribution::constant(120_s);
    config.cross_zone = cross_zone;
    traffic.make_balancer(kernel, proxy, config);
    LoadConfig load = sending(proxy, {});
    add_load(load);
    for (const std::uint32_t pod : {0u, 1u}) {
      traffic.introduce({pod}, "1", PlaceId{static_cast<std::uint16_t>(pod + 1)});
      listen(pod, serving(10_ms));
    }
  }
  std::vector<std::uint32_t> in_use(std::uint16_t node = 0) const {
    std::vector<std::uint32_t> pods;
    for (const api::PodKey pod : traffic.upstreams(proxy, {0}, node)) pods.push_back(pod.index);
    std::ranges::sort(pods);
    return pods;
  }
  ProxyId proxy{};
};

TEST(TargetsTest, ANewTargetIsUsedOnceRegisteredAndThenOnceItsChecksHavePassedAlone) {
  Balanced w;
  w.endpoints(w.proxy, {0});
  w.run_until(4_s);
  EXPECT_THAT(w.in_use(), IsEmpty());
  w.run_until(6_s);
  EXPECT_THAT(w.in_use(), ElementsAre(0));  // initial, but there is no other: fail open
  w.run_until(60_s);
  w.endpoints(w.proxy, {0, 1});
  w.run_until(66_s);
  EXPECT_THAT(w.in_use(), ElementsAre(0));  // initial
  w.run_until(84_s);
  EXPECT_THAT(w.in_use(), testing::Contains(0));
  w.run_until(96_s);  // at the latest: 65 + 10 + 2 × 10
  EXPECT_THAT(w.in_use(), ElementsAre(0, 1));
}

TEST(TargetsTest, GetsConnectionsUntilItsDeregistrationIsKnown) {
  Balanced w;
  w.endpoints(w.proxy, {0, 1});
  w.run_until(60_s);
  w.endpoints(w.proxy, {1});
  w.run_until(179_s);
  EXPECT_THAT(w.in_use(), ElementsAre(0, 1));
  w.run_until(181_s);
  EXPECT_THAT(w.in_use(), ElementsAre(1));
}

TEST(TargetsTest, OneThatIsBeingDeregisteredIsNotCheckedAnyMore) {
  Balanced w;
  w.endpoints(w.proxy, {0, 1});
  w.run_until(60_s);
  w.endpoints(w.proxy, {1});
  w.exit(0);
  w.run_until(179_s);
  EXPECT_THAT(w.in_use(), ElementsAre(0, 1));
  w.run_until(181_s);
  EXPECT_THAT(w.in_use(), ElementsAre(1));
}

TEST(TargetsTest, OneThatStopsListeningIsUnhealthyAfterItsChecksHaveFailed) {
  Balanced w;
  w.endpoints(w.proxy, {0, 1});
  w.run_until(60_s);
  w.exit(0);
  w.run_until(79_s);
  EXPECT_THAT(w.in_use(), ElementsAre(0, 1));
  w.run_until(91_s);
  EXPECT_THAT(w.in_use(), ElementsAre(1));
  w.listen(0, serving(10_ms));
  w.run_until(122_s);
  EXPECT_THAT(w.in_use(), ElementsAre(0, 1));
}

TEST(TargetsTest, WithoutAHealthyOneAllAreUsed) {
  Balanced w;
  w.endpoints(w.proxy, {0, 1});
  w.run_until(60_s);
  w.exit(0);
  w.exit(1);
  w.run_until(120_s);
  EXPECT_THAT(w.in_use(), ElementsAre(0, 1));
}

TEST(TargetsTest, AnEndpointThatComesBackInTimeIsNotDeregistered) {
  Balanced w;
  w.endpoints(w.proxy, {0, 1});
  w.run_until(60_s);
  w.endpoints(w.proxy, {1});
  w.run_until(100_s);
  w.endpoints(w.proxy, {0, 1});
  w.run_until(300_s);
  EXPECT_THAT(w.in_use(), ElementsAre(0, 1));
}

TEST(TargetsTest, WithoutCrossZoneANodeUsesThoseOfItsZone) {
  Balanced w(false);
  w.endpoints(w.proxy, {0, 1});
  w.run_until(60_s);
  EXPECT_THAT(w.in_use(0), ElementsAre(0));
  EXPECT_THAT(w.in_use(1), ElementsAre(1));
}

TEST(TargetsTest, WhatATargetStillCarriesEndsAfterTheDeregistrationDelay) {
  Balanced w;
  w.endpoints(w.proxy, {0});
  w.run_until(60_s);
  LoadConfig load = sending(w.proxy, {61_s});
  load.name = "streams";
  load.stream = Distribution::constant(1000_s);
  const LoadIndex streams = w.add_load(load);
  w.run_until(100_s);
  w.endpoints(w.proxy, {});
  w.run_until(1200_s);
  ASSERT_EQ(w.count(Outcome::kCutShort, streams), 1u);
  EXPECT_EQ(w.failure().ended, SimTime::at(100_s + 120_s + 300_s));
  EXPECT_EQ(w.type_of(w.failure().record), cluster::RecordType::kDeregistered);
}

TEST(TargetsTest, ACopyGoesOnAsTheOriginal) {
  Balanced w;
  w.endpoints(w.proxy, {0, 1});
  w.run_until(20_s);
  Balanced copy = w;
  for (Balanced* one : {&w, &copy}) {
    one->endpoints(one->proxy, {1});
    one->exit(1);
    one->run_until(400_s);
  }
  EXPECT_EQ(copy.kernel.fingerprint().hex(), w.kernel.fingerprint().hex());
}

}  // namespace
}  // namespace seatrial::traffic
