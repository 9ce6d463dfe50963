// Calico's and administrators' policies: read, defaulted, printed, refused in the API server's words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/api/admin_network_policy.h"
#include "sim/api/calico.h"
#include "sim/api/kinds.h"
#include "sim/api/networking.h"
#include "sim/api/value.h"

namespace seatrial::api {
namespace {

using testing::ElementsAre;

std::expected<ObjectPtr, Problems> read_text(std::string_view text) {
  const ParseResult parsed = parse_documents(text, "policy.yaml");
  EXPECT_EQ(parsed.documents.size(), 1U) << text;
  return read_object(parsed.documents.at(0));
}

std::vector<std::string> problems_of(std::string_view text) {
  std::vector<std::string> texts;
  const auto read = read_text(text);
  if (read) return texts;
  for (const Problem& problem : read.error()) texts.push_back(problem.str());
  return texts;
}

constexpr const char* kCalico = R"(apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: allow-proxy, namespace: team-a}
spec:
  order: 46.0
  selector: all()
  egress:
  - action: Allow
    protocol: TCP
    destination:
      selector: app == "proxy"
      namespaceSelector: kubernetes.io/metadata.name == "shared"
      ports: [3128, "8000:8080", "443", http]
  - action: Deny
    protocol: "6"
    destination: {notNets: [10.0.0.0/8], serviceAccounts: {names: [a], selector: has(b)}}
)";

TEST(Calico, APolicyIsReadDefaultedAndPrinted) {
  const auto read = read_text(kCalico);
  ASSERT_TRUE(read.has_value()) << read.error().front().str();
  const auto policy = as<CalicoNetworkPolicy>(*read);
  ASSERT_NE(policy, nullptr);
  EXPECT_EQ(policy->spec.order, 46.0);
  EXPECT_EQ(policy->spec.tier.str(), "default");
  EXPECT_THAT(policy->spec.types, ElementsAre(Symbol("Egress")));
  EXPECT_EQ(policy->metadata.labels->get("projectcalico.org/tier"), "default");
  ASSERT_EQ(policy->spec.egress.size(), 2U);
  const CalicoRule& rule = policy->spec.egress.front();
  EXPECT_EQ(rule.source.line, 8);
  EXPECT_EQ(policy->spec.egress.back().source.line, 14);
  EXPECT_EQ(parse_calico_port(rule.to.ports[0]), (CalicoPort{3128, 3128, {}}));
  EXPECT_EQ(parse_calico_port(rule.to.ports[1]), (CalicoPort{8000, 8080, {}}));
  EXPECT_EQ(parse_calico_port(rule.to.ports[2]), (CalicoPort{443, 443, {}}));
  EXPECT_EQ(parse_calico_port(rule.to.ports[3]), (CalicoPort{0, 0, "http"}));
  EXPECT_EQ(calico_protocol(*policy->spec.egress.back().protocol).str(), "TCP");
  const char* const kPrinted = R"json({"egress":[
    {"action":"Allow","destination":{"namespaceSelector":"kubernetes.io/metadata.name == \"shared\"",
     "ports":[3128,"8000:8080",443,"http"],"selector":"app == \"proxy\""},"protocol":"TCP"},
    {"action":"Deny","destination":{"notNets":["10.0.0.0/8"],"serviceAccounts":{"names":["a"],
     "selector":"has(b)"}},"protocol":6}],
    "order":46,"selector":"all()","tier":"default","types":["Egress"]})json";
  EXPECT_EQ(info(*policy).encode(*policy)["spec"].dump(), nlohmann::ordered_json::parse(kPrinted).dump());
}

