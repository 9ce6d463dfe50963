// kubectl describe horizontalpodautoscaler, limitrange, namespace, priorityclass, configmap, secret.
#include <algorithm>
#include <set>

#include "sim/api/scheduling.h"
#include "sim/api/selector_text.h"
#include "sim/report/describe_parts.h"
#include "sim/report/format.h"

namespace seatrial::report {
namespace {

using api::Kind;

std::string or_unknown(const Json& value) { return value.is_null() ? "<unknown>" : text_of(value); }

// "50% (100m) / 80%" or "100m / 200m": of the resource of pods or of one of their containers.
void add_resource_metric(Lines& lines, const std::string& name, const Json& target, const Json& current) {
  if (!at(target, "averageValue").is_null())
    return lines.add(1, "{}:\t{} / {}", name, or_unknown(at(current, "averageValue")),
                     text_of(at(target, "averageValue")));
  const Json &used = at(current, "averageUtilization"), &wanted = at(target, "averageUtilization");
  lines.add(1, "{}  (as a percentage of request):\t{} / {}", name,
            used.is_null() ? "<unknown>"
                           : fmt::format("{}% ({})", text_of(used), text_of(at(current, "averageValue"))),
            wanted.is_null() ? "<auto>" : text_of(wanted) + "%");
}

// By the target's value, or by its value for each pod.
void add_single_metric(Lines& lines, const std::string& name, const Json& target, const Json& current) {
  const bool average = !at(target, "averageValue").is_null();
  const char* const key = average ? "averageValue" : "value";
  lines.add(1, "{} (target {}value):\t{} / {}", name, average ? "average " : "", or_unknown(at(current, key)),
            text_of(at(target, key)));
}

void add_metric(Lines& lines, const Json& metric, const Json& status) {
  const std::string type = text_of(at(metric, "type"));
  const auto source = [&](const char* key) {
    return std::pair<const Json&, const Json&>(at(metric, key), at(at(status, key), "current"));
  };
  const auto metric_name = [](const Json& of) { return '"' + text_of(at(at(of, "metric"), "name")) + '"'; };
  if (type == "Resource") {
    const auto [of, current] = source("resource");
    add_resource_metric(lines, "resource " + text_of(at(of, "name")) + " on pods", at(of, "target"), current);
  } else if (type == "ContainerResource") {
    const auto [of, current] = source("containerResource");
    const std::string container = text_of(at(of, "container"));
    add_resource_metric(
        lines, fmt::format("resource {} of container \"{}\" on pods", text_of(at(of, "name")), container),
        at(of, "target"), current);
  } else if (type == "Pods") {
    const auto [of, current] = source("pods");
    lines.add(1, "{} on pods:\t{} / {}", metric_name(of), or_unknown(at(current, "averageValue")),
              text_of(at(at(of, "target"), "averageValue")));
  } else if (type == "Object") {
    const auto [of, current] = source("object");
    const Json& object = at(of, "describedObject");
    add_single_metric(
        lines,
        fmt::format("{} on {}/{}", metric_name(of), text_of(at(object, "kind")), text_of(at(object, "name"))),
        at(of, "target"), current);
  } else if (type == "External") {
    const auto [of, current] = source("external");
    add_single_metric(lines, metric_name(of), at(of, "target"), current);
  } else {
    lines.add(1, "<unknown metric type \"{}\">", type);
  }
}

void add_behavior(Lines& lines, const char* title, const Json& rules) {
  if (rules.is_null()) return;
  lines.add(1, "{}:", title);
  const Json& window = at(rules, "stabilizationWindowSeconds");
  if (!window.is_null()) lines.add(2, "Stabilization Window: {} seconds", text_of(window));
  const Json &policies = at(rules, "policies"), &select = at(rules, "selectPolicy");
  if (policies.empty()) return;
  lines.add(2, "Select Policy: {}", select.is_null() ? "Max" : text_of(select));
  lines.add(2, "Policies:");
  for (const Json& policy : policies)
    lines.add(3, "- Type: {}\tValue: {}\tPeriod: {} seconds", text_of(at(policy, "type")),
              text_of(at(policy, "value")), text_of(at(policy, "periodSeconds")));
}

std::string number_of(const Json& value) { return value.is_null() ? "0" : text_of(value); }

void add_limits(Lines& lines, const api::LimitRange& range, const char* lead) {
  for (const api::LimitRangeItem& item : range.limits) {
    std::set<api::Symbol> resources;
    for (const api::ResourceList* const list :
         {&item.min, &item.max, &item.default_request, &item.default_, &item.max_limit_request_ratio}) {
      for (const auto& [resource, quantity] : *list) resources.insert(resource);
    }
    const auto shown = [](const api::ResourceList& list, api::Symbol resource) {
      const auto found = std::ranges::find(list, resource, [](const auto& entry) { return entry.first; });
      return found == list.end() ? std::string("-") : found->second.str();
    };
    for (const api::Symbol resource : resources)
      lines.add(0, "{}{}\t{}\t{}\t{}\t{}\t{}\t{}", lead, item.type.str(), resource.str(),
                shown(item.min, resource), shown(item.max, resource), shown(item.default_request, resource),
                shown(item.default_, resource), shown(item.max_limit_request_ratio, resource));
  }
}

void add_limits_header(Lines& lines, const char* lead) {
  lines.add(0, "{}Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio", lead);
  lines.add(0, "{}----\t--------\t---\t---\t---------------\t-------------\t-----------------------", lead);
}

void add_namespace_quotas(Lines& lines, const Described& what) {
  const auto quotas = what.store.list(Kind::kResourceQuota, what.object.metadata.name);
  lines.add(0, "{}", quotas.empty() ? "No resource quota." : "Resource Quotas");
  for (const api::ObjectPtr& object : quotas) {
    const auto& quota = static_cast<const api::ResourceQuota&>(*object);
    lines.add(1, "Name:\t{}", quota.metadata.name.str());
    add_scopes(lines, 1, quota);
    lines.add(1, "Resource\tUsed\tHard");
    lines.add(1, "--------\t---\t---");
    for (const auto& [resource, hard] : quota.status_hard)
      lines.add(1, "{}\t{}\t{}", resource.str(), api::amount(quota.used, resource).str(), hard.str());
  }
}

void add_namespace_limits(Lines& lines, const Described& what) {
  const auto ranges = what.store.list(Kind::kLimitRange, what.object.metadata.name);
  lines.add(0, "{}", ranges.empty() ? "No LimitRange resource." : "Resource Limits");
  if (ranges.empty()) return;
  add_limits_header(lines, " ");
  for (const api::ObjectPtr& range : ranges)
    add_limits(lines, static_cast<const api::LimitRange&>(*range), " ");
}

// Bytes that base64 stands for.
std::size_t decoded_size(const std::string& base64) {
  const auto significant = static_cast<std::size_t>(
      std::ranges::count_if(base64, [](char c) { return c != '=' && c != '\n' && c != '\r'; }));
  return significant * 3 / 4;
}

void add_labels_and_annotations(Lines& lines, const api::Object& object) {
  add_labels(lines, "Labels", *object.metadata.labels);
  add_annotations(lines, "Annotations", *object.metadata.annotations);
}

}  // namespace

void describe_autoscaler(Lines& lines, const Described& what) {
  const Json &spec = at(what.json, "spec"), &status = at(what.json, "status");
  const Json &target = at(spec, "scaleTargetRef"), &current = at(status, "currentMetrics");
  add_name(lines, what.object);
  add_labels_and_annotations(lines, what.object);
  lines.add(0, "CreationTimestamp:\t{}", rfc1123(what.object.metadata.creation_timestamp));
  lines.add(0, "Reference:\t{}/{}", text_of(at(target, "kind")), text_of(at(target, "name")));
  lines.add(0, "Metrics:\t( current / target )");
  std::size_t i = 0;
  for (const Json& metric : at(spec, "metrics")) {
    add_metric(lines, metric, i < current.size() ? current[i] : Json());
    ++i;
  }
  const Json& least = at(spec, "minReplicas");
  lines.add(0, "Min replicas:\t{}", least.is_null() ? "<unset>" : text_of(least));
  lines.add(0, "Max replicas:\t{}", text_of(at(spec, "maxReplicas")));
  if (const Json& behavior = at(spec, "behavior"); !behavior.is_null()) {
    lines.add(0, "Behavior:");
    add_behavior(lines, "Scale Up", at(behavior, "scaleUp"));
    add_behavior(lines, "Scale Down", at(behavior, "scaleDown"));
  }
  lines.add(0, "{} pods:\t{} current / {} desired", text_of(at(target, "kind")),
            number_of(at(status, "currentReplicas")), number_of(at(status, "desiredReplicas")));
  const Json& conditions = at(status, "conditions");
  if (conditions.empty()) return;
  lines.add(0, "Conditions:\n  Type\tStatus\tReason\tMessage");
  lines.add(1, "----\t------\t------\t-------");
  for (const Json& c : conditions)
    lines.add(1, "{}\t{}\t{}\t{}", text_of(at(c, "type")), text_of(at(c, "status")), text_of(at(c, "reason")),
              text_of(at(c, "message")));
}

void describe_limit_range(Lines& lines, const Described& what) {
  add_name(lines, what.object);
  add_limits_header(lines, "");
  add_limits(lines, static_cast<const api::LimitRange&>(what.object), "");
}

void describe_namespace(Lines& lines, const Described& what) {
  const auto& space = static_cast<const api::Namespace&>(what.object);
  add_name(lines, space);
  add_labels_and_annotations(lines, space);
  lines.add(0, "Status:\t{}", space.terminating ? "Terminating" : "Active");
  if (!space.conditions.empty()) {
    lines.add(0, "Conditions:\n  Type\tStatus\tLastTransitionTime\tReason\tMessage");
    lines.add(1, "----\t------\t------------------\t------\t-------");
    for (const api::Condition& c : space.conditions)
      lines.add(1, "{}\t{}\t{}\t{}\t{}", c.type.str(), to_string(c.status), rfc1123(c.last_transition_time),
                c.reason.str(), c.message);
  }
  lines.add(0, "");
  add_namespace_quotas(lines, what);
  lines.add(0, "");
  add_namespace_limits(lines, what);
}

void describe_priority_class(Lines& lines, const Described& what) {
  const Json& json = what.json;
  const auto& annotations = *what.object.metadata.annotations;
  lines.add(0, "Name:\t{}", what.object.metadata.name.str());
  lines.add(0, "Value:\t{}", number_of(at(json, "value")));
  lines.add(0, "GlobalDefault:\t{}", at(json, "globalDefault") == Json(true));
  lines.add(0, "PreemptionPolicy:\t{}",
            at(json, "preemptionPolicy").is_null() ? "PreemptLowerPriority"
                                                   : text_of(at(json, "preemptionPolicy")));
  lines.add(0, "Description:\t{}", text_of(at(json, "description")));
  lines.add(0, "Annotations:\t{}", or_none(api::labels_text(annotations)));
}

void describe_config_map(Lines& lines, const Described& what) {
  add_name(lines, what.object);
  add_labels_and_annotations(lines, what.object);
  lines.add(0, "\nData\n====");
  for (const auto& [key, value] : at(what.json, "data").items())
    lines.add(0, "{}:\n----\n{}\n", key, text_of(value));
  lines.add(0, "\nBinaryData\n====");
  for (const auto& [key, value] : at(what.json, "binaryData").items())
    lines.add(0, "{}: {} bytes", key, decoded_size(text_of(value)));
  lines.add(0, "");
}

void describe_secret(Lines& lines, const Described& what) {
  add_name(lines, what.object);
  add_labels_and_annotations(lines, what.object);
  lines.add(0, "\nType:\t{}", text_of(at(what.json, "type")));
  lines.add(0, "\nData\n====");
  for (const auto& [key, value] : at(what.json, "data").items())
    lines.add(0, "{}:\t{} bytes", key, decoded_size(text_of(value)));
}

}  // namespace seatrial::report
