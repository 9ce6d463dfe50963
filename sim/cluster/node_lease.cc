#include "sim/cluster/node_lease.h"

#include "sim/api/kinds.h"

namespace seatrial::cluster {

void NodeLease::begin(Kernel& kernel, ApiServer& api, api::Symbol node, Duration period) {
  first_ = kernel.now();
  period_ = period;
  write(kernel, api, node, kernel.now());
}

void NodeLease::end(Kernel& kernel, ApiServer& api, api::Symbol node) {
  if (!first_) return;
  const SimTime last = kernel.now() - (kernel.now() - *first_) % period_;
  first_.reset();
  write(kernel, api, node, last);
}

Duration NodeLease::until_next(SimTime now) const { return period_ - (now - *first_) % period_; }

void NodeLease::write(Kernel& kernel, ApiServer& api, api::Symbol node, SimTime renewed) const {
  const auto* const stored = api.store().find<api::Lease>("kube-node-lease", node);
  auto lease = stored ? api::clone(*stored) : std::make_shared<api::Lease>();
  lease->metadata.name = lease->holder_identity = node;
  lease->metadata.namespace_ = "kube-node-lease";
  lease->metadata.resource_version = 0;
  lease->renew_time = renewed;
  lease->kept_up = first_.has_value();
  ApiRequest request;
  request.verb = stored ? Verb::kUpdate : Verb::kCreate;
  request.object = std::move(lease);
  (void)api.execute(kernel, request);  // refused only where somebody has deleted the namespace
}

}  // namespace seatrial::cluster
