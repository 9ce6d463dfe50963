// `dns:` of a platform or a scenario: what is read, what is refused where, and what pods then pay for names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/load.h"
#include "sim/scenario/run.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace tests;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kCoreDns = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: coredns, namespace: kube-system}
spec:
  replicas: 2
  selector: {matchLabels: {k8s-app: kube-dns}}
  template:
    metadata: {labels: {k8s-app: kube-dns}}
    spec:
      dnsPolicy: Default
      containers: [{name: coredns, image: "coredns:1", ports: [{containerPort: 53, protocol: UDP}]}]
---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec: {selector: {k8s-app: kube-dns}, ports: [{name: dns, port: 53, protocol: UDP}]}
)";

// The small scenario with DNS, in which half of the requests call the Service itself.
std::string with_dns(const std::string& dns = "{service: kube-system/kube-dns}",
                     const std::string& call = "{to: service/web, share: 50%, timeout: 2s}") {
  std::string text = broken("concurrency: 8, onSigterm: drain}",
                            "concurrency: 64, onSigterm: drain, calls: [" + call + "]}", kScenario);
  text = broken("    - {at: 1m, set image: deployment/web, image: \"web:2\"}\n", "", text);
  text = broken("    - {at: 2m, drain: {nodeGroup: default, nodes: 1}}\n", "    []\n", text);
  text = broken("    - {rollout: deployment/web, completesWithin: 3m}\n",
                "    - {requests: dns, failed: 0}\n", text);
  text = broken("rate: 100/s", "rate: 20/s", text);
  text = broken("apply: [web.yaml]", "apply: [web.yaml, coredns.yaml]", text);
  text = broken("    web:1:", "    coredns:1: {start: 1s, serviceTime: 1ms}\n    web:1:", text);
  return broken("  images:\n", "  dns: " + dns + "\n  images:\n", text);
}

MemoryFiles files_of(std::string scenario) {
  MemoryFiles files = small_files(std::move(scenario));
  files.add("s/coredns.yaml", kCoreDns);
  return files;
}

TEST(Dns, IsReadWithTheNodesDomainOfTheRegion) {
  const auto scenario = load_scenario(
      "s", files_of(with_dns(
               "{service: kube-system/kube-dns, cacheTtl: 10s, upstream: 5ms, nodeLocalCache: 20s}")));
  ASSERT_TRUE(scenario) << scenario.error().front().str();
  const PlatformDns& dns = *scenario->platform.dns;
  EXPECT_EQ(dns.namespace_.view(), "kube-system");
  EXPECT_EQ(dns.service.view(), "kube-dns");
  EXPECT_EQ(dns.config.cache_ttl, Duration::seconds(10));
  EXPECT_EQ(dns.config.node_cache, Duration::seconds(20));
  EXPECT_THAT(dns.config.cluster.node_search, ElementsAre("eu-west-2.compute.internal"));
}

TEST(Dns, AllThatIsWrongIsSaidAtOnceWithItsPlace) {
  const std::vector<std::string> problems =
      problems_of(files_of(with_dns("{service: kube-dns, cacheTtl: soon, nodeSearch: [\"a b\"], cache: 3s}",
                                    "{to: service/web, host: \"-x\"}")));
  const auto says = [&](const char* path, const char* what) {
    return std::ranges::any_of(problems, [&](const std::string& problem) {
      return problem.find(path) != std::string::npos && problem.find(what) != std::string::npos;
    });
  };
  EXPECT_TRUE(says("spec.dns.service", "NAMESPACE/NAME"));
  EXPECT_TRUE(says("spec.dns.cacheTtl", "duration"));
  EXPECT_TRUE(says("spec.dns.nodeSearch[0]", "RFC 1123"));
  EXPECT_TRUE(says("spec.dns.cache", "cacheTtl"));
  EXPECT_TRUE(says("calls[0].host", "RFC 1123"));
  for (const std::string& problem : problems) EXPECT_THAT(problem, HasSubstr("s/scenario.yaml:"));
}

TEST(Dns, ItsServiceMustBeApplied) {
  const std::vector<std::string> problems = problems_of(files_of(with_dns("{service: kube-system/dns}")));
  ASSERT_FALSE(problems.empty());
  EXPECT_THAT(problems.front(), HasSubstr("no Service \"dns\" in namespace \"kube-system\" is applied"));
}

TEST(Dns, WithoutItAHostHasNoMeaning) {
  const std::string text =
      broken("  dns: {service: kube-system/kube-dns}\n", "",
             with_dns("{service: kube-system/kube-dns}", "{to: service/web, host: x.example.com}"));
  const std::vector<std::string> problems = problems_of(files_of(text));
  ASSERT_FALSE(problems.empty());
  EXPECT_THAT(problems.front(), HasSubstr("has a meaning with `dns:`"));
}

