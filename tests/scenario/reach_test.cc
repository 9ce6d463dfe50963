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

constexpr const char* kHeadless = R"(---
apiVersion: v1
kind: Service
metadata: {name: pods}
spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: fixed}
spec: {clusterIP: 10.100.5.5, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
)";

// A headless Service's name is its pods' addresses, at whatever port is asked for; a cluster IP is the
// Service.
TEST(Reach, ServicesWithAndWithoutAnAddressOfTheirOwn) {
  const World world = played(kPlatform, 30_s, kScenario, kHeadless);
  const ReachState state(world);
  struct Row {
    const char* to;
    bool allowed;
    const char* text;
  };
  for (const Row& row : {
           Row{"default/pods:80", false, "stop  listening port    listening on 8080, not on 80"},
           {"default/pods:8080", true,
            "headless: its name is the addresses of 2 pods, and port 8080 stays 8080"},
           {"default/fixed:80", true, "port 80 is 8080 of 2 pods"},
           {"10.100.5.5:80", true, "Service default/fixed: port 80 is 8080 of 2 pods"},
           {"10.100.5.5:8080", false, "has no port TCP 8080"},
       }) {
    const Answer answer = ask(state, "ingress-nginx/default", row.to);
    EXPECT_EQ(answer.allowed, row.allowed) << answer.text;
    EXPECT_THAT(answer.text, HasSubstr(row.text)) << row.to;
  }
  EXPECT_THAT(ask(state, "default/web", "web:80").text, HasSubstr("Service default/web: port 80 is 8080"));
  EXPECT_THAT(ask(state, "ingress-nginx/default", "web:80").text,
              HasSubstr("the addresses of web are not known"));
  const auto pods = state.store().list(api::Kind::kPod);
  const auto& pod = static_cast<const api::Pod&>(*pods.front());
  EXPECT_THAT(ask(state, "default/web", pod.status.pod_ip.str() + ":8080").text,
              HasSubstr("to default/" + pod.metadata.name.str() + ":8080: reached"));
  EXPECT_THAT(ask(state, "ingress-nginx/default", "10.100.5.5:80").text, testing::Not(HasSubstr("DNS")));
}

TEST(Reach, AnAliasOfAPodsNameLeadsToThePod) {
  constexpr const char* kAlias = R"(---
apiVersion: v1
kind: Pod
metadata: {name: one, labels: {app: web}}
spec: {containers: [{name: c, image: "web:1", ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: alias}
spec: {type: ExternalName, externalName: one.pods.default.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: dangling}
spec: {type: ExternalName, externalName: two.pods.default.svc.cluster.local.}
)";
  const World world = played(kPlatform, 30_s, kScenario, std::string(kHeadless) + kAlias);
  const ReachState state(world);
  const Answer alias = ask(state, "default/web", "default/alias:8080");
  EXPECT_TRUE(alias.allowed) << alias.text;
  EXPECT_THAT(alias.text, HasSubstr("an alias of one.pods.default.svc.cluster.local"));
  const Answer dangling = ask(state, "default/web", "default/dangling:8080");
  EXPECT_FALSE(dangling.allowed);
  EXPECT_THAT(dangling.text, HasSubstr("which is not there: pods \"two\" of a headless Service"));
}

// A name of the cluster's own is never one of the internet.
TEST(Reach, ANameInsideTheClusterThatIsNotThereIsAnError) {
  const World world = played(kPlatform, 10_s);
  const ReachState state(world);
  for (const auto& [to, error] :
       {std::pair("kubernetes.default:443", "--to: Service default/kubernetes is the API server's own"),
        {"default/kubernetes:443", "--to: Service default/kubernetes is the API server's own"},
        {"wep.default:80",
         "--to: services \"wep\" not found in namespace \"default\", did you mean \"web\"?"},
        {"web.defaul.svc:80", "--to: namespaces \"defaul\" not found, did you mean \"default\"?"},
        {"nothing.default.svc.cluster.local:80", "--to: services \"nothing\" not found in namespace"},
        {"nobody:80", "--to: services \"nobody\" not found in namespace \"default\""},
        {"web-0.web.default:80", "--to: pods \"web-0\" of a headless Service \"web\" not found"}}) {
    const auto verdict = reach(state, "default/web", to, "TCP");
    ASSERT_FALSE(verdict.has_value()) << to;
    EXPECT_THAT(verdict.error(), testing::StartsWith(error));
  }
  for (const char* const outside :
       {"example.org:443", "web.defaul:443", "web.default.:443", "default.org:80"})
    EXPECT_THAT(ask(state, "default/web", outside).text, HasSubstr("judged as an address of the internet"))
        << outside;
}

TEST(Reach, TheHopToDnsNamesTheRuleThatLetsItThrough) {
  constexpr const char* kDns = R"(---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: allow-dns}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - {ports: [{protocol: UDP, port: 53}]}
)";
  const World world = played(kPlatform, 10_s, kScenario, std::string(kIngressPolicy) + kDns);
  const Answer answer = ask(ReachState(world), "default/web", "example.org:443");
  EXPECT_FALSE(answer.allowed);
  EXPECT_THAT(answer.text,
              HasSubstr("pass  DNS              NetworkPolicy default/allow-dns: example.org: allowed by "
                        "egress[0] (no Service kube-system/kube-dns here: as CoreDNS is usually labelled) "
                        "(s/policies.yaml:16:7)"));
  const World open = played(kPlatform, 10_s, kScenario, kIngressPolicy);
  EXPECT_THAT(ask(ReachState(open), "default/web", "example.org:443").text,
              HasSubstr("example.org: allowed: no policy decides"));
}

