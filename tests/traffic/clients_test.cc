// Retries of clients, next upstream of the ingress controller, kept-alive connections, endings of pods.
#include <gtest/gtest.h>

#include "tests/traffic/world.h"

namespace seatrial::traffic {
namespace {

TEST(RetryTest, ATimeoutIsTriedAgainAtOnceAndCountsFromTheFirstSending) {
  World w;
  const ProxyId proxy = w.add_proxy(direct());
  w.listen(0, serving(3_s));
  w.listen(1, serving(200_ms));
  w.traffic.introduce({0}, "slow");
  w.traffic.introduce({1}, "fast");
  w.listen(0, serving(3_s));
  w.listen(1, serving(200_ms));
  w.endpoints(proxy, {0, 1});
  LoadConfig load = sending(proxy, {1_s});
  load.timeout = 1_s;
  load.retries = {1, {Outcome::kClientTimeout}, Duration()};
  w.add_load(load);
  w.run_until(10_s);
  EXPECT_EQ(w.count(Outcome::kOk), 1u);
  EXPECT_EQ(w.traffic.accounts().latency(0).max(), 1200_ms);
  EXPECT_EQ(w.traffic.accounts().totals(0).attempts, 2u);
  EXPECT_EQ(
      w.traffic.accounts().totals(0).attempt_outcomes[static_cast<std::size_t>(Outcome::kClientTimeout)], 1u);
}

TEST(RetryTest, BackoffPassesBetweenAttemptsAndTheCountIsAnUpperLimit) {
  World w;
  const ProxyId proxy = w.add_proxy(direct());
  w.endpoints(proxy, {0});
  LoadConfig load = sending(proxy, {1_s});
  load.retries = {3, {Outcome::kConnectRefused}, 100_ms};
  w.add_load(load);
  w.run_until(10_s);
  ASSERT_EQ(w.count(Outcome::kConnectRefused), 1u);
  EXPECT_EQ(w.failure().attempts, 4);
  EXPECT_EQ(w.failure().ended - w.failure().sent, 300_ms);
}

TEST(RetryTest, OtherOutcomesAreNotTriedAgain) {
  World w;
  const ProxyId proxy = w.add_proxy(direct());
  w.endpoints(proxy, {0});
  LoadConfig load = sending(proxy, {1_s});
  load.retries = {3, {Outcome::kClientTimeout}, Duration()};
  w.add_load(load);
  w.run_until(10_s);
  EXPECT_EQ(w.failure().attempts, 1);
}

TEST(NextUpstreamTest, ARefusalIsTriedOnTheNextPod) {
  World w;
  const ProxyId proxy = w.add_proxy(nginx());
  w.listen(1, serving(10_ms));
  w.endpoints(proxy, {0, 1});
  LoadConfig load = sending(proxy, {1_s, 2_s});
  load.idempotent = false;
  w.add_load(load);
  w.run_until(10_s);
  EXPECT_EQ(w.count(Outcome::kOk), 2u)
      << "nothing was sent on a refused connection, so a POST may be tried again";
}

struct CutCase {
  const char* name;
  bool idempotent, retry_non_idempotent;
  Outcome expected;
};
class CutTest : public testing::TestWithParam<CutCase> {};

TEST_P(CutTest, ACutRequestIsTriedOnTheNextPodIfThatIsSafe) {
  World w;
  ProxyConfig config = nginx();
  config.retry_non_idempotent = GetParam().retry_non_idempotent;
  const ProxyId proxy = w.add_proxy(config);
  for (std::uint32_t pod : {0u, 1u}) w.listen(pod, serving(100_ms));
  w.endpoints(proxy, {0, 1});
  LoadConfig load = sending(proxy, {1_s});
  load.idempotent = GetParam().idempotent;
  w.add_load(load);
  w.run_until(1050_ms);
  w.exit(0);
  w.run_until(10_s);
  EXPECT_EQ(w.count(GetParam().expected), 1u);
}
INSTANTIATE_TEST_SUITE_P(Methods, CutTest,
                         testing::Values(CutCase{"Get", true, false, Outcome::kOk},
                                         CutCase{"Post", false, false, Outcome::kReset},
                                         CutCase{"PostWithNonIdempotent", false, true, Outcome::kOk}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(NextUpstreamTest, AfterAReadTimeoutTheNextPodAnswersAndTheFirstGoesOn) {
  World w;
  ProxyConfig config = nginx();
  config.read_timeout = 1_s;
  const ProxyId proxy = w.add_proxy(config);
  w.traffic.introduce({0}, "slow");
  w.traffic.introduce({1}, "fast");
  w.listen(0, serving(3_s));
  w.listen(1, serving(100_ms));
  w.endpoints(proxy, {0, 1});
  w.add_load(sending(proxy, {1_s}));
  w.run_until(2500_ms);
  EXPECT_EQ(w.count(Outcome::kOk), 1u);
  EXPECT_EQ(w.traffic.accounts().latency(0).max(), 1100_ms);
  EXPECT_EQ(w.traffic.server({0}).busy, 1);
  w.run_until(20_s);
}

TEST(NextUpstreamTest, TheClientsDeadlineHoldsAcrossTries) {
  World w;
  ProxyConfig config = nginx();
  config.read_timeout = 2_s;
  const ProxyId proxy = w.add_proxy(config);
  for (std::uint32_t pod : {0u, 1u, 2u}) w.listen(pod, serving(60_s));
  w.endpoints(proxy, {0, 1, 2});
  w.add_load(sending(proxy, {1_s}));
  w.run_until(100_s);
  ASSERT_EQ(w.count(Outcome::kClientTimeout), 1u);
  EXPECT_EQ(w.failure().ended - w.failure().sent, 5_s);
  EXPECT_EQ(w.failure().tries, 3);
}

TEST(LagTest, AChangeCountsOnlyOnceTheChooserHasAppliedIt) {
  World w;
  const ProxyId proxy = w.add_proxy(nginx(1_s));
  w.listen(0, serving(10_ms));
  w.listen(1, serving(10_ms));
  w.endpoints(proxy, {0});
  LoadConfig load = sending(proxy, {});
  load.arrivals = Arrivals::constant(Rate::per_second(100), SimTime::at(2_s), SimTime::at(6_s));
  w.add_load(load);
  w.run_until(3_s);
  w.endpoints(proxy, {1});
  w.run_until(3500_ms);
  w.exit(0);
  w.run_until(10_s);
  // Between 3.5 s and 4 s; each of the 50 requests meets the dead pod at every try.
  EXPECT_EQ(w.count(Outcome::kConnectRefused), 50u);
  EXPECT_EQ(w.count(Outcome::kOk), 350u);
}

TEST(LagTest, ChangesDoNotOvertakeEachOther) {
  World w;
  ProxyConfig config = nginx();
  config.applies = Distribution::uniform(0_s, 2_s);
  config.replicas = 4;
  const ProxyId proxy = w.add_proxy(config);
  for (std::uint32_t i = 0; i < 50; ++i) {
    w.endpoints(proxy, {i});
    w.run_until(Duration::millis(10 * (i + 1)));
  }
  w.run_until(10_s);
  for (std::uint16_t r = 0; r < 4; ++r) EXPECT_EQ(w.traffic.upstreams(proxy, {0}, r)[0].index, 49u);
}

TEST(KubeProxyTest, TerminatingPodsServeWhenNoneIsReady) {
  World w;
  const ProxyId proxy =
      w.add_proxy(ProxyConfig::kube_proxy("kube-proxy", Distribution::constant(Duration())));
  const std::vector<PodEndpoint> list = {{{0}, false, true, true}, {{1}, false, false, true}};
  w.traffic.endpoints_changed(w.kernel, proxy, {0}, list, JournalId::kNone);
  ASSERT_EQ(w.traffic.upstreams(proxy, {0}).size(), 1u);
  EXPECT_EQ(w.traffic.upstreams(proxy, {0})[0].index, 0u);
}

TEST(KeepAliveTest, AReusedConnectionSavesARoundTrip) {
  World w;
  const ProxyId proxy = w.add_proxy(nginx());
  w.traffic.introduce({0}, "1.3", PlaceId{1});
  w.traffic.hops().set(PlaceId::kDefault, PlaceId{1}, {10_ms});
  w.listen(0, serving(100_ms));
  w.endpoints(proxy, {0});
  w.add_load(sending(proxy, {1_s, 2_s}));
  w.run_until(10_s);
  EXPECT_EQ(w.traffic.accounts().latency(0).max(), 140_ms);
  EXPECT_EQ(w.traffic.accounts().latency(0).min(), 120_ms);
}

TEST(KeepAliveTest, AReusedConnectionIsCutWhileTheFinIsOnItsWayAndRefusedAfterwards) {
  World w;
  ProxyConfig config = nginx();
  config.tries = 1;
  const ProxyId proxy = w.add_proxy(config);
  w.traffic.introduce({0}, "1.3", PlaceId{1});
  w.traffic.hops().set(PlaceId::kDefault, PlaceId{1}, {10_ms});
  w.listen(0, serving(100_ms));
  w.endpoints(proxy, {0});
  w.add_load(sending(proxy, {1_s, 2005_ms, 2015_ms}));
  w.run_until(2_s);
  w.exit(0);
  w.run_until(10_s);
  EXPECT_EQ(w.count(Outcome::kOk), 1u);
  EXPECT_EQ(w.count(Outcome::kReset), 1u);
  EXPECT_EQ(w.count(Outcome::kConnectRefused), 1u);
  EXPECT_EQ(w.failure(0).outcome, Outcome::kReset);
}

TEST(PodEndTest, ADrainingPodFinishesWhatItHoldsThenTellsTheKubelet) {
  World w;
  const ProxyId proxy = w.add_proxy(direct());
  w.listen(0, serving(100_ms, 1));
  w.endpoints(proxy, {0});
  w.add_load(sending(proxy, {1_s, 1010_ms}));
  w.run_until(1050_ms);
  EXPECT_EQ(w.stop_accepting(0), 2);
  w.run_until(1150_ms);
  EXPECT_TRUE(w.drained.empty());
  w.run_until(3_s);
  EXPECT_EQ(w.count(Outcome::kOk), 2u);
  ASSERT_EQ(w.drained.size(), 1u);
  EXPECT_EQ(w.drained[0].at, SimTime::at(1200_ms));
  EXPECT_EQ(w.drained[0].subject, 0u);
  EXPECT_EQ(w.drained[0].type, kDrainedType);
  EXPECT_EQ(w.type_of(w.drained[0].cause), cluster::RecordType::kStoppedAccepting);
}

TEST(PodEndTest, AnIdlePodThatStopsAcceptingIsDrainedAtOnce) {
  World w;
  w.listen(0, serving(100_ms));
  EXPECT_EQ(w.stop_accepting(0), 0);
  w.run_until(1_s);
  EXPECT_TRUE(w.drained.empty()) << "the answer 0 has said it already";
}

TEST(PodEndTest, SigkillDuringADrainCutsTheRest) {
  World w;
  const ProxyId proxy = w.add_proxy(direct());
  w.listen(0, serving(3_s));
  w.endpoints(proxy, {0});
  w.add_load(sending(proxy, {1_s}));
  w.run_until(1500_ms);
  EXPECT_EQ(w.stop_accepting(0), 1);
  w.run_until(2500_ms);
  w.exit(0);
  w.run_until(5_s);
  EXPECT_EQ(w.count(Outcome::kReset), 1u);
  EXPECT_TRUE(w.drained.empty());
}

TEST(PodEndTest, ALingeringOrIgnoringPodServesUntilItIsToldOtherwise) {
  World w;
  const ProxyId proxy = w.add_proxy(direct());
  w.listen(0, serving(10_ms));
  w.endpoints(proxy, {0});
  w.add_load(sending(proxy, {1_s, 2_s, 3_s}));
  w.run_until(2500_ms);
  EXPECT_EQ(w.stop_accepting(0), 0);
  w.run_until(5_s);
  EXPECT_EQ(w.count(Outcome::kOk), 2u);
  EXPECT_EQ(w.count(Outcome::kConnectRefused), 1u);
}

TEST(PodEndTest, AContainerThatRestartsListensAgain) {
  World w;
  const ProxyId proxy = w.add_proxy(direct());
  w.listen(0, serving(10_ms));
  w.endpoints(proxy, {0});
  w.add_load(sending(proxy, {1_s, 2_s, 3_s}));
  w.run_until(1500_ms);
  w.exit(0);
  w.run_until(2500_ms);
  w.listen(0, serving(10_ms));
  w.run_until(5_s);
  EXPECT_EQ(w.count(Outcome::kOk), 2u);
  EXPECT_EQ(w.count(Outcome::kConnectRefused), 1u);
}

TEST(HopTest, AnAnswerThatArrivesAfterTheDeadlineIsAClientTimeout) {
  World w;
  const ProxyId proxy = w.add_proxy(nginx());
  w.traffic.hops().set(PlaceId{1}, PlaceId::kDefault, {300_ms});
  w.listen(0, serving(500_ms));
  w.endpoints(proxy, {0});
  LoadConfig load = sending(proxy, {1_s});
  load.place = PlaceId{1};
  load.timeout = 1_s;
  w.add_load(load);
  w.run_until(10_s);
  ASSERT_EQ(w.count(Outcome::kClientTimeout), 1u);
  EXPECT_EQ(w.failure().ended - w.failure().sent, 1_s);
}

TEST(HopTest, ThePodsStateCountsWhenThePacketArrives) {
  World w;
  const ProxyId proxy = w.add_proxy(direct());
  w.traffic.introduce({0}, "1.3", PlaceId{1});
  w.traffic.hops().set(PlaceId::kDefault, PlaceId{1}, {100_ms});
  w.endpoints(proxy, {0});
  w.add_load(sending(proxy, {1_s}));
  w.run_until(1050_ms);
  w.listen(0, serving(10_ms));
  w.run_until(10_s);
  EXPECT_EQ(w.count(Outcome::kOk), 1u) << "it listened 50 ms before the SYN arrived";
  EXPECT_EQ(w.traffic.accounts().latency(0).max(), 410_ms);
}

// Two replicas in two places, one of which cannot be reached: until the failover half of the requests fail.
TEST(RotationTest, ReplicasOfALostPlaceAreLeftOutAfterTheFailoverAndTakenBack) {
  World world;
  const PlaceId lost{1}, other{2};
  ProxyConfig config = nginx();
  config.replicas = 2;
  config.places = {lost, other};
  config.failover = 10_s;
  const ProxyId proxy = world.add_proxy(config);
  std::vector<Duration> times;
  for (int i = 0; i < 600; ++i) times.push_back(100_ms * i);
  world.add_load(sending(proxy, times));
  world.listen(0, serving(10_ms));
  world.endpoints(proxy, {0});
  world.traffic.hops().set(PlaceId::kDefault, lost, {Duration(), JournalId::kNone, 1});
  world.traffic.set_in_rotation(world.kernel, lost, false);
  world.run_until(10_s);
  world.traffic.set_in_rotation(world.kernel, lost, true);
  world.run_until(19_s);
  const auto unreachable = [&] {
    return world.count(Outcome::kUnreachable) + world.count(Outcome::kClientTimeout);
  };
  const std::uint64_t before = unreachable();
  EXPECT_GT(before, 30u);
  EXPECT_LT(before, 70u);
  world.traffic.hops().set(PlaceId::kDefault, lost, {});
  world.run_until(70_s);
  EXPECT_EQ(unreachable(), before) << "none from the failover on";
  EXPECT_EQ(world.count(Outcome::kOk), 600u - before);
}

TEST(RotationTest, WhereNoReplicaIsLeftAllOfThemGetRequests) {
  World world;
  ProxyConfig config = nginx();
  config.replicas = 2;
  config.places = {PlaceId{1}, PlaceId{1}};
  config.failover = 1_s;
  const ProxyId proxy = world.add_proxy(config);
  world.add_load(sending(proxy, {2_s, 3_s}));
  world.listen(0, serving(10_ms));
  world.endpoints(proxy, {0});
  world.traffic.set_in_rotation(world.kernel, PlaceId{1}, false);
  world.run_until(10_s);
  EXPECT_EQ(world.count(Outcome::kOk), 2u);
}

}  // namespace
}  // namespace seatrial::traffic
