// The writes that change a part of an object: its status, its owners, a finalizer, where a pod is bound, how
// many replicas there are to be.
#include <fmt/format.h>

#include <algorithm>

#include "sim/api/apps.h"
#include "sim/api/kinds.h"
#include "sim/cluster/api_server.h"
#include "sim/cluster/object_parts.h"

namespace seatrial::cluster {

using api::Kind;
using api::ObjectPtr;
using api::Symbol;

namespace {

template <class T>
std::shared_ptr<T> edit(const ObjectPtr& object) {
  return std::make_shared<T>(static_cast<const T&>(*object));
}

}  // namespace

ApiResult ApiServer::update_status(Kernel& kernel, const ApiRequest& request) {
  const ApiResult found = target(request);
  if (!found) return found;
  const api::Object& current = **found;
  const std::uint64_t expected = request.object->metadata.resource_version;
  if (request.verb == Verb::kUpdateStatus && expected != 0 && expected != current.metadata.resource_version) {
    return std::unexpected(conflict(current));
  }
  // The stored spec and metadata with the sent status.
  Mutable next = api::info(current.kind).clone(current);
  copy_status(*request.object, *next);
  // The status strategy of Deployments keeps spec and labels only; so its controller writes the revision
  // along.
  if (next->kind == Kind::kDeployment && request.verb == Verb::kUpdateStatus) {
    next->metadata.annotations = request.object->metadata.annotations;
  }
  if (same_object(current, *next)) return *found;
  return store_update(kernel, std::move(next), RecordType::kStatusUpdated, request);
}

ApiResult ApiServer::patch_conditions(Kernel& kernel, const ApiRequest& request) {
  const ApiResult found = target(request);
  if (!found) return found;
  auto next = edit<api::Pod>(*found);
  for (const api::Condition& wanted : request.conditions) {
    const auto at = std::ranges::find(next->status.conditions, wanted.type, &api::Condition::type);
    if (at == next->status.conditions.end()) {
      next->status.conditions.push_back(wanted);
    } else {
      const SimTime since =
          at->status == wanted.status ? at->last_transition_time : wanted.last_transition_time;
      *at = wanted;
      at->last_transition_time = since;
    }
  }
  if (request.nominated) next->status.nominated_node_name = *request.nominated;
  if (next->status == static_cast<const api::Pod&>(**found).status) return *found;
  return store_update(kernel, std::move(next), RecordType::kStatusUpdated, request);
}

ApiResult ApiServer::patch_owners(Kernel& kernel, const ApiRequest& request) {
  const ApiResult found = target(request);
  if (!found) return found;
  Mutable next = api::info((*found)->kind).clone(**found);
  next->metadata.owner_references = request.owner_references;
  if (request.object) next->metadata.labels = request.object->metadata.labels;
  if (!request.finalizer.empty()) {
    std::erase(next->metadata.finalizers, request.finalizer);
    if (next->metadata.controller_ref()) next->metadata.finalizers.push_back(request.finalizer);
  }
  return store_update(kernel, std::move(next), RecordType::kUpdated, request);
}

ApiResult ApiServer::remove_finalizer(Kernel& kernel, const ApiRequest& request) {
  const ApiResult found = target(request);
  if (!found) return found;
  Mutable next = api::info((*found)->kind).clone(**found);
  if (std::erase(next->metadata.finalizers, request.finalizer) == 0) return *found;
  return store_update(kernel, std::move(next), RecordType::kUpdated, request);
}

ApiResult ApiServer::bind(Kernel& kernel, const ApiRequest& request) {
  const ApiResult found = target(request);
  if (!found) return found;
  auto next = edit<api::Pod>(*found);
  if (!next->node_name.empty()) {
    return std::unexpected(ApiError{
        409,
        "Conflict",
        fmt::format(
            "Operation cannot be fulfilled on pods/binding \"{}\": pod {} is already assigned to node \"{}\"",
            next->metadata.name.str(), next->metadata.name.str(), next->node_name.str()),
        {},
        0});
  }
  if (next->metadata.deletion_timestamp) {
    return std::unexpected(ApiError{409,
                                    "Conflict",
                                    fmt::format("Operation cannot be fulfilled on pods/binding \"{}\": pod "
                                                "{} is being deleted, cannot be assigned "
                                                "to a host",
                                                next->metadata.name.str(), next->metadata.name.str()),
                                    {},
                                    0});
  }
  next->node_name = request.node;
  const SimTime now = kernel.now().whole_second();
  std::erase_if(next->status.conditions,
                [](const api::Condition& c) { return c.type == Symbol("PodScheduled"); });
  next->status.conditions.push_back({"PodScheduled", api::ConditionStatus::kTrue, {}, {}, {}, now, {}});
  next->status.nominated_node_name = {};
  return store_update(kernel, std::move(next), RecordType::kBound, request, request.node.view(), 0,
                      store_.find(Kind::kNode, {}, request.node));
}

ApiResult ApiServer::scale(Kernel& kernel, const ApiRequest& request) {
  const ApiResult found = target(request);
  if (!found) return found;
  Mutable next = api::info((*found)->kind).clone(**found);
  if (next->kind == Kind::kDeployment) {
    static_cast<api::Deployment&>(*next).replicas = request.replicas;
  } else if (next->kind == Kind::kReplicaSet) {
    static_cast<api::ReplicaSet&>(*next).replicas = request.replicas;
  } else if (next->kind == Kind::kStatefulSet) {
    static_cast<api::StatefulSet&>(*next).replicas = request.replicas;
  } else {
    return std::unexpected(
        ApiError{404, "NotFound", "the server could not find the requested resource", {}, 0});
  }
  if (same_object(**found, *next)) return *found;
  ++next->metadata.generation;
  return store_update(kernel, std::move(next), RecordType::kScaled, request, {}, request.replicas);
}

}  // namespace seatrial::cluster
