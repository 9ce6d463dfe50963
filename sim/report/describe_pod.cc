// kubectl describe pod, and pod templates.
#include <algorithm>

#include "sim/api/selector_text.h"
#include "sim/api/time_text.h"
#include "sim/report/describe_parts.h"
#include "sim/report/format.h"

namespace seatrial::report {
namespace {

std::string ports_text(const Json& ports, const char* number) {
  std::string text;
  for (const Json& port : ports) {
    const std::string name = text_of(at(port, "name")), count = text_of(at(port, number));
    text += (text.empty() ? "" : ", ") + (count.empty() ? "0" : count) + "/" + text_of(at(port, "protocol")) +
            (name.empty() ? "" : " (" + name + ")");
  }
  return text;
}

void add_ports(Lines& lines, const char* title, const std::string& text) {
  const bool several = text.find(',') != std::string::npos;
  lines.add(2, "{}{}:\t{}", title, several ? "s" : "", or_none(text));
}

void add_words(Lines& lines, const char* title, const Json& words) {
  if (words.empty()) return;
  lines.add(2, "{}:", title);
  for (const Json& word : words) {
    const std::string text = text_of(word);
    for (std::size_t from = 0; from <= text.size();) {
      const std::size_t to = std::min(text.find('\n', from), text.size());
      lines.add(3, "{}", text.substr(from, to - from));
      from = to + 1;
    }
  }
}

// As time.RFC1123Z prints a time of the API.
std::string time_of(const Json& json, const char* key) {
  const auto time = api::parse_time(text_of(at(json, key)));
  return time ? rfc1123(*time) : "";
}

void add_state(Lines& lines, const char* title, const Json& state) {
  if (const Json& running = at(state, "running"); !running.is_null()) {
    lines.add(2, "{}:\tRunning", title);
    return lines.add(3, "Started:\t{}", time_of(running, "startedAt"));
  }
  const Json& ended = at(state, "terminated");
  const Json& known = ended.is_null() ? at(state, "waiting") : ended;
  lines.add(2, "{}:\t{}", title, ended.is_null() ? "Waiting" : "Terminated");
  if (const std::string reason = text_of(at(known, "reason")); !reason.empty())
    lines.add(3, "Reason:\t{}", reason);
  if (ended.is_null()) return;
  if (const std::string message = text_of(at(ended, "message")); !message.empty())
    lines.add(3, "Message:\t{}", message);
  lines.add(3, "Exit Code:\t{}", text_of(at(ended, "exitCode")));
  lines.add(3, "Started:\t{}", time_of(ended, "startedAt"));
  lines.add(3, "Finished:\t{}", time_of(ended, "finishedAt"));
}

void add_status(Lines& lines, const Json& status) {
  add_state(lines, "State", at(status, "state"));
  if (!at(at(status, "lastState"), "terminated").is_null())
    add_state(lines, "Last State", at(status, "lastState"));
  lines.add(2, "Ready:\t{}", at(status, "ready") == true ? "True" : "False");
  lines.add(2, "Restart Count:\t{}", or_none(text_of(at(status, "restartCount"))));
}

void add_resources(Lines& lines, const Json& resources) {
  for (const auto& [title, key] : {std::pair("Limits", "limits"), std::pair("Requests", "requests")}) {
    const Json& list = at(resources, key);
    if (list.empty()) continue;
    lines.add(2, "{}:", title);
    for (const auto& [name, quantity] : list.items()) lines.add(3, "{}:\t{}", name, text_of(quantity));
  }
}

std::string number(const Json& probe, const char* key) {
  const Json& value = at(probe, key);
  return value.is_null() ? "0" : value.dump();
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return text;
}

std::string probe_text(const Json& probe) {
  const std::string attributes = fmt::format(
      "delay={}s timeout={}s period={}s successThreshold={} failureThreshold={}",
      number(probe, "initialDelaySeconds"), number(probe, "timeoutSeconds"), number(probe, "periodSeconds"),
      number(probe, "successThreshold"), number(probe, "failureThreshold"));
  if (const Json& exec = at(probe, "exec"); !exec.is_null()) {
    std::string words;
    for (const Json& word : at(exec, "command")) words += (words.empty() ? "" : " ") + text_of(word);
    return fmt::format("exec [{}] {}", words, attributes);
  }
  if (const Json& http = at(probe, "httpGet"); !http.is_null()) {
    return fmt::format("http-get {}://{}:{}{} {}", lower(text_of(at(http, "scheme"))),
                       text_of(at(http, "host")), text_of(at(http, "port")), text_of(at(http, "path")),
                       attributes);
  }
  if (const Json& tcp = at(probe, "tcpSocket"); !tcp.is_null())
    return fmt::format("tcp-socket {}:{} {}", text_of(at(tcp, "host")), text_of(at(tcp, "port")), attributes);
  if (const Json& grpc = at(probe, "grpc"); !grpc.is_null())
    return fmt::format("grpc <pod>:{} {} {}", text_of(at(grpc, "port")), text_of(at(grpc, "service")),
                       attributes);
  return "unknown " + attributes;
}

const char* optional_text(const Json& reference) {
  return at(reference, "optional") == true ? "true" : "false";
}

void add_env_from(Lines& lines, const Json& sources) {
  if (sources.empty()) return;
  lines.add(2, "Environment Variables from:");
  for (const Json& source : sources) {
    const bool map = !at(source, "configMapRef").is_null();
    const Json& reference = at(source, map ? "configMapRef" : "secretRef");
    const std::string prefix = text_of(at(source, "prefix"));
    lines.add(3, "{}\t{}{}\tOptional: {}", text_of(at(reference, "name")), map ? "ConfigMap" : "Secret",
              prefix.empty() ? "" : fmt::format(" with prefix '{}'", prefix), optional_text(reference));
  }
}

void add_env(Lines& lines, const Json& variables) {
  lines.add(2, "Environment:{}", quoted_none(variables.empty()));
  for (const Json& variable : variables) {
    const std::string name = text_of(at(variable, "name"));
    const Json& from = at(variable, "valueFrom");
    if (from.is_null()) {
      lines.add(3, "{}:\t{}", name, text_of(at(variable, "value")));
    } else if (const Json& field = at(from, "fieldRef"); !field.is_null()) {
      lines.add(3, "{}:\t ({}:{})", name, text_of(at(field, "apiVersion")), text_of(at(field, "fieldPath")));
    } else if (const Json& resource = at(from, "resourceFieldRef"); !resource.is_null()) {
      lines.add(3, "{}:\t ({})", name, text_of(at(resource, "resource")));
    } else if (const Json& secret = at(from, "secretKeyRef"); !secret.is_null()) {
      lines.add(3, "{}:\t<set to the key '{}' in secret '{}'>\tOptional: {}", name,
                text_of(at(secret, "key")), text_of(at(secret, "name")), optional_text(secret));
    } else if (const Json& map = at(from, "configMapKeyRef"); !map.is_null()) {
      lines.add(3, "{}:\t<set to the key '{}' of config map '{}'>\tOptional: {}", name,
                text_of(at(map, "key")), text_of(at(map, "name")), optional_text(map));
    }
  }
}

void add_mounts(Lines& lines, const Json& mounts) {
  lines.add(2, "Mounts:{}", quoted_none(mounts.empty()));
  std::vector<Json> sorted(mounts.begin(), mounts.end());
  std::ranges::stable_sort(sorted, {}, [](const Json& m) { return text_of(at(m, "mountPath")); });
  for (const Json& mount : sorted) {
    const std::string path = text_of(at(mount, "subPath"));
    lines.add(3, "{} from {} ({}{})", text_of(at(mount, "mountPath")), text_of(at(mount, "name")),
              at(mount, "readOnly") == true ? "ro" : "rw", path.empty() ? "" : ",path=\"" + path + "\"");
  }
}

void add_container(Lines& lines, const Json& container, const Json& status, const char* space) {
  lines.add(1, "{}{}:", space, text_of(at(container, "name")));
  if (!status.is_null()) lines.add(2, "Container ID:\t{}", text_of(at(status, "containerID")));
  lines.add(2, "Image:\t{}", text_of(at(container, "image")));
  if (!status.is_null()) lines.add(2, "Image ID:\t{}", text_of(at(status, "imageID")));
  add_ports(lines, "Port", ports_text(at(container, "ports"), "containerPort"));
  add_ports(lines, "Host Port", ports_text(at(container, "ports"), "hostPort"));
  add_words(lines, "Command", at(container, "command"));
  add_words(lines, "Args", at(container, "args"));
  if (!status.is_null()) add_status(lines, status);
  add_resources(lines, at(container, "resources"));
  for (const auto& [title, key] :
       {std::pair("Liveness", "livenessProbe"), std::pair("Readiness", "readinessProbe"),
        std::pair("Startup", "startupProbe")}) {
    if (const Json& probe = at(container, key); !probe.is_null())
      lines.add(2, "{}:\t{}", title, probe_text(probe));
  }
  add_env_from(lines, at(container, "envFrom"));
  add_env(lines, at(container, "env"));
  add_mounts(lines, at(container, "volumeMounts"));
}

struct Field {
  const char* title;
  const char* key;
  const char* otherwise;  // where it is not set
};
struct VolumeRow {
  const char* key;
  const char* type;
  std::vector<Field> fields;
};
const std::vector<VolumeRow>& volume_rows() {
  static const std::vector<VolumeRow> kRows{
      {"hostPath",
       "HostPath (bare host directory volume)",
       {{"Path", "path", ""}, {"HostPathType", "type", "<none>"}}},
      {"emptyDir",
       "EmptyDir (a temporary directory that shares a pod's lifetime)",
       {{"Medium", "medium", ""}, {"SizeLimit", "sizeLimit", "<unset>"}}},
      {"secret",
       "Secret (a volume populated by a Secret)",
       {{"SecretName", "secretName", ""}, {"Optional", "optional", "false"}}},
      {"configMap",
       "ConfigMap (a volume populated by a ConfigMap)",
       {{"Name", "name", ""}, {"Optional", "optional", "false"}}},
      {"persistentVolumeClaim",
       "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
       {{"ClaimName", "claimName", ""}, {"ReadOnly", "readOnly", "false"}}},
      {"projected", "Projected (a volume that contains injected data from multiple sources)", {}},
      {"csi",
       "CSI (a Container Storage Interface (CSI) volume source)",
       {{"Driver", "driver", ""}, {"FSType", "fsType", ""}, {"ReadOnly", "readOnly", "false"}}},
      {"ephemeral",
       "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
       {}}};
  return kRows;
}

void add_sources(Lines& lines, const Json& sources) {
  for (const Json& source : sources) {
    for (const auto& [key, title] :
         {std::pair("secret", "SecretName"), std::pair("configMap", "ConfigMapName")}) {
      const Json& reference = at(source, key);
      if (reference.is_null()) continue;
      lines.add(2, "{}:\t{}", title, text_of(at(reference, "name")));
      lines.add(2, "Optional:\t{}", optional_text(reference));
    }
    if (!at(source, "downwardAPI").is_null()) lines.add(2, "DownwardAPI:\ttrue");
    if (const Json& token = at(source, "serviceAccountToken"); !token.is_null())
      lines.add(2, "TokenExpirationSeconds:\t{}", or_none(text_of(at(token, "expirationSeconds"))));
  }
}

void add_volume(Lines& lines, const Json& volume) {
  for (const VolumeRow& row : volume_rows()) {
    const Json& source = at(volume, row.key);
    if (source.is_null()) continue;
    lines.add(2, "Type:\t{}", row.type);
    for (const Field& field : row.fields) {
      const std::string text = text_of(at(source, field.key));
      lines.add(2, "{}:\t{}", field.title, text.empty() ? field.otherwise : text);
    }
    return add_sources(lines, at(source, "sources"));
  }
  lines.add(1, "<unknown>");
}

std::string toleration_text(const api::Toleration& toleration) {
  std::string text = toleration.key.str();
  if (!toleration.value.empty()) text += "=" + toleration.value.str();
  if (!toleration.effect.empty()) text += ":" + toleration.effect.str();
  if (toleration.op == api::Symbol("Exists") && toleration.value.empty())
    text += text.empty() ? "op=Exists" : " op=Exists";
  if (toleration.toleration_seconds) text += fmt::format(" for {}s", *toleration.toleration_seconds);
  return text;
}

void add_tolerations(Lines& lines, const std::string& title, std::vector<api::Toleration> tolerations) {
  std::ranges::stable_sort(tolerations, {}, &api::Toleration::key);
  if (tolerations.empty()) lines.add(0, "{}:\t<none>", title);
  for (std::size_t i = 0; i < tolerations.size(); ++i)
    lines.add(0, "{}\t{}", i == 0 ? title + ":" : "", toleration_text(tolerations[i]));
}

void add_spread(Lines& lines, const api::PodSpec& spec, const std::string& space) {
  std::vector<api::TopologySpreadConstraint> constraints = spec.topology_spread_constraints;
  std::ranges::stable_sort(constraints, {}, &api::TopologySpreadConstraint::topology_key);
  for (std::size_t i = 0; i < constraints.size(); ++i) {
    const api::TopologySpreadConstraint& c = constraints[i];
    lines.add(0, "{}{}\t{}:{} when max skew {} is exceeded{}", space,
              i == 0 ? "Topology Spread Constraints:" : "", c.topology_key.str(), c.when_unsatisfiable.str(),
              c.max_skew,
              c.label_selector ? " for selector " + or_none(api::selector_text(*c.label_selector)) : "");
  }
}

const char* qos_text(api::QosClass qos) {
  return qos == api::QosClass::kGuaranteed  ? "Guaranteed"
         : qos == api::QosClass::kBurstable ? "Burstable"
                                            : "BestEffort";
}

void add_pod_state(Lines& lines, const api::Pod& pod, SimTime now) {
  if (pod.metadata.deletion_timestamp && !api::is_pod_terminal(pod)) {
    lines.add(0, "Status:\tTerminating (lasts {})", age(now - *pod.metadata.deletion_timestamp));
    lines.add(0, "Termination Grace Period:\t{}s", pod.metadata.deletion_grace_period_seconds.value_or(0));
  } else {
    lines.add(0, "Status:\t{}", to_string(pod.status.phase));
  }
  if (!pod.status.reason.empty()) lines.add(0, "Reason:\t{}", pod.status.reason.str());
  if (!pod.status.message.empty()) lines.add(0, "Message:\t{}", pod.status.message);
  const std::string& ip = pod.status.pod_ip.str();
  lines.add(0, "IP:\t{}", ip);
  lines.add(0, "IPs:{}", quoted_none(ip.empty()));
  if (!ip.empty()) lines.add(1, "IP:\t{}", ip);
  add_controller(lines, pod);
  if (!pod.status.nominated_node_name.empty())
    lines.add(0, "NominatedNodeName:\t{}", pod.status.nominated_node_name.str());
}

void add_pod_conditions(Lines& lines, const api::Pod& pod) {
  if (!pod.spec->readiness_gates.empty()) lines.add(0, "Readiness Gates:\n  Type\tStatus");
  for (const api::Symbol gate : pod.spec->readiness_gates) {
    const api::Condition* const found = api::find_condition(pod.status.conditions, gate);
    lines.add(1, "{} \t{} ", gate.str(), found ? to_string(found->status) : "<none>");
  }
  if (pod.status.conditions.empty()) return;
  lines.add(0, "Conditions:\n  Type\tStatus");
  for (const api::Condition& c : pod.status.conditions)
    lines.add(1, "{} \t{} ", c.type.str(), to_string(c.status));
}

}  // namespace

void add_containers(Lines& lines, const char* title, const Json& containers, const Json& statuses,
                    const char* space) {
  lines.add(0, "{}{}:{}", space, title, containers.empty() ? " <none>" : "");
  for (const Json& container : containers) {
    Json status;
    for (const Json& candidate : statuses) {
      if (at(candidate, "name") == at(container, "name")) status = candidate;
    }
    add_container(lines, container, status, *space ? " " : "");
  }
}

void add_volumes(Lines& lines, const Json& volumes, const char* space) {
  lines.add(0, "{}Volumes:{}", space, quoted_none(volumes.empty()));
  for (const Json& volume : volumes) {
    lines.add(1, "{}{}:", *space ? " " : "", text_of(at(volume, "name")));
    add_volume(lines, volume);
  }
}

void add_placement(Lines& lines, const api::PodSpec& spec, const std::string& space) {
  add_labels(lines, space + "Node-Selectors", spec.node_selector);
  add_tolerations(lines, space + "Tolerations", spec.tolerations);
}

void add_template(Lines& lines, const api::PodTemplateSpec& pods, const Json& json) {
  const Json& spec = at(json, "spec");
  lines.add(0, "Pod Template:");
  add_labels(lines, "  Labels", *pods.labels);
  if (!pods.annotations->empty()) add_annotations(lines, "  Annotations", *pods.annotations);
  if (!pods.spec->service_account_name.empty())
    lines.add(1, "Service Account:\t{}", pods.spec->service_account_name.str());
  if (!at(spec, "initContainers").empty())
    add_containers(lines, "Init Containers", at(spec, "initContainers"), {}, "  ");
  add_containers(lines, "Containers", at(spec, "containers"), {}, "  ");
  add_volumes(lines, at(spec, "volumes"), "  ");
  add_spread(lines, *pods.spec, "  ");
  if (!pods.spec->priority_class_name.empty())
    lines.add(1, "Priority Class Name:\t{}", pods.spec->priority_class_name.str());
  add_placement(lines, *pods.spec, "  ");
}

void describe_pod(Lines& lines, const Described& what) {
  const auto& pod = static_cast<const api::Pod&>(what.object);
  const Json &spec = at(what.json, "spec"), &status = at(what.json, "status");
  add_name(lines, pod);
  if (pod.spec->priority) lines.add(0, "Priority:\t{}", *pod.spec->priority);
  if (!pod.spec->priority_class_name.empty())
    lines.add(0, "Priority Class Name:\t{}", pod.spec->priority_class_name.str());
  if (!pod.spec->service_account_name.empty())
    lines.add(0, "Service Account:\t{}", pod.spec->service_account_name.str());
  if (pod.node_name.empty())
    lines.add(0, "Node:\t<none>");
  else
    lines.add(0, "Node:\t{}/{}", pod.node_name.str(), pod.status.host_ip.str());
  if (pod.status.start_time) lines.add(0, "Start Time:\t{}", rfc1123(*pod.status.start_time));
  add_labels(lines, "Labels", *pod.metadata.labels);
  add_annotations(lines, "Annotations", *pod.metadata.annotations);
  add_pod_state(lines, pod, what.now);
  if (!pod.spec->init_containers.empty())
    add_containers(lines, "Init Containers", at(spec, "initContainers"), at(status, "initContainerStatuses"),
                   "");
  add_containers(lines, "Containers", at(spec, "containers"), at(status, "containerStatuses"), "");
  add_pod_conditions(lines, pod);
  add_volumes(lines, at(spec, "volumes"), "");
  lines.add(0, "QoS Class:\t{}", qos_text(pod.status.qos_class));
  add_placement(lines, *pod.spec, "");
  add_spread(lines, *pod.spec, "");
}

}  // namespace seatrial::report
