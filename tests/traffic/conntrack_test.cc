// Conntrack tables of nodes: which connections take an entry where, and what a full table does.
#include <gtest/gtest.h>

#include "tests/traffic/world.h"

namespace seatrial::traffic {
namespace {

// Pods 0 and 1 are on node a, pod 2 on node b.
struct ConntrackTest : testing::Test {
  void nodes(std::int64_t entries) {
    network::ConntrackRules rules;
    rules.max_per_core = 1;
    rules.min = entries;
    w.traffic.track_connections(rules);
    w.traffic.track_node("a", 1);
    w.traffic.track_node("b", 1);
    for (const auto& [pod, node] : {std::pair(0u, "a"), std::pair(1u, "a"), std::pair(2u, "b")}) {
      w.traffic.introduce({pod}, "1");
      w.traffic.set_node({pod}, node);
    }
  }
  // One request at each time by `proxy` to the pod.
  void send(ProxyConfig config, std::uint32_t pod, std::vector<Duration> times) {
    const ProxyId proxy = w.add_proxy(std::move(config));
    w.listen(pod, serving(10_ms));
    w.endpoints(proxy, {pod});
    w.run_until(500_ms);
    LoadConfig load = sending(proxy, std::move(times));
    load.timeout = 60_s;
    w.add_load(load);
  }
  const network::FlowTable& table(std::size_t node) const {
    return w.traffic.conntrack()->nodes[node].table.flows;
  }
  World w;
};

TEST_F(ConntrackTest, ANewConnectionToAPodIsAnEntryOnItsNodeForTwoMinutesMore) {
  nodes(100);
  send(direct(), 0, {1_s, 2_s, 3_s});
  w.run_until(5_s);
  EXPECT_EQ(w.count(Outcome::kOk), 3u);
  EXPECT_EQ(table(0).peak(), 3);
  EXPECT_EQ(table(0).open_now(), 0);
  EXPECT_EQ(table(1).peak(), 0);
  // They were closed 10 ms after they had been opened.
  network::FlowTable looked_at = table(0);
  EXPECT_EQ(looked_at.lingering(Conntrack::kClosed, SimTime::at(Duration::millis(121'009))), 3);
  EXPECT_EQ(looked_at.lingering(Conntrack::kClosed, SimTime::at(Duration::millis(121'020))), 2);
  EXPECT_EQ(looked_at.lingering(Conntrack::kClosed, SimTime::at(Duration::millis(123'020))), 0);
}

TEST_F(ConntrackTest, AConnectionThatAnIngressControllerKeepsIsOneEntry) {
  nodes(100);
  send(nginx(), 0, {1_s, 2_s, 3_s});
  w.run_until(5_s);
  EXPECT_EQ(table(0).peak(), 1);
  EXPECT_EQ(table(0).open_now(), 1);
  w.exit(0);  // which closes it
  EXPECT_EQ(table(0).open_now(), 0);
}

// Three entries: the fourth request gets no answer to its SYN until the connect timeout.
TEST_F(ConntrackTest, AFullTableDropsWhatIsNew) {
  nodes(3);
  // The first entry goes at 121.01 s.
  send(direct(), 0, {1_s, 2_s, 3_s, 4_s, Duration::millis(120'900), Duration::millis(121'100)});
  w.run_until(190_s);
  EXPECT_EQ(w.count(Outcome::kOk), 4u);
  ASSERT_EQ(w.count(Outcome::kUnreachable), 2u);
  const JournalId record = w.failure().record;
  ASSERT_EQ(w.type_of(record), cluster::RecordType::kTableFull);
  EXPECT_EQ(
      w.kernel.journal().text(w.kernel.journal().record(record).text),
      "the conntrack table of a is full: of 3 entries 0 are of open connections, 3 of closed ones, 0 of DNS "
      "queries");
  // They are apart by more than a minute.
  ASSERT_EQ(table(0).shortages().size(), 2u);
  for (const network::Shortage& shortage : table(0).shortages()) EXPECT_EQ(shortage.refused, 1u);
  EXPECT_LT(table(0).shortages()[1].first, SimTime::at(121_s));
}

// As above, but that the node has booted in between.
TEST_F(ConntrackTest, ANodeThatBootsHasAnEmptyTable) {
  nodes(3);
  send(direct(), 0, {1_s, 2_s, 3_s, 5_s});
  w.run_until(4_s);
  w.traffic.node_booted("a");
  w.run_until(10_s);
  EXPECT_EQ(w.count(Outcome::kOk), 4u);
}

TEST_F(ConntrackTest, AKeptConnectionIsNotHindered) {
  nodes(1);
  send(nginx(), 0, {1_s, 2_s, 3_s});
  w.run_until(5_s);
  EXPECT_EQ(w.count(Outcome::kOk), 3u);
  EXPECT_TRUE(table(0).shortages().empty());
}

TEST_F(ConntrackTest, WhatAPodSendsIsAnEntryOnBothNodes) {
  nodes(100);
  const ProxyId proxy =
      w.add_proxy(ProxyConfig::kube_proxy("kube-proxy", Distribution::constant(Duration())));
  for (const std::uint32_t pod : {1u, 2u}) w.listen(pod, serving(10_ms));
  w.endpoints(proxy, {1, 2});
  w.run_until(500_ms);
  LoadConfig load = sending(proxy, std::vector<Duration>(40, 1_s));
  load.from_pods = true;
  w.traffic.add_client(w.kernel, w.add_load(load), {0}, OriginId::kUnjudged, PlaceId::kDefault,
                       JournalId::kNone);
  w.run_until(5_s);
  EXPECT_EQ(w.count(Outcome::kOk), 40u);
  EXPECT_EQ(table(0).peak(), 40);  // all that it sends; to its own node that is one entry each
  EXPECT_GT(table(1).peak(), 5);
  EXPECT_LT(table(1).peak(), 35);
}

TEST_F(ConntrackTest, ACallsConnectionsAreEntriesAndItsSynIsSentAgain) {
  nodes(2);
  cloud::ManagedConfig config = cloud::ManagedConfig::of(cloud::ManagedKind::kElastiCache);
  config.name = "elasticache/sessions";
  config.zone = "a";
  w.traffic.add_resource(w.kernel, config, PlaceId::kDefault, PlaceId::kDefault);
  const ProxyId proxy = w.add_proxy(nginx());
  cluster::ImageBehaviour behaviour = serving(10_ms);
  cluster::Call call = call_of("elasticache/sessions");
  call.time = Distribution::constant(1_ms);
  call.pool.keep_alive = false;
  call.pool.connect_timeout = 2_s;
  behaviour.calls.push_back(call);
  w.listen(0, behaviour);
  w.endpoints(proxy, {0});
  w.run_until(500_ms);
  LoadConfig load = sending(proxy, {1_s, 2_s, 130_s});
  load.timeout = 60_s;
  w.add_load(load);
  w.run_until(140_s);
  EXPECT_EQ(w.count(Outcome::kOk),
            2u);  // the ingress controller's connection is one entry, the call's another
  ASSERT_EQ(w.count(Outcome::kDependencyFailed), 1u);
  EXPECT_EQ(table(0).shortages().at(0).refused, 2u);  // at once, and a second later
  const JournalRecord& trouble = w.kernel.journal().record(w.failure().record);
  EXPECT_EQ(w.type_of(trouble.cause), cluster::RecordType::kTableFull);
}

TEST_F(ConntrackTest, AForkGoesOnAsTheOriginal) {
  nodes(30);
  std::vector<Duration> times;
  for (int i = 0; i < 200; ++i) times.push_back(Duration::millis(1'000 + i * 300));
  send(direct(), 0, times);
  w.run_until(20_s);
  World fork = w;
  w.run_until(70_s);
  fork.run_until(70_s);
  EXPECT_EQ(w.kernel.fingerprint().hex(), fork.kernel.fingerprint().hex());
  EXPECT_GT(w.count(Outcome::kUnreachable), 0u);
}

}  // namespace
}  // namespace seatrial::traffic
