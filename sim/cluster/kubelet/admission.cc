#include "sim/cluster/kubelet/admission.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/api/resources.h"
#include "sim/api/tolerations.h"

namespace seatrial::cluster {

using api::Symbol;

namespace {

PodEnding out_of(Symbol resource, std::int64_t requested, std::int64_t used, std::int64_t capacity) {
  return {Symbol("OutOf" + resource.str()),
          fmt::format("Node didn't have enough resource: {}, requested: {}, used: {}, capacity: {}",
                      resource.view(), requested, used, capacity)};
}

PodEnding failed_predicate(const char* name, const char* why) {
  return {name, fmt::format("Predicate {} failed: {}", name, why)};
}

std::int64_t amount_in(const api::ResourceList& list, Symbol resource) {
  static const Symbol kCpu("cpu");
  const api::Quantity quantity = api::amount(list, resource);
  return resource == kCpu ? quantity.milli() : quantity.value();
}

std::optional<PodEnding> no_room(const api::Pod& pod, const api::Node& node,
                                 std::span<const api::Pod* const> others) {
  static const Symbol kPods("pods"), kCpu("cpu"), kMemory("memory"), kStorage("ephemeral-storage");
  const auto count = static_cast<std::int64_t>(others.size());
  const std::int64_t pods = amount_in(node.allocatable, kPods);
  if (count + 1 > pods) return out_of(kPods, 1, count, pods);
  api::ResourceList used;
  for (const api::Pod* const other : others) {
    for (const auto& [name, quantity] : api::pod_requests(*other->spec)) used[name] = used[name] + quantity;
  }
  const api::ResourceList wanted = api::pod_requests(*pod.spec);
  std::vector<Symbol> resources{kCpu, kMemory, kStorage};
  for (const auto& [name, quantity] : wanted) {
    if (std::ranges::count(resources, name) == 0 && node.allocatable.contains(name))
      resources.push_back(name);
  }
  for (const Symbol resource : resources) {
    const std::int64_t request = amount_in(wanted, resource), taken = amount_in(used, resource),
                       all = amount_in(node.allocatable, resource);
    if (request > 0 && request > all - taken) return out_of(resource, request, taken, all);
  }
  return std::nullopt;
}

bool matches_term(const api::NodeSelectorTerm& term, const api::Node& node) {
  static const Symbol kMetadataName("metadata.name");
  if (term.match_expressions.empty() && term.match_fields.empty()) return false;
  const api::LabelSelector labels{{}, term.match_expressions}, fields{{}, term.match_fields};
  return labels.matches(*node.metadata.labels) &&
         (term.match_fields.empty() || fields.matches({{kMetadataName, node.metadata.name}}));
}

bool matches_nodes(const api::PodSpec& spec, const api::Node& node) {
  for (const auto& [key, value] : spec.node_selector) {
    const Symbol* const found = node.metadata.labels->find(key);
    if (!found || *found != value) return false;
  }
  if (!spec.affinity || !spec.affinity->node_required) return true;
  return std::ranges::any_of(*spec.affinity->node_required,
                             [&](const api::NodeSelectorTerm& term) { return matches_term(term, node); });
}

std::vector<const api::ContainerPort*> host_ports_of(const api::PodSpec& spec) {
  std::vector<const api::ContainerPort*> ports;
  for (const auto* const containers : {&spec.init_containers, &spec.containers}) {
    for (const api::Container& container : *containers) {
      if (containers == &spec.init_containers && !api::is_sidecar(container)) continue;
      for (const api::ContainerPort& port : container.ports) {
        if (port.host_port > 0) ports.push_back(&port);
      }
    }
  }
  return ports;
}

bool conflict(const api::ContainerPort& a, const api::ContainerPort& b) {
  static const Symbol kAny("0.0.0.0");
  const auto is_any = [](Symbol ip) { return ip.empty() || ip == kAny; };
  return a.host_port == b.host_port && a.protocol == b.protocol &&
         (a.host_ip == b.host_ip || is_any(a.host_ip) || is_any(b.host_ip));
}

bool ports_taken(const api::Pod& pod, std::span<const api::Pod* const> others) {
  const auto mine = host_ports_of(*pod.spec);
  if (mine.empty()) return false;
  return std::ranges::any_of(others, [&](const api::Pod* const other) {
    const auto theirs = host_ports_of(*other->spec);
    return std::ranges::any_of(mine, [&](const api::ContainerPort* const port) {
      return std::ranges::any_of(
          theirs, [&](const api::ContainerPort* const taken) { return conflict(*port, *taken); });
    });
  });
}

}  // namespace

std::optional<PodEnding> why_rejected(const api::Pod& pod, const api::Node& node,
                                      std::span<const api::Pod* const> others) {
  static const Symbol kNoExecute("NoExecute");
  if (const auto full = no_room(pod, node, others)) return full;
  if (!matches_nodes(*pod.spec, node))
    return failed_predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
  if (ports_taken(pod, others))
    return failed_predicate("NodePorts", "node(s) didn't have free ports for the requested pod ports");
  const bool tainted = std::ranges::any_of(node.taints, [&](const api::Taint& taint) {
    return taint.effect == kNoExecute && !api::tolerates(pod.spec->tolerations, taint);
  });
  if (tainted) return failed_predicate("TaintToleration", "node(s) had taints that the pod didn't tolerate");
  return std::nullopt;
}

}  // namespace seatrial::cluster
