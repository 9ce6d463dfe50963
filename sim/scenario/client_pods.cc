#include "sim/scenario/client_pods.h"

#include "sim/api/kinds.h"

namespace seatrial::scenario {

using api::Kind;

checks::ObjectName workload_of(const cluster::Store& store, const api::Pod& pod) {
  const api::Symbol namespace_ = pod.metadata.namespace_;
  checks::ObjectName name{Kind::kPod, namespace_, pod.metadata.name};
  const api::Object* object = &pod;
  while (const api::OwnerReference* const owner = object->metadata.controller_ref()) {
    const api::KindInfo* const kind = api::find_kind(owner->api_version.view(), owner->kind.view());
    if (!kind) break;
    name = {kind->kind, namespace_, owner->name};
    object = store.get(store.find(kind->kind, namespace_, owner->name)).get();
    if (!object) break;
  }
  return name;
}

void ClientPods::add_sender(const Parts& parts, std::size_t number, const api::Pod& pod,
                            traffic::PlaceId place, JournalId cause) {
  const Load& load = loads_[number];
  const api::PodKey key{pod.index};
  const bool sends = load.resource   ? parts.traffic.calls_resource(key, load.resource->index)
                     : load.queries  ? senders_.contains(key.index) || parts.traffic.calls_of(key)
                     : load.workload ? workload_of(parts.store, pod) == *load.workload
                                     : parts.traffic.calls_through(key, load.load);
  if (!sends) return;
  Sender sender{number, traffic::OriginId::kUnjudged};
  if (parts.enforcement) {
    cluster::OriginConfig origin = load.origin;
    origin.name = "pod " + pod.metadata.name.str();
    origin.namespace_ = pod.metadata.namespace_;
    origin.pod = pod.metadata.name;
    origin.key = key;
    sender.origin = parts.enforcement->add_origin(parts.kernel, std::move(origin), parts.gates, cause);
  }
  senders_[key.index].push_back(sender);
  if (load.resource) return parts.traffic.judge_connections(key, *load.resource, sender.origin);
  if (load.queries) return parts.traffic.judge_queries(key, sender.origin);
  if (!load.workload) return parts.traffic.judge_calls(key, load.load, sender.origin);
  parts.traffic.add_client(parts.kernel, load.load, key, sender.origin, place, cause);
}

void ClientPods::started(const Parts& parts, api::PodKey key, traffic::PlaceId place, JournalId cause) {
  if (loads_.empty() || senders_.contains(key.index)) return;
  const api::Pod* const pod = parts.store.get<api::Pod>(key);
  if (!pod) return;
  for (const bool queries : {false, true}) {
    for (std::size_t i = 0; i < loads_.size(); ++i)
      if (loads_[i].queries == queries) add_sender(parts, i, *pod, place, cause);
  }
}

void ClientPods::ended(const Parts& parts, api::PodKey pod) {
  const auto found = senders_.find(pod.index);
  if (found == senders_.end()) return;
  for (const Sender& sender : found->second) {
    const Load& load = loads_[sender.load];
    if (load.resource)
      parts.traffic.judge_connections(pod, *load.resource, traffic::OriginId::kUnjudged);
    else if (load.workload)
      parts.traffic.remove_client(load.load, pod);
    else if (load.queries)
      parts.traffic.judge_queries(pod, traffic::OriginId::kUnjudged);
    else
      parts.traffic.judge_calls(pod, load.load, traffic::OriginId::kUnjudged);
    if (sender.origin != traffic::OriginId::kUnjudged)
      parts.enforcement->remove_origin(sender.origin, parts.gates);
  }
  senders_.erase(found);
}

std::vector<traffic::OriginId> ClientPods::origins_of(api::PodKey pod) const {
  std::vector<traffic::OriginId> origins;
  const auto found = senders_.find(pod.index);
  if (found == senders_.end()) return origins;
  for (const Sender& sender : found->second) origins.push_back(sender.origin);
  return origins;
}

}  // namespace seatrial::scenario