TEST(Calico, TypesFollowFromTheRules) {
  const auto types = [](const std::string& rules) {
    const auto read = read_text(
        "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\n"
        "metadata: {name: a}\nspec: {" +
        rules + "}\n");
    return read ? as<GlobalNetworkPolicy>(*read)->spec.types : std::vector<Symbol>();
  };
  EXPECT_THAT(types("order: 1.5"), ElementsAre(Symbol("Ingress")));
  EXPECT_THAT(types("ingress: [{action: Pass}]"), ElementsAre(Symbol("Ingress")));
  EXPECT_THAT(types("egress: [{action: Log}]"), ElementsAre(Symbol("Egress")));
  EXPECT_THAT(types("egress: [{action: Log}], ingress: [{action: Deny}]"),
              ElementsAre(Symbol("Ingress"), Symbol("Egress")));
  EXPECT_THAT(types("egress: [{action: Log}], types: [Ingress]"), ElementsAre(Symbol("Ingress")));
}

TEST(Calico, ATierDeniesUnlessItSaysOtherwise) {
  const auto tier = [](const std::string& spec) {
    return as<Tier>(
        *read_text("apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: security}\n"
                   "spec: {" +
                   spec + "}\n"));
  };
  EXPECT_EQ(tier("order: 100")->default_action.str(), "Deny");
  EXPECT_EQ(tier("order: 100")->order, 100.0);
  EXPECT_EQ(tier("defaultAction: Pass")->default_action.str(), "Pass");
  EXPECT_FALSE(tier("defaultAction: Pass")->order.has_value());
}

struct Refused {
  const char *what, *text;
  std::vector<std::string> expected;  // after "policy.yaml:"
};

void expect_refused(const Refused& row, const std::string& head) {
  std::vector<std::string> expected;
  for (const std::string& problem : row.expected) expected.push_back("policy.yaml:" + problem);
  EXPECT_EQ(problems_of(head + row.text), expected) << row.what;
}

TEST(Calico, WrongRulesAreRefusedWhereTheyStand) {
  const std::string head =
      "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: a, namespace: b}\nspec:\n";
  const Refused rows[] = {
      {"a selector",
       "  selector: app = 'x'\n",
       {"5:13: spec.selector: Invalid value: \"app = 'x'\": invalid selector: expected ==, at character 5"}},
      {"an action",
       "  egress: [{action: Reject}]\n",
       {"5:21: spec.egress[0].action: Unsupported value: \"Reject\": supported values: \"Allow\", \"Deny\", "
        "\"Log\", \"Pass\""}},
      {"no action", "  egress: [{protocol: TCP}]\n", {"5:12: spec.egress[0].action: Required value"}},
      {"ports without a protocol",
       "  egress: [{action: Deny, destination: {ports: [80]}}]\n",
       {"5:41: spec.egress[0].destination.ports: Invalid value: [80]: rules with numeric port or port range "
        "must set protocol to TCP or UDP or SCTP"}},
      {"named ports without one are fine", "  egress: [{action: Deny, destination: {ports: [http]}}]\n", {}},
      {"ports of ICMP",
       "  egress: [{action: Deny, protocol: ICMP, destination: {ports: [80]}}]\n",
       {"5:57: spec.egress[0].destination.ports: Invalid value: [80]: rules that specify ports must set "
        "protocol to TCP or UDP or SCTP"}},
      {"a protocol",
       "  egress: [{action: Deny, protocol: tcp}]\n",
       {"5:37: spec.egress[0].protocol: Invalid value: \"tcp\": protocol name invalid"}},
      {"a port",
       "  egress: [{action: Deny, protocol: TCP, destination: {ports: [\"90:80\", 0, \"1:\"]}}]\n",
       {"5:64: spec.egress[0].destination.ports[0]: Invalid value: \"90:80\": port range invalid",
        "5:73: spec.egress[0].destination.ports[1]: Invalid value: \"0\": port range invalid, port number "
        "must be between 1 and 65535",
        "5:76: spec.egress[0].destination.ports[2]: Invalid value: \"1:\": invalid port format"}},
      {"a net with a host's bits",
       "  egress: [{action: Deny, destination: {nets: [10.0.0.1/8]}}]\n",
       {"5:48: spec.egress[0].destination.nets[0]: Invalid value: \"10.0.0.1/8\": CIDR is not strictly "
        "masked"}},
      {"no net at all",
       "  egress: [{action: Deny, destination: {notNets: [0.0.0.0/0]}}]\n",
       {"5:51: spec.egress[0].destination.notNets[0]: Invalid value: \"0.0.0.0/0\": catch-all CIDR in "
        "negation creates logical contradiction (matches no traffic)"}},
      {"both versions",
       "  egress: [{action: Deny, source: {nets: [10.0.0.0/8]}, destination: {nets: [\"fd00::/8\"]}}]\n",
       {"5:71: spec.egress[0].destination.nets: Invalid value: [\"fd00::/8\"]: rule contains both IPv4 and "
        "IPv6 CIDRs"}},
      {"global() and another",
       "  egress: [{action: Deny, destination: {namespaceSelector: global() || has(a)}}]\n",
       {"5:60: spec.egress[0].destination.namespaceSelector: Invalid value: \"global() || has(a)\": global() "
        "cannot be combined with other selectors"}},
      {"what cannot be evaluated",
       "  egress: [{action: Allow, destination: {services: {name: web}}}]\n",
       {"5:52: spec.egress[0].destination.services: Forbidden: the endpoints of Services cannot be evaluated "
        "here"}},
      {"an unknown field", "  egresss: []\n", {"5:3: unknown field \"spec.egresss\""}},
      {"a text for a number",
       "  order: first\n",
       {"5:10: spec.order: json: cannot unmarshal string into Go struct field CalicoNetworkPolicySpec.spec."
        "order of type float64"}},
      {"a type twice", "  types: [Egress, Egress]\n", {"5:19: spec.types[1]: Duplicate value: \"Egress\""}},
      {"ICMP without ICMP",
       "  egress: [{action: Deny, icmp: {type: 8}}]\n",
       {"5:12: spec.egress[0]: Invalid value: \"object\": ICMP fields require protocol to be ICMP or "
        "ICMPv6"}},
  };
  for (const Refused& row : rows) expect_refused(row, head);
}

