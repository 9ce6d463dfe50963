// Clusters, policies of all kinds and flows, drawn from a seed. They share few names, labels, ports and
// blocks, so that what is drawn meets.
#pragma once

#include <fmt/format.h>

#include <initializer_list>

#include "sim/engine/random.h"
#include "tests/network/cluster.h"

namespace seatrial::network {

class Draw {
 public:
  Draw(std::uint64_t seed, std::string_view name) : random_(seed, name) {}

  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_.below(n)); }
  bool percent(std::size_t share) { return below(100) < share; }
  const char* of(std::initializer_list<const char*> all) { return all.begin()[below(all.size())]; }
  std::int32_t number(std::initializer_list<std::int32_t> all) { return all.begin()[below(all.size())]; }

  // ---- The cluster

  static constexpr std::size_t kNamespaces = 4, kPodsOfEach = 4;

  api::LabelMap namespace_labels(const std::string& name) {
    api::LabelMap labels{{"kubernetes.io/metadata.name", name}};
    if (percent(70)) labels.set("env", of({"dev", "prod"}));
    if (percent(50)) labels.set("team", of({"a", "b"}));
    return labels;
  }
  api::LabelMap account_labels() {
    api::LabelMap labels;
    if (percent(60)) labels.set("role", of({"reader", "writer"}));
    return labels;
  }
  PodFacts pod(const std::string& of_namespace, const std::string& name) {
    PodFacts facts;
    facts.namespace_ = of_namespace;
    facts.name = name;
    api::LabelMap labels;
    if (percent(80)) labels.set("app", of({"web", "db", "queue"}));
    if (percent(40)) labels.set("tier", of({"front", "back"}));
    if (percent(10)) labels.set("pcns.env", of({"dev", "prod"}));  // hides the namespace's
    if (percent(20)) labels.set("pod", name);
    facts.labels = labels;
    facts.service_account = of({"default", "robot"});
    if (percent(60)) facts.ports.push_back({"http", "TCP", number({80, 8080})});
    if (percent(30)) facts.ports.push_back({"dns", "UDP", 53});
    if (percent(30)) facts.ports.push_back({"dns", "TCP", number({53, 80})});
    if (percent(85)) facts.address = api::IpAddress::parse(pod_address());
    facts.host_network = percent(8);
    return facts;
  }
  Cluster cluster() {
    Cluster made;
    made.options.calico = percent(70);
    made.options.blocks_cover_pods = percent(80);
    made.options.pod_reaches_itself = percent(80);
    for (std::size_t i = 0; i < kNamespaces; ++i) {
      const std::string name = namespace_(i);
      made.namespaces[name] = namespace_labels(name);
      if (percent(80)) made.accounts[{name, "default"}] = account_labels();
      if (percent(80)) made.accounts[{name, "robot"}] = account_labels();
      for (std::size_t k = 0; k < kPodsOfEach; ++k) made.pods.push_back(pod(name, pod_name(k)));
    }
    const std::size_t policies = 1 + below(12);
    for (std::size_t i = 0; i < policies; ++i) put(made, policy(made.options.calico));
    return made;
  }
  // Takes the place of one of its kind and name.
  static void put(Cluster& cluster, const api::ObjectPtr& policy) {
    for (api::ObjectPtr& known : cluster.policies) {
      if (is_same(*known, *policy)) {
        known = policy;
        return;
      }
    }
    cluster.policies.push_back(policy);
  }
  static bool is_same(const api::Object& a, const api::Object& b) {
    return a.kind == b.kind && a.metadata.name == b.metadata.name &&
           a.metadata.namespace_ == b.metadata.namespace_;
  }
  static std::string namespace_(std::size_t i) { return fmt::format("n{}", i); }
  static std::string pod_name(std::size_t i) { return fmt::format("p{}", i); }

  // ---- Policies

  api::ObjectPtr policy(bool with_calico) {
    const std::size_t kind = below(with_calico ? 10 : 5);
    if (kind < 3) return object_of(kubernetes_policy());
    if (kind == 3) return object_of(admin_policy());
    if (kind == 4) return object_of(baseline_policy());
    return object_of(kind == 9 ? tier() : calico_policy(kind >= 7));
  }

  // ---- Flows

  std::string end(const Cluster& cluster) {
    if (percent(15)) return of({"8.8.8.8", "10.0.1.200", "10.0.0.130", "2001:db8::5", "2001:db9::1"});
    const PodFacts& facts = cluster.pods[below(cluster.pods.size())];
    return facts.namespace_.str() + "/" + facts.name.str();
  }
  Ask flow(const Cluster& cluster) {
    const std::int32_t port = percent(90) ? number({53, 80, 81, 443, 8079, 8080, 8081, 9000, 1, 65535})
                                          : static_cast<std::int32_t>(1 + below(65535));
    const char* const protocol = percent(97) ? of({"TCP", "TCP", "UDP", "SCTP"}) : "ICMP";
    return {end(cluster), end(cluster), port, protocol, percent(3)};
  }

 private:
  std::string pod_address() {
    if (percent(15)) return fmt::format("2001:db8::{}", 1 + below(9));
    return fmt::format("10.0.{}.{}", below(2), 1 + below(254));
  }
  const char* block() {
    return of({"10.0.0.0/8", "10.0.0.0/24", "10.0.1.0/24", "10.0.0.128/25", "0.0.0.0/0", "8.8.8.0/24",
               "2001:db8::/32", "::/0"});
  }
  const char* protocol() { return of({"TCP", "TCP", "UDP", "SCTP"}); }
  const char* label_key() { return of({"app", "tier", "pod"}); }
  const char* label_value(std::string_view key) {
    if (key == "app") return of({"web", "db", "queue"});
    if (key == "tier") return of({"front", "back"});
    if (key == "env") return of({"dev", "prod"});
    if (key == "team") return of({"a", "b"});
    if (key == "pod") return of({"p0", "p1", "p2"});
    return of({"n0", "n1", "n2"});
  }

  // ---- Kubernetes' selectors

  Json requirement(const char* key) {
    const char* const op = of({"In", "NotIn", "Exists", "DoesNotExist"});
    Json json{{"key", key}, {"operator", op}};
    if (std::string_view(op).ends_with("In")) {
      json["values"] = {label_value(key)};
      if (percent(40)) json["values"].push_back(label_value(key));
    }
    return json;
  }
  Json selector(bool of_namespaces) {
    Json json = Json::object();
    const auto key = [&] {
      return of_namespaces ? of({"env", "team", "kubernetes.io/metadata.name"}) : label_key();
    };
    if (percent(20)) return json;
    if (percent(60)) {
      const char* const chosen = key();
      json["matchLabels"] = {{chosen, label_value(chosen)}};
    } else {
      json["matchExpressions"] = Json::array({requirement(key())});
      if (percent(30)) json["matchExpressions"].push_back(requirement(key()));
    }
    return json;
  }
  Json kubernetes_peer() {
    if (percent(30)) {
      Json json{{"ipBlock", {{"cidr", "10.0.0.0/8"}}}};
      if (percent(50)) return {{"ipBlock", {{"cidr", block()}}}};
      json["ipBlock"]["except"] = {of({"10.0.0.0/24", "10.0.1.0/24"})};
      if (percent(30)) json["ipBlock"]["except"].push_back("10.0.0.128/25");
      return json;
    }
    Json json;
    if (percent(60)) json["podSelector"] = selector(false);
    if (json.empty() || percent(50)) json["namespaceSelector"] = selector(true);
    return json;
  }
  Json kubernetes_port() {
    Json json = Json::object();
    if (percent(70)) json["protocol"] = protocol();
    if (percent(25)) {
      json["port"] = of({"http", "dns", "other"});
    } else if (percent(85)) {
      json["port"] = number({53, 80, 443, 8080, 1});
      if (percent(30)) json["endPort"] = number({8080, 9000, 65535});
    }
    return json;
  }
  Json kubernetes_rules(const char* peers) {
    Json rules = Json::array();
    for (std::size_t i = below(3); i > 0; --i) {
      Json rule = Json::object();
      for (std::size_t k = below(3); k > 0; --k) rule[peers].push_back(kubernetes_peer());
      for (std::size_t k = below(3); k > 0; --k) rule["ports"].push_back(kubernetes_port());
      rules.push_back(rule);
    }
    return rules;
  }
  Json kubernetes_policy() {
    Json spec{{"podSelector", selector(false)}};
    if (percent(70)) spec["ingress"] = kubernetes_rules("from");
    if (percent(50)) spec["egress"] = kubernetes_rules("to");
    if (percent(40)) spec["policyTypes"] = {of({"Ingress", "Egress"})};
    return {
        {"apiVersion", "networking.k8s.io/v1"},
        {"kind", "NetworkPolicy"},
        {"metadata", {{"name", of({"one", "two", "three"})}, {"namespace", namespace_(below(kNamespaces))}}},
        {"spec", spec}};
  }

  // ---- Administrators'

  Json admin_pods() {
    if (percent(50)) return {{"namespaces", selector(true)}};
    return {{"pods", {{"namespaceSelector", selector(true)}, {"podSelector", selector(false)}}}};
  }
  Json admin_port(bool by_name) {
    const std::size_t kind = below(by_name ? 3 : 2);
    if (kind == 2) return {{"namedPort", of({"http", "dns", "other"})}};
    Json json{{"protocol", protocol()}};
    if (kind == 0) {
      json["port"] = number({53, 80, 443, 8080});
      return {{"portNumber", json}};
    }
    json["start"] = number({1, 80, 443});
    json["end"] = number({8079, 8080, 65535});
    return {{"portRange", json}};
  }
  Json admin_rules(const char* peers, bool may_pass) {
    Json rules = Json::array();
    for (std::size_t i = below(3); i > 0; --i) {
      Json rule{{"action", may_pass ? of({"Allow", "Deny", "Pass"}) : of({"Allow", "Deny"})}};
      bool has_networks = false;
      for (std::size_t k = 1 + below(2); k > 0; --k) {
        const bool networks = std::string_view(peers) == "to" && percent(30);
        has_networks |= networks;
        rule[peers].push_back(networks ? Json{{"networks", {block()}}} : admin_pods());
      }
      for (std::size_t k = below(3); k > 0; --k) rule["ports"].push_back(admin_port(!has_networks));
      rules.push_back(rule);
    }
    return rules;
  }
  Json admin_object(const char* kind, const char* name, const Json& spec) {
    return {{"apiVersion", "policy.networking.k8s.io/v1alpha1"},
            {"kind", kind},
            {"metadata", {{"name", name}}},
            {"spec", spec}};
  }
  Json admin_policy() {
    return admin_object("AdminNetworkPolicy", of({"first", "second", "third"}),
                        {{"priority", number({0, 5, 5, 1000})},
                         {"subject", admin_pods()},
                         {"ingress", admin_rules("from", true)},
                         {"egress", admin_rules("to", true)}});
  }
  Json baseline_policy() {
    return admin_object("BaselineAdminNetworkPolicy", "default",
                        {{"subject", admin_pods()},
                         {"ingress", admin_rules("from", false)},
                         {"egress", admin_rules("to", false)}});
  }

  // ---- Calico's

  std::string calico_selector(std::initializer_list<const char*> keys, int depth = 2) {
    const char* const key = of(keys);
    const char* const value = label_value(std::string_view(key).starts_with("pcns.") ? key + 5 : key);
    switch (below(depth > 0 ? 11 : 7)) {
      case 0:
        return "all()";
      case 1:
        return fmt::format("has({})", key);
      case 2:
        return fmt::format("{} == \"{}\"", key, value);
      case 3:
        return fmt::format("{} != '{}'", key, value);
      case 4:
        return fmt::format("{} in {{\"{}\", \"b\"}}", key, value);
      case 5:
        return fmt::format("{} not in {{\"{}\"}}", key, value);
      case 6:
        return fmt::format("{} {} \"{}\"", key, of({"starts with", "ends with", "contains"}),
                           of({"d", "b", "e"}));
      case 7:
        return fmt::format("!({})", calico_selector(keys, depth - 1));
      case 8:
        return fmt::format("({})", calico_selector(keys, depth - 1));
      case 9:
        return fmt::format("{} && {}", calico_selector(keys, depth - 1), calico_selector(keys, depth - 1));
      default:
        return fmt::format("{} || {}", calico_selector(keys, depth - 1), calico_selector(keys, depth - 1));
    }
  }
  std::string calico_pods() {
    return calico_selector({"app", "tier", "pcns.env", "pcns.team", "pcsa.role",
                            "projectcalico.org/namespace", "projectcalico.org/serviceaccount"});
  }
  std::string calico_namespaces() {
    return calico_selector({"env", "team", "kubernetes.io/metadata.name", "projectcalico.org/name"});
  }
  Json calico_accounts() {
    Json json = Json::object();
    if (percent(60)) json["names"] = {of({"default", "robot"})};
    if (percent(50)) json["selector"] = calico_selector({"role", "projectcalico.org/name"});
    return json;
  }
  Json calico_entity(bool destination, bool with_ports) {
    Json json = Json::object();
    if (percent(20)) json["nets"] = {of({"10.0.0.0/8", "10.0.0.0/24", "0.0.0.0/0", "8.8.8.0/24"})};
    if (percent(10)) json["notNets"] = {of({"10.0.0.0/24", "10.0.1.0/24"})};
    if (percent(30)) json["selector"] = calico_pods();
    if (percent(10)) json["notSelector"] = calico_pods();
    if (percent(25)) json["namespaceSelector"] = calico_namespaces();
    if (percent(15)) json["serviceAccounts"] = calico_accounts();
    if (!with_ports) return json;
    if (!destination) {
      if (percent(10)) json["ports"] = {of({"1024:65535", "443"})};
      if (percent(5)) json["notPorts"] = {of({"1024:65535", "443"})};
      return json;
    }
    if (percent(60)) json["ports"] = Json::array({calico_port()});
    if (percent(20)) json["ports"].push_back(calico_port());
    if (percent(15)) json["notPorts"] = Json::array({calico_port()});
    return json;
  }
  Json calico_port() {
    if (percent(40)) return of({"http", "dns", "8000:9000", "1:65535", "80"});
    return number({53, 80, 443, 8080});
  }
  Json calico_rules() {
    Json rules = Json::array();
    for (std::size_t i = below(4); i > 0; --i) {
      Json rule{{"action", of({"Allow", "Allow", "Deny", "Pass", "Log"})}};
      const bool with_ports = percent(60);
      if (with_ports)
        rule["protocol"] = protocol();
      else if (percent(30))
        rule["notProtocol"] = protocol();
      if (percent(80)) rule["destination"] = calico_entity(true, with_ports);
      if (percent(60)) rule["source"] = calico_entity(false, with_ports);
      rules.push_back(rule);
    }
    return rules;
  }
  Json calico_policy(bool global) {
    Json spec = Json::object();
    const char* const tier = of({"default", "default", "security", "platform", "absent"});
    if (percent(70)) spec["tier"] = tier;
    if (percent(70)) spec["order"] = number({1, 50, 1000, 2000});
    if (percent(70)) spec["selector"] = calico_pods();
    if (percent(20)) spec["serviceAccountSelector"] = calico_selector({"role"});
    if (global && percent(30)) spec["namespaceSelector"] = calico_namespaces();
    if (percent(60)) spec["ingress"] = calico_rules();
    if (percent(60)) spec["egress"] = calico_rules();
    if (percent(20)) spec["types"] = {of({"Ingress", "Egress"})};
    Json metadata{{"name", of({"one", "two", "three"})}};
    if (!global) metadata["namespace"] = namespace_(below(kNamespaces));
    return {{"apiVersion", "projectcalico.org/v3"},
            {"kind", global ? "GlobalNetworkPolicy" : "NetworkPolicy"},
            {"metadata", metadata},
            {"spec", spec}};
  }
  Json tier() {
    return {{"apiVersion", "projectcalico.org/v3"},
            {"kind", "Tier"},
            {"metadata", {{"name", of({"security", "platform"})}}},
            {"spec", {{"order", number({10, 2000, 2000000})}, {"defaultAction", of({"Deny", "Pass"})}}}};
  }

  RandomStream random_;
};

}  // namespace seatrial::network
