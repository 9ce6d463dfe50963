#include "sim/scenario/kubectl/drain.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "sim/api/apps.h"
#include "sim/api/kinds.h"

namespace seatrial::scenario::kubectl {

using api::Kind;

namespace {

struct Status {
  bool goes = true;
  std::string warning, error;
};

bool has_local_storage(const api::Pod& pod) {
  if (pod.spec->other.empty()) return false;
  const auto other = nlohmann::json::parse(pod.spec->other.view(), nullptr, false);
  const auto volumes = other.is_object() ? other.find("volumes") : other.end();
  if (!other.is_object() || volumes == other.end()) return false;
  for (const auto& volume : *volumes) {
    if (volume.contains("emptyDir")) return true;
  }
  return false;
}

Status of_daemon_set(const Drain& verb, const api::OwnerReference& owner, const api::Pod& pod,
                     const cluster::Store& store, const Ask& ask) {
  if (ask) {
    const auto refused =
        ask(cluster::reading(api::info(Kind::kDaemonSet), pod.metadata.namespace_, owner.name));
    if (refused) return {false, "", refused->message};
  }
  if (!store.find(Kind::kDaemonSet, pod.metadata.namespace_, owner.name).valid()) {
    std::string gone = fmt::format("daemonsets.apps \"{}\" not found", owner.name.str());
    if (verb.force) return {true, std::move(gone), ""};
    return {false, "", std::move(gone)};
  }
  if (verb.ignore_daemonsets) return {false, "ignoring DaemonSet-managed Pods", ""};
  return {false, "", "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"};
}

// The filters in their order; the first that keeps the pod ends it, and of several warnings the last stays.
Status status_of(const Drain& verb, const api::Pod& pod, const cluster::Store& store, const Ask& ask) {
  Status status;
  const api::OwnerReference* const owner = pod.metadata.controller_ref();
  const bool finished = api::is_pod_terminal(pod);
  if (owner && owner->kind == api::Symbol("DaemonSet") && !finished) {
    status = of_daemon_set(verb, *owner, pod, store, ask);
    if (!status.goes) return status;
  }
  if (pod.metadata.annotations->contains("kubernetes.io/config.mirror")) return {false, "", ""};
  // A filter that has nothing to say takes back what the one before it said.
  status = {};
  if (has_local_storage(pod) && !finished) {
    if (!verb.delete_emptydir_data)
      return {false, "", "Pods with local storage (use --delete-emptydir-data to override)"};
  }
  if (finished || owner) return status;
  if (verb.force) return {true, "deleting Pods that declare no controller", ""};
  return {false, "", "Pods that declare no controller (use --force to override)"};
}

void note(std::map<std::string, std::string>& by_message, const std::string& message, const api::Pod& pod) {
  std::string& pods = by_message[message];
  pods += (pods.empty() ? "" : ", ") + pod.metadata.namespace_.str() + "/" + pod.metadata.name.str();
}

}  // namespace

DrainList pods_to_drain(const Drain& verb, api::Symbol node, const cluster::Store& store, const Ask& ask) {
  DrainList list;
  if (ask) {
    if (const auto refused = ask(cluster::listing(api::info(Kind::kPod), {}))) {
      list.refused = true;
      list.errors.push_back(refused->message);
      return list;
    }
  }
  std::map<std::string, std::string> warnings, errors;  // pods by message
  for (const api::ObjectPtr& object : store.list(Kind::kPod)) {
    const auto pod = api::as<api::Pod>(object);
    if (pod->node_name != node || !verb.pod_selector.matches(*pod->metadata.labels)) continue;
    const Status status = status_of(verb, *pod, store, ask);
    if (status.goes) list.pods.push_back(pod);
    if (!status.warning.empty()) note(warnings, status.warning, *pod);
    if (!status.error.empty()) note(errors, status.error, *pod);
  }
  for (const auto& [message, pods] : warnings)
    list.warnings += fmt::format("{}{}: {}", list.warnings.empty() ? "" : "; ", message, pods);
  for (const auto& [message, pods] : errors)
    list.errors.push_back(fmt::format("cannot delete {}: {}", message, pods));
  return list;
}

}  // namespace seatrial::scenario::kubectl
