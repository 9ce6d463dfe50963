// seatrial reach: one flow hop by hop, the matrix, and policies that are enforced in runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/reach/flow.h"
#include "sim/scenario/reach/matrix.h"
#include "sim/scenario/run.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace literals;
using namespace tests;
using testing::HasSubstr;

constexpr const char* kIngressPolicy = R"(apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: from-ingress}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
    - {from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}}], ports: [{port: 8080}]}
)";
constexpr const char* kEgressPolicy = R"(---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: egress}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - {to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.200.0.0/16]}}]}
)";

World played(const std::string& platform, Duration at, const std::string& scenario = kScenario,
             const std::string& policies = std::string(kIngressPolicy) + kEgressPolicy) {
  MemoryFiles files = small_files(broken("[web.yaml]", "[web.yaml, policies.yaml]", scenario));
  files.add("s/platform.yaml", platform);
  files.add("s/policies.yaml", policies);
  auto loaded = load_scenario("s", files);
  EXPECT_TRUE(loaded.has_value()) << (loaded ? "" : loaded.error().front().str());
  auto world = play(std::make_shared<const Scenario>(std::move(*loaded)), {{}, SimTime::at(at), 0, {}, {}});
  EXPECT_TRUE(world.has_value());
  return std::move(*world);
}

std::string enforced(const char* start = "open") {
  return std::string(kPlatform) + "  networkPlugin: {policyLag: 1s, start: " + start + "}\n";
}

// As well for a pod that calls itself.
std::string apart() { return broken("start: open", "start: open, podReachesItself: false", enforced()); }

struct Answer {
  bool allowed;
  std::string text;
};
Answer ask(const ReachState& state, const std::string& from, const std::string& to) {
  const auto verdict = reach(state, from, to, "TCP");
  EXPECT_TRUE(verdict.has_value()) << (verdict ? "" : verdict.error());
  return {verdict->allowed(), report::reach_text(*verdict, {false, 300})};
}

TEST(Reach, EachHopNamesWhatAllowsOrStopsIt) {
  const World world = played(enforced(), 30_s);
  const ReachState state(world);
  const Answer ingress = ask(state, "ingress-nginx/default", "default/web:80");
  EXPECT_TRUE(ingress.allowed) << ingress.text;
  EXPECT_THAT(ingress.text, HasSubstr("Service default/web: port 80 is 8080 of 2 pods (s/web.yaml:12:1)"));
  EXPECT_THAT(ingress.text,
              HasSubstr("NetworkPolicy default/from-ingress: allowed by ingress[0] (s/policies.yaml:7:7)"));
  EXPECT_THAT(ingress.text, HasSubstr("pass  listening port    listening on 8080"));
  const Answer pod = ask(state, "default/web", "default/web:80");
  EXPECT_FALSE(pod.allowed);
  EXPECT_THAT(pod.text, HasSubstr("stop  DNS"));
  EXPECT_FALSE(ask(state, "ingress-nginx/default", "default/web:81").allowed);
  EXPECT_FALSE(ask(state, "10.1.2.3", "default/web:8080").allowed);
}

TEST(Reach, ABlockIsAskedPartByPart) {
  const World world = played(enforced(), 30_s);
  const auto verdict = reach(ReachState(world), "default/web", "10.0.0.0/8:443", "TCP");
  ASSERT_TRUE(verdict.has_value());
  ASSERT_EQ(verdict->paths.size(), 2u);
  EXPECT_TRUE(verdict->paths[0].allowed);
  EXPECT_EQ(verdict->paths[1].to, "10.200.0.0/16:443");
  EXPECT_FALSE(verdict->paths[1].allowed);
}

// An ExternalName keeps the port, and leads on to a Service or out of the cluster; one may name itself.
TEST(Reach, AnAliasLeadsOn) {
  constexpr const char* kAliases = R"(---
apiVersion: v1
kind: Service
metadata: {name: own}
spec: {type: ExternalName, externalName: web.default.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: out}
spec: {type: ExternalName, externalName: db.example.org}
---
apiVersion: v1
kind: Service
metadata: {name: itself}
spec: {type: ExternalName, externalName: itself.default.svc}
)";
  const World world = played(kPlatform, 30_s, kScenario, std::string(kIngressPolicy) + kAliases);
  const ReachState state(world);
  const Answer own = ask(state, "ingress-nginx/default", "default/own:80");
  EXPECT_TRUE(own.allowed) << own.text;
  EXPECT_THAT(own.text, HasSubstr("an alias of web.default.svc.cluster.local"));
  EXPECT_THAT(own.text, HasSubstr("port 80 is 8080 of 2 pods"));
  EXPECT_FALSE(ask(state, "ingress-nginx/default", "default/own:81").allowed);
  const Answer out = ask(state, "default/web", "default/out:5432");
  EXPECT_TRUE(out.allowed) << out.text;
  EXPECT_THAT(out.text, HasSubstr("db.example.org:5432"));
  const Answer itself = ask(state, "default/web", "default/itself:80");
  EXPECT_FALSE(itself.allowed);
  EXPECT_THAT(itself.text, HasSubstr("its aliases lead in a circle"));
}

