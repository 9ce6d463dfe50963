// NetworkPolicies by the case tables and by the worlds of tests/conformance/golden/networkpolicy.
#include "sim/network/network_policy.h"

#include <gtest/gtest.h>

#include <deque>
#include <set>

#include "sim/api/kinds.h"
#include "sim/api/value.h"
#include "sim/scenario/conform/worlds.h"
#include "tests/support/case_tables.h"

namespace seatrial::network {
namespace {

using api::LabelMap;
using api::NetworkPolicy;
using api::Symbol;
using Json = nlohmann::json;
using tests::CaseRow;
using tests::for_each_row;

api::Value value_of(const Json& json) { return api::from_json(nlohmann::ordered_json::parse(json.dump())); }

// A policy as the API server stores it: decoded and defaulted.
std::shared_ptr<const NetworkPolicy> policy_of(Json document) {
  document["apiVersion"] = "networking.k8s.io/v1";
  document["kind"] = "NetworkPolicy";
  document["metadata"].emplace("name", "policy");
  const auto read = api::read_object(value_of(document));
  EXPECT_TRUE(read.has_value()) << document << (read ? "" : read.error().front().str());
  auto policy = std::make_shared<NetworkPolicy>(static_cast<const NetworkPolicy&>(**read));
  policy->metadata.namespace_ = document["metadata"]["namespace"].get<std::string>();
  return policy;
}

// Pods and policies, kept for as long as the peers point to them.
struct World {
  std::deque<LabelMap> labels;
  std::deque<Peer> peers;
  std::vector<std::shared_ptr<const NetworkPolicy>> policies;
  PolicySet set;

