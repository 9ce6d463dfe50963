// An ingress controller whose configuration is invalid: what it goes on using, and who answers there.
#include <gtest/gtest.h>

#include "sim/api/networking.h"
#include "tests/traffic/world.h"

namespace seatrial::traffic {
namespace {

struct Frozen : testing::Test {
  Frozen() {
    ProxyConfig config = nginx(1_s);
    config.replicas = 2;
    proxy = w.add_proxy(config);
    w.traffic.keep_addresses();
    for (const std::uint32_t pod : {0u, 1u}) {
      w.listen(pod, serving(10_ms));
      w.traffic.pod_has_address({pod}, api::Symbol("10.0.0." + std::to_string(pod)));
    }
    w.endpoints(proxy, {0}, {0});  // of two Services
    w.endpoints(proxy, {1}, {1});
    w.run_until(2_s);
  }
  void freeze() {
    api::Ingress ingress;
    ingress.metadata.namespace_ = "team";
    ingress.metadata.name = "bad";
    w.traffic.freeze(w.kernel, proxy, ingress, JournalId::kNone);
  }
  void load(std::vector<Duration> times) {
    LoadConfig made = sending(proxy, std::move(times));
    made.timeout = 60_s;
    w.add_load(std::move(made));
  }
  std::vector<std::uint32_t> used(std::uint16_t replica) const {
    std::vector<std::uint32_t> pods;
    for (const api::PodKey pod : w.traffic.upstreams(proxy, {0}, replica)) pods.push_back(pod.index);
    return pods;
  }
  const Freeze& last() const { return w.traffic.frozen(proxy)->freezes.back(); }
  World w;
  ProxyId proxy{};
};

using Pods = std::vector<std::uint32_t>;

TEST_F(Frozen, KeepsItsEndpointsUntilItIsValidAgain) {
  w.endpoints(proxy, {2}, {0});
  w.run_until(2500_ms);
  freeze();  // that change is still under way, and fails with the rest
  w.run_until(10_s);
  EXPECT_EQ(used(0), Pods{0});
  w.endpoints(proxy, {3}, {0});
  w.traffic.configuration_changed(w.kernel, proxy, JournalId::kNone);
  w.run_until(20_s);
  EXPECT_EQ(used(0), Pods{0});
  EXPECT_EQ(last().failed_syncs, 3u);
  w.traffic.thaw(w.kernel, proxy, JournalId::kNone);
  w.run_until(25_s);
  EXPECT_EQ(used(0), Pods{3});
  EXPECT_EQ(used(1), Pods{3});
  EXPECT_EQ(last().until - last().since, 17'500_ms);
}

TEST_F(Frozen, AppliesWhatWasUnderWayIfNothingCameAfterIt) {
  w.endpoints(proxy, {2}, {0});
  freeze();
  w.run_until(10_s);
  EXPECT_EQ(used(0), Pods{0});
  w.traffic.thaw(w.kernel, proxy, JournalId::kNone);
  w.run_until(15_s);
  EXPECT_EQ(used(0), Pods{2});
}

TEST_F(Frozen, ReachesNobodyAtAnAddressThatIsFree) {
  freeze();
  w.exit(0);
  w.take_network_down(0);
  load({3_s});
  w.run_until(60_s);
  EXPECT_EQ(w.count(Outcome::kConnectTimeout), 1u);
}

TEST_F(Frozen, ReachesAPodOfAnotherServiceAtAnAddressThatWasGivenAgain) {
  freeze();
  w.exit(0);
  w.take_network_down(0);
  w.traffic.pod_has_address({1}, "10.0.0.0");
  load({3_s});
  w.run_until(60_s);
  EXPECT_EQ(w.count(Outcome::kWrongService), 1u);
  EXPECT_EQ(w.failure().pod, api::PodKey{1});
  EXPECT_EQ(w.failure().record, last().record);
}

TEST_F(Frozen, APodOfItsOwnServiceAtThatAddressIsTheRightOne) {
  freeze();
  w.exit(0);
  w.take_network_down(0);
  w.listen(2, serving(10_ms));
  w.traffic.pod_has_address({2}, "10.0.0.0");
  w.endpoints(proxy, {2}, {0});
  load({3_s});
  w.run_until(60_s);
  EXPECT_EQ(w.count(Outcome::kOk), 1u);
}

TEST_F(Frozen, OneThatIsNotSendsToNobodyElse) {
  w.exit(0);
  w.take_network_down(0);
  w.traffic.pod_has_address({1}, "10.0.0.0");
  load({3_s});
  w.run_until(60_s);
  EXPECT_EQ(w.count(Outcome::kConnectTimeout), 1u);
}

TEST_F(Frozen, ItsRestartWaitsForTheFirstSuccessor) {
  ReplicaPods pods;
  pods.pre_stop = 10_s;
  pods.start = Distribution::constant(20_s);
  pods.balancer.registration = Distribution::constant(5_s);
  pods.balancer.deregistration = Distribution::constant(5_s);
  pods.balancer.health_check = {10_s, 3, 3, 1};
  w.traffic.set_replica_pods(w.kernel, proxy, pods);
  freeze();
  w.traffic.restart_replicas(w.kernel, proxy, JournalId::kNone);
  w.run_until(600_s);
  EXPECT_TRUE(w.traffic.restarts(proxy));
  EXPECT_EQ(w.traffic.replica_fleet(proxy)->stalled, 0);
  EXPECT_EQ(w.traffic.replica_fleet(proxy)->entrances, (std::vector<Entrance>{{1, false}}));
  w.traffic.thaw(w.kernel, proxy, JournalId::kNone);
  w.run_until(800_s);
  EXPECT_FALSE(w.traffic.restarts(proxy));
  EXPECT_FALSE(w.traffic.replica_fleet(proxy)->stalled);
}

}  // namespace
}  // namespace seatrial::traffic
