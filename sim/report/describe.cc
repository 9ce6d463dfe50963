#include "sim/report/describe.h"

#include <algorithm>
#include <array>

#include "sim/api/kinds.h"
#include "sim/report/describe_parts.h"
#include "sim/report/format.h"
#include "sim/report/tab_writer.h"

namespace seatrial::report {
namespace {

using api::Kind;

constexpr std::size_t kLongest = 140;  // of an annotation, in columns
constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

struct Describer {
  Kind kind;
  void (*describe)(Lines& lines, const Described& what);
  bool with_events = true;
};
constexpr std::array<Describer, 22> kDescribers{{{Kind::kPod, describe_pod},
                                                 {Kind::kDeployment, describe_deployment},
                                                 {Kind::kReplicaSet, describe_replica_set},
                                                 {Kind::kStatefulSet, describe_stateful_set},
                                                 {Kind::kDaemonSet, describe_daemon_set},
                                                 {Kind::kJob, describe_job},
                                                 {Kind::kNode, describe_node},
                                                 {Kind::kService, describe_service},
                                                 {Kind::kPodDisruptionBudget, describe_budget},
                                                 {Kind::kResourceQuota, describe_quota, false},
                                                 {Kind::kCronJob, describe_cron_job},
                                                 {Kind::kIngress, describe_ingress},
                                                 {Kind::kHorizontalPodAutoscaler, describe_autoscaler},
                                                 {Kind::kLimitRange, describe_limit_range, false},
                                                 {Kind::kNamespace, describe_namespace, false},
                                                 {Kind::kPriorityClass, describe_priority_class},
                                                 {Kind::kConfigMap, describe_config_map},
                                                 {Kind::kSecret, describe_secret, false},
                                                 {Kind::kRole, describe_role, false},
                                                 {Kind::kClusterRole, describe_role, false},
                                                 {Kind::kRoleBinding, describe_role_binding, false},
                                                 {Kind::kClusterRoleBinding, describe_role_binding, false}}};

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\n"), last = text.find_last_not_of(" \t\n");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

}  // namespace

void Lines::flush() { done_ += tabbed(std::exchange(text_, "")); }
std::string Lines::take() {
  flush();
  return std::exchange(done_, "");
}

const Json& at(const Json& json, const char* key) {
  static const Json kNothing;
  if (!json.is_object()) return kNothing;
  const auto found = json.find(key);
  return found == json.end() ? kNothing : *found;
}

std::string text_of(const Json& json) {
  if (json.is_null()) return "";
  return json.is_string() ? json.get<std::string>() : json.dump();
}

std::string or_none(std::string text) { return text.empty() ? "<none>" : text; }
std::string quoted_none(bool none) { return none ? "\t<none>" : ""; }

void add_labels(Lines& lines, std::string_view title, const api::LabelMap& labels) {
  if (labels.empty()) lines.add(0, "{}:\t<none>", title);
  bool first = true;
  for (const auto& [key, value] : labels) {
    lines.add(0, "{}\t{}={}", first ? std::string(title) + ":" : "", key.str(), value.str());
    first = false;
  }
}

void add_annotations(Lines& lines, std::string_view title, const api::LabelMap& annotations) {
  std::string lead = std::string(title) + ":";
  for (const auto& [key, written] : annotations) {
    if (key == api::Symbol(kLastApplied)) continue;
    std::string value = written.str();
    if (value.ends_with('\n')) value.pop_back();
    if (value.size() + key.str().size() + 2 <= kLongest && value.find('\n') == std::string::npos) {
      lines.add(0, "{}\t{}: {}", lead, key.str(), value);
    } else {
      lines.add(0, "{}\t{}:", lead, key.str());
      for (std::size_t from = 0; from <= value.size();) {
        const std::size_t to = std::min(value.find('\n', from), value.size());
        const std::string line = value.substr(from, to - from);
        lines.add(0, "\t  {}{}", line.substr(0, kLongest - 2), line.size() > kLongest - 2 ? "..." : "");
        from = to + 1;
      }
    }
    lead.clear();
  }
  if (!lead.empty()) lines.add(0, "{}\t<none>", lead);
}

void add_name(Lines& lines, const api::Object& object) {
  lines.add(0, "Name:\t{}", object.metadata.name.str());
  if (!object.metadata.namespace_.empty()) lines.add(0, "Namespace:\t{}", object.metadata.namespace_.str());
}

void add_controller(Lines& lines, const api::Object& object) {
  if (const api::OwnerReference* const owner = object.metadata.controller_ref())
    lines.add(0, "Controlled By:\t{}/{}", owner->kind.str(), owner->name.str());
}

void add_events(Lines& lines, const Described& what) {
  std::vector<const api::ApiEvent*> events;
  for (const api::ObjectPtr& object : what.store.all(Kind::kEvent)) {
    if (!object) continue;
    const auto& event = static_cast<const api::ApiEvent&>(*object);
    if (event.involved_object == what.object.ref()) events.push_back(&event);
  }
  if (events.empty()) return lines.add(0, "Events:\t<none>");
  std::ranges::stable_sort(events, {}, &api::ApiEvent::last_timestamp);
  lines.flush();
  lines.add(0, "Events:");
  lines.add(1, "Type\tReason\tAge\tFrom\tMessage");
  lines.add(1, "----\t------\t----\t----\t-------");
  for (const api::ApiEvent* const event : events) {
    const std::string first = age(what.now - event->first_timestamp);
    const std::string interval =
        event->count > 1
            ? fmt::format("{} (x{} over {})", age(what.now - event->last_timestamp), event->count, first)
            : first;
    const std::string path = event->involved_field_path.str();
    lines.add(1, "{}\t{}\t{}\t{}\t{}{}", event->type.str(), event->reason.str(), interval,
              event->source_component.str(), path.empty() ? "" : path + ": ", trimmed(event->message));
  }
}

std::expected<std::string, std::string> describe(const api::Object& object, const cluster::Store& store,
                                                 SimTime now) {
  const auto found = std::ranges::find(kDescribers, object.kind, &Describer::kind);
  if (found == kDescribers.end())
    return std::unexpected(
        fmt::format("error: no description has been implemented for {}; get -o yaml shows it whole",
                    api::kind_name(object)));
  const Described what{object, api::info(object).encode(object), store, now};
  Lines lines;
  found->describe(lines, what);
  if (found->with_events) add_events(lines, what);
  return lines.take();
}

}  // namespace seatrial::report