  const LabelMap* keep(LabelMap map) { return &labels.emplace_back(std::move(map)); }
  void add(std::shared_ptr<const NetworkPolicy> policy) {
    set.policies.push_back(policy.get());
    policies.push_back(std::move(policy));
  }
};

// An address outside of the cluster.
Peer outside(const std::string& address) {
  Peer peer;
  peer.address = api::IpAddress::parse(address);
  return peer;
}

// The tables write {"pod": "a"} for {"matchLabels": {"pod": "a"}}.
Json whole_selector(const Json& json) {
  return json.contains("matchLabels") || json.contains("matchExpressions") ? json
                                                                           : Json{{"matchLabels", json}};
}

// Completes every selector that stands anywhere in it.
void complete_selectors(Json& json) {
  if (!json.is_structured()) return;
  for (const auto& [key, value] : json.items()) {
    complete_selectors(value);
    if (key == "podSelector" || key == "namespaceSelector") value = whole_selector(value);
  }
}

// A policy of the tables: the spec's fields beside the namespace.
std::shared_ptr<const NetworkPolicy> table_policy(Json spec) {
  const Json of = spec["namespace"];
  spec.erase("namespace");
  complete_selectors(spec);
  return policy_of({{"metadata", {{"namespace", of}}}, {"spec", spec}});
}

// Decoded as a NetworkPolicy's.
api::LabelSelector selector_of(const Json& json) {
  return table_policy({{"namespace", "any"}, {"podSelector", json}})->pod_selector;
}

// {"namespaces": {…}} or {"pods": {"namespaceSelector": {…}, "podSelector": {…}}} or {"networks": […]}.
AdminPeer admin_peer(const Json& json) {
  AdminPeer peer;
  if (json.contains("namespaces")) peer.namespace_selector = selector_of(json["namespaces"]);
  if (json.contains("pods")) {
    const Json& pods = json["pods"];
    peer.namespace_selector = selector_of(pods.value("namespaceSelector", Json::object()));
    peer.pod_selector = selector_of(pods.value("podSelector", Json::object()));
  }
  for (const Json& network : json.value("networks", Json::array()))
    peer.networks.push_back(network.get<std::string>());
  return peer;
}

std::vector<AdminRule> admin_rules(const Json& policy, const char* direction, const char* peers) {
  std::vector<AdminRule> rules;
  for (const Json& json : policy.value(direction, Json::array())) {
    AdminRule rule;
    const auto action = json["action"].get<std::string>();
    EXPECT_TRUE(action == "Allow" || action == "Deny" || action == "Pass") << action;
    rule.action = action == "Deny"   ? AdminAction::kDeny
                  : action == "Pass" ? AdminAction::kPass
                                     : AdminAction::kAllow;
    for (const Json& peer : json.value(peers, Json::array())) rule.peers.push_back(admin_peer(peer));
    for (const Json& range : json.value("portRanges", Json::array()))
      rule.ports.push_back({range[0].get<std::string>(), range[1], range[2], {}});
    for (const Json& one : json.value("ports", Json::array()))
      rule.ports.push_back({one[0].get<std::string>(), one[1], one[1], {}});
    rules.push_back(std::move(rule));
  }
  return rules;
}

AdminPolicy admin_policy(const Json& json) {
  AdminPolicy policy;
  policy.priority = json.value("priority", 0);
  policy.subject = admin_peer(json["subject"]);
  policy.ingress = admin_rules(json, "ingress", "from");
  policy.egress = admin_rules(json, "egress", "to");
  return policy;
}

TEST(NetworkPolicy, MatricesOfThePolicyAssistantAgree) {
  for_each_row("networkpolicy-matrix", [](const CaseRow& row) {
    World world;
    for (const Json& policy : row["networkPolicies"]) world.add(table_policy(policy));
    for (const Json& policy : row.input_or("adminNetworkPolicies", Json::array()))
      world.set.admin.push_back(admin_policy(policy));
    const Json baseline = row.input_or("baselineAdminNetworkPolicy", Json());
    if (!baseline.is_null()) world.set.baseline.push_back(admin_policy(baseline));
    // Policies of both directions are judged; the row says only which of them it has.
    EXPECT_TRUE(row["direction"] == "ingress" || row["direction"] == "egress") << row["direction"];
    for (const Json& ns : row["namespaces"]) {
      for (const Json& pod : row["pods"]) {
        const auto of = ns.get<std::string>(), name = pod.get<std::string>();
        world.peers.push_back(
            {of, name, world.keep({{"pod", name}}), world.keep({{"ns", of}}), {}, {}, false});
      }
    }
    std::set<Json> exceptions;
    for (const Json& flow : row["exceptions"]) exceptions.insert(flow);
    const bool usually = row["default"] == "allowed";
    EXPECT_TRUE(usually || row["default"] == "blocked") << row["default"];
    for (const Peer& from : world.peers) {
      for (const Peer& to : world.peers) {
        if (&from == &to) continue;
        for (const Json& port : row["ports"]) {
          for (const Json& protocol : row["protocols"]) {
            const Json key = {from.namespace_.str() + "/" + from.name.str(),
                              to.namespace_.str() + "/" + to.name.str(), port, protocol};
            const Flow flow{from, to, port, protocol.get<std::string>()};
            EXPECT_EQ(is_allowed(world.set, flow), usually != exceptions.contains(key)) << key;
          }
        }
      }
    }
  });
}

TEST(NetworkPolicy, FlowsOfCyclonusAgree) {
  for_each_row("networkpolicy-flow", [](const CaseRow& row) {
    World world;
    world.add(table_policy(row["policy"]));
    // "pod x" is a pod in namespace x, "ip 1.2.3.4" an address outside.
    const auto peer = [&](const std::string& text) {
      const std::string name = text.substr(text.find(' ') + 1);
      EXPECT_TRUE(text.starts_with("ip ") || text.starts_with("pod ")) << text;
      if (text.starts_with("ip ")) return outside(name);
      return Peer{name, "pod", world.keep({{"pod", name}}), world.keep({{"ns", name}}), {}, {}, false};
    };
    for (std::size_t i = 0; i < row["flows"].size(); ++i) {
      const Json& json = row["flows"][i];
      const Peer from = peer(json["from"]), to = peer(json["to"]);
      const Flow flow{from, to, json["port"], json["protocol"].get<std::string>()};
      EXPECT_EQ(is_allowed(world.set, flow), row["allowed"][i].get<bool>()) << json;
    }
  });
}

TEST(NetworkPolicy, BlocksHoldTheAddressesThatTheyShould) {
  for_each_row("networkpolicy-cidr", [](const CaseRow& row) {
    for (std::size_t i = 0; i < row["each"].size(); ++i) {
      const auto address = api::IpAddress::parse(row["each"][i][0].get<std::string>());
      const auto block = api::Cidr::parse(row["each"][i][1].get<std::string>());
      ASSERT_TRUE(address && block) << row["each"][i];
      EXPECT_EQ(block->contains(*address), row["member"][i].get<bool>()) << row["each"][i];
    }
  });
}

TEST(NetworkPolicy, WorldsJudgedByOthersAgree) {
  std::size_t worlds = 0;
  const auto folder = std::filesystem::path(SEATRIAL_SOURCE_DIR) / "tests/conformance/golden/networkpolicy";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path());
    for (const scenario::FieldVerdict& verdict : scenario::judge_worlds(Json::parse(file))) {
      EXPECT_EQ(verdict.agreement, scenario::Agreement::kSame) << verdict.field << ": " << verdict.simulated;
      ++worlds;
    }
  }
  EXPECT_GT(worlds, 50U);
}