// A request whose name was not resolved has met no pod: it is its sender's.
TEST(Dns, QueriesThatAFullTableDroppedAreTheirSenders) {
  MemoryFiles files =
      files_of(broken("from: internet, to: \"https://web.example.org/\", rate: 20/s, timeout: 2s",
                      "from: deployment/letters, to: \"http://web/\", rate: 20/s, timeout: 60s",
                      broken("apply: [web.yaml,", "apply: [web.yaml, letters.yaml,", with_dns())));
  files.add("s/platform.yaml",
            std::string(kPlatform) + "  serviceProxy: {conntrack: {maxPerCore: 1, min: 200}}\n");
  files.add("s/letters.yaml", R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: letters}
spec:
  replicas: 2
  selector: {matchLabels: {app: letters}}
  template:
    metadata: {labels: {app: letters}}
    spec: {containers: [{name: letters, image: "web:1"}]}
)");
  auto loaded = load_scenario("s", files);
  ASSERT_TRUE(loaded) << loaded.error().front().str();
  const auto result = run(std::make_shared<const Scenario>(std::move(*loaded)), {});
  ASSERT_TRUE(result);
  const auto finding =
      std::ranges::find(result->findings, std::string("conntrack-full"), &report::Finding::rule);
  ASSERT_NE(finding, result->findings.end());
  EXPECT_THAT(finding->what, HasSubstr("deployment/letters"));
}

TEST(Dns, CallsPayForTheirNames) {
  for (const auto& [call, queries] :
       {std::pair("{to: service/web, share: 50%, timeout: 2s}", 2u),
        std::pair("{to: service/web, share: 50%, timeout: 2s, host: web.example.org}", 10u),
        std::pair("{to: service/web, share: 50%, timeout: 2s, host: web.example.org.}", 2u)}) {
    auto loaded = load_scenario("s", files_of(with_dns("{service: kube-system/kube-dns}", call)));
    ASSERT_TRUE(loaded) << loaded.error().front().str();
    const auto result = run(std::make_shared<const Scenario>(std::move(*loaded)), {});
    ASSERT_TRUE(result);
    ASSERT_TRUE(result->dns);
    ASSERT_EQ(result->requests.size(), 2u);
    EXPECT_EQ(result->requests[1].load, "web-to-web");
    EXPECT_EQ(result->requests[0].failed + result->requests[1].failed + result->dns->failed, 0u);
    EXPECT_NEAR(static_cast<double>(result->dns->total),
                static_cast<double>(result->requests[1].total * queries), queries * 20.0);
    ASSERT_EQ(result->dns->versions.size(), 1u);
    EXPECT_EQ(result->dns->versions[0].version, "1");
  }
}

// What pods may send to: themselves, and with a second rule the DNS servers.
constexpr const char* kEgress = R"(apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: egress}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - {to: [{podSelector: {}}]}
)";
constexpr const char* kAllowsDns =
    R"(    - to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]
      ports: [{protocol: UDP, port: 53}]
)";

RunResult played_with_policies(const std::string& policies, const std::string& dns) {
  const std::string patient = broken("rate: 20/s, timeout: 2s", "rate: 20/s, timeout: 12s", with_dns(dns));
  MemoryFiles files = files_of(broken("coredns.yaml]", "coredns.yaml, policies.yaml]", patient));
  files.add("s/platform.yaml", std::string(kPlatform) + "  networkPlugin: {policyLag: 1s, start: wait}\n");
  files.add("s/policies.yaml", policies);
  auto loaded = load_scenario("s", files);
  EXPECT_TRUE(loaded) << loaded.error().front().str();
  auto result = run(std::make_shared<const Scenario>(std::move(*loaded)), {});
  EXPECT_TRUE(result);
  return std::move(*result);
}

TEST(Dns, PoliciesAreAskedOnTheWayToItsServers) {
  const std::string dns = "{service: kube-system/kube-dns}";
  const RunResult closed = played_with_policies(kEgress, dns);
  EXPECT_GT(closed.requests[1].failed, 2900u);
  EXPECT_THAT(closed.requests[1].outcomes, testing::Not(testing::Contains(testing::Key("ok"))));
  EXPECT_THAT(closed.dns->outcomes, testing::Not(testing::Contains(testing::Key("ok"))));
  ASSERT_FALSE(closed.findings.empty());
  const report::Finding& finding = closed.findings.front();
  EXPECT_THAT(finding.what, HasSubstr("could not resolve what it calls"));
  EXPECT_THAT(finding.chain, testing::Contains(HasSubstr(
                                 "network policies drop the queries: denied: NetworkPolicy default/egress")));
  EXPECT_THAT(finding.change, HasSubstr("egress to the pods of service/kube-dns in namespace kube-system"));
  const RunResult open = played_with_policies(std::string(kEgress) + kAllowsDns, dns);
  EXPECT_EQ(open.requests[1].failed, 0u);
  EXPECT_GT(open.dns->total, 0u);
}

// It is asked at the node, which policies never keep pods from.
TEST(Dns, PoliciesAreNotAskedOnTheWayToTheNodesCache) {
  const RunResult cached =
      played_with_policies(kEgress, "{service: kube-system/kube-dns, nodeLocalCache: 30s}");
  EXPECT_EQ(cached.requests[1].failed, 0u);
}

}  // namespace
}  // namespace seatrial::scenario
