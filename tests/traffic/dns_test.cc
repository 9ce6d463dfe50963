// Pods that look names up before they connect: what is asked, what it costs, what becomes of it when the
// servers are slow, full, or not there.
#include <gtest/gtest.h>

#include "tests/traffic/world.h"

namespace seatrial::traffic {
namespace {

constexpr api::ServiceKey kWeb{0}, kDns{1};
constexpr std::uint32_t kServer = 0, kClient = 1, kCoreDns = 2, kOther = 3;

struct DnsTest : testing::Test {
  // One request of pod 1 to pod 0 at each time; pod 2 is the DNS server.
  void start(std::vector<Duration> times, const DnsName& name, Duration timeout = 60_s,
             const cluster::ImageBehaviour& coredns = serving(1_ms, 1, 10)) {
    const ProxyId proxy =
        w.add_proxy(ProxyConfig::kube_proxy("kube-proxy", Distribution::constant(Duration())));
    LoadConfig queries = sending(proxy, {});
    queries.name = "dns";
    queries.service = kDns;
    queries.timeout.reset();
    dns = w.add_load(queries);
    LoadConfig load = sending(proxy, std::move(times));
    load.from_pods = true;
    load.timeout = timeout;
    public_ = w.add_load(load);
    w.traffic.use_dns(w.kernel, config, dns);
    w.traffic.call_by_name(public_, name);
    w.traffic.set_resolver({kClient}, network::resolv_conf(pod, "shop", config.cluster), "node-1");
    w.listen(kServer, serving(10_ms));
    w.listen(kClient, client);
    w.listen(kCoreDns, coredns);
    w.endpoints(proxy, {kServer}, kWeb);
    w.endpoints(proxy, {kCoreDns}, kDns);
    w.traffic.add_client(w.kernel, public_, {kClient}, OriginId::kUnjudged, PlaceId::kDefault,
                         JournalId::kNone);
    kube_proxy = proxy;
  }
  std::uint64_t queries() const { return w.traffic.accounts().totals(dns).sent; }
  Duration latency() { return w.traffic.accounts().latency(public_).quantile(1'000'000); }
  std::uint64_t count(Outcome outcome) const { return w.count(outcome, public_); }

