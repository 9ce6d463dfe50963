// Streams, and reloads of ingress controllers that cut them short.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/traffic/ingress_watch.h"
#include "tests/traffic/world.h"

namespace seatrial::traffic {
namespace {

using cluster::RecordType;

LoadConfig streaming(ProxyId proxy, std::vector<Duration> times, Duration lasts) {
  LoadConfig load = sending(proxy, std::move(times));
  load.stream = Distribution::constant(lasts);
  return load;
}

ProxyConfig reloading(Duration shutdown, std::uint16_t replicas = 1) {
  ProxyConfig config = nginx(2_s);
  config.worker_shutdown_timeout = shutdown;
  config.replicas = replicas;
  return config;
}

// An image that calls a database for so long.
cluster::ImageBehaviour calling(World& w, Duration time) {
  cloud::ManagedConfig database = cloud::ManagedConfig::of(cloud::ManagedKind::kRds);
  database.name = "rds/main";
  w.traffic.add_resource(w.kernel, database, PlaceId{1}, PlaceId{1});
  cluster::Call call = call_of("rds/main");
  call.time = Distribution::constant(time);
  cluster::ImageBehaviour behaviour = serving(10_ms);
  behaviour.calls.push_back(call);
  return behaviour;
}

struct Reloaded : World {
  void reload_at(Duration at, ProxyId proxy) {
    run_until(at);
    change = record(RecordType::kAction, 0);
    traffic.configuration_changed(kernel, proxy, change);
  }
  std::size_t reloads() const {
    std::size_t n = 0;
    for (std::uint32_t i = 1; i <= kernel.journal().size(); ++i)
      n += type_of(JournalId{i}) == RecordType::kReloaded;
    return n;
  }
  JournalId change{};
};

TEST(StreamTest, TakesASlotForAsLongAsItLastsAndNoTimeoutEndsIt) {
  World w;
  const ProxyId proxy = w.add_proxy(nginx());
  w.listen(0, serving(10_ms, 1, 0));
  w.endpoints(proxy, {0});
  w.add_load(streaming(proxy, {1_s, 2_s}, 300_s));  // timeouts: the client's 5 s, the proxy's 60 s
  w.run_until(400_s);
  EXPECT_EQ(w.count(Outcome::kOk), 1u);
  EXPECT_EQ(w.count(Outcome::kQueueFull), 1u);
  EXPECT_EQ(w.traffic.accounts().latency(0).max(), 300_s);
}

TEST(StreamTest, TheClientStillGivesUpOneThatDoesNotBegin) {
  World w;
  const ProxyId proxy = w.add_proxy(nginx());
  w.listen(0, serving(10_ms, 1, 1));
  w.endpoints(proxy, {0});
  w.add_load(streaming(proxy, {1_s, 2_s}, 300_s));
  w.run_until(400_s);
  EXPECT_EQ(w.count(Outcome::kClientTimeout), 1u);
  EXPECT_EQ(w.failure().ended - w.failure().sent, 5_s);
}

TEST(StreamTest, IsCutShortAndNotTriedElsewhereWhenItsPodExits) {
  World w;
  const ProxyId proxy = w.add_proxy(nginx());
  w.listen(0, serving(10_ms));
  w.listen(1, serving(10_ms));
  w.endpoints(proxy, {0, 1});
  w.add_load(streaming(proxy, {1_s}, 300_s));
  w.run_until(100_s);
  w.exit(0);
  w.run_until(400_s);
  EXPECT_EQ(w.count(Outcome::kCutShort), 1u);
  EXPECT_EQ(w.type_of(w.failure().record), RecordType::kExited);
  EXPECT_EQ(w.failure().tries, 1);
  EXPECT_EQ(w.failure().http_code, 0);
}

TEST(StreamTest, CallsNobody) {
  World w;
  const ProxyId proxy = w.add_proxy(nginx());
  w.listen(0, calling(w, 5_ms));
  w.endpoints(proxy, {0});
  w.add_load(streaming(proxy, {1_s}, 300_s));
  w.run_until(400_s);
  EXPECT_EQ(w.count(Outcome::kOk), 1u);
  EXPECT_EQ(w.traffic.accounts().latency(0).max(), 300_s);
  EXPECT_EQ(w.traffic.resources()[0].state.connections, 0);
}

TEST(ReloadTest, CutsWhatIsOlderWhenTheShutdownTimeoutHasPassed) {
  Reloaded w;
  const ProxyId proxy = w.add_proxy(reloading(240_s));
  w.listen(0, serving(10_ms));
  w.endpoints(proxy, {0});
  w.run_until(3_s);
  w.add_load(streaming(proxy, {10_s, 150_s}, 400_s));
  w.reload_at(100_s, proxy);  // new workers at 102 s, old ones end at 342 s
  w.run_until(1000_s);
  EXPECT_EQ(w.count(Outcome::kOk), 1u);
  ASSERT_EQ(w.count(Outcome::kCutShort), 1u);
  EXPECT_EQ(w.failure().sent, SimTime::at(10_s));
  EXPECT_EQ(w.failure().ended, SimTime::at(342_s));
  EXPECT_EQ(w.type_of(w.failure().record), RecordType::kReloaded);
  EXPECT_EQ(w.kernel.journal().record(w.failure().record).cause, w.change);
  EXPECT_EQ(w.traffic.server({0}).in_flight(), 0);
}

TEST(ReloadTest, LeavesStreamsAloneThatEndBeforeTheTimeout) {
  Reloaded w;
  const ProxyId proxy = w.add_proxy(reloading(240_s));
  w.listen(0, serving(10_ms));
  w.endpoints(proxy, {0});
  w.run_until(3_s);
  w.add_load(streaming(proxy, {10_s, 20_s}, 300_s));
  w.reload_at(100_s, proxy);
  w.run_until(1000_s);
  EXPECT_EQ(w.count(Outcome::kOk), 2u);
  EXPECT_EQ(w.reloads(), 1u);
}

TEST(ReloadTest, CutsLongRequestsTooAndThePodGoesOnWithThem) {
  Reloaded w;
  ProxyConfig config = reloading(30_s);
  config.read_timeout.reset();
  const ProxyId proxy = w.add_proxy(config);
  w.listen(0, serving(200_s));
  w.endpoints(proxy, {0});
  w.run_until(3_s);
  LoadConfig load = sending(proxy, {10_s});
  load.timeout.reset();
  w.add_load(load);
  w.reload_at(20_s, proxy);
  w.run_until(100_s);
  ASSERT_EQ(w.count(Outcome::kCutShort), 1u);
  EXPECT_EQ(w.failure().ended, SimTime::at(52_s));
  EXPECT_EQ(w.traffic.server({0}).in_flight(), 1);
  w.run_until(300_s);
  EXPECT_EQ(w.traffic.server({0}).in_flight(), 0);
}

TEST(ReloadTest, IsWhatEndsARequestThatWaitsForItsCall) {
  Reloaded w;
  ProxyConfig config = reloading(30_s);
  config.read_timeout.reset();
  const ProxyId proxy = w.add_proxy(config);
  w.listen(0, calling(w, 200_s));
  w.endpoints(proxy, {0});
  w.run_until(3_s);
  LoadConfig load = sending(proxy, {10_s});
  load.timeout.reset();
  w.add_load(load);
  w.reload_at(20_s, proxy);
  w.run_until(100_s);
  ASSERT_EQ(w.count(Outcome::kCutShort), 1u);
  EXPECT_EQ(w.type_of(w.failure().record), RecordType::kReloaded);
  EXPECT_EQ(w.traffic.server({0}).in_flight(), 1);
  w.run_until(300_s);
  EXPECT_EQ(w.traffic.server({0}).in_flight(), 0);
}

TEST(ReloadTest, ChangesThatComeBeforeTheReloadShareIt) {
  Reloaded w;
  const ProxyId proxy = w.add_proxy(reloading(240_s, 3));
  w.reload_at(10_s, proxy);
  w.reload_at(11_s, proxy);
  w.run_until(20_s);
  EXPECT_EQ(w.reloads(), 3u);  // one for each replica
  w.reload_at(21_s, proxy);
  w.run_until(30_s);
  EXPECT_EQ(w.reloads(), 6u);
}

TEST(ReloadTest, AClientThatBeginsAgainGetsANewWorker) {
  Reloaded w;
  const ProxyId proxy = w.add_proxy(reloading(240_s));
  w.listen(0, serving(10_ms));
  w.endpoints(proxy, {0});
  w.run_until(3_s);
  LoadConfig load = streaming(proxy, {10_s}, 400_s);
  load.retries = {1, {Outcome::kCutShort}, 1_s};
  w.add_load(load);
  w.reload_at(100_s, proxy);
  w.run_until(1000_s);
  EXPECT_EQ(w.count(Outcome::kOk), 1u);
  EXPECT_EQ(w.traffic.accounts().latency(0).max(), 332_s + 1_s + 400_s);
}

TEST(ReloadTest, ACopyGoesOnAsTheOriginal) {
  Reloaded w;
  const ProxyId proxy = w.add_proxy(reloading(240_s));
  w.listen(0, serving(10_ms));
  w.endpoints(proxy, {0});
  w.run_until(3_s);
  w.add_load(streaming(proxy, {10_s, 20_s, 150_s}, 400_s));
  w.reload_at(100_s, proxy);
  Reloaded copy = w;
  copy.run_until(1000_s);
  w.run_until(1000_s);
  EXPECT_EQ(copy.kernel.fingerprint().hex(), w.kernel.fingerprint().hex());
}

TEST(TlsTest, ClientsThatRefuseTheCertificateSendNothing) {
  World w;
  const ProxyId proxy = w.add_proxy(nginx());
  w.listen(0, serving(10_ms));
  w.endpoints(proxy, {0});
  const LoadIndex load = w.add_load(sending(proxy, {1_s, 2_s, 3_s}));
  w.run_until(1500_ms);
  const JournalId expired = w.record(RecordType::kCertificate, 0);
  w.traffic.set_tls_failure(load, expired);
  w.run_until(2500_ms);
  w.traffic.set_tls_failure(load, JournalId::kNone);
  w.run_until(4_s);
  EXPECT_EQ(w.count(Outcome::kOk), 2u);
  EXPECT_EQ(w.count(Outcome::kTlsFailed), 1u);
  EXPECT_EQ(w.failure().record, expired);
  EXPECT_FALSE(w.failure().pod.valid());
}

struct AnnotationRow {
  const char* annotation;
  bool in_configuration;
};
class AnnotationTest : public testing::TestWithParam<AnnotationRow> {};
TEST_P(AnnotationTest, IsInTheConfigurationOrNot) {
  EXPECT_EQ(is_in_configuration(GetParam().annotation), GetParam().in_configuration);
}
INSTANTIATE_TEST_SUITE_P(Rows, AnnotationTest,
                         testing::Values(AnnotationRow{"nginx.ingress.kubernetes.io/proxy-body-size", true},
                                         AnnotationRow{"nginx.ingress.kubernetes.io/canary", true},
                                         AnnotationRow{"nginx.ingress.kubernetes.io/canary-weight", false},
                                         AnnotationRow{"nginx.ingress.kubernetes.io/load-balance", false},
                                         AnnotationRow{"nginx.ingress.kubernetes.io/affinity-mode", false},
                                         AnnotationRow{"external-dns.alpha.kubernetes.io/aws-weight",
                                                       false}));

api::Ingress ingress_of(const char* path, const char* service) {
  api::Ingress ingress;
  api::HttpIngressPath rule;
  rule.path = path;
  rule.backend.service_name = service;
  ingress.rules = {{"web.example.org", {rule}}};
  return ingress;
}

TEST(ConfigurationTest, PathsBackendsAndSettingsAreInItCertificatesAreNot) {
  const api::Ingress before = ingress_of("/", "web");
  EXPECT_TRUE(same_configuration(before, ingress_of("/", "web")));
  EXPECT_FALSE(same_configuration(before, ingress_of("/a", "web")));
  EXPECT_FALSE(same_configuration(before, ingress_of("/", "other")));
  api::Ingress tls = ingress_of("/", "web");
  tls.tls = {{{"web.example.org"}, "web-tls"}};
  EXPECT_TRUE(same_configuration(before, tls));
  api::Ingress settings = ingress_of("/", "web");
  settings.metadata.annotations = api::LabelMap{{"nginx.ingress.kubernetes.io/proxy-body-size", "10m"}};
  EXPECT_FALSE(same_configuration(before, settings));
}

}  // namespace
}  // namespace seatrial::traffic
