// Calico's policies among Kubernetes': order, tiers, Deny and Pass, asked of both evaluators.
#include <gmock/gmock.h>

#include "tests/network/cluster.h"

namespace seatrial::network {
namespace {

// Namespace `app` denies egress in Kubernetes' way, and the platform's GlobalNetworkPolicy has no order.
constexpr const char* kPlatform = R"(apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny-all, namespace: app}
spec: {podSelector: {}, policyTypes: [Egress]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: deny-aws-imds}
spec:
  types: [Egress]
  egress:
  - {action: Deny, protocol: TCP, destination: {nets: [169.254.169.254/32], ports: [80, 443]}}
  - {action: Allow, destination: {nets: [0.0.0.0/0]}}
)";

Cluster platform(bool calico) {
  Cluster cluster;
  cluster.options.calico = calico;
  for (const char* const name : {"app", "other"})
    cluster.namespaces[name] = api::LabelMap{{"kubernetes.io/metadata.name", name}};
  cluster.add_pod_at("app", "web", 1);
  cluster.add_pod_at("other", "api", 2);
  cluster.policies = objects_of(kPlatform);
  return cluster;
}

void apply(Cluster& cluster, std::string_view yaml) {
  for (const api::ObjectPtr& policy : objects_of(yaml)) cluster.policies.push_back(policy);
}

std::string egress_of(const Cluster& cluster, const Ask& question) {
  return verdict_text(ask(cluster, question).egress, Direction::kEgress);
}

// In one tier the first policy that selects the pod and has a rule for the flow decides: Kubernetes' policies
// have none for what they do not allow, so what is behind them in the tier is asked.
TEST(CalicoPolicy, AnAllowWithoutOrderOverridesAKubernetesDenial) {
  const Cluster cluster = platform(true);
  EXPECT_EQ(egress_of(cluster, {"app/web", "8.8.8.8", 443}),
            "allowed by egress[1] of GlobalNetworkPolicy deny-aws-imds (policies.yaml:13:5)");
  EXPECT_EQ(egress_of(cluster, {"app/web", "169.254.169.254", 80}),
            "denied by egress[0] of GlobalNetworkPolicy deny-aws-imds (policies.yaml:12:5)");
  EXPECT_EQ(egress_of(cluster, {"app/web", "169.254.169.254", 81}),
            "allowed by egress[1] of GlobalNetworkPolicy deny-aws-imds (policies.yaml:13:5)");
  EXPECT_EQ(egress_of(platform(false), {"app/web", "8.8.8.8", 443}),
            "denied: NetworkPolicy app/default-deny-all (policies.yaml:1:1) selects the pod for egress, and "
            "no rule "
            "of a policy that does allows it");
}

// Who has no rule for a flow is named with all others that select the pod, whatever they are called; and the
// rule that would let it through but for its port.
TEST(CalicoPolicy, ADenialNamesAllWhoSelectAndTheNearMiss) {
  constexpr const char* kSeveral = R"(apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: b-cart, namespace: app}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - {to: [{ipBlock: {cidr: 10.9.0.0/16}}], ports: [{port: 5432}, {port: 6000, endPort: 6010}]}
  - {ports: [{protocol: UDP, port: 53}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: a-dns, namespace: app}
spec: {podSelector: {}, policyTypes: [Egress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: c, namespace: app}
spec: {podSelector: {matchLabels: {pod: other}}, policyTypes: [Egress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: in, namespace: other}
spec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {}}], ports: [{port: http}]}]}
)";
  Cluster cluster = platform(false);
  cluster.policies = objects_of(kSeveral);
  const auto text = [&](const Ask& question, Direction direction) {
    ask(cluster, question);  // both evaluators say so
    const CompiledPolicies compiled = cluster.compiled();
    const auto end = [&](const std::string& name) {
      return is_address(name)
                 ? End(*api::IpAddress::parse(name))
                 : End(*compiled.find_pod(name.substr(0, name.find('/')), name.substr(name.find('/') + 1)));
    };
    const FlowVerdict verdict =
        compiled.explain(end(question.from), end(question.to), question.port, question.protocol);
    return verdict_text(direction == Direction::kEgress ? verdict.egress : verdict.ingress, direction);
  };
  const std::string both =
      "denied: NetworkPolicy app/a-dns (policies.yaml:11:1) and app/b-cart (policies.yaml:1:1) select the "
      "pod "
      "for egress, and no rule of theirs allows it";
  EXPECT_EQ(text({"app/web", "10.9.0.1", 5433}, Direction::kEgress),
            both +
                "; egress[0] of NetworkPolicy app/b-cart (policies.yaml:8:5) allows this peer, but on TCP "
                "5432, TCP 6000-6010, and this is TCP 5433");
  EXPECT_EQ(text({"app/web", "8.8.8.8", 443}, Direction::kEgress), both) << "DNS's rule is not near";
  EXPECT_EQ(text({"app/web", "8.8.8.8", 53}, Direction::kEgress),
            both +
                "; egress[1] of NetworkPolicy app/b-cart (policies.yaml:9:5) allows this peer, but on UDP "
                "53, and this is TCP 53");
  EXPECT_EQ(
      text({"app/web", "other/api", 8080}, Direction::kIngress),
      "denied: NetworkPolicy other/in (policies.yaml:21:1) selects the pod for ingress, and no rule of a "
      "policy that does allows it; ingress[0] of NetworkPolicy other/in (policies.yaml:24:35) allows this "
      "peer, but on TCP http, and this is TCP 8080 of the pods (policies see their ports, not the "
      "Service's)");
  for (const char* const name : {"d", "e", "f"})
    cluster.policies.push_back(
        object_of({{"apiVersion", "networking.k8s.io/v1"},
                   {"kind", "NetworkPolicy"},
                   {"metadata", {{"namespace", "app"}, {"name", name}}},
                   {"spec", {{"podSelector", Json::object()}, {"policyTypes", {"Egress"}}}}}));
  EXPECT_THAT(text({"app/web", "8.8.8.8", 443}, Direction::kEgress),
              testing::HasSubstr("app/b-cart (policies.yaml:1:1), app/d and 2 more select the pod"));
}

