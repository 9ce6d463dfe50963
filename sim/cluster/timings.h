// How long the control plane's own steps take. Defaults: what a real v1.36.2 control plane was measured to do
// on an otherwise idle machine (reference/observed.md, "Latencies"); a platform file may set each of them.
#pragma once

#include "sim/engine/distributions.h"
#include "sim/engine/time.h"

namespace seatrial::cluster {

struct ControlPlaneTimings {
  // A write takes 2 to 6 ms as its client sees it: to the server, its turn there, and the answer.
  Distribution api_request = Distribution::lognormal(Duration::micros(300), Duration::micros(1500));
  Distribution api_response = Distribution::lognormal(Duration::micros(300), Duration::micros(1500));
  // What a write costs the server (with etcd and everyone's share of watching it): writes wait for each
  // other, which spaces the steps of a busy rollout. 43.7 CPU seconds on two cores for some 8,000 writes
  // (1,000 pods created).
  Distribution api_service = Distribution::lognormal(Duration::micros(2500), Duration::micros(8000));
  // Commit to informer.
  Distribution watch_delivery = Distribution::lognormal(Duration::micros(1000), Duration::micros(4000));
  // Key added to an idle controller's queue to its reading the cache.
  Distribution controller_reaction = Distribution::lognormal(Duration::micros(1000), Duration::micros(5000));
  // What a cloud takes to make a volume that a claim asks for, and to remove it: parameters, not measured.
  Distribution volume_creation = Distribution::lognormal(Duration::millis(2500), Duration::seconds(6));
  Distribution volume_deletion = Distribution::lognormal(Duration::millis(1500), Duration::seconds(5));
};

}  // namespace seatrial::cluster