TEST(Calico, AGlobalPolicyForHostsObeysItsOwnRules) {
  const std::string head =
      "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: a}\nspec:\n";
  const Refused rows[] = {
      {"fine", "  {preDNAT: true, applyOnForward: true, ingress: [{action: Deny}]}\n", {}},
      {"not on forward",
       "  {doNotTrack: true}\n",
       {"4:1: spec: Invalid value: \"object\": applyOnForward must be true if either preDNAT or doNotTrack "
        "is "
        "true"}},
      {"with egress",
       "  {preDNAT: true, applyOnForward: true, types: [Ingress], egress: [{action: Deny}]}\n",
       {"4:1: spec: Forbidden: preDNAT policy cannot have any egress rules"}},
  };
  for (const Refused& row : rows) expect_refused(row, head);
}

TEST(AdminNetworkPolicy, IsReadDefaultedAndPrinted) {
  const auto read = read_text(R"(apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: tenants}
spec:
  priority: 10
  subject: {namespaces: {}}
  ingress:
  - name: monitoring
    action: Allow
    from: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: prometheus}}}}]
    ports: [{portNumber: {port: 80}}, {portRange: {start: 8000, end: 8080}}, {namedPort: metrics}]
  - action: Pass
    from: [{namespaces: {}}]
)");
  ASSERT_TRUE(read.has_value()) << read.error().front().str();
  const auto policy = as<AdminNetworkPolicy>(*read);
  EXPECT_EQ(policy->spec.ingress.at(0).ports.at(0).number->protocol.str(), "TCP");
  EXPECT_EQ(policy->spec.ingress.at(0).ports.at(1).range->protocol.str(), "TCP");
  EXPECT_EQ(policy->spec.ingress.at(1).source.line, 12);
  EXPECT_EQ(info(*policy).encode(*policy)["spec"].dump(),
            R"({"ingress":[{"action":"Allow","from":[{"pods":{"namespaceSelector":{},"podSelector":)"
            R"({"matchLabels":{"app":"prometheus"}}}}],"name":"monitoring","ports":[{"portNumber":)"
            R"({"port":80,"protocol":"TCP"}},{"portRange":{"end":8080,"protocol":"TCP","start":8000}},)"
            R"({"namedPort":"metrics"}]},{"action":"Pass","from":[{"namespaces":{}}]}],"priority":10,)"
            R"("subject":{"namespaces":{}}})");
}