  World w;
  DnsConfig config{{"cluster.local", "10.100.0.10", {"eu-west-2.compute.internal"}},
                   30_s,
                   Distribution::constant(2_ms),
                   1024,
                   std::nullopt};
  network::PodDns pod;
  cluster::ImageBehaviour client = serving(10_ms);
  LoadIndex dns = 0, public_ = 0;
  ProxyId kube_proxy{};
};

const DnsName kOwn{"web", "web.shop.svc.cluster.local"}, kNextDoor{"web.team", "web.team.svc.cluster.local"},
    kExternal{"api.example.com", "api.example.com"}, kDotted{"api.example.com.", "api.example.com"};

// A and AAAA of one name; the server has one slot, so the second waits for the first.
TEST_F(DnsTest, AServiceOfTheSameNamespaceIsTwoQueries) {
  start({1_s}, kOwn);
  w.run_until(2_s);
  EXPECT_EQ(count(Outcome::kOk), 1u);
  EXPECT_EQ(queries(), 2u);
  EXPECT_NEAR(static_cast<double>(latency().count()), 12e6, 1e5);  // 2 × 1 ms, 10 ms
}

TEST_F(DnsTest, AnotherNamespacesIsFoundByTheSecondName) {
  start({1_s}, kNextDoor);
  w.run_until(2_s);
  EXPECT_EQ(count(Outcome::kOk), 1u);
  EXPECT_EQ(queries(), 4u);
}

// The two names are one entry each on the asker's node and on the server's, whatever is asked of them; the
// connection that follows is another on the asker's, where it stays.
TEST_F(DnsTest, ANameIsOneEntryInAConntrackTable) {
  w.traffic.track_connections({});
  w.traffic.track_node("a", 2);
  w.traffic.track_node("b", 2);
  for (const std::uint32_t on_a : {kServer, kClient}) w.traffic.set_node({on_a}, "a");
  w.traffic.set_node({kCoreDns}, "b");
  start({1_s}, kNextDoor);
  w.run_until(2_s);
  EXPECT_EQ(queries(), 4u);
  EXPECT_EQ(w.traffic.conntrack()->nodes[0].table.flows.peak(), 3);
  EXPECT_EQ(w.traffic.conntrack()->nodes[1].table.flows.peak(), 2);
}

TEST_F(DnsTest, AFullConntrackTableLeavesANameUnresolved) {
  network::ConntrackRules rules;
  rules.max_per_core = rules.min = 1;
  w.traffic.track_connections(rules);
  w.traffic.track_node("a", 1);
  w.traffic.set_node({kClient}, "a");
  start({1_s}, kNextDoor);
  w.run_until(30_s);
  ASSERT_EQ(count(Outcome::kNotResolved), 1u);
  const JournalRecord& record = w.kernel.journal().record(w.failure().record);
  EXPECT_EQ(w.type_of(w.failure().record), cluster::RecordType::kCannotResolve);
  EXPECT_EQ(w.type_of(record.cause), cluster::RecordType::kTableFull);
}

// Three names of the cluster, and two that are forwarded: 2 ms each, A and AAAA one after the other.
TEST_F(DnsTest, AnExternalNameIsTenQueriesAndTheServerKeepsTheAnswers) {
  start({1_s, 2_s, 40_s}, kExternal);
  w.run_until(Duration::millis(1'500));
  EXPECT_EQ(queries(), 10u);
  EXPECT_NEAR(static_cast<double>(latency().count()), 28e6, 3e5);  // 10 × 1 ms, 4 × 2 ms, 10 ms
  w.run_until(3_s);
  EXPECT_NEAR(static_cast<double>(w.traffic.accounts().latency(public_).quantile(400'000).count()), 20e6,
              3e5);
  w.run_until(41_s);  // after 30 s it has forgotten them
  EXPECT_NEAR(static_cast<double>(w.traffic.accounts().latency(public_).quantile(600'000).count()), 28e6,
              3e5);
}

TEST_F(DnsTest, ADotAtTheEndAndNdotsOneAreTwoQueries) {
  start({1_s}, kDotted);
  w.run_until(2_s);
  EXPECT_EQ(queries(), 2u);
}

TEST_F(DnsTest, NdotsOneIsTwoQueriesToo) {
  pod.options = {{"ndots", "1"}};
  start({1_s}, kExternal);
  w.run_until(2_s);
  EXPECT_EQ(queries(), 2u);
}

TEST_F(DnsTest, AProcessThatKeepsAnswersAsksOnceInThatTime) {
  client.dns_cache = 10_s;
  start({1_s, 5_s, 12_s}, kOwn);
  w.run_until(20_s);
  EXPECT_EQ(count(Outcome::kOk), 3u);
  EXPECT_EQ(queries(), 4u);
}

TEST_F(DnsTest, ANodesCacheAnswersForAllOnIt) {
  config.node_cache = 30_s;
  start({1_s, 5_s, 40_s}, kExternal);
  w.run_until(50_s);
  EXPECT_EQ(count(Outcome::kOk), 3u);
  EXPECT_EQ(queries(), 20u);
}

TEST_F(DnsTest, APodWithTheNodesServerAsksNobodyInTheCluster) {
  pod.policy = "Default";
  start({1_s}, kExternal);
  w.run_until(2_s);
  EXPECT_EQ(count(Outcome::kOk), 1u);
  EXPECT_EQ(queries(), 0u);
}

TEST_F(DnsTest, AndFindsNoneOfTheClustersNames) {
  pod.policy = "Default";
  start({1_s}, kOwn);
  w.run_until(2_s);
  EXPECT_EQ(count(Outcome::kNotResolved), 1u);
}

// Refused at once by ICMP, twice.
TEST_F(DnsTest, WithoutAnEndpointALookUpFailsAtOnce) {
  start({1_s}, kOwn);
  w.endpoints(kube_proxy, {}, kDns);
  w.run_until(2_s);
  ASSERT_EQ(count(Outcome::kNotResolved), 1u);
  EXPECT_EQ(w.failure().ended, SimTime::at(1_s));
  EXPECT_EQ(w.type_of(w.failure().record), cluster::RecordType::kCannotResolve);
  EXPECT_EQ(queries(), 4u);
  EXPECT_EQ(w.traffic.dns()->lookups_failed, 1u);
}

// The server has them when it is killed: nothing comes back, and both are sent again after 5 s, to nobody.
TEST_F(DnsTest, AServerThatIsKilledSaysNothing) {
  start({1_s}, kOwn, 60_s, serving(1_s, 4));
  w.run_until(Duration::millis(1'500));
  w.exit(kCoreDns);
  w.run_until(20_s);
  ASSERT_EQ(count(Outcome::kNotResolved), 1u);
  EXPECT_EQ(w.failure().ended, SimTime::at(6_s));
  EXPECT_EQ(w.count(Outcome::kClientTimeout, dns), 2u);
  EXPECT_EQ(w.count(Outcome::kConnectRefused, dns), 2u + 4u);  // the name as it is, too
  EXPECT_EQ(w.type_of(w.kernel.journal().record(w.failure().record).cause), cluster::RecordType::kExited);
}

// Once more, and then the name as it is, which ends the look-up.
TEST_F(DnsTest, WhatIsNotAnsweredIsAskedOnceMoreAndThenAsItIs) {
  start({1_s}, kOwn, 60_s, serving(100_s, 4));
  w.run_until(30_s);
  ASSERT_EQ(count(Outcome::kNotResolved), 1u);
  EXPECT_EQ(w.failure().ended, SimTime::at(21_s));
  EXPECT_EQ(queries(), 8u);
  EXPECT_EQ(w.traffic.requests_held({kCoreDns}), 8);  // it does not know that nobody waits
}

// Of its search list only the first name is asked.
TEST_F(DnsTest, AfterASilenceANameAsItIsMayBeFound) {
  start({1_s}, kExternal, 60_s, serving(100_s, 4));
  w.run_until(Duration::millis(10'500));
  w.exit(kCoreDns);
  w.listen(kCoreDns, serving(1_ms, 4));
  w.run_until(30_s);
  EXPECT_EQ(count(Outcome::kOk), 1u);
  EXPECT_EQ(queries(), 6u);
  EXPECT_NEAR(static_cast<double>(latency().count()), 10.015e9, 1e8);
}

// Of the queries that wait for its one slot the second is forwarded as well, though its asker has left: it
// takes 9 s as the first did, and nobody asks upstream for those after them.
TEST_F(DnsTest, AServerForwardsForThoseWhoHaveLeft) {
  config.upstream = Distribution::constant(2_s);
  start({1_s}, kDotted, 1_s, serving(7_s, 1, 10));
  w.run_until(7_s);
  EXPECT_EQ(w.traffic.requests_held({kCoreDns}), 4);
  w.run_until(18_s);
  EXPECT_EQ(w.traffic.requests_held({kCoreDns}), 3);
  w.run_until(20_s);
  EXPECT_EQ(w.traffic.requests_held({kCoreDns}), 2);
  w.run_until(19_s + 7_s + 7_s + 1_s);
  EXPECT_EQ(w.traffic.requests_held({kCoreDns}), 0);
}

// A queue that is full drops what comes: the A of one name is being served, its AAAA is lost.
TEST_F(DnsTest, AServerThatIsFullSaysNothingEither) {
  start({1_s}, kOwn, 60_s, serving(1_s, 1, 0));
  w.run_until(30_s);
  EXPECT_EQ(count(Outcome::kOk), 1u);
  EXPECT_EQ(w.count(Outcome::kQueueFull, dns), 1u);
  EXPECT_NEAR(static_cast<double>(latency().count()), 6.01e9, 6e7);  // AAAA again after 5 s
}

TEST_F(DnsTest, AClientGivesUpWhileItsNameIsLookedUp) {
  start({1_s}, kOwn, 2_s, serving(100_s, 4));
  w.run_until(30_s);
  ASSERT_EQ(count(Outcome::kClientTimeout), 1u);
  EXPECT_EQ(w.failure().ended, SimTime::at(3_s));
  EXPECT_EQ(w.type_of(w.failure().record), cluster::RecordType::kCannotResolve);
}

TEST_F(DnsTest, TheNextNameIsTheSameAgain) {
  start({1_s, 2_s, 3_s}, {"wob", "web.shop.svc.cluster.local"});
  w.run_until(30_s);
  EXPECT_EQ(count(Outcome::kNotResolved), 3u);
  EXPECT_EQ(queries(), 30u);
  EXPECT_EQ(w.failure(0).record, w.failure(2).record);  // said once in ten seconds
}

// The VPC's resolver takes so many packets a second from one server; the others are lost.
TEST_F(DnsTest, WhatIsBeyondTheUpstreamsLimitIsLost) {
  config.upstream_limit = 1;
  start({1_s}, kDotted, 60_s, serving(1_ms, 4));
  w.run_until(30_s);
  EXPECT_EQ(count(Outcome::kOk), 1u);
  EXPECT_GT(latency(), 5_s);  // AAAA is asked again in another second
}

TEST_F(DnsTest, APoolAsksWhenWhatItKnowsIsOutOfDate) {
  cloud::ManagedConfig database = cloud::ManagedConfig::of(cloud::ManagedKind::kRds);
  database.name = "rds/main";
  const ResourceIndex rds = w.traffic.add_resource(w.kernel, database, PlaceId::kDefault, PlaceId::kDefault);
  cluster::Call call = call_of("rds/main");
  call.pool.size = 1;
  start({}, kOwn);
  w.traffic.name_resource(rds, {"main.x.eu-west-2.rds.amazonaws.com", "main.x.eu-west-2.rds.amazonaws.com"});
  w.traffic.set_resolver({kOther}, network::resolv_conf({}, "shop", config.cluster), "node-1");
  cluster::ImageBehaviour behaviour = serving(10_ms);
  behaviour.calls.push_back(call);
  w.listen(kOther, behaviour);
  const ProxyId front = w.add_proxy(direct());
  LoadConfig load = sending(front, {1_s, 2_s, 3_s});
  load.name = "front";
  const LoadIndex index = w.add_load(load);
  w.endpoints(front, {kOther});
  w.run_until(10_s);
  EXPECT_EQ(w.count(Outcome::kOk, index), 3u);
  EXPECT_EQ(queries(), 2u);  // five dots: as it is; one connection for all three
}

TEST_F(DnsTest, WithoutAnAnswerAPoolTriesAgainAndSaysWhy) {
  cloud::ManagedConfig database = cloud::ManagedConfig::of(cloud::ManagedKind::kRds);
  database.name = "rds/main";
  const ResourceIndex rds = w.traffic.add_resource(w.kernel, database, PlaceId::kDefault, PlaceId::kDefault);
  cluster::Call call = call_of("rds/main");
  call.pool.acquire_timeout = 3_s;
  start({}, kOwn);
  w.traffic.name_resource(rds, {"main.x", "main.x"});
  w.endpoints(kube_proxy, {}, kDns);
  cluster::ImageBehaviour behaviour = serving(10_ms);
  behaviour.calls.push_back(call);
  w.listen(kOther, behaviour);
  const ProxyId front = w.add_proxy(direct());
  LoadConfig load = sending(front, {1_s});
  load.name = "front";
  load.timeout = 60_s;
  const LoadIndex index = w.add_load(load);
  w.endpoints(front, {kOther});
  w.run_until(10_s);
  ASSERT_EQ(w.count(Outcome::kDependencyFailed, index), 1u);
  const JournalRecord& record = w.kernel.journal().record(w.failure().record);
  EXPECT_EQ(static_cast<cluster::RecordType>(record.type), cluster::RecordType::kCannotCall);
  EXPECT_EQ(w.type_of(record.cause), cluster::RecordType::kCannotResolve);
  EXPECT_GE(w.traffic.dns()->lookups_failed, 3u);
}

TEST_F(DnsTest, ACopyGoesOnAsTheOriginalWould) {
  std::vector<Duration> times;
  for (int i = 0; i < 500; ++i) times.push_back(Duration::millis(1000 + i * 7));
  start(times, kExternal, 2_s);
  w.run_until(2_s);
  World copy = w;
  w.run_until(30_s);
  copy.run_until(30_s);
  EXPECT_EQ(w.kernel.fingerprint().hex(), copy.kernel.fingerprint().hex());
  EXPECT_EQ(w.traffic.in_flight(), 0u);
}

}  // namespace
}  // namespace seatrial::traffic