TEST(Reach, WhatIsNotThereIsNamed) {
  const World world = played(kPlatform, 10_s);
  const ReachState state(world);
  for (const auto& [from, to, error] :
       {std::tuple("default/nothing", "default/web:80",
                   "--from: pods \"nothing\" not found in namespace \"default\""),
        {"default/web", "default/nothing:80",
         "--to: no Service of that name, and pods \"nothing\" not found"},
        {"default/web", "default/web:0", "--to: default/web:0: the port is none"},
        {"example.org", "default/web:80", "--from: example.org: expected NAMESPACE/POD"},
        {"default/web", "/web:80", "--to: /web:80: expected NAMESPACE/NAME:PORT"}}) {
    const auto verdict = reach(state, from, to, "TCP");
    ASSERT_FALSE(verdict.has_value()) << to;
    EXPECT_THAT(verdict.error(), testing::StartsWith(error));
  }
  EXPECT_THAT(ask(state, "default/web", "8.8.8.8").text,
              HasSubstr("note: the platform has no networkPlugin"));
}

TEST(Reach, TheMatrixSaysWhatTheFlowsSay) {
  const World world = played(enforced(), 30_s);
  const report::ReachMatrix matrix = reach_matrix(ReachState(world));
  const std::string text = report::reach_matrix_text(matrix, {false, 100});
  EXPECT_THAT(text, HasSubstr("\ndefault/deployment/web\n  from ingress-nginx/default: TCP 8080\n"));
  EXPECT_THAT(text, HasSubstr("\n10.0.0.0/8\n"));
}

// The ingress controller is let in; without the policy's namespace it is not.
TEST(Enforcement, PoliciesDropRequestsInRunsOfAPlatformWithAPlugin) {
  const auto failed = [](const World& world) {
    return world.cluster().traffic().accounts().totals(0).failed();
  };
  EXPECT_EQ(failed(played(enforced(), 50_s)), 0u);
  EXPECT_EQ(failed(played(kPlatform, 50_s)), 0u);
  const std::string other =
      broken("defaultClass: true", "defaultClass: true, namespace: elsewhere", enforced());
  const World world = played(other, 50_s);
  EXPECT_EQ(world.cluster().traffic().accounts().totals(0).ok(), 0u);
  EXPECT_GT(failed(world), 4000u);
  EXPECT_EQ(failed(played(broken("defaultClass: true", "defaultClass: true, namespace: elsewhere", kPlatform),
                          50_s)),
            0u);
}

TEST(Enforcement, PodsOfAWorkloadSendOneByOne) {
  const std::string from_pods =
      broken(R"({name: public, from: internet, to: "https://web.example.org/", rate: 100/s, timeout: 2s})",
             R"({name: public, from: deployment/web, to: "http://web", rate: 10/s, timeout: 2s})");
  const World open = played(kPlatform, 50_s, from_pods);
  EXPECT_EQ(open.cluster().traffic().accounts().totals(0).failed(), 0u);
  EXPECT_GT(open.cluster().traffic().accounts().totals(0).ok(), 490u);
  const World closed = played(apart(), 50_s, from_pods);
  EXPECT_EQ(closed.cluster().traffic().accounts().totals(0).ok(), 0u);
}

// Every other request calls the Service of those who serve it, which only the ingress controller may.
TEST(Enforcement, CallsOfImagesToServicesArePacketsOfTheirPods) {
  const std::string calling =
      broken("concurrency: 8, onSigterm: drain}",
             "concurrency: 64, onSigterm: drain, calls: [{to: service/web, share: 50%, timeout: 2s}]}",
             broken("rate: 100/s, timeout: 2s", "rate: 20/s, timeout: 10s"));
  const World open = played(kPlatform, 50_s, calling);
  EXPECT_EQ(open.cluster().traffic().accounts().totals(0).failed(), 0u);
  EXPECT_GT(open.cluster().traffic().accounts().totals(1).ok(), 0u);
  const World closed = played(apart(), 50_s, calling);
  const traffic::LoadTotals outside = closed.cluster().traffic().accounts().totals(0);
  EXPECT_GT(outside.ok(), 0u);
  EXPECT_GT(outside.outcomes[static_cast<std::size_t>(traffic::Outcome::kDependencyFailed)], 0u);
  EXPECT_EQ(closed.cluster().traffic().accounts().totals(1).ok(), 0u);
}

TEST(Enforcement, WhatIsWrongInItsKeysIsNamedWhereItStands) {
  MemoryFiles files = small_files();
  files.add("s/platform.yaml",
            std::string(kPlatform) + "  networkPlugin: {start: shut, establishedFlow: cut}\n");
  EXPECT_THAT(problems_of(files), testing::ElementsAre(HasSubstr("networkPlugin.start"),
                                                       HasSubstr("did you mean \"establishedFlows\"?")));
  EXPECT_THAT(problems_of(small_files(broken("from: internet", "from: deployment/web"))),
              testing::ElementsAre(HasSubstr("pods call a Service inside the cluster")));
}

}  // namespace
}  // namespace seatrial::scenario
