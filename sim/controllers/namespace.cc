// The namespace controller: empties a namespace that is being deleted, then lets it go.
//
// It starts five seconds after the request (so that every API server has learnt of it), deletes the pods and
// waits until none remain; every change of the namespace, its own conditions included, makes it look again
// after five seconds. Then it deletes everything else, and the namespace when nothing is left. Source:
// pkg/controller/namespace/{namespace_controller,deletion/namespaced_resources_deleter}.go; reference §7,
// observed.md 31.

#include <fmt/format.h>

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
  std::int32_t objects = 0, with_finalizers = 0;
  std::string resources, finalizers;  // as the conditions name them
};

std::vector<ObjectPtr> objects_in(const Cache& cache, Kind kind, Symbol namespace_) {
  std::vector<ObjectPtr> objects;
  for (const std::uint32_t index : cache.in_namespace(kind, namespace_))
    objects.push_back(cache.all(kind)[index]);
  return objects;
}

// Deletes them all; the number of those that are still there.
Step<std::int32_t> delete_all(Sync& sync, const std::vector<ObjectPtr>& objects) {
  std::vector<Write> writes;
  std::int32_t remaining = 0;
  for (const ObjectPtr& object : objects) {
    if (object->metadata.deletion_timestamp) {
      ++remaining;
    } else {
      writes.push_back({delete_request(*object), {}, {}});
    }
  }
  if (writes.empty()) return remaining;
  const std::vector<ApiResult>* const results = sync.write_all([&] { return std::move(writes); });
  if (!results) return pending();
  for (const ApiResult& result : *results) {
    if (result && (*result)->metadata.deletion_timestamp) ++remaining;
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

Step<Done> write_conditions(Sync& sync, const Namespace& ns, const Remaining& remaining) {
  Namespace next = ns;
  const SimTime now = sync.pin([&] { return sync.now(); });
  for (const ConditionText& text : kFine) {
    api::Condition condition{text.type, api::ConditionStatus::kFalse, text.reason, text.message,
                             {},        now.whole_second(),           {}};
    const bool content = std::string_view(text.type) == "NamespaceContentRemaining";
    const bool finalizers = std::string_view(text.type) == "NamespaceFinalizersRemaining";
    if ((content && remaining.objects > 0) || (finalizers && remaining.with_finalizers > 0)) {
      condition.status = api::ConditionStatus::kTrue;
      condition.reason = content ? "SomeResourcesRemain" : "SomeFinalizersRemain";
      condition.message =
          content ? "Some resources are remaining: " + remaining.resources
                  : "Some content in the namespace has finalizers remaining: " + remaining.finalizers;
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

void note_remaining(Remaining& remaining, const api::KindInfo& info, const std::vector<ObjectPtr>& objects,
                    std::int32_t count) {
  if (count == 0) return;
  remaining.objects += count;
  const auto add = [](std::string& list, std::string text) { list += (list.empty() ? "" : ", ") + text; };
  add(remaining.resources, fmt::format("{}. has {} resource instances", info.plural, count));
  std::map<Symbol, std::int32_t> by_finalizer;
  for (const ObjectPtr& object : objects) {
    for (const Symbol finalizer : object->metadata.finalizers) ++by_finalizer[finalizer];
  }
  for (const auto& [finalizer, n] : by_finalizer) {
    remaining.with_finalizers += n;
    add(remaining.finalizers, fmt::format("{} in {} resource instances", finalizer.str(), n));
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
  if (*pods_left > 0) {
    if (const auto written = write_conditions(sync, *ns, {}); !written) return written.error();
    return SyncResult::done(Duration::seconds(estimate(*ns, pods, sync.started()) / 2 + 1));
  }
  Remaining remaining;
  for (const api::KindInfo& info : api::kinds()) {
    if (!info.namespaced || info.kind == Kind::kPod) continue;
    const auto& objects = sync.pin([&] { return objects_in(sync.cache(), info.kind, name); });
    const auto left = delete_all(sync, objects);
    if (!left) return left.error();
    note_remaining(remaining, info, objects, *left);
  }
  if (const auto written = write_conditions(sync, *ns, remaining); !written) return written.error();
  if (remaining.objects > 0) return SyncResult::done(Duration::seconds(kFinalizerEstimate / 2 + 1));
  return finalize(sync, *ns);
}

}  // namespace seatrial::controllers
