// The EndpointSlice controller: keeps the addresses of a Service's pods, with their conditions, in slices.
//
// A pod is in a slice as long as it has an address and has not ended; one that terminates stays, marked.
// Sources: pkg/controller/endpointslice/endpointslice_controller.go, k8s.io/endpointslice/reconciler.go;
// reference §4.1.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <unordered_map>

#include "sim/controllers/controllers.h"
#include "sim/controllers/endpointslice_math.h"

namespace seatrial::controllers {

using api::EndpointSlice;
using api::Kind;
using api::Pod;
using api::Service;
using api::Symbol;

namespace {

// A slice's change makes its Service be looked at again after this time (endpointSliceChangeMinSyncDelay).
constexpr Duration kSliceChangeDelay = Duration::seconds(1);

bool has_slices(const Service& service) {
  return service.type != Symbol("ExternalName") && !service.selector.empty();
}

// ---- Reading ----

class Gathering {
 public:
  Gathering(const Cache& cache, const Service& service) : cache_(cache), service_(service) {}

  void add(const Pod& pod) {
    if (pod.status.pod_ip.empty() || is_pod_terminal(pod) || !is_selected(pod)) return;
    const auto& [zone, exists] = zone_of(pod.node_name);
    PortGroup& group = group_of(pod);
    if (!exists && !service_.publish_not_ready_addresses) {
      skipped.push_back(fmt::format("skipping Pod {} for Service {}/{}: Node {} Not Found",
                                    pod.metadata.name.view(), service_.metadata.namespace_.view(),
                                    service_.metadata.name.view(), pod.node_name.view()));
      return;
    }
    group.endpoints.push_back(endpoint_of(service_, pod, zone));
  }
  std::vector<PortGroup> groups;
  std::vector<std::string> skipped;  // why pods are left out

 private:
  struct Zone {
    Symbol name;
    bool exists = false;
  };

  bool is_selected(const Pod& pod) {
    if (pod.metadata.labels.get() != last_labels_) {
      last_labels_ = pod.metadata.labels.get();
      selected_ = api::selects(service_, *last_labels_);
    }
    return selected_;
  }
  const Zone& zone_of(Symbol node) {
    const auto [at, is_new] = zones_.try_emplace(&node.str());
    if (is_new) {
      if (const auto found = cache_.find<api::Node>({}, node)) {
        static const Symbol kZone = "topology.kubernetes.io/zone";
        at->second = {found->metadata.labels->get(kZone), true};
      }
    }
    return at->second;
  }
  // Pods of one template share their spec, so its ports are looked up once.
  PortGroup& group_of(const Pod& pod) {
    if (pod.spec.get() != last_spec_ || groups.empty()) {
      last_spec_ = pod.spec.get();
      std::vector<api::EndpointPort> ports = ports_on(service_, *last_spec_);
      const auto at = std::ranges::find(groups, ports, &PortGroup::ports);
      group_ = static_cast<std::size_t>(at - groups.begin());
      if (at == groups.end()) groups.push_back({std::move(ports), {}});
    }
    return groups[group_];
  }

