#include "sim/scheduler/pod_info.h"

#include <algorithm>

namespace seatrial::scheduler {

using api::Symbol;

namespace {

const Symbol kAnyAddress("0.0.0.0"), kDoNotSchedule("DoNotSchedule"), kIgnore("Ignore"), kHonor("Honor");
constexpr std::size_t kCachedInfos = 4096;

using Requirement = api::LabelSelectorRequirement;

void add_label_keys(api::LabelSelector& selector, const std::vector<Symbol>& keys, Requirement::Operator op,
                    const api::LabelMap& labels) {
  for (const Symbol key : keys) {
    if (const Symbol* value = labels.find(key)) selector.match_expressions.push_back({key, op, {*value}});
  }
}

PodSelector make_selector(const std::optional<api::LabelSelector>& written) {
  return {written.value_or(api::LabelSelector()), !written};
}

AffinityTerm make_term(const api::PodAffinityTerm& term, const api::Pod& pod, std::int32_t weight) {
  AffinityTerm result{{make_selector(term.label_selector), term.namespaces, term.namespace_selector},
                      term.topology_key,
                      weight};
  const api::LabelMap& labels = *pod.metadata.labels;
  api::LabelSelector& selector = result.who.pods.selector;
  add_label_keys(selector, term.match_label_keys, Requirement::Operator::kIn, labels);
  add_label_keys(selector, term.mismatch_label_keys, Requirement::Operator::kNotIn, labels);
  if (term.namespaces.empty() && !term.namespace_selector)
    result.who.namespaces.push_back(pod.metadata.namespace_);
  return result;
}

NodeTerm make_node_term(const api::NodeSelectorTerm& term, std::int64_t weight) {
  NodeTerm result;
  result.labels.match_expressions = term.match_expressions;
  result.fields.match_expressions = term.match_fields;
  result.weight = weight;
  return result;
}

void add_affinity(PodInfo& info, const api::Pod& pod) {
  if (!pod.spec->affinity) return;
  const api::Affinity& affinity = *pod.spec->affinity;
  if (affinity.node_required) {
    info.required_nodes.emplace();
    for (const auto& term : *affinity.node_required) info.required_nodes->push_back(make_node_term(term, 0));
  }
  for (const auto& [weight, term] : affinity.node_preferred) {
    info.preferred_nodes.push_back(make_node_term(term, weight));
  }
  for (const auto& term : affinity.pod_required) info.required_affinity.push_back(make_term(term, pod, 0));
  for (const auto& term : affinity.pod_anti_required)
    info.required_anti_affinity.push_back(make_term(term, pod, 0));
  for (const auto& [weight, term] : affinity.pod_preferred) {
    info.preferred_affinity.push_back(make_term(term, pod, weight));
  }
  for (const auto& [weight, term] : affinity.pod_anti_preferred) {
    info.preferred_anti_affinity.push_back(make_term(term, pod, weight));
  }
  info.has_affinity_terms = !info.required_affinity.empty() || !info.required_anti_affinity.empty() ||
                            !info.preferred_affinity.empty() || !info.preferred_anti_affinity.empty();
}

void add_spread(PodInfo& info, const api::Pod& pod) {
  for (const api::TopologySpreadConstraint& written : pod.spec->topology_spread_constraints) {
    SpreadConstraint constraint;
    constraint.max_skew = written.max_skew;
    constraint.min_domains = written.min_domains.value_or(1);
    constraint.topology_key = written.topology_key;
    constraint.who = {make_selector(written.label_selector), {pod.metadata.namespace_}, {}};
    add_label_keys(constraint.who.pods.selector, written.match_label_keys, Requirement::Operator::kIn,
                   *pod.metadata.labels);
    constraint.honor_node_affinity = written.node_affinity_policy != kIgnore;
    constraint.honor_node_taints = written.node_taints_policy == kHonor;
    const bool hard = written.when_unsatisfiable == kDoNotSchedule;
    (hard ? info.hard_spread : info.soft_spread).push_back(std::move(constraint));
  }
}

void add_containers(PodInfo& info, const std::vector<api::Container>& containers, bool init) {
  for (const api::Container& container : containers) {
    info.images.push_back(normalized_image_name(container.image));
    if (init && container.restart_policy != api::RestartPolicy::kAlways) continue;
    for (const api::ContainerPort& port : container.ports) {
      if (port.host_port <= 0) continue;
      info.ports.push_back(
          {port.host_ip.empty() ? kAnyAddress : port.host_ip, port.protocol, port.host_port});
    }
  }
}

}  // namespace

bool NodeTerm::matches(const api::Node& node) const {
  static const Symbol kMetadataName("metadata.name");
  if (labels.empty() && fields.empty()) return false;
  return labels.matches(*node.metadata.labels) &&
         (fields.empty() || fields.matches({{kMetadataName, node.metadata.name}}));
}

bool has_required_nodes(const PodInfo& info) {
  return !info.spec->node_selector.empty() || info.required_nodes;
}

bool matches_required_nodes(const PodInfo& info, const api::Node& node) {
  for (const auto& [key, value] : info.spec->node_selector) {
    const Symbol* found = node.metadata.labels->find(key);
    if (!found || *found != value) return false;
  }
  return !info.required_nodes ||
         std::ranges::any_of(*info.required_nodes, [&](const NodeTerm& term) { return term.matches(node); });
}

bool HostPort::conflicts_with(const HostPort& other) const {
  return port == other.port && protocol == other.protocol &&
         (ip == other.ip || ip == kAnyAddress || other.ip == kAnyAddress);
}

std::size_t hash_of(const PodFilter& filter) {
  std::size_t hash = filter.pods.nothing ? 1 : 2;
  const auto mix = [&hash](api::Symbol text) {
    hash = (hash ^ std::hash<const void*>()(&text.str())) * 0x9e3779b97f4a7c15ULL;
  };
  for (const Symbol name : filter.namespaces) mix(name);
  for (const auto& [key, value] : filter.pods.selector.match_labels) {
    mix(key);
    mix(value);
  }
  for (const auto& requirement : filter.pods.selector.match_expressions) {
    mix(requirement.key);
    for (const Symbol value : requirement.values) mix(value);
  }
  return hash;
}

bool PodFilter::matches(Symbol pod_namespace, const api::LabelMap& labels,
                        const NamespaceLabels& known) const {
  bool in_namespace = std::ranges::find(namespaces, pod_namespace) != namespaces.end();
  if (!in_namespace && namespace_selector) {
    const auto found = known.find(pod_namespace.str());
    in_namespace = namespace_selector->matches(found == known.end() ? api::LabelMap() : *found->second);
  }
  return in_namespace && pods.matches(labels);
}

Symbol normalized_image_name(Symbol image) {
  const std::string& name = image.str();
  const std::size_t colon = name.rfind(':'), slash = name.rfind('/');
  const bool has_tag = colon != std::string::npos && (slash == std::string::npos || colon > slash);
  return has_tag ? image : Symbol(name + ":latest");
}

PodInfo make_pod_info(const api::Pod& pod) {
  PodInfo info;
  info.namespace_ = pod.metadata.namespace_;
  info.labels = pod.metadata.labels;
  info.spec = pod.spec;
  info.priority = pod.spec->priority.value_or(0);
  info.requests = pod_requests(*pod.spec);
  add_containers(info, pod.spec->init_containers, true);
  add_containers(info, pod.spec->containers, false);
  add_affinity(info, pod);
  add_spread(info, pod);
  return info;
}

std::size_t PodInfoCache::KeyHash::operator()(const Key& key) const {
  const std::hash<const void*> hash;
  return (hash(key.spec) * 31 + hash(key.labels)) * 31 + hash(key.namespace_);
}

PodInfoPtr PodInfoCache::get(const api::Pod& pod) {
  const Key key{pod.spec.get(), pod.metadata.labels.get(), &pod.metadata.namespace_.str()};
  if (const auto found = infos_.find(key); found != infos_.end()) return found->second;
  if (infos_.size() >= kCachedInfos) infos_.clear();
  auto info = std::make_shared<const PodInfo>(make_pod_info(pod));
  infos_.emplace(key, info);
  return info;
}

}  // namespace seatrial::scheduler
