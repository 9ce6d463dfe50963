// Ways in, as platform files and scenarios say them: reloads, pods and balancers of ingress controllers,
// certificates and their issuers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/api/unstructured.h"
#include "sim/scenario/certificates.h"
#include "sim/scenario/run.h"
#include "tests/scenario/played.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace literals;
using namespace tests;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kIngressPlatform = R"(apiVersion: seatrial/v1
kind: Platform
metadata: {name: small}
spec:
  region: eu-west-2
  zones: [a, b]
  nodeGroups:
    - {name: default, count: 3, allocatable: {cpu: "4", memory: 16Gi, pods: 110}}
  ingressControllers:
    - name: default
      defaultClass: true
      changeLag: 1s
      reload: {workerShutdownTimeout: 30s, time: 1s, configMap: ingress/default}
      pods: {loadBalancer: nlb, preStop: 10s, start: 5s}
  loadBalancers:
    - {name: nlb, kind: network, registration: 5s, deregistration: 20s}
    - {name: alb, kind: application, registration: 2s, deregistration: 10s, healthCheck: {interval: 5s}}
  certManager: {issuance: 10s}
)";
constexpr const char* kIngressScenario = R"(apiVersion: seatrial/v1
kind: Scenario
metadata: {name: small, description: a test}
spec:
  seed: 7
  duration: 5m
  platform: platform.yaml
  apply: [web.yaml, certificate.yaml]
  images:
    web:1: {start: 2s, serviceTime: 20ms, concurrency: 1000}
  certificates:
    - {certificate: web, expires: 80d}
  load:
    - {name: public, from: internet, to: "https://web.example.org/", rate: 10/s, stream: 2m}
  timeline:
    TIMELINE
)";
constexpr const char* kCertificate = R"(apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web}
spec:
  secretName: web-tls
  duration: 2160h
  renewBefore: 360h
  issuerRef: {name: acme, kind: ClusterIssuer}
  dnsNames: [web.example.org]
)";

MemoryFiles ingress_files(const std::string& timeline, const std::string& scenario = kIngressScenario) {
  MemoryFiles files = small_files(broken("TIMELINE", timeline, scenario));
  files.add("s/platform.yaml", kIngressPlatform);
  files.add("s/web.yaml",
            broken("spec:\n  rules:",
                   "spec:\n  tls: [{hosts: [web.example.org], secretName: web-tls}]\n  rules:", kWeb));
  files.add("s/certificate.yaml", kCertificate);
  return files;
}

std::map<std::string, std::uint64_t> outcomes_of(const MemoryFiles& files) {
  std::map<std::string, std::uint64_t> outcomes;
  for (const auto& [outcome, count] : played(files).requests.front().outcomes)
    outcomes[std::string(outcome)] = count;
  return outcomes;
}

TEST(WaysIn, WhatThePlatformSaysIsRead) {
  const auto scenario = load_scenario("s", ingress_files("- {at: 1m, restartIngress: default}"));
  ASSERT_TRUE(scenario) << scenario.error().front().str();
  const IngressController& controller = scenario->platform.ingress_controllers.at(0);
  EXPECT_EQ(controller.reload->worker_shutdown_timeout, 30_s);
  EXPECT_EQ(controller.reload->config_name.view(), "default");
  EXPECT_EQ(controller.pods->pre_stop, 10_s);
  ASSERT_EQ(scenario->platform.load_balancers.size(), 2u);
  const LoadBalancer &nlb = scenario->platform.load_balancers[0], &alb = scenario->platform.load_balancers[1];
  EXPECT_FALSE(nlb.targets.cross_zone);
  EXPECT_EQ(nlb.targets.health_check.first_threshold, 3);
  EXPECT_TRUE(alb.targets.cross_zone);
  EXPECT_EQ(alb.ingress_class.view(), "alb");
  EXPECT_EQ(alb.targets.health_check.interval, 5_s);
  EXPECT_EQ(alb.targets.health_check.first_threshold, 1);
  EXPECT_THAT(scenario->not_simulated, IsEmpty()) << "cert-manager is there";
}

