// NetworkPolicies and administrators' policies by the case tables and by the worlds of
// tests/conformance/golden/networkpolicy, asked of both evaluators.
#include <set>

#include "sim/scenario/conform/worlds.h"
#include "tests/network/cluster.h"
#include "tests/support/case_tables.h"

namespace seatrial::network {
namespace {

using tests::CaseRow;
using tests::for_each_row;

Json network_policy(const std::string& of, const std::string& name, const Json& spec) {
  return {{"apiVersion", "networking.k8s.io/v1"},
          {"kind", "NetworkPolicy"},
          {"metadata", {{"namespace", of}, {"name", name}}},
          {"spec", spec}};
}

// The tables write {"pod": "a"} for {"matchLabels": {"pod": "a"}}.
Json whole_selector(const Json& json) {
  return json.contains("matchLabels") || json.contains("matchExpressions") ? json
                                                                           : Json{{"matchLabels", json}};
}

// Completes every selector that stands anywhere in it.
Json complete(Json json) {
  if (!json.is_structured()) return json;
  for (const auto& [key, value] : json.items()) {
    value = complete(value);
    if (key == "podSelector" || key == "namespaceSelector" || key == "namespaces")
      value = whole_selector(value);
  }
  return json;
}

// A policy of the tables: the spec's fields beside the namespace.
api::ObjectPtr table_policy(Json spec, std::size_t number) {
  const Json of = spec["namespace"];
  spec.erase("namespace");
  return object_of(network_policy(of.get<std::string>(), "policy-" + std::to_string(number), complete(spec)));
}

// {"pods": {"namespaceSelector": {…}}} says nothing of the pods.
Json admin_peer(Json peer) {
  if (peer.contains("pods")) {
    for (const char* const selector : {"namespaceSelector", "podSelector"})
      peer["pods"].emplace(selector, Json::object());
  }
  return complete(peer);
}

Json admin_rules(const Json& policy, const char* direction, const char* peers) {
  Json rules = Json::array();
  for (const Json& json : policy.value(direction, Json::array())) {
    Json rule{{"action", json["action"]}};
    for (const Json& peer : json.value(peers, Json::array())) rule[peers].push_back(admin_peer(peer));
    for (const Json& range : json.value("portRanges", Json::array()))
      rule["ports"].push_back(
          {{"portRange", {{"protocol", range[0]}, {"start", range[1]}, {"end", range[2]}}}});
    for (const Json& one : json.value("ports", Json::array()))
      rule["ports"].push_back({{"portNumber", {{"protocol", one[0]}, {"port", one[1]}}}});
    rules.push_back(rule);
  }
  return rules;
}

api::ObjectPtr admin_policy(const Json& json, const char* kind, const std::string& name) {
  Json spec{{"subject", admin_peer(json["subject"])},
            {"ingress", admin_rules(json, "ingress", "from")},
            {"egress", admin_rules(json, "egress", "to")}};
  if (std::string_view(kind) == "AdminNetworkPolicy") spec["priority"] = json.value("priority", 0);
  return object_of({{"apiVersion", "policy.networking.k8s.io/v1alpha1"},
                    {"kind", kind},
                    {"metadata", {{"name", name}}},
                    {"spec", spec}});
}

TEST(NetworkPolicy, MatricesOfThePolicyAssistantAgree) {
  for_each_row("networkpolicy-matrix", [](const CaseRow& row) {
    Cluster cluster;
    for (const Json& policy : row["networkPolicies"])
      cluster.policies.push_back(table_policy(policy, cluster.policies.size()));
    for (const Json& policy : row.input_or("adminNetworkPolicies", Json::array()))
      cluster.policies.push_back(
          admin_policy(policy, "AdminNetworkPolicy", "admin-" + std::to_string(cluster.policies.size())));
    const Json baseline = row.input_or("baselineAdminNetworkPolicy", Json());
    if (!baseline.is_null())
      cluster.policies.push_back(admin_policy(baseline, "BaselineAdminNetworkPolicy", "default"));
    // Policies of both directions are judged; the row says only which of them it has.
    EXPECT_TRUE(row["direction"] == "ingress" || row["direction"] == "egress") << row["direction"];
    std::vector<std::string> names;
    for (const Json& ns : row["namespaces"]) {
      const auto of = ns.get<std::string>();
      cluster.namespaces[of] = api::LabelMap{{"ns", of}};
      for (const Json& pod : row["pods"]) {
        const auto name = pod.get<std::string>();
        cluster.add_pod(of.c_str(), name.c_str(), {{"pod", name}});
        names.push_back(of + "/" + name);
      }
    }
    std::set<Json> exceptions;
    for (const Json& flow : row["exceptions"]) exceptions.insert(flow);
    const bool usually = row["default"] == "allowed";
    EXPECT_TRUE(usually || row["default"] == "blocked") << row["default"];
    const PolicySet set = cluster.policy_set();
    const CompiledPolicies compiled = cluster.compiled();
    for (const std::string& from : names) {
      for (const std::string& to : names) {
        if (from == to) continue;
        for (const Json& port : row["ports"]) {
          for (const Json& protocol : row["protocols"]) {
            const Json key = {from, to, port, protocol};
            const Ask question{from, to, port, protocol.get<std::string>()};
            EXPECT_EQ(ask(cluster, set, compiled, question).allowed(), usually != exceptions.contains(key))
                << key;
          }
        }
      }
    }
  });
}

TEST(NetworkPolicy, FlowsOfCyclonusAgree) {
  for_each_row("networkpolicy-flow", [](const CaseRow& row) {
    Cluster cluster;
    cluster.policies.push_back(table_policy(row["policy"], 0));
    // "pod x" is a pod in namespace x, "ip 1.2.3.4" an address outside.
    const auto name_of = [&](const std::string& text) {
      const std::string name = text.substr(text.find(' ') + 1);
      EXPECT_TRUE(text.starts_with("ip ") || text.starts_with("pod ")) << text;
      if (text.starts_with("ip ")) return name;
      cluster.namespaces[name] = api::LabelMap{{"ns", name}};
      cluster.add_pod(name.c_str(), "pod", {{"pod", name}});
      return name + "/pod";
    };
    for (std::size_t i = 0; i < row["flows"].size(); ++i) {
      const Json& json = row["flows"][i];
      const std::string from = name_of(json["from"]), to = name_of(json["to"]);
      const Ask question{from, to, json["port"], json["protocol"].get<std::string>()};
      EXPECT_EQ(ask(cluster, question).allowed(), row["allowed"][i].get<bool>()) << json;
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
  Cluster cluster;
  cluster.policies.push_back(object_of(network_policy(
      "x", "closed", {{"podSelector", Json::object()}, {"policyTypes", {"Ingress", "Egress"}}})));
  cluster.add_pod_at("x", "a", 1);
  EXPECT_FALSE(ask(cluster, {"10.0.9.1", "x/a"}).allowed());
  EXPECT_TRUE(ask(cluster, {"10.0.9.1", "x/a", 80, "TCP", true}).allowed());
  EXPECT_TRUE(ask(cluster, {"x/a", "x/a"}).allowed());
  cluster.options.pod_reaches_itself = false;
  EXPECT_FALSE(ask(cluster, {"x/a", "x/a"}).allowed());
}

TEST(NetworkPolicy, WhetherBlocksCoverPodsIsAnOption) {
  Cluster cluster;
  cluster.policies.push_back(object_of(network_policy(
      "x", "block",
      {{"podSelector", Json::object()},
       {"ingress", {{{"from", {{{"ipBlock", {{"cidr", "10.0.0.0/8"}, {"except", {"10.0.0.3/32"}}}}}}}}}}})));
  cluster.add_pod_at("x", "a", 1);
  cluster.add_pod_at("y", "b", 2);
  cluster.add_pod_at("y", "c", 3);
  cluster.add_pod_at("y", "node", 4).host_network = true;
  EXPECT_TRUE(ask(cluster, {"y/b", "x/a"}).allowed());
  EXPECT_FALSE(ask(cluster, {"y/c", "x/a"}).allowed());
  cluster.options.blocks_cover_pods = false;
  EXPECT_FALSE(ask(cluster, {"y/b", "x/a"}).allowed());
  EXPECT_TRUE(ask(cluster, {"y/node", "x/a"}).allowed());  // with its node's address
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
