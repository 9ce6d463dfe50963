// The rolling restart of an ingress controller behind a load balancer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traffic/world.h"

namespace seatrial::traffic {
namespace {

struct Fleet : World {
  Fleet(Duration pre_stop, Duration deregistration, std::uint16_t replicas = 3) {
    ProxyConfig config = nginx();
    config.replicas = replicas;
    config.places = {PlaceId{1}, PlaceId{2}, PlaceId{3}};
    config.places.resize(replicas);
    config.failover = 1_s;
    config.worker_shutdown_timeout = 100_s;
    proxy = add_proxy(config);
    listen(0, serving(10_ms));
    endpoints(proxy, {0});
    ReplicaPods pods;
    pods.pre_stop = pre_stop;
    pods.start = Distribution::constant(20_s);
    pods.balancer.registration = Distribution::constant(5_s);
    pods.balancer.deregistration = Distribution::constant(deregistration);
    pods.balancer.health_check = {10_s, 3, 3, 1};
    traffic.set_replica_pods(kernel, proxy, pods);
  }
  void load(Duration lasts = Duration()) {
    LoadConfig made = sending(proxy, {});
    made.arrivals = Arrivals::constant(Rate::per_second(100), SimTime(), SimTime::at(300_s));
    if (lasts > Duration()) made.stream = Distribution::constant(lasts);
    add_load(made);
  }
  void restart_at(Duration at) {
    run_until(at);
    traffic.restart_replicas(kernel, proxy, record(cluster::RecordType::kAction, 0));
  }
  ProxyId proxy{};
};

TEST(RestartTest, LosesNothingIfPreStopOutlastsTheDeregistration) {
  Fleet w(40_s, 30_s);
  w.load();
  w.restart_at(10_s);
  w.run_until(400_s);
  EXPECT_EQ(w.count(Outcome::kOk), 30'000u);
}

TEST(RestartTest, OneThatIsUnderWayIsNotBegunAgain) {
  Fleet w(40_s, 30_s);
  w.restart_at(10_s);
  w.restart_at(20_s);
  const JournalRecord& said =
      w.kernel.journal().record(JournalId{static_cast<std::uint32_t>(w.kernel.journal().size())});
  EXPECT_THAT(std::string(w.kernel.journal().text(said.text)),
              testing::EndsWith("a restart is under way already"));
}

TEST(RestartTest, RefusesBetweenSigtermAndTheDeregistration) {
  Fleet w(20_s, 30_s);
  w.load();
  w.restart_at(10_s);
  w.run_until(400_s);
  // Three pods, ten seconds each; of the entrances one in three, or one in four where a successor has come
  // in.
  EXPECT_THAT(w.count(Outcome::kConnectRefused), testing::AllOf(testing::Gt(600u), testing::Lt(1100u)));
  EXPECT_EQ(w.type_of(w.failure().record), cluster::RecordType::kReplicaEnds);
  EXPECT_EQ(w.failure().http_code, 0);
  EXPECT_GE(w.failure().sent, SimTime::at(30_s));
}

TEST(RestartTest, NobodyEntersByThePodOfAZoneThatIsLost) {
  Fleet w(20_s, 30_s);
  w.load();
  w.traffic.set_in_rotation(w.kernel, PlaceId{1}, false);
  w.restart_at(10_s);
  w.run_until(400_s);
  EXPECT_GT(w.count(Outcome::kConnectRefused), 300u);
  EXPECT_GE(w.failure().sent,
            SimTime::at(50_s));  // when the second pod gets SIGTERM; the first had it at 30 s
}

TEST(RestartTest, CutsWhatLastsLongerThanTheWorkersMay) {
  Fleet w(20_s, 10_s);
  w.listen(0, serving(10_ms, 50'000));
  w.load(2000_s);
  w.restart_at(10_s);
  w.run_until(600_s);
  EXPECT_GT(w.count(Outcome::kCutShort), 1000u);
  EXPECT_EQ(w.failure().ended, SimTime::at(10_s + 20_s + 100_s));
}

TEST(RestartTest, SuccessorsKeepWhatTheyCarry) {
  Fleet w(200_s, 10_s);
  w.listen(0, serving(10_ms, 50'000));
  w.load(2000_s);
  w.restart_at(10_s);
  w.run_until(600_s);
  EXPECT_GT(w.count(Outcome::kCutShort), 1000u);
  // The last pod is deleted at 50 s, and nobody enters by it from 60 s on.
  for (const FailedRequest& failure : w.traffic.accounts().failures())
    ASSERT_LE(failure.sent, SimTime::at(60_s));
}

TEST(RestartTest, NobodyEntersWhileNoPodIsRegistered) {
  Fleet w(100_s, 10_s, 1);
  w.load();
  w.restart_at(10_s);
  w.run_until(400_s);
  // From 20 s on, until the successor is Ready (30 s), registered (35 s) and checked (45 s at the latest).
  EXPECT_THAT(w.count(Outcome::kConnectRefused), testing::AllOf(testing::Ge(1500u), testing::Le(2510u)));
}

TEST(RestartTest, EverybodyIsThereAgainAtTheEnd) {
  Fleet w(20_s, 30_s);
  w.load();
  w.restart_at(10_s);
  w.run_until(200_s);
  const std::uint64_t lost = w.count(Outcome::kConnectRefused);
  Fleet copy = w;
  w.run_until(400_s);
  copy.run_until(400_s);
  EXPECT_EQ(w.count(Outcome::kConnectRefused), lost);
  EXPECT_EQ(copy.kernel.fingerprint().hex(), w.kernel.fingerprint().hex());
}

}  // namespace
}  // namespace seatrial::traffic
