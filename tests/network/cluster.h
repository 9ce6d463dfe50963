// Small clusters, asked of both evaluators: whatever the definition says, the compiled one must say too, and
// name the same policy and rule.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "sim/api/kinds.h"
#include "sim/api/value.h"
#include "sim/network/policy/compiled.h"
#include "sim/network/policy/direct.h"

namespace seatrial::network {

using Json = nlohmann::json;
using Labels = api::Shared<api::LabelMap>;

inline api::Value value_of(const Json& json) {
  return api::from_json(nlohmann::ordered_json::parse(json.dump()));
}

// As the API server stores it: decoded, defaulted and validated.
inline api::ObjectPtr object_of(const Json& document) {
  const auto read = api::read_object(value_of(document));
  EXPECT_TRUE(read.has_value()) << document << (read ? "" : ": " + read.error().front().str());
  return read ? *read : nullptr;
}

// Of a manifest, with the positions of its text.
inline std::vector<api::ObjectPtr> objects_of(std::string_view yaml) {
  std::vector<api::ObjectPtr> objects;
  const api::ParseResult parsed = api::parse_documents(yaml, "policies.yaml");
  EXPECT_TRUE(parsed.problems.empty());
  for (const api::Value& document : parsed.documents) {
    const auto read = api::read_object(document);
    EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().front().str());
    if (read) objects.push_back(*read);
  }
  return objects;
}

struct Cluster {
  PolicyOptions options;
  std::map<api::Symbol, Labels> namespaces;
  std::map<std::pair<api::Symbol, api::Symbol>, Labels> accounts;  // by namespace and name
  std::vector<PodFacts> pods;
  std::vector<api::ObjectPtr> policies;  // and tiers

  PodFacts& add_pod(const char* of, const char* name, api::LabelMap labels = {}) {
    pods.push_back({of, name, std::move(labels), {}, {}, {}, false});
    return pods.back();
  }
  // One whose address is 10.0.0.N.
  PodFacts& add_pod_at(const char* of, const char* name, int last_byte) {
    PodFacts& pod = add_pod(of, name, {{"pod", name}});
    pod.address = api::IpAddress::parse("10.0.0." + std::to_string(last_byte));
    return pod;
  }
  const PodFacts& pod(const std::string& name) const {  // NAMESPACE/NAME
    for (const PodFacts& facts : pods) {
      if (facts.namespace_.str() + "/" + facts.name.str() == name) return facts;
    }
    throw std::out_of_range("no pod " + name);
  }

  PolicySet policy_set() const {
    PolicySet set;
    set.options = options;
    for (const api::ObjectPtr& policy : policies) set.set(policy);
    return set;
  }
  CompiledPolicies compiled() const {
    CompiledPolicies made(options);
    made.begin();
    for (const auto& [name, labels] : namespaces) made.set_namespace(name, labels);
    for (const auto& [key, labels] : accounts) made.set_service_account(key.first, key.second, labels);
    for (const PodFacts& facts : pods) made.set_pod(facts);
    for (const api::ObjectPtr& policy : policies) made.set_policy(policy);
    made.commit();
    return made;
  }

  // Points into this cluster.
  Peer peer(const PodFacts& facts) const {
    static const Labels kNone;
    const auto of = namespaces.find(facts.namespace_);
    const auto account = accounts.find({facts.namespace_, facts.service_account});
    Peer peer{facts.namespace_,
              facts.name,
              facts.labels.get(),
              of == namespaces.end() ? kNone.get() : of->second.get(),
              {},
              facts.address,
              facts.host_network,
              facts.service_account,
              account == accounts.end() ? nullptr : account->second.get()};
    for (const NamedPort& port : facts.ports)
      peer.ports.push_back({port.name, port.number, 0, port.protocol, {}});
    return peer;
  }
};

inline Peer outside(const std::string& address) {
  Peer peer;
  peer.address = api::IpAddress::parse(address);
  return peer;
}

struct Ask {
  std::string from, to;  // NAMESPACE/NAME, or an address
  std::int32_t port = 80;
  api::Symbol protocol = "TCP";
  bool from_own_node = false;
};

inline bool is_address(const std::string& name) { return api::IpAddress::parse(name).has_value(); }

// What the definition says of a flow; fails if the compiled evaluator says otherwise.
inline FlowVerdict ask(const Cluster& cluster, const PolicySet& set, const CompiledPolicies& compiled,
                       const Ask& ask) {
  const auto peer = [&](const std::string& name) {
    return is_address(name) ? outside(name) : cluster.peer(cluster.pod(name));
  };
  const auto end = [&](const std::string& name) {
    if (is_address(name)) return End(*api::IpAddress::parse(name));
    const PodFacts& facts = cluster.pod(name);
    return End(*compiled.find_pod(facts.namespace_, facts.name));
  };
  const Peer from = peer(ask.from), to = peer(ask.to);
  const Flow flow{from, to, ask.port, ask.protocol, ask.from_own_node};
  const FlowVerdict direct{judge(set, flow, Direction::kEgress), judge(set, flow, Direction::kIngress)};
  const FlowVerdict other =
      compiled.explain(end(ask.from), end(ask.to), ask.port, ask.protocol, ask.from_own_node);
  if (other.egress != direct.egress || other.ingress != direct.ingress) {
    const auto text = [](const FlowVerdict& verdict) {
      return verdict_text(verdict.egress, Direction::kEgress) + "; " +
             verdict_text(verdict.ingress, Direction::kIngress);
    };
    ADD_FAILURE() << "compiled: " << text(other) << "\nby definition: " << text(direct) << "\n"
                  << ask.from << " to " << ask.to << " " << ask.port << " " << ask.protocol.view();
  }
  EXPECT_EQ(compiled.allows(end(ask.from), end(ask.to), ask.port, ask.protocol, ask.from_own_node),
            direct.allowed())
      << ask.from << " to " << ask.to << " " << ask.port;
  return direct;
}

inline FlowVerdict ask(const Cluster& cluster, const Ask& question) {
  return ask(cluster, cluster.policy_set(), cluster.compiled(), question);
}

}  // namespace seatrial::network