TEST(WaysIn, OnlyChangesOfTheConfigurationCutStreams) {
  const std::pair<const char*, bool> rows[] = {
      {"- {at: 1m, annotate: ingress/web, annotations: [nginx.ingress.kubernetes.io/proxy-body-size=1m]}",
       true},
      {"- {at: 1m, annotate: ingress/web, annotations: [nginx.ingress.kubernetes.io/load-balance=ewma]}",
       false},
      {"- {at: 1m, label: ingress/web, labels: [a=b]}", false},
      {"- {at: 1m, set image: deployment/web, image: \"web:1\"}", false},
      {"- {at: 1m, reload: default}", true}};
  for (const auto& [timeline, cuts] : rows) {
    SCOPED_TRACE(timeline);
    EXPECT_EQ(outcomes_of(ingress_files(timeline)).contains("cut short"), cuts);
  }
}

TEST(WaysIn, ARestartRefusesWhatTheBalancerStillSends) {
  EXPECT_GT(outcomes_of(ingress_files("- {at: 1m, restartIngress: default}"))["connect refused"], 20u);
}

TEST(WaysIn, ARestartThatIsExpectedMustBeInTheTimeline) {
  const std::string expecting =
      std::string(kIngressScenario) + "  expect:\n    - {ingressController: default, restarts: complete}\n";
  EXPECT_THAT(problems_of(ingress_files("- {at: 1m, reload: default}", expecting)),
              ElementsAre(HasSubstr("expect[0].restarts: no entry of the timeline restarts it")));
  const RunResult result = played(ingress_files("- {at: 1m, restartIngress: default}", expecting));
  EXPECT_TRUE(result.expectations[0].held) << result.expectations[0].seen;
}

TEST(WaysIn, WhatBalancersCannotBeIsSaid) {
  MemoryFiles files = ingress_files("[]");
  files.add("s/web.yaml",
            broken("metadata: {name: web}\nspec:\n  rules:",
                   "metadata: {name: web, annotations: {alb.ingress.kubernetes.io/scheme: internal, "
                   "alb.ingress.kubernetes.io/target-type: ip}}\nspec:\n  rules:",
                   kWeb));
  const auto scenario = load_scenario("s", files);
  ASSERT_TRUE(scenario) << scenario.error().front().str();
  EXPECT_THAT(scenario->not_simulated,
              ElementsAre("annotation alb.ingress.kubernetes.io/scheme: internal, 1 object"));
}

TEST(WaysIn, ACertificateThatExpiresIsRefused) {
  const std::string expiring =
      broken("expires: 80d}", "expires: 1m}\n  issuers: {acme: {fails: rateLimited}}", kIngressScenario);
  const auto refused = outcomes_of(ingress_files("[]", expiring));
  EXPECT_EQ(refused.at("TLS failed"), 2400u);
  const auto renewed = outcomes_of(
      ingress_files("- {at: 2m, issuer: acme}\n    - {at: 2m, renew: certificate/web}", expiring));
  EXPECT_THAT(renewed.at("TLS failed"),
              AllOf(testing::Gt(690u), testing::Lt(715u)));  // 70 s, and a change lag
}

TEST(WaysIn, HostsOfLoadBalancersLeadToThem) {
  MemoryFiles files = ingress_files("[]");
  files.add("s/web.yaml", broken("spec:\n  rules:", "spec:\n  ingressClassName: alb\n  rules:", kWeb));
  EXPECT_THAT(outcomes_of(files), Contains(testing::Key("ok")));
  const std::string service = broken(
      "metadata: {name: web}\nspec: {selector",
      "metadata: {name: web, annotations: {external-dns.alpha.kubernetes.io/hostname: web.example.org}}\n"
      "spec: {type: LoadBalancer, selector",
      kWeb);
  files.add("s/web.yaml", service.substr(0, service.rfind("---")));
  EXPECT_THAT(outcomes_of(files), Contains(testing::Key("ok")));
}

struct FindingRow {
  const char *timeline, *certificate, *rule, *what, *change;
};
TEST(WaysIn, FindingsSayWhatHappenedAndWhatToChange) {
  const char* const expires_soon = "expires: 1m}\n  issuers: {acme: {fails: rateLimited}}";
  const char* const expires_later = "expires: 10d}\n  issuers: {acme: {fails: rateLimited}}";
  const FindingRow rows[] = {
      {"- {at: 1m, annotate: ingress/web, annotations: [nginx.ingress.kubernetes.io/limit-rps=1]}",
       "expires: 80d}", "cut-by-reload", "reloads of ingress controller default cut",
       "worker-shutdown-timeout"},
      {"- {at: 1m, restartIngress: default}", "expires: 80d}", "lost-at-ingress-restart",
       "the restart of ingress controller default lost", "a preStop of at least"},
      {"[]", expires_soon, "certificate-refused", "Certificate default/web has expired", "cmctl renew"},
      {"[]", expires_later, "certificate-expires", "Certificate default/web is not renewed: its issuer fails",
       "cmctl renew"}};
  for (const FindingRow& row : rows) {
    SCOPED_TRACE(row.rule);
    const RunResult result =
        played(ingress_files(row.timeline, broken("expires: 80d}", row.certificate, kIngressScenario)));
    const auto found = std::ranges::find(result.findings, std::string(row.rule), &report::Finding::rule);
    ASSERT_NE(found, result.findings.end());
    EXPECT_THAT(found->what, HasSubstr(row.what));
    EXPECT_THAT(found->change, HasSubstr(row.change));
  }
}

