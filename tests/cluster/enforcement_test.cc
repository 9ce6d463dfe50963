// When nodes enforce policies: gates between an ingress controller, a pod that sends, and the pods of a
// Service.
#include "sim/cluster/enforcement.h"

#include <gtest/gtest.h>

#include <map>

#include "sim/api/kinds.h"
#include "sim/api/networking.h"
#include "sim/api/value.h"
#include "sim/cluster/components.h"

namespace seatrial::cluster {
namespace {

using namespace literals;
using Start = EnforcementConfig::Start;

constexpr const char* kDenyAll =
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: app}\n"
    "spec: {podSelector: {}, policyTypes: [Ingress]}\n";
constexpr const char* kAllowClients =
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: allow, namespace: app}\n"
    "spec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: other}}}]}]}\n";
constexpr const char* kDenyEgress =
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny-egress, namespace: other}\n"
    "spec: {podSelector: {}, policyTypes: [Egress]}\n";

api::ObjectPtr object_of(std::string_view yaml) {
  const api::ParseResult parsed = api::parse_documents(yaml, "policies.yaml");
  const auto read = api::read_object(parsed.documents.at(0));
  EXPECT_TRUE(read.has_value());
  return *read;
}

class Cluster : private GateObserver {
 public:
  explicit Cluster(Start start, bool keeps = true) : kernel_(1), enforcement_(config(start, keeps), Store()) {
    add_namespace("app", {});
    add_namespace("other", {{"team", "other"}});
  }

  void commit(const api::ObjectPtr& object, ChangeType type = ChangeType::kAdded) {
    JournalRecord record{};
    record.type = 1;
    enforcement_.on_commit(kernel_, {type, object, kernel_.record(record)}, *this);
  }
  void apply(const char* yaml) { commit(object_of(yaml)); }
  // Bound to its node; with an address as soon as it runs.
  void pod(std::uint32_t index, const char* of, const char* name, const char* node, const char* address) {
    auto pod = std::make_shared<api::Pod>();
    pod->index = index;
    pod->metadata.namespace_ = of;
    pod->metadata.name = name;
    pod->metadata.labels = api::LabelMap{{"app", of}};
    pod->spec = api::PodSpec();
    pod->node_name = node;
    pod->status.pod_ip = address;
    commit(pod, ChangeType::kModified);
  }
  OriginId from_pod(std::uint32_t index, const char* of, const char* name) {
    OriginConfig origin = to_app();
    origin.name = name;
    origin.namespace_ = of;
    origin.pod = name;
    origin.key = api::PodKey{index};
    JournalRecord started{};
    started.type = 1;
    return enforcement_.add_origin(kernel_, origin, *this, kernel_.record(started));
  }
  OriginId from_ingress() {
    network::PodFacts facts;
    facts.namespace_ = "ingress";
    facts.name = "default";
    enforcement_.add_fixed_pod(facts, {});
    OriginConfig origin = to_app();
    origin.name = "ingress controller default";
    origin.namespace_ = "ingress";
    origin.pod = "default";
    return enforcement_.add_origin(kernel_, origin, *this, JournalId::kNone);
  }
  void until(Duration at) {
    kernel_.run_until(SimTime::at(at),
                      [&](const Event& event) { enforcement_.handle(kernel_, event, *this); });
  }
  bool open(OriginId from, std::uint32_t to) { return gates_[{from, to}].closed == JournalId::kNone; }
  bool forbidden(OriginId from, std::uint32_t to) { return gates_[{from, to}].forbidden != JournalId::kNone; }
  JournalId closed_by(OriginId from, std::uint32_t to) { return gates_[{from, to}].closed; }
  JournalId cause_of(JournalId id) const { return kernel_.journal().record(id).cause; }
  std::string why(OriginId from, std::uint32_t to) {
    return std::string(kernel_.journal().text(kernel_.journal().record(gates_[{from, to}].closed).text));
  }
  std::vector<std::uint32_t> forgotten;

