// A node's Lease as its kubelet keeps it (kube-node-lease/NODE).
//
// A kubelet renews it every 10 s, and nobody looks as long as it does. So the store is written when renewals
// begin and when they have ended, then with the time of the last one: what it would hold if each had been
// written. Lease::kept_up tells the two apart. Source: pkg/kubelet/kubelet.go, NewController of
// k8s.io/component-helpers/apimachinery/lease.
#pragma once

#include <optional>

#include "sim/cluster/api_server.h"

namespace seatrial::cluster {

class NodeLease {
 public:
  // Renewed now and every `period` from now on.
  void begin(Kernel& kernel, ApiServer& api, api::Symbol node, Duration period);
  void end(Kernel& kernel, ApiServer& api, api::Symbol node);
  // From now until the next renewal. REQUIRES: renewals have begun.
  Duration until_next(SimTime now) const;
  bool kept_up() const { return first_.has_value(); }

 private:
  void write(Kernel& kernel, ApiServer& api, api::Symbol node, SimTime renewed) const;

  std::optional<SimTime> first_;  // none: nobody renews it
  Duration period_;
};

}  // namespace seatrial::cluster