  const Cache& cache_;
  const Service& service_;
  const api::LabelMap* last_labels_ = nullptr;
  const api::PodSpec* last_spec_ = nullptr;
  bool selected_ = false;
  std::size_t group_ = 0;
  std::unordered_map<const void*, Zone> zones_;  // by the node's name; only looked up
};

struct Planned {
  SlicePlan plan;
  std::string skipped;  // pods of nodes that are gone
};

// As k8s.io/apimachinery's aggregate of errors writes them.
std::string aggregate_of(const std::vector<std::string>& errors) {
  if (errors.size() <= 1) return errors.empty() ? std::string() : errors.front();
  return fmt::format("[{}]", fmt::join(errors, ", "));
}

Planned gather(const Cache& cache, const Service& service) {
  Gathering pods(cache, service);
  for (const std::uint32_t index : cache.in_namespace(Kind::kPod, service.metadata.namespace_)) {
    pods.add(static_cast<const Pod&>(*cache.all(Kind::kPod)[index]));
  }
  std::vector<std::shared_ptr<const EndpointSlice>> existing;
  for (const std::uint32_t index : cache.controlled_by(Kind::kEndpointSlice, service.metadata.uid)) {
    auto slice = cache.get<EndpointSlice>({index});
    if (!slice->metadata.deletion_timestamp) existing.push_back(std::move(slice));
  }
  return {plan_slices(pods.groups, existing, slice_labels(service)), aggregate_of(pods.skipped)};
}

// ---- Writing ----

void report_failure(Sync& sync, const std::shared_ptr<const Service>& service, std::string_view error) {
  sync.event({service,
              true,
              "FailedToUpdateEndpointSlices",
              fmt::format("Error updating Endpoint Slices for Service {}/{}: {}",
                          service->metadata.namespace_.str(), service->metadata.name.str(), error),
              {}});
}

// A failure ends the sync; the next one starts from what was written.
Step<Done> report(Sync& sync, const std::shared_ptr<const Service>& service, const ApiResult* result,
                  std::string_view what) {
  if (!result) return pending();
  if (*result || is_namespace_terminating(result->error())) return Done();
  report_failure(
      sync, service,
      fmt::format("failed to {} EndpointSlice for Service {}/{}: {}", what,
                  service->metadata.namespace_.str(), service->metadata.name.str(), result->error().message));
  return failed(result->error());
}

EndpointSlice draft_of(const Service& service, const EndpointSlice& planned) {
  EndpointSlice slice = planned;
  slice.metadata.generate_name = service.metadata.name.str() + "-";
  slice.metadata.namespace_ = service.metadata.namespace_;
  slice.metadata.owner_references = {controller_reference(service)};
  slice.source = service.source;
  return slice;
}

Step<Done> write_plan(Sync& sync, const std::shared_ptr<const Service>& service, const SlicePlan& plan) {
  // Nothing new for a Service that is going.
  if (!service->metadata.deletion_timestamp) {
    for (const EndpointSlice& slice : plan.create) {
      const auto* result = sync.write([&] { return request(Verb::kCreate, draft_of(*service, slice)); });
      if (const auto done = report(sync, service, result, "create"); !done) return done;
    }
  }
  for (const EndpointSlice& slice : plan.update) {
    const auto* result = sync.write([&] { return request(Verb::kUpdate, slice); });
    const auto done = report(sync, service, result, "update " + slice.metadata.name.str());
    if (!done) return done;
  }
  for (const auto& slice : plan.remove) {
    const auto* result = sync.write([&] { return delete_request(*slice); });
    const auto done = report(sync, service, result, "delete " + slice->metadata.name.str());
    if (!done) return done;
  }
  return Done();
}

// ---- What a change concerns ----

void endpoint_pod_changed(const Change& change, Enqueue& enqueue) {
  const auto& pod = static_cast<const Pod&>(*change.object);
  const auto* const before = static_cast<const Pod*>(change.old);
  const bool modified = change.type == ChangeType::kModified;
  if (modified && !endpoint_changed(*before, pod)) return;
  const bool relabelled = modified && !(before->metadata.labels == pod.metadata.labels);
  for (const std::uint32_t index : change.cache.in_namespace(Kind::kService, pod.metadata.namespace_)) {
    const auto& service = static_cast<const Service&>(*change.cache.all(Kind::kService)[index]);
    if (!has_slices(service)) continue;
    if (api::selects(service, *pod.metadata.labels) ||
        (relabelled && api::selects(service, *before->metadata.labels))) {
      enqueue.add(service.ref());
    }
  }
}

}  // namespace

void endpointslice_changed(const Change& change, Enqueue& enqueue) {
  switch (change.object->kind) {
    case Kind::kService:
      return enqueue.add(change.object->ref());
    case Kind::kPod:
      return endpoint_pod_changed(change, enqueue);
    case Kind::kEndpointSlice: {
      const api::ObjectRef service = controller_in(change.cache, *change.object, Kind::kService);
      if (service.valid()) enqueue.add_after(service, kSliceChangeDelay);
      return;
    }
    default:
      return;
  }
}

SyncResult sync_endpointslice(Sync& sync) {
  const auto& service = sync.pin([&] { return api::as<Service>(sync.cache().get(sync.key())); });
  if (!service || !has_slices(*service)) return SyncResult::done();
  const auto& planned = sync.pin([&] { return gather(sync.cache(), *service); });
  if (const auto written = write_plan(sync, service, planned.plan); !written) return written.error();
  // A pod on a node that is gone: its address is left out, and looked at again after 1 s, 2 s, 4 s …
  const cluster::FailureBackoff::Key key{cluster::sync_key(sync.key()), 0, 0};
  if (planned.skipped.empty()) {
    sync.once([&] { sync.backoff().forget(key); });
    return SyncResult::done();
  }
  report_failure(sync, service, planned.skipped);
  sync.once([&] { sync.backoff().failed(key, sync.now()); });
  return SyncResult::done(sync.backoff().wait(key, sync.now()));
}

}  // namespace seatrial::controllers
