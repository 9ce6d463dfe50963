// The namespace controller: empties a namespace that is being deleted, then lets it go.
//
// It starts five seconds after the request (so that every API server has learnt of it), deletes the pods and
// waits until none remain; every change of the namespace, its own conditions included, makes it look again
// after five seconds. Then it deletes everything else, and the namespace when nothing is left. Source:
// pkg/controller/namespace/{namespace_controller,deletion/namespaced_resources_deleter}.go; reference §7,
// observed.md 31.

#include <fmt/format.h>

#include <map>

#include "sim/api/kinds.h"
#include "sim/controllers/controllers.h"
#include "sim/controllers/deployment_status.h"

namespace seatrial::controllers {

using api::Kind;
using api::Namespace;
using api::ObjectPtr;
using api::Symbol;

namespace {

constexpr Duration kDeletionDelay = Duration::seconds(5);
constexpr std::int64_t kFinalizerEstimate = 15;  // seconds that finalizers are given

struct Remaining {
  std::map<std::string, std::int32_t> by_resource, by_finalizer;  // "deployments.apps", "example.com/hold"
};

std::vector<ObjectPtr> objects_in(const Cache& cache, Kind kind, Symbol namespace_) {
  std::vector<ObjectPtr> objects;
  for (const std::uint32_t index : cache.in_namespace(kind, namespace_))
    objects.push_back(cache.all(kind)[index]);
  return objects;
}

// Deletes them all; those that are still there.
Step<std::vector<ObjectPtr>> delete_all(Sync& sync, const std::vector<ObjectPtr>& objects) {
  std::vector<Write> writes;
  std::vector<ObjectPtr> remaining;
  for (const ObjectPtr& object : objects) {
    if (object->metadata.deletion_timestamp) {
      remaining.push_back(object);
    } else {
      writes.push_back({delete_request(*object), {}, {}});
    }
  }
  if (writes.empty()) return remaining;
  const std::vector<ApiResult>* const results = sync.write_all([&] { return std::move(writes); });
  if (!results) return pending();
  for (const ApiResult& result : *results) {
    if (result && (*result)->metadata.deletion_timestamp) remaining.push_back(*result);
    if (!result && !is_not_found(result.error())) return failed(result.error());
  }
  return remaining;
}

// The longest grace period of the pods in seconds; 0 once that time is over.
std::int64_t estimate(const Namespace& ns, const std::vector<ObjectPtr>& pods, SimTime now) {
  std::int64_t longest = 0;
  for (const ObjectPtr& object : pods) {
    const auto& pod = static_cast<const api::Pod&>(*object);
    if (!is_pod_terminal(pod))
      longest = std::max(longest, pod.spec->termination_grace_period_seconds.value_or(30));
  }
  return now - *ns.metadata.deletion_timestamp >= Duration::seconds(longest) ? 0 : longest;
}

struct ConditionText {
  const char *type, *reason, *message;
};
// What the conditions say when nothing is wrong.
constexpr ConditionText kFine[] = {
    {"NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"},
    {"NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions",
     "All legacy kube types successfully parsed"},
    {"NamespaceDeletionContentFailure", "ContentDeleted",
     "All content successfully deleted, may be waiting on finalization"},
    {"NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"},
    {"NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished"},
};

// "pods. has 1 resource instances, …", sorted.
std::string list_of(const std::map<std::string, std::int32_t>& counts, std::string_view between) {
  std::string list;
  for (const auto& [name, count] : counts)
    list += fmt::format("{}{} {} {} resource instances", list.empty() ? "" : ", ", name, between, count);
  return list;
}

// `failure`: why the pods cannot be deleted; empty: nothing is wrong.
Step<Done> write_conditions(Sync& sync, const Namespace& ns, const Remaining& remaining,
                            const std::string& failure = {}) {
  Namespace next = ns;
  const SimTime now = sync.pin([&] { return sync.now(); });
  for (const ConditionText& text : kFine) {
    api::Condition condition{text.type, api::ConditionStatus::kFalse, text.reason, text.message,
                             {},        now.whole_second(),           {}};
    const std::string_view type(text.type);
    const bool content = type == "NamespaceContentRemaining",
               finalizers = type == "NamespaceFinalizersRemaining";
    if (type == "NamespaceDeletionContentFailure" && !failure.empty()) {
      condition.status = api::ConditionStatus::kTrue;
      condition.reason = "ContentDeletionFailed";
      condition.message = "Failed to delete all resource types, 1 remaining: " + failure;
    }
    if ((content && !remaining.by_resource.empty()) || (finalizers && !remaining.by_finalizer.empty())) {
      condition.status = api::ConditionStatus::kTrue;
      condition.reason = content ? "SomeResourcesRemain" : "SomeFinalizersRemain";
      condition.message = content ? "Some resources are remaining: " + list_of(remaining.by_resource, "has")
                                  : "Some content in the namespace has finalizers remaining: " +
                                        list_of(remaining.by_finalizer, "in");
    }
    const api::Condition* const present = find_condition(next.conditions, condition.type);
    if (present && present->status == condition.status && present->message == condition.message) continue;
    set_condition(next.conditions, std::move(condition));
  }
  if (next.conditions == ns.conditions) return Done();
  next.metadata.resource_version = 0;
  const auto written = write<Namespace>(sync, [&] { return request(Verb::kUpdateStatus, next); });
  if (!written) return std::unexpected(written.error());
  return Done();
}

void note_remaining(Remaining& remaining, const std::vector<ObjectPtr>& objects) {
  for (const ObjectPtr& object : objects) {
    // With a dot, also where the group is "".
    ++remaining.by_resource[fmt::format("{}.{}", api::plural_of(*object), api::group_of(*object))];
    for (const Symbol finalizer : object->metadata.finalizers) ++remaining.by_finalizer[finalizer.str()];
  }
}

SyncResult finalize(Sync& sync, const Namespace& ns) {
  const ApiResult* const result = sync.write([&] {
    ApiRequest request = delete_request(ns);
    request.grace_period_seconds = 0;  // the second deletion, with nothing left: removes it
    return request;
  });
  if (!result) return SyncResult::pending();
  if (!*result && !is_not_found(result->error())) return SyncResult::failed(result->error().message);
  return SyncResult::done();
}

// After the longest grace period only finalizers may hold pods; without any something is wrong (their node is
// dead, say), and the deletion is tried again and again.
SyncResult wait_for_pods(Sync& sync, const Namespace& ns, const std::vector<ObjectPtr>& pods,
                         const std::vector<ObjectPtr>& left) {
  std::int64_t seconds = estimate(ns, pods, sync.started());
  const bool held =
      std::ranges::any_of(left, [](const ObjectPtr& pod) { return !pod->metadata.finalizers.empty(); });
  if (seconds == 0 && held) seconds = kFinalizerEstimate;
  const std::string failure =
      seconds > 0 ? ""
                  : fmt::format("unexpected items still remain in namespace: {} for gvr: /v1, Resource=pods",
                                ns.metadata.name.view());
  if (const auto written = write_conditions(sync, ns, {}, failure); !written) return written.error();
  return seconds > 0 ? SyncResult::done(Duration::seconds(seconds / 2 + 1)) : SyncResult::failed(failure);
}

}  // namespace

void namespace_changed(const Change& change, Enqueue& enqueue) {
  if (change.object->kind != Kind::kNamespace || change.type == ChangeType::kDeleted) return;
  if (change.object->metadata.deletion_timestamp) enqueue.add_after(change.object->ref(), kDeletionDelay);
}

SyncResult sync_namespace(Sync& sync) {
  const auto& ns = sync.pin([&] { return api::as<Namespace>(sync.cache().get(sync.key())); });
  if (!ns || !ns->metadata.deletion_timestamp) return SyncResult::done();
  const Symbol name = ns->metadata.name;

  const auto& pods = sync.pin([&] { return objects_in(sync.cache(), Kind::kPod, name); });
  const auto pods_left = delete_all(sync, pods);
  if (!pods_left) return pods_left.error();
  if (!pods_left->empty()) return wait_for_pods(sync, *ns, pods, *pods_left);
  Remaining remaining;
  for (const api::KindInfo& info : api::kinds()) {
    if (!info.namespaced || info.kind == Kind::kPod) continue;
    const auto& objects = sync.pin([&] { return objects_in(sync.cache(), info.kind, name); });
    const auto left = delete_all(sync, objects);
    if (!left) return left.error();
    note_remaining(remaining, *left);
  }
  if (const auto written = write_conditions(sync, *ns, remaining); !written) return written.error();
  if (!remaining.by_resource.empty()) return SyncResult::done(Duration::seconds(kFinalizerEstimate / 2 + 1));
  return finalize(sync, *ns);
}

}  // namespace seatrial::controllers