 private:
  static EnforcementConfig config(Start start, bool keeps) {
    EnforcementConfig made;
    made.policy_lag = Distribution::constant(1_s);
    made.start = start;
    made.keeps_established = keeps;
    return made;
  }
  static OriginConfig to_app() {
    OriginConfig origin;
    origin.target_namespace = "app";
    origin.target_labels = api::LabelMap{{"app", "app"}};
    origin.port = 8080;
    return origin;
  }
  void add_namespace(const char* name, const api::LabelMap& labels) {
    auto ns = std::make_shared<api::Namespace>();
    ns->metadata.name = name;
    ns->metadata.labels = labels;
    commit(ns);
  }
  void gate_changed(OriginId from, api::PodKey to, Gate gate) override { gates_[{from, to.index}] = gate; }
  void connections_unknown(api::PodKey pod, JournalId) override { forgotten.push_back(pod.index); }

  Kernel kernel_;
  Enforcement enforcement_;
  std::map<std::pair<OriginId, std::uint32_t>, Gate> gates_;
};

TEST(Enforcement, APolicyHoldsWhenTheNodeHasProgrammedIt) {
  Cluster cluster(Start::kOpen);
  const OriginId ingress = cluster.from_ingress();
  cluster.pod(0, "app", "web", "node-1", "10.0.0.1");
  cluster.until(5_s);
  EXPECT_TRUE(cluster.open(ingress, 0));
  EXPECT_FALSE(cluster.forbidden(ingress, 0));
  cluster.apply(kDenyAll);
  EXPECT_TRUE(cluster.open(ingress, 0));
  EXPECT_TRUE(cluster.forbidden(ingress, 0));
  cluster.until(6_s - 1_ms);
  EXPECT_TRUE(cluster.open(ingress, 0));
  cluster.until(6_s);
  EXPECT_FALSE(cluster.open(ingress, 0));
  EXPECT_FALSE(cluster.forbidden(ingress, 0));
  EXPECT_EQ(
      cluster.why(ingress, 0),
      "ingress controller default: denied: NetworkPolicy app/deny (policies.yaml:1:1) selects the pod for "
      "ingress, and no rule of a policy that does allows it");
  cluster.commit(object_of(kDenyAll), ChangeType::kDeleted);
  EXPECT_FALSE(cluster.open(ingress, 0));
  cluster.until(7_s);
  EXPECT_TRUE(cluster.open(ingress, 0));
}

// Another policy that selects the pod is named as well; what is dropped was dropped before it came, and after
// it went.
TEST(Enforcement, ADropThatGoesOnBeganWithTheFirst) {
  Cluster cluster(Start::kWait);
  cluster.apply(kDenyAll);
  const OriginId ingress = cluster.from_ingress();
  cluster.pod(0, "app", "web", "node-1", "10.0.0.1");
  const JournalId first = cluster.closed_by(ingress, 0);
  cluster.apply(kAllowClients);
  cluster.until(2_s);
  const JournalId both = cluster.closed_by(ingress, 0);
  EXPECT_EQ(cluster.why(ingress, 0),
            "ingress controller default: denied: NetworkPolicy app/allow (policies.yaml:1:1) and app/deny "
            "(policies.yaml:1:1) select the pod for ingress, and no rule of theirs allows it");
  EXPECT_EQ(cluster.cause_of(both), first);
  cluster.commit(object_of(kDenyAll), ChangeType::kDeleted);
  cluster.until(4_s);
  EXPECT_EQ(cluster.cause_of(cluster.closed_by(ingress, 0)), both);
}