TEST(CalicoPolicy, AnOrderedDenialDecidesBeforeKubernetesPolicies) {
  Cluster cluster = platform(true);
  apply(cluster, R"(apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: block-egress, namespace: app}
spec: {order: 50, selector: all(), types: [Egress], egress: [{action: Deny}]}
)");
  EXPECT_EQ(egress_of(cluster, {"app/web", "8.8.8.8", 443}),
            "denied by egress[0] of NetworkPolicy app/block-egress (policies.yaml:4:62)");
  apply(cluster, R"(apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: allow-other, namespace: app}
spec:
  order: 49
  selector: all()
  types: [Egress]
  egress: [{action: Allow, destination: {namespaceSelector: kubernetes.io/metadata.name == "other"}}]
)");
  EXPECT_TRUE(ask(cluster, {"app/web", "other/api"}).allowed());
  EXPECT_FALSE(ask(cluster, {"app/web", "8.8.8.8"}).allowed());
}

TEST(CalicoPolicy, APassLeadsOnToTheNextTierAndTheEndOfATierDenies) {
  Cluster cluster = platform(true);
  apply(cluster, R"(apiVersion: projectcalico.org/v3
kind: Tier
metadata: {name: security}
spec: {order: 10}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: security.web}
spec:
  tier: security
  selector: pod == "web"
  types: [Egress]
  egress:
  - {action: Log}
  - {action: Pass, protocol: TCP, destination: {ports: ["8000:8080"]}}
  - {action: Allow, protocol: UDP, destination: {ports: [53]}}
)");
  EXPECT_TRUE(ask(cluster, {"app/web", "8.8.8.8", 53, "UDP"}).allowed());
  EXPECT_EQ(egress_of(cluster, {"app/web", "8.8.8.8", 8080}),
            "allowed by egress[1] of GlobalNetworkPolicy deny-aws-imds (policies.yaml:13:5)");
  EXPECT_EQ(egress_of(cluster, {"app/web", "8.8.8.8", 443}),
            "denied: GlobalNetworkPolicy security.web (policies.yaml:6:1) selects the pod for egress, and no "
            "rule of "
            "a policy that does allows it");
  EXPECT_TRUE(ask(cluster, {"other/api", "8.8.8.8", 443}).allowed());
}

TEST(CalicoPolicy, AdministratorsDecideFirstAndTheBaselineLast) {
  Cluster cluster = platform(false);
  apply(cluster, R"(apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: no-imds}
spec:
  priority: 10
  subject: {namespaces: {}}
  egress:
  - {action: Deny, to: [{networks: [169.254.0.0/16]}]}
  - {action: Pass, to: [{networks: [0.0.0.0/0]}]}
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec:
  subject: {namespaces: {}}
  egress: [{action: Deny, to: [{networks: [10.0.0.0/8]}]}]
)");
  EXPECT_EQ(egress_of(cluster, {"other/api", "169.254.169.254"}),
            "denied by egress[0] of AdminNetworkPolicy no-imds (policies.yaml:8:5)");
  EXPECT_FALSE(ask(cluster, {"app/web", "8.8.8.8"}).allowed());    // isolated by Kubernetes' policy
  EXPECT_TRUE(ask(cluster, {"other/api", "8.8.8.8"}).allowed());   // by no policy at all
  EXPECT_FALSE(ask(cluster, {"other/api", "app/web"}).allowed());  // by the baseline
}

}  // namespace
}  // namespace seatrial::network
