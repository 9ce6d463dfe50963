// A Deployment's status and its conditions: computed from the Deployment and its ReplicaSets, of values only.
//
// Times are whole seconds, as in the API. `new_rs` may be null wherever it is named; it is one of `all` or
// null. Sources: pkg/controller/deployment/{sync,progress}.go, .../util/deployment_util.go; reference §1.8,
// §1.9.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "sim/api/apps.h"

namespace seatrial::controllers {

using DeploymentStatus = api::Deployment::Status;
using ReplicaSetPtr = std::shared_ptr<const api::ReplicaSet>;

api::Condition new_condition(api::Symbol type, api::ConditionStatus status, api::Symbol reason,
                             std::string message, SimTime now);
// Puts a condition at the end, in place of the one of its type. Unchanged status and reason: nothing happens;
// unchanged status: lastTransitionTime stays.
void set_condition(std::vector<api::Condition>& conditions, api::Condition condition);
void remove_condition(std::vector<api::Condition>& conditions, api::Symbol type);

bool has_progress_deadline(const api::Deployment& d);
bool has_revision_history_limit(const api::Deployment& d);

// Everything but the Progressing and ReplicaFailure conditions, which are taken over from the present status.
DeploymentStatus calculate_status(const api::Deployment& d, std::span<const ReplicaSetPtr> all,
                                  const api::ReplicaSet* new_rs, SimTime now);
// The above, with Progressing (complete, progressing, timed out: the first that applies) and ReplicaFailure.
DeploymentStatus rollout_status(const api::Deployment& d, std::span<const ReplicaSetPtr> all,
                                const api::ReplicaSet* new_rs, SimTime now);

bool deployment_complete(const api::Deployment& d, const DeploymentStatus& status);
bool deployment_progressing(const DeploymentStatus& before, const DeploymentStatus& after);
bool deployment_timed_out(const api::Deployment& d, const DeploymentStatus& status, SimTime now);

// When a rollout that makes no progress is to be looked at again: lastUpdate + deadline - now + 1 s; zero, as
// soon as the queue's limits allow it, if less than a second is left. Updated at 10.0 s, deadline 600 s, now
// 40.2 s: in 570.8 s. Nothing if it is done or timed out. One that was complete once does not time out, so
// while pods of it are missing it is looked at again and again: ten times a second at most, all Deployments
// together.
std::optional<Duration> requeue_stuck(const api::Deployment& d, const DeploymentStatus& status, SimTime now);

}  // namespace seatrial::controllers