TEST(Enforcement, ANewPodIsOpenUntilItsPoliciesAreProgrammed) {
  Cluster cluster(Start::kOpen);
  cluster.apply(kDenyAll);
  const OriginId ingress = cluster.from_ingress();
  cluster.pod(0, "app", "web", "node-1", "");
  EXPECT_TRUE(cluster.open(ingress, 0));
  EXPECT_TRUE(cluster.forbidden(ingress, 0));
  cluster.until(2_s);
  cluster.pod(0, "app", "web", "node-1", "10.0.0.1");
  cluster.until(3_s - 1_ms);
  EXPECT_TRUE(cluster.open(ingress, 0));
  cluster.until(3_s);
  EXPECT_FALSE(cluster.open(ingress, 0));
  EXPECT_TRUE(cluster.forgotten.empty());
}

TEST(Enforcement, ANewPodIsClosedUntilThenWhereThePluginIsStrict) {
  Cluster cluster(Start::kClosed);
  const OriginId ingress = cluster.from_ingress();
  cluster.pod(0, "app", "web", "node-1", "");
  EXPECT_FALSE(cluster.open(ingress, 0));
  EXPECT_EQ(cluster.why(ingress, 0), "its policies are not programmed yet, and until then nothing passes");
  cluster.pod(0, "app", "web", "node-1", "10.0.0.1");
  cluster.until(1_s);
  EXPECT_TRUE(cluster.open(ingress, 0));
}

TEST(Enforcement, ANewPodIsProgrammedFromTheStartWhereItWaits) {
  Cluster cluster(Start::kWait);
  cluster.apply(kDenyAll);
  const OriginId ingress = cluster.from_ingress();
  cluster.pod(0, "app", "web", "node-1", "");
  EXPECT_FALSE(cluster.open(ingress, 0));
  EXPECT_FALSE(cluster.forbidden(ingress, 0));
}

// The destination's node lets it in as soon as it knows it as a pod of its namespace.
TEST(Enforcement, ANewSenderIsAnAddressUntilOtherNodesKnowIt) {
  Cluster cluster(Start::kOpen);
  cluster.apply(kAllowClients);
  cluster.pod(0, "app", "web", "node-1", "10.0.0.1");
  cluster.until(5_s);
  cluster.pod(1, "other", "client", "node-2", "");
  const OriginId client = cluster.from_pod(1, "other", "client");
  EXPECT_FALSE(cluster.open(client, 0));
  cluster.pod(1, "other", "client", "node-2", "10.0.1.1");
  cluster.until(6_s - 1_ms);
  EXPECT_FALSE(cluster.open(client, 0));
  cluster.until(6_s);
  EXPECT_TRUE(cluster.open(client, 0));
}

TEST(Enforcement, TheSendersNodeEnforcesItsEgressAndForgetsWhatWasOpen) {
  Cluster cluster(Start::kOpen, false);
  cluster.apply(kDenyEgress);
  cluster.pod(0, "app", "web", "node-1", "10.0.0.1");
  cluster.until(5_s);
  cluster.forgotten.clear();
  cluster.pod(1, "other", "client", "node-2", "10.0.1.1");
  const OriginId client = cluster.from_pod(1, "other", "client");
  EXPECT_TRUE(cluster.open(client, 0));
  EXPECT_TRUE(cluster.forbidden(client, 0));
  cluster.until(6_s);
  EXPECT_FALSE(cluster.open(client, 0));
  EXPECT_EQ(cluster.forgotten, std::vector<std::uint32_t>{1});
}

TEST(Enforcement, ASenderWhosePodIsGoneDoesNoHarm) {
  Cluster cluster(Start::kOpen);
  cluster.pod(0, "app", "web", "node-1", "10.0.0.1");
  cluster.pod(1, "other", "client", "node-2", "10.0.1.1");
  cluster.from_pod(1, "other", "client");
  auto gone = std::make_shared<api::Pod>();
  gone->index = 1;
  gone->metadata.namespace_ = "other";
  gone->metadata.name = "client";
  gone->spec = api::PodSpec();
  cluster.commit(gone, ChangeType::kDeleted);
  cluster.apply(kDenyAll);
  cluster.until(10_s);
}

}  // namespace
}  // namespace seatrial::cluster
