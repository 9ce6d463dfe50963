// How many replicas the ReplicaSets of a Deployment are to have: the arithmetic of a rollout, of values only.
//
// Units: replicas. "Sets" below are ReplicaSets; where an order matters they are given oldest first (creation
// time, then name). Nothing here reads a clock, a cache or an object that it was not given. Sources:
// pkg/controller/deployment/{rolling,recreate,sync}.go, .../util/deployment_util.go; reference §1.4-1.7.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/api/apps.h"

namespace seatrial::controllers {

struct Fenceposts {
  std::int32_t surge = 0, unavailable = 0;
  bool operator==(const Fenceposts&) const = default;
};
// maxSurge rounds up, maxUnavailable rounds down, absent is 0; both 0 make maxUnavailable 1. The error is
// intstr's. 25%/25% of 10: surge 3, unavailable 2. 25%/25% of 1: surge 1, unavailable 0. 0/0 of 10: surge 0,
// unavailable 1.
std::expected<Fenceposts, std::string> resolve_fenceposts(
    const std::optional<api::IntOrString>& max_surge, const std::optional<api::IntOrString>& max_unavailable,
    std::int32_t desired);
std::int32_t max_surge(const api::Deployment& d);        // 0 unless RollingUpdate
std::int32_t max_unavailable(const api::Deployment& d);  // 0 unless RollingUpdate; at most its replicas

// The new set's size in a rollout: all at once for Recreate; else what surge leaves room for, `all_spec`
// being the sum of spec.replicas of all sets. 10 desired, surge 3: old 10, new 0 -> 3; old 8, new 3 -> 5; old
// 8, new 5 -> 5.
std::int32_t new_rs_new_replicas(api::DeploymentStrategyType strategy, std::int32_t desired,
                                 std::int32_t surge, std::int32_t all_spec, std::int32_t new_spec);
// The size that reconcileNewReplicaSet wants: scaled down to `desired` if above, else as above.
std::int32_t reconcile_new(api::DeploymentStrategyType strategy, std::int32_t desired, std::int32_t surge,
                           std::int32_t all_spec, std::int32_t new_spec);

struct SetSize {
  std::int32_t spec = 0, available = 0;  // spec.replicas, status.availableReplicas
};
struct Resize {
  std::size_t set = 0;  // index into the given sets
  std::int32_t from = 0, to = 0;
  bool operator==(const Resize&) const = default;
};

// By how much old sets may shrink at all: what is there, less what must be available, less the new set's
// replicas that are not available yet. Old 10, new 3 of which 0 are available, 8 must be: 13 - 8 - 3 = 2.
std::int32_t max_scaled_down(std::int32_t all_spec, std::int32_t min_available, const SetSize& new_set);
// Takes replicas that are not available from old sets, oldest first, at most `limit`.
// Sets 5/0 and 4/4 (spec/available), limit 3: the first goes from 5 to 2.
std::vector<Resize> cleanup_unhealthy(std::span<const SetSize> old_sets, std::int32_t limit);
// Takes what is available beyond `min_available` from old sets, oldest first. `available` is the sum over all
// sets.
std::vector<Resize> scale_down_old(std::span<const SetSize> old_sets, std::int32_t available,
                                   std::int32_t min_available);

// One active set in a change of a Deployment's size.
struct ScaledSet {
  SetSize size;
  std::optional<std::int32_t> desired_annotation,
      max_annotation;   // deployment.kubernetes.io/{desired,max}-replicas
  bool is_new = false;  // has the Deployment's present template
};
struct Scaling {
  std::int32_t desired = 0, surge = 0;
  std::int32_t status_replicas = 0;  // of the Deployment's status
  bool rolling_update = true;
};
struct ScaleStep {
  std::size_t set = 0;
  std::int32_t to = 0;
  bool refresh_annotations = false;  // write even if only the annotations differ
};
// What a change of the Deployment's size does to its sets (all of them, oldest first), in the order of the
// writes. Proportional: sets of 2 (new) and 3 of a Deployment that goes from 5 to 10 without surge become 4
// and 6.
std::vector<ScaleStep> scale_plan(const Scaling& scaling, std::span<const ScaledSet> sets);
// round-half-away(spec * (desired + surge) / max-replicas annotation) - spec. 50 of 110 that may grow to 130:
// round(50 * 130 / 110) - 50 = round(59.09) - 50 = 9. Without annotation the Deployment's status.replicas
// divides.
std::int32_t replica_set_fraction(const Scaling& scaling, std::int32_t spec,
                                  std::optional<std::int32_t> max_annotation);

}  // namespace seatrial::controllers