TEST(Reach, MetadataIsAnsweredByTheInstanceUnlessItsHopLimitIsOne) {
  const World world = played(kPlatform, 10_s, kScenario, kIngressPolicy);
  const ReachState state(world);
  EXPECT_THAT(ask(state, "default/web", "169.254.169.254:80").text, HasSubstr("HttpPutResponseHopLimit"));
  EXPECT_THAT(ask(state, "default/web", "[fd00:ec2::254]:80").text, HasSubstr("HttpPutResponseHopLimit"));
  EXPECT_THAT(ask(state, "default/web", "169.254.169.253:53").text,
              testing::Not(HasSubstr("HttpPutResponseHopLimit")));
  EXPECT_THAT(ask(state, "10.1.2.3", "169.254.169.254:80").text,
              testing::Not(HasSubstr("HttpPutResponseHopLimit")));
}

TEST(Reach, AStoppedDatabaseIsNoted) {
  const std::string platform = std::string(kPlatform) +
                               "  resources: {rds: [{name: main, zone: a, address: 10.0.0.9, schedule: "
                               "{stop: \"00:01\", start: \"00:03\"}}]}\n";
  for (const auto& [at, note] :
       {std::pair(30_s, ""),
        {70_s, "rds/main is stopping at 1m10s: nobody listens, whatever the network lets"}}) {
    const World world = played(platform, at, kScenario, kIngressPolicy);
    const Answer answer = ask(ReachState(world), "default/web", "rds/main");
    EXPECT_TRUE(answer.allowed) << answer.text;
    EXPECT_THAT(answer.text, HasSubstr(note));
    EXPECT_EQ(answer.text.find("nobody listens") == std::string::npos, *note == 0) << answer.text;
  }
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
        {"300.1.1.1/33", "default/web:80", "--from: 300.1.1.1/33 is no address and no CIDR"},
        {"default/web", "300.1.1.1/33", "--to: 300.1.1.1/33 is no address and no CIDR"},
        {"default/web", "10.1.2.256:80", "--to: 10.1.2.256 is no address and no CIDR"},
        {"default/web", "rds/main", "--to: no resource \"rds/main\" is declared"},
        {"defaul/web", "default/web:80",
         "--from: namespaces \"defaul\" not found, did you mean \"default\"?"},
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

// Its client gave up as the pod, whose call policies drop, was about to say so: that is said of the call.
TEST(Enforcement, ADroppedCallIsNamedNotTheRequestThatWaitedForIt) {
  const std::string calling =
      broken("concurrency: 8, onSigterm: drain}",
             "concurrency: 64, onSigterm: drain, calls: [{to: service/web, timeout: 400ms}]}",
             broken("rate: 100/s, timeout: 2s", "rate: 100/s, timeout: 500ms"));
  MemoryFiles files = small_files(broken("[web.yaml]", "[web.yaml, policies.yaml]", calling));
  files.add("s/platform.yaml", apart());
  files.add("s/policies.yaml", kIngressPolicy);
  auto loaded = load_scenario("s", files);
  ASSERT_TRUE(loaded.has_value());
  const auto result = run(std::make_shared<const Scenario>(std::move(*loaded)), {});
  ASSERT_TRUE(result.has_value());
  std::string text;
  for (const auto& finding : result->findings)
    if (finding.rule == "policy-dropped") text += finding.what + "\n";
  EXPECT_THAT(text, HasSubstr("requests of load public got no answer in time: network policies drop what "
                              "deployment/web sends for them to service/web\n"));
  EXPECT_THAT(text, testing::Not(HasSubstr("of load public did not get through")));
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