TEST(AdminNetworkPolicy, WrongOnesAreRefused) {
  const std::string head =
      "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: a}\nspec:\n";
  const Refused rows[] = {
      {"priority",
       "  {priority: 1001, subject: {namespaces: {}}}\n",
       {"5:14: spec.priority: Invalid value: 1001: spec.priority in body should be less than or equal to "
        "1000"}},
      {"no priority", "  {subject: {namespaces: {}}}\n", {"4:1: spec.priority: Required value"}},
      {"two subjects",
       "  {priority: 1, subject: {namespaces: {}, pods: {namespaceSelector: {}, podSelector: {}}}}\n",
       {"5:17: spec.subject: Too many: 2: must have at most 1 items"}},
      {"no peers",
       "  {priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny}]}\n",
       {"5:54: spec.ingress[0].from: Required value"}},
      {"a domain's name",
       "  {priority: 1, subject: {namespaces: {}}, egress: [{action: Allow, to: [{domainNames: [a.b]}]}]}\n",
       {"5:75: unknown field \"spec.egress[0].to[0].domainNames\""}},
      {"networks and named ports",
       "  {priority: 1, subject: {namespaces: {}}, egress: [{action: Deny, to: [{networks: [10.0.0.0/8]}], "
       "ports: [{namedPort: http}]}]}\n",
       {"5:53: spec.egress[0]: Invalid value: \"object\": networks/nodes/domainNames peer cannot be set with "
        "namedPorts since there are no namedPorts for networks/nodes/domainNames"}},
  };
  for (const Refused& row : rows) expect_refused(row, head);
  EXPECT_THAT(
      problems_of("apiVersion: policy.networking.k8s.io/v1alpha1\nkind: BaselineAdminNetworkPolicy\n"
                  "metadata: {name: other}\nspec: {subject: {namespaces: {}}, ingress: "
                  "[{action: Pass, from: [{namespaces: {}}]}]}\n"),
      ElementsAre("policy.yaml:1:1: Invalid value: \"object\": Only one baseline admin network policy "
                  "with metadata.name=\"default\" can be created in the cluster",
                  "policy.yaml:4:54: spec.ingress[0].action: Unsupported value: \"Pass\": supported "
                  "values: \"Allow\", \"Deny\""));
}

TEST(NetworkPolicy, RulesKnowWhereTheyStand) {
  const auto read = read_text(R"(apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: a, namespace: b}
spec:
  podSelector: {}
  ingress:
  - from: [{podSelector: {}}]
  - ports: [{port: 80}]
  egress:
  - {}
)");
  const auto policy = as<NetworkPolicy>(*read);
  EXPECT_EQ(policy->ingress.at(0).source.line, 7);
  EXPECT_EQ(policy->ingress.at(1).source.line, 8);
  EXPECT_EQ(policy->egress.at(0).source.line, 10);
}

TEST(Kinds, OfOneNameAreToldApartByTheirGroup) {
  EXPECT_EQ(find_kind("networking.k8s.io/v1", "NetworkPolicy")->kind, Kind::kNetworkPolicy);
  EXPECT_EQ(find_kind("projectcalico.org/v3", "NetworkPolicy")->kind, Kind::kCalicoNetworkPolicy);
  EXPECT_EQ(find_kind_by_resource("networkpolicies")->kind, Kind::kNetworkPolicy);
  EXPECT_EQ(find_kind_by_resource("networkpolicies.projectcalico.org")->kind, Kind::kCalicoNetworkPolicy);
  EXPECT_EQ(find_kind_by_resource("cnp")->kind, Kind::kCalicoNetworkPolicy);
  EXPECT_EQ(find_kind_by_resource("gnp")->kind, Kind::kGlobalNetworkPolicy);
  EXPECT_EQ(find_kind_by_resource("anp")->kind, Kind::kAdminNetworkPolicy);
}

}  // namespace
}  // namespace seatrial::api