struct ProblemRow {
  const char *file, *what, *by, *problem;
};
TEST(WaysIn, WhatIsWrongIsSaidWhereItStands) {
  const ProblemRow rows[] = {
      {"platform", "configMap: ingress/default", "configMap: ingress",
       "configMap: expected NAMESPACE/NAME, got \"ingress\""},
      {"platform", "loadBalancer: nlb", "loadBalancer: alb",
       "ingress controller default names \"alb\", and no Network Load Balancer is called so"},
      {"platform", "name: alb,", "name: nlb,", "is called \"nlb\" already"},
      {"platform", "kind: network,", "kind: network, class: x,", "has a meaning with kind: application only"},
      {"platform", "deregistration: 20s", "crossZone: true", "deregistration: required field is missing"},
      {"scenario", "TIMELINE", "- {at: 1m, reload: other}", "ingress controller"},
      {"scenario", "TIMELINE", "- {at: 1m, renew: certificate/wep}", "did you mean \"web\"?"},
      {"scenario", "TIMELINE", "- {at: 1m, issuer: acne, fails: no}", "did you mean \"acme\"?"},
      {"scenario", "expires: 80d", "expires: 10d", "say why not: issuers: {acme: {fails: …}}"},
      {"scenario", "certificate: web,", "certificate: web, secret: web-tls,",
       "either certificate: or secret:"},
      {"scenario", "certificate: web,", "secret: web-tls,",
       "certificates[0].secret: is the Secret of Certificate web: write certificate: web"},
      {"certificate", "renewBefore: 360h", "renewBefore: 2160h", "must be shorter than the duration"},
      {"certificate", "secretName: web-tls", "secretNames: web-tls", "spec.secretName: Required value"}};
  for (const ProblemRow& row : rows) {
    SCOPED_TRACE(row.by);
    const std::string file = row.file;
    std::string scenario = kIngressScenario, timeline = "[]";
    if (file == "scenario" && std::string(row.what) == "TIMELINE") timeline = row.by;
    if (file == "scenario" && std::string(row.what) != "TIMELINE")
      scenario = broken(row.what, row.by, scenario);
    MemoryFiles files = ingress_files(timeline, scenario);
    if (file == "platform") files.add("s/platform.yaml", broken(row.what, row.by, kIngressPlatform));
    if (file == "certificate") files.add("s/certificate.yaml", broken(row.what, row.by, kCertificate));
    EXPECT_THAT(problems_of(files), Contains(HasSubstr(row.problem)));
  }
}

// An Ingress with a text that nginx does not understand, mended two minutes later.
TEST(Ingress, AnInvalidConfigurationFreezesTheController) {
  std::string platform = broken("configMap: ingress/default",
                                "configMap: ingress/default, invalid: [\"SecRuleEngin \"]", kIngressPlatform);
  const std::string annotated =
      "annotate: ingress/web, overwrite: true, annotations: "
      "{nginx.ingress.kubernetes.io/modsecurity-snippet: ";
  std::string scenario = std::string(kIngressScenario) +
                         "  expect:\n    - {ingressController: default, configurationAge: \"<= 1m\"}\n";
  MemoryFiles files = ingress_files(
      "- {at: 1m, " + annotated + "SecRuleEngin On}}\n    - {at: 3m, " + annotated + "SecRuleEngine On}}\n",
      scenario);
  files.add("s/platform.yaml", platform);
  const RunResult result = played(files);
  EXPECT_FALSE(result.expectations[0].held);
  EXPECT_EQ(result.expectations[0].seen, "configuration 1m59s old");
  const auto finding =
      std::ranges::find(result.findings, std::string("configuration-frozen"), &report::Finding::rule);
  ASSERT_NE(finding, result.findings.end());
  EXPECT_THAT(finding->what, HasSubstr("applied nothing for 2m: Ingress default/web"));
}

}  // namespace
}  // namespace seatrial::scenario
