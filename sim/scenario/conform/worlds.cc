#include "sim/scenario/conform/worlds.h"

#include <fmt/format.h>

#include <deque>
#include <map>
#include <set>

#include "sim/api/kinds.h"
#include "sim/api/value.h"
#include "sim/network/policy/compiled.h"
#include "sim/network/policy/direct.h"

namespace seatrial::scenario {

using nlohmann::json;

namespace {

api::LabelMap labels_of(const json& document) {
  api::LabelMap labels;
  for (const auto& [key, value] : document.items()) labels.set(key, value.get<std::string>());
  return labels;
}

// A world whose peers and policies live as long as it does, and both evaluators of it.
class JudgedWorld {
 public:
  // Nothing, or why a policy cannot be read.
  std::string read(const json& world) {
    for (const auto& [name, labels] : world.at("namespaces").items()) add_namespace(name, labels_of(labels));
    for (const json& pod : world.at("pods")) add_pod(pod);
    for (const json& address : world.at("external")) {
      const auto text = address.get<std::string>();
      network::Peer peer;
      peer.address = api::IpAddress::parse(text);
      ends_.emplace(text, peer.address.value());
      peers_.emplace(text, std::move(peer));
    }
    for (const json& policy : world.at("policies")) {
      if (std::string problem = add_policy(policy); !problem.empty()) return problem;
    }
    return {};
  }

  // The cells that differ, of those that are judged: "x/a to y/b TCP 80", and whether they do only compiled.
  std::vector<std::string> differing(const json& world, std::size_t& judged) const {
    std::vector<std::string> cells;
    const auto order = world.at("order").get<std::vector<std::string>>();
    for (const json& probe : world.at("probes")) {
      const auto protocol = probe.at("protocol").get<std::string>();
      const auto port = probe.at("port").get<std::int32_t>();
      for (std::size_t i = 0; i < order.size(); ++i) {
        const auto row = probe.at("allowed").at(i).get<std::string>();
        for (std::size_t k = 0; k < row.size() && k < order.size(); ++k) {
          if (row[k] != '0' && row[k] != '1') continue;
          ++judged;
          const bool recorded = row[k] == '1';
          const network::Flow flow{peers_.at(order[i]), peers_.at(order[k]), port, protocol};
          const bool defined = network::is_allowed(set_, flow);
          const bool compiled = compiled_.allows(ends_.at(order[i]), ends_.at(order[k]), port, protocol);
          if (defined == recorded && compiled == recorded) continue;
          cells.push_back(fmt::format("{} to {} {} {}{}", order[i], order[k], protocol, port,
                                      defined == recorded ? " (compiled)" : ""));
        }
      }
    }
    return cells;
  }

 private:
  void add_namespace(const std::string& name, const api::LabelMap& labels) {
    namespaces_[name] = &labels_.emplace_back(labels);
    compiled_.set_namespace(name, labels);
  }

  void add_pod(const json& pod) {
    network::Peer peer;
    const auto of = pod.at("namespace").get<std::string>(), name = pod.at("name").get<std::string>();
    peer.namespace_ = of;
    peer.name = name;
    peer.labels = &labels_.emplace_back(labels_of(pod.at("labels")));
    peer.namespace_labels = namespaces_.at(of);
    peer.address = api::IpAddress::parse(pod.at("ip").get<std::string>());
    for (const json& port : pod.at("ports")) {
      peer.ports.push_back({port.value("name", ""),
                            port.at("containerPort").get<std::int32_t>(),
                            0,
                            port.value("protocol", "TCP"),
                            {}});
    }
    network::PodFacts facts{of, name, *peer.labels, {}, {}, peer.address, false};
    for (const api::ContainerPort& port : peer.ports) {
      if (!port.name.empty()) facts.ports.push_back({port.name, port.protocol, port.container_port});
    }
    ends_.emplace(of + "/" + name, compiled_.set_pod(facts));
    peers_.emplace(of + "/" + name, std::move(peer));
  }

  std::string add_policy(const json& policy) {
    const auto read = api::read_object(api::from_json(nlohmann::ordered_json::parse(policy.dump())));
    if (!read) return read.error().front().str();
    if ((*read)->kind != api::Kind::kNetworkPolicy) return "not a NetworkPolicy";
    set_.set(*read);
    compiled_.set_policy(*read);
    return {};
  }

  std::deque<api::LabelMap> labels_;
  std::map<std::string, const api::LabelMap*> namespaces_;
  std::map<std::string, network::Peer> peers_;
  network::PolicySet set_;
  std::map<std::string, network::End> ends_;
  network::CompiledPolicies compiled_;
};

}  // namespace

bool is_policy_recording(const json& document) { return document.is_object() && document.contains("worlds"); }

std::vector<FieldVerdict> judge_worlds(const json& document) {
  std::vector<FieldVerdict> verdicts;
  for (const json& row : document.at("worlds")) {
    FieldVerdict verdict{row.at("name").get<std::string>(), Agreement::kSame, {}, {}};
    JudgedWorld world;
    std::size_t judged = 0;
    if (const std::string problem = world.read(row); !problem.empty()) {
      verdict = {verdict.field, Agreement::kNotSupported, problem, "nothing"};
    } else if (const auto cells = world.differing(row, judged); !cells.empty()) {
      verdict.agreement = Agreement::kDiffers;
      verdict.recorded = fmt::format("{} cells", judged);
      verdict.simulated = fmt::format("{} of them differ, the first {}", cells.size(), cells.front());
    }
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

}  // namespace seatrial::scenario