TEST(NetworkPolicy, TheOwnNodeAlwaysGetsInAndAPodReachesItself) {
  World world;
  world.add(policy_of({{"metadata", {{"namespace", "x"}}},
                       {"spec", {{"podSelector", Json::object()}, {"policyTypes", {"Ingress", "Egress"}}}}}));
  const Peer pod{"x", "a", world.keep({}), world.keep({}), {}, api::IpAddress::parse("10.0.0.1"), false};
  const Peer node = outside("10.0.9.1");
  EXPECT_FALSE(is_allowed(world.set, {node, pod, 80}));
  EXPECT_TRUE(is_allowed(world.set, {node, pod, 80, "TCP", true}));
  EXPECT_TRUE(is_allowed(world.set, {pod, pod, 80}));
  world.set.options.pod_reaches_itself = false;
  EXPECT_FALSE(is_allowed(world.set, {pod, pod, 80}));
}

TEST(NetworkPolicy, WhetherBlocksCoverPodsIsAnOption) {
  World world;
  world.add(policy_of({{"metadata", {{"namespace", "x"}}},
                       {"spec",
                        {{"podSelector", Json::object()},
                         {"ingress", {{{"from", {{{"ipBlock", {{"cidr", "10.0.0.0/8"}}}}}}}}}}}}));
  const Peer to{"x", "a", world.keep({}), world.keep({}), {}, api::IpAddress::parse("10.0.0.1"), false};
  const Peer from{"y", "b", world.keep({}), world.keep({}), {}, api::IpAddress::parse("10.0.0.2"), false};
  EXPECT_TRUE(is_allowed(world.set, {from, to, 80}));
  world.set.options.blocks_cover_pods = false;
  EXPECT_FALSE(is_allowed(world.set, {from, to, 80}));
}

TEST(IpAddress, IsReadAsGoReadsIt) {
  EXPECT_EQ(api::IpAddress::parse("::ffff:1.2.3.4"), api::IpAddress::parse("1.2.3.4"));
  EXPECT_EQ(api::IpAddress::parse("2001:db8::1"), api::IpAddress::parse("2001:0db8:0:0:0:0:0:1"));
  for (const char* const wrong :
       {"", "1.2.3", "1.2.3.256", "1.2.3.4.5", "1..2.3", "::1::", "12345::", "g::", "1.2.3.-4"})
    EXPECT_FALSE(api::IpAddress::parse(wrong)) << wrong;
  for (const char* const wrong : {"1.2.3.4", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/", "::/129"})
    EXPECT_FALSE(api::Cidr::parse(wrong)) << wrong;
  EXPECT_TRUE(api::Cidr::parse("2001:db8::/32")->contains(*api::IpAddress::parse("2001:db8:ffff::9")));
  EXPECT_FALSE(api::Cidr::parse("0.0.0.0/0")->contains(*api::IpAddress::parse("2001:db8::1")));
}

}  // namespace
}  // namespace seatrial::network
