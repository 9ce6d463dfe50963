// Every outcome provoked, with the circumstances that are written down for it.
#include <gtest/gtest.h>

#include "tests/traffic/world.h"

namespace seatrial::traffic {
namespace {

using cluster::RecordType;

TEST(OutcomesTest, OkTakesTheServiceTime) {
  World w;
  const ProxyId proxy = w.add_proxy(nginx());
  w.traffic.introduce({0}, "1.3");
  w.listen(0, serving(40_ms));
  w.endpoints(proxy, {0});
  w.add_load(sending(proxy, {1_s}));
  w.run_until(2_s);
  EXPECT_EQ(w.count(Outcome::kOk), 1u);
  EXPECT_EQ(w.traffic.version_name(1), api::Symbol("1.3"));
  EXPECT_EQ(w.traffic.accounts().cell(0, 1).latency.max(), 40_ms);
  EXPECT_EQ(w.traffic.in_flight(), 0u);
}

TEST(OutcomesTest, RefusedBeforeThePodListens) {
  World w;
  const ProxyId proxy = w.add_proxy(direct());
  w.endpoints(proxy, {0});
  w.add_load(sending(proxy, {1_s}));
  w.run_until(2_s);
  ASSERT_EQ(w.count(Outcome::kConnectRefused), 1u);
  EXPECT_EQ(w.failure().phase_text(), "starting");
  EXPECT_EQ(w.failure().http_code, 0);
}

TEST(OutcomesTest, RefusedOnAPortWhereNobodyListens) {
  for (const std::int32_t port : {0, 8080, 9090}) {
    World w;
    const ProxyId proxy = w.add_proxy(direct());
    cluster::ImageBehaviour behaviour = serving(10_ms);
    behaviour.ports = {8080};
    w.listen(0, behaviour);
    w.endpoints(proxy, {0});
    LoadConfig load = sending(proxy, {1_s});
    load.port = port;
    w.add_load(load);
    w.run_until(2_s);
    EXPECT_EQ(w.count(Outcome::kConnectRefused), port == 9090 ? 1u : 0u);
  }
}

TEST(OutcomesTest, RefusedWhileThePodDrains) {
  World w;
  const ProxyId proxy = w.add_proxy(direct());
  w.listen(0, serving(10_ms));
  w.endpoints(proxy, {0});
  w.add_load(sending(proxy, {1035_ms}));
  w.run_until(1_s);
  w.stop_accepting(0);
  w.run_until(2_s);
  ASSERT_EQ(w.count(Outcome::kConnectRefused), 1u);
  EXPECT_EQ(w.failure().phase_text(), "stopped accepting 35ms ago");
  EXPECT_EQ(w.type_of(w.failure().record), RecordType::kStoppedAccepting);
  EXPECT_EQ(w.type_of(w.failure().view), RecordType::kUpstreamsChanged);
}

TEST(OutcomesTest, RefusedAfterTheProcessExitedBehindAnIngressIs502) {
  World w;
  const ProxyId proxy = w.add_proxy(nginx());
  w.listen(0, serving(10_ms));
  w.endpoints(proxy, {0});
  w.add_load(sending(proxy, {2_s}));
  w.run_until(1_s);
  w.exit(0);
  w.run_until(3_s);
  ASSERT_EQ(w.count(Outcome::kConnectRefused), 1u);
  EXPECT_EQ(w.failure().http_code, 502);
  EXPECT_EQ(w.failure().tries, 3);
  EXPECT_EQ(w.failure().phase_text(), "exited 1s ago");
}

TEST(OutcomesTest, ConnectTimeoutWhenTheAddressIsGone) {
  World w;
  const ProxyId proxy = w.add_proxy(direct());
  w.listen(0, serving(10_ms));
  w.endpoints(proxy, {0});
  LoadConfig load = sending(proxy, {2_s});
  load.timeout = 30_s;
  w.add_load(load);
  w.run_until(1_s);
  w.exit(0);
  w.take_network_down(0);
  w.run_until(60_s);
  ASSERT_EQ(w.count(Outcome::kConnectTimeout), 1u);
  EXPECT_EQ(w.failure().ended - w.failure().sent, 5_s);
  EXPECT_EQ(w.type_of(w.failure().record), RecordType::kNetworkDown);
}

TEST(OutcomesTest, AnAddressThatArpGaveUpFailsSooner) {
  World w;
  ProxyConfig config = direct();
  config.unreachable_after = 3_s;
  const ProxyId proxy = w.add_proxy(config);
  w.endpoints(proxy, {0});
  w.take_network_down(0);
  w.add_load(sending(proxy, {2_s}));
  w.run_until(60_s);
  ASSERT_EQ(w.count(Outcome::kConnectTimeout), 1u);
  EXPECT_EQ(w.failure().ended - w.failure().sent, 3_s);
}

TEST(OutcomesTest, AnAbruptExitCutsServedAndQueuedRequests) {
  World w;
  const ProxyId proxy = w.add_proxy(direct());
  w.listen(0, serving(100_ms, 1));
  w.endpoints(proxy, {0});
  w.add_load(sending(proxy, {1_s, 1010_ms}));
  w.run_until(1020_ms);
  w.exit(0);
  w.run_until(3_s);
  EXPECT_EQ(w.count(Outcome::kReset), 2u);
  EXPECT_EQ(w.failure().ended - w.failure().sent, 20_ms);
  EXPECT_EQ(w.failure().phase_text(), "exited 0s ago");
}

TEST(OutcomesTest, TheIngressGivesUpOnASlowPodWith504) {
  World w;
  ProxyConfig config = nginx();
  config.read_timeout = 2_s;
  config.tries = 1;
  const ProxyId proxy = w.add_proxy(config);
  w.listen(0, serving(10_s));
  w.endpoints(proxy, {0});
  w.add_load(sending(proxy, {1_s}));
  w.run_until(4_s);
  ASSERT_EQ(w.count(Outcome::kUpstreamTimeout), 1u);
  EXPECT_EQ(w.failure().http_code, 504);
  EXPECT_EQ(w.failure().ended - w.failure().sent, 2_s);
  EXPECT_EQ(w.traffic.server({0}).busy, 1) << "the pod goes on";
  w.run_until(20_s);
  EXPECT_EQ(w.traffic.server({0}).busy, 0);
}

TEST(OutcomesTest, TheClientGivesUpAndThePodGoesOn) {
  World w;
  const ProxyId proxy = w.add_proxy(nginx());
  w.listen(0, serving(10_s));
  w.endpoints(proxy, {0});
  w.add_load(sending(proxy, {1_s}));
  w.run_until(7_s);
  ASSERT_EQ(w.count(Outcome::kClientTimeout), 1u);
  EXPECT_EQ(w.failure().ended, SimTime::at(6_s));
  EXPECT_EQ(w.traffic.server({0}).busy, 1);
  w.run_until(20_s);
  EXPECT_EQ(w.traffic.server({0}).busy, 0);
  EXPECT_EQ(w.traffic.sent(), w.traffic.ended());
}

TEST(OutcomesTest, NoEndpointsIs503AtOnce) {
  World w;
  const ProxyId proxy = w.add_proxy(nginx());
  w.endpoints(proxy, {});
  w.add_load(sending(proxy, {1_s}));
  w.run_until(2_s);
  ASSERT_EQ(w.count(Outcome::kNoEndpoints), 1u);
  EXPECT_EQ(w.failure().http_code, 503);
  EXPECT_FALSE(w.failure().pod.valid());
  EXPECT_EQ(w.type_of(w.failure().record), RecordType::kUpstreamsChanged);
}

TEST(OutcomesTest, AFullQueueIs503AndNotTriedElsewhere) {
  World w;
  const ProxyId proxy = w.add_proxy(nginx());
  for (std::uint32_t pod : {0u, 1u}) w.listen(pod, serving(1_s, 1, 1));
  w.endpoints(proxy, {0, 1});
  w.add_load(sending(proxy, {1_s, 1_s, 1_s, 1_s, 1_s}));
  w.run_until(5_s);
  EXPECT_EQ(w.count(Outcome::kOk), 4u);
  ASSERT_EQ(w.count(Outcome::kQueueFull), 1u);
  EXPECT_EQ(w.failure().tries, 1);
  EXPECT_EQ(w.failure().http_code, 503);
}

TEST(OutcomesTest, UnreachableNamesWhatBlocksIt) {
  World w;
  const ProxyId proxy = w.add_proxy(direct());
  const JournalId fault = w.record(RecordType::kFault, 9);
  w.traffic.introduce({0}, "1.3", PlaceId{1});
  w.traffic.hops().set(PlaceId::kDefault, PlaceId{1}, {Duration(), fault, 1});
  w.listen(0, serving(1_s));
  w.endpoints(proxy, {0});
  LoadConfig load = sending(proxy, {1_s});
  load.timeout = 10_s;
  w.add_load(load);
  w.run_until(20_s);
  ASSERT_EQ(w.count(Outcome::kUnreachable), 1u);
  EXPECT_EQ(w.failure().record, fault);
  EXPECT_EQ(w.failure().ended - w.failure().sent, 5_s);
}

TEST(OutcomesTest, TheFirstFailuresOfAnOutcomeAreWrittenDownOneByOneLaterOnesTogetherByTheMinute) {
  AccountsConfig accounts;
  accounts.failures_kept = 10;
  World w(1, accounts);
  const ProxyId proxy = w.add_proxy(nginx());
  LoadConfig load = sending(proxy, {});
  load.arrivals = Arrivals::constant(Rate::per_second(100), SimTime(), SimTime::at(90_s));
  w.add_load(load);
  w.run_until(100_s);
  ASSERT_EQ(w.count(Outcome::kNoEndpoints), 9'000u);
  const std::vector<FailedRequest>& failures = w.traffic.accounts().failures();
  ASSERT_EQ(failures.size(), 12u);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(failures[i].count, 1u);
  EXPECT_EQ(failures[10].count, 6'000u);
  EXPECT_LT(failures[10].last_ended - failures[10].ended, 60_s);
  EXPECT_EQ(failures[11].count, 9'000u - 10 - 6'000);
  EXPECT_EQ(failures[11].last_ended, failures[11].last_sent);
  EXPECT_GT(failures[11].last_ended, SimTime::at(89_s));
}

TEST(OutcomesTest, NamesAreDistinct) {
  for (int i = 0; i < kOutcomeCount; ++i)
    for (int j = 0; j < i; ++j)
      EXPECT_NE(to_string(static_cast<Outcome>(i)), to_string(static_cast<Outcome>(j)));
}

TEST(ServerTest, CountsForHowLongItsSlotsWereBusy) {
  World w;
  const ProxyId proxy = w.add_proxy(direct());
  w.listen(0, serving(100_ms, 2));
  w.endpoints(proxy, {0});
  w.add_load(sending(proxy, {1_s, 1_s, 1_s}));  // two at once, then the third
  w.run_until(1050_ms);
  EXPECT_EQ(w.traffic.server({0}).busy_time(w.kernel.now()), 100_ms);
  w.run_until(1150_ms);
  EXPECT_EQ(w.traffic.server({0}).busy_time(w.kernel.now()), 250_ms);
  w.run_until(5_s);
  EXPECT_EQ(w.traffic.server({0}).busy_time(w.kernel.now()), 300_ms);
}

TEST(ServerTest, WhatIsCutOffWasBusyUntilThen) {
  World w;
  const ProxyId proxy = w.add_proxy(direct());
  w.listen(0, serving(10_s, 4));
  w.endpoints(proxy, {0});
  w.add_load(sending(proxy, {1_s, 2_s}));
  w.run_until(3_s);
  w.exit(0);
  w.run_until(60_s);
  EXPECT_EQ(w.traffic.server({0}).busy_time(w.kernel.now()), 3_s);
  w.listen(0, serving(10_s, 4));  // its next process begins anew
  EXPECT_EQ(w.traffic.server({0}).busy_time(w.kernel.now()), 0_s);
}

}  // namespace
}  // namespace seatrial::traffic
