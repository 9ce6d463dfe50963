// Calico's policies among Kubernetes': order, tiers, Deny and Pass, asked of both evaluators.
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
