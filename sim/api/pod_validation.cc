#include "sim/api/pod_validation.h"

#include <set>

#include "sim/api/resources.h"

namespace seatrial::api {
namespace {

constexpr std::array kTolerationOperators{"Equal"sv, "Exists"sv};
constexpr std::array kEffects{"NoSchedule"sv, "PreferNoSchedule"sv, "NoExecute"sv};
constexpr std::array kUnsatisfiable{"DoNotSchedule"sv, "ScheduleAnyway"sv};
constexpr std::array kInclusionPolicies{"Honor"sv, "Ignore"sv};
constexpr std::array kPreemption{"PreemptLowerPriority"sv, "Never"sv};

void validate_toleration(Report& report, const Place& at, const Toleration& t) {
  if (!t.key.empty()) report.invalid_all(field(at, "key"), t.key.view(), check_qualified_name(t.key.view()));
  if (t.key.empty() && t.op != Symbol("Exists")) {
    report.invalid(
        field(at, "operator"), t.op.view(),
        "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
  }
  if (t.toleration_seconds && t.effect != Symbol("NoExecute")) {
    report.invalid(field(at, "effect"), t.effect.view(),
                   "effect must be 'NoExecute' when `tolerationSeconds` is set");
  }
  if (t.op.empty() || t.op == Symbol("Equal")) {
    std::string wrong;
    for (const std::string& message : check_label_value(t.value.view()))
      wrong += (wrong.empty() ? "" : ";") + message;
    if (!wrong.empty()) report.invalid(field(at, "operator"), t.value.view(), wrong);
  } else if (t.op == Symbol("Exists")) {
    if (!t.value.empty()) {
      report.invalid(field(at, "operator"), t.value.view(),
                     "value must be empty when `operator` is 'Exists'");
    }
  } else {
    report.unsupported(field(at, "operator"), t.op.view(), kTolerationOperators);
  }
  if (!t.effect.empty() && !contains(kEffects, t.effect)) {
    report.unsupported(field(at, "effect"), t.effect.view(), kEffects);
  }
}

void validate_requirement(Report& report, const Place& at, const LabelSelectorRequirement& r) {
  using Op = LabelSelectorRequirement::Operator;
  const Place values = field(at, "values");
  switch (r.op) {
    case Op::kIn:
    case Op::kNotIn:
      if (r.values.empty()) report.required(values, "must be specified when `operator` is 'In' or 'NotIn'");
      break;
    case Op::kExists:
    case Op::kDoesNotExist:
      if (!r.values.empty()) {
        report.forbidden(values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
      }
      break;
    case Op::kGt:
    case Op::kLt:
      if (r.values.size() != 1) {
        report.required(values, "must be specified single value when `operator` is 'Lt' or 'Gt'");
      }
      break;
  }
}

}  // namespace

void validate_node_selector_term(Report& report, const Place& at, const NodeSelectorTerm& term,
                                 bool preferred) {
  using Op = LabelSelectorRequirement::Operator;
  const Place expressions = field(at, "matchExpressions"), fields = field(at, "matchFields");
  for (std::size_t i = 0; i < term.match_expressions.size(); ++i) {
    const LabelSelectorRequirement& r = term.match_expressions[i];
    const Place here = item(expressions, i), values = field(here, "values");
    validate_requirement(report, here, r);
    report.invalid_all(field(here, "key"), r.key.view(), check_qualified_name(r.key.view()));
    for (std::size_t k = 0; !preferred && k < r.values.size(); ++k)
      report.invalid_all(item(values, k), r.values[k].view(), check_label_value(r.values[k].view()));
  }
  for (std::size_t i = 0; i < term.match_fields.size(); ++i) {
    const LabelSelectorRequirement& r = term.match_fields[i];
    const Place here = item(fields, i), values = field(here, "values");
    if (r.op != Op::kIn && r.op != Op::kNotIn) {
      report.invalid(field(here, "operator"), encode_value(r.op).text, "not a valid selector operator");
    } else if (r.values.size() != 1) {
      report.required(values,
                      "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
    }
    if (r.key != Symbol("metadata.name")) {
      report.invalid(field(here, "key"), r.key.view(), "not a valid field selector key");
      continue;
    }
    for (std::size_t k = 0; k < r.values.size(); ++k)
      report.invalid_all(item(values, k), r.values[k].view(), check_dns1123_subdomain(r.values[k].view()));
  }
}

namespace {

void validate_weight(Report& report, const Place& at, std::int32_t weight) {
  if (weight <= 0 || weight > 100) report.invalid(field(at, "weight"), weight, "must be in the range 1-100");
}

void validate_pod_term(Report& report, const Place& at, const PodAffinityTerm& term) {
  if (term.label_selector) validate_label_selector(report, field(at, "labelSelector"), *term.label_selector);
  if (term.namespace_selector) {
    validate_label_selector(report, field(at, "namespaceSelector"), *term.namespace_selector);
  }
  for (const Symbol space : term.namespaces) {
    report.invalid_all(field(at, "namespace"), space.view(), check_dns1123_label(space.view()));
  }
  if (term.topology_key.empty()) report.required(field(at, "topologyKey"), "can not be empty");
  report.invalid_all(field(at, "topologyKey"), term.topology_key.view(),
                     check_qualified_name(term.topology_key.view()));
}

constexpr std::string_view kRequired = "requiredDuringSchedulingIgnoredDuringExecution";
constexpr std::string_view kPreferred = "preferredDuringSchedulingIgnoredDuringExecution";

void validate_node_affinity(Report& report, const Place& at, const Affinity& affinity) {
  if (affinity.node_required) {
    const Place required = field(at, kRequired), terms = field(required, "nodeSelectorTerms");
    if (affinity.node_required->empty()) report.required(terms, "must have at least one node selector term");
    for (std::size_t i = 0; i < affinity.node_required->size(); ++i) {
      validate_node_selector_term(report, item(terms, i), (*affinity.node_required)[i]);
    }
  }
  const Place preferred = field(at, kPreferred);
  for (std::size_t i = 0; i < affinity.node_preferred.size(); ++i) {
    const Place here = item(preferred, i);
    validate_weight(report, here, affinity.node_preferred[i].weight);
    validate_node_selector_term(report, field(here, "preference"), affinity.node_preferred[i].preference,
                                true);
  }
}

void validate_pod_affinity(Report& report, const Place& at, const std::vector<PodAffinityTerm>& required,
                           const std::vector<WeightedPodAffinityTerm>& preferred) {
  const Place hard = field(at, kRequired), soft = field(at, kPreferred);
  for (std::size_t i = 0; i < required.size(); ++i) validate_pod_term(report, item(hard, i), required[i]);
  for (std::size_t i = 0; i < preferred.size(); ++i) {
    const Place here = item(soft, i);
    validate_weight(report, here, preferred[i].weight);
    validate_pod_term(report, field(here, "podAffinityTerm"), preferred[i].term);
  }
}

void validate_policy(Report& report, const Place& at, Symbol policy) {
  if (!policy.empty() && !contains(kInclusionPolicies, policy))
    report.unsupported(at, policy.view(), kInclusionPolicies);
}

void validate_spread(Report& report, const Place& at,
                     const std::vector<TopologySpreadConstraint>& constraints) {
  for (std::size_t i = 0; i < constraints.size(); ++i) {
    const TopologySpreadConstraint& c = constraints[i];
    const Place here = item(at, i);
    if (c.max_skew <= 0) report.invalid(field(here, "maxSkew"), c.max_skew, "must be greater than zero");
    if (c.topology_key.empty())
      report.required(field(here, "topologyKey"), "can not be empty");
    else
      report.invalid_all(field(here, "topologyKey"), c.topology_key.view(),
                         check_qualified_name(c.topology_key.view()));
    if (!contains(kUnsatisfiable, c.when_unsatisfiable)) {
      report.unsupported(field(here, "whenUnsatisfiable"), c.when_unsatisfiable.view(), kUnsatisfiable);
    }
    const bool repeated = std::any_of(constraints.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                      constraints.end(), [&](const TopologySpreadConstraint& other) {
                                        return other.topology_key == c.topology_key &&
                                               other.when_unsatisfiable == c.when_unsatisfiable;
                                      });
    if (repeated) {
      report.duplicate(field(here, "{topologyKey, whenUnsatisfiable}"),
                       "{" + c.topology_key.str() + ", " + c.when_unsatisfiable.str() + "}");
    }
    if (c.min_domains) {
      if (*c.min_domains <= 0)
        report.invalid(field(here, "minDomains"), *c.min_domains, "must be greater than zero");
      if (c.when_unsatisfiable != Symbol("DoNotSchedule")) {
        report.invalid(
            field(here, "minDomains"), *c.min_domains,
            "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not " + c.when_unsatisfiable.str());
      }
    }
    validate_policy(report, field(here, "nodeAffinityPolicy"), c.node_affinity_policy);
    validate_policy(report, field(here, "nodeTaintsPolicy"), c.node_taints_policy);
    if (c.label_selector) validate_label_selector(report, field(here, "labelSelector"), *c.label_selector);
  }
}

void validate_optional_name(Report& report, const Place& at, Symbol name, bool label) {
  if (name.empty()) return;
  report.invalid_all(at, name.view(),
                     label ? check_dns1123_label(name.view()) : check_dns1123_subdomain(name.view()));
}

// On the node's network a port of the container is the node's.
void validate_host_network(Report& report, const Place& at, const PodSpec& spec) {
  if (!spec.host_network) return;
  const Place containers = field(at, "containers");
  for (std::size_t i = 0; i < spec.containers.size(); ++i) {
    const Place container = item(containers, i), ports = field(container, "ports");
    for (std::size_t k = 0; k < spec.containers[i].ports.size(); ++k) {
      const ContainerPort& port = spec.containers[i].ports[k];
      const Place here = item(ports, k);
      if (port.host_port != 0 && port.host_port != port.container_port)
        report.invalid(field(here, "hostPort"), port.host_port,
                       "must match `containerPort` when `hostNetwork` is true");
    }
  }
}

void validate_gates(Report& report, const Place& at, const PodSpec& spec) {
  const Place readiness = field(at, "readinessGates"), scheduling = field(at, "schedulingGates");
  for (std::size_t i = 0; i < spec.readiness_gates.size(); ++i) {
    const Place here = item(readiness, i);
    const std::string_view type = spec.readiness_gates[i].view();
    report.invalid_all(field(here, "conditionType"), type, check_qualified_name(type));
  }
  std::set<Symbol> seen;
  for (std::size_t i = 0; i < spec.scheduling_gates.size(); ++i) {
    const std::string_view name = spec.scheduling_gates[i].view();
    report.invalid_all(item(scheduling, i), name, check_qualified_name(name));
    if (!seen.insert(spec.scheduling_gates[i]).second) report.duplicate(item(scheduling, i), name);
  }
}

}  // namespace

void validate_tolerations(Report& report, const Place& at, const std::vector<Toleration>& tolerations) {
  for (std::size_t i = 0; i < tolerations.size(); ++i)
    validate_toleration(report, item(at, i), tolerations[i]);
}

void validate_placement(Report& report, const Place& at, const PodSpec& spec) {
  validate_labels(report, field(at, "nodeSelector"), spec.node_selector);
  if (spec.affinity) {
    const Place affinity = field(at, "affinity");
    validate_node_affinity(report, field(affinity, "nodeAffinity"), *spec.affinity);
    validate_pod_affinity(report, field(affinity, "podAffinity"), spec.affinity->pod_required,
                          spec.affinity->pod_preferred);
    validate_pod_affinity(report, field(affinity, "podAntiAffinity"), spec.affinity->pod_anti_required,
                          spec.affinity->pod_anti_preferred);
  }
  validate_gates(report, at, spec);
  validate_spread(report, field(at, "topologySpreadConstraints"), spec.topology_spread_constraints);
}

// The pod as a whole: no less than its containers ask for.
void validate_pod_resources(Report& report, const Place& at, const PodSpec& spec) {
  static constexpr std::array kSupported{"cpu"sv, "memory"sv};
  if (spec.resources.requests.empty() && spec.resources.limits.empty()) return;
  validate_resources(report, at, spec.resources);
  for (const auto* const part : {"limits", "requests"}) {
    const bool is_limit = part[0] == 'l';
    for (const auto& [name, quantity] : is_limit ? spec.resources.limits : spec.resources.requests) {
      if (!is_pod_level_resource(name))
        report.unsupported(key(field(at, part), name.view()), name.view(), kSupported);
    }
  }
  for (const auto& [name, sum] : container_requests(spec)) {
    const auto whole = spec.resources.requests.find(name);
    if (whole == spec.resources.requests.end() || sum <= whole->second) continue;
    report.invalid(key(field(at, "requests"), name.view()), whole->second.str(),
                   "must be greater than or equal to aggregate container requests of " + sum.str());
  }
}

void validate_pod_spec(Report& report, const Place& at, const PodSpec& spec) {
  validate_containers(report, at, spec);
  validate_pod_resources(report, field(at, "resources"), spec);
  validate_host_network(report, at, spec);
  validate_placement(report, at, spec);
  validate_optional_name(report, field(at, "serviceAccountName"), spec.service_account_name, false);
  validate_optional_name(report, field(at, "nodeName"), spec.node_name, false);
  if (const auto deadline = spec.active_deadline_seconds;
      deadline && (*deadline < 1 || *deadline > INT32_MAX)) {
    report.invalid(field(at, "activeDeadlineSeconds"), *deadline,
                   "must be between 1 and 2147483647, inclusive");
  }
  validate_optional_name(report, field(at, "hostname"), spec.hostname, true);
  validate_optional_name(report, field(at, "subdomain"), spec.subdomain, true);
  validate_tolerations(report, field(at, "tolerations"), spec.tolerations);
  validate_optional_name(report, field(at, "priorityClassName"), spec.priority_class_name, false);
  validate_optional_name(report, field(at, "runtimeClassName"), spec.runtime_class_name, false);
  if (!spec.preemption_policy.empty() && !contains(kPreemption, spec.preemption_policy)) {
    report.unsupported(field(at, "preemptionPolicy"), spec.preemption_policy.view(), kPreemption);
  }
}

void validate_controller_selector(Report& report, const Place& at, const LabelSelector& selector) {
  if (selector.empty())
    report.required(at, "");
  else
    validate_label_selector(report, at, selector);
}

void validate_template(Report& report, const Place& at, const PodTemplateSpec& t,
                       const LabelSelector& selector, std::string_view kind) {
  static constexpr std::array kAlways{"Always"sv};
  const Place metadata = field(at, "metadata"), labels = field(metadata, "labels"), spec = field(at, "spec");
  if (selector.empty() || !selector.matches(*t.labels)) {
    report.invalid_json(labels, t.labels->empty() ? Value() : encode_value(*t.labels),
                        "`selector` does not match template `labels`");
  }
  validate_labels(report, field(at, "labels"), *t.labels);  // so the API server calls the template's labels
  validate_pod_spec(report, spec, *t.spec);
  if (t.spec->restart_policy != RestartPolicy::kAlways) {
    const auto name = EnumNames<RestartPolicy>::kNames[static_cast<std::size_t>(t.spec->restart_policy)];
    report.unsupported(field(spec, "restartPolicy"), name, kAlways);
  }
  if (t.spec->active_deadline_seconds) {
    report.forbidden(field(spec, "activeDeadlineSeconds"),
                     "activeDeadlineSeconds in " + std::string(kind) + " is not Supported");
  }
}

}  // namespace seatrial::api
