// What a Job's status becomes: pods are counted once, although finalizer and status are two writes. A
// finished pod is first listed as uncounted, then loses its finalizer, then is counted. Of values only.
//
// Source: pkg/controller/job/job_controller.go (trackJobStatusAndRemoveFinalizers, enactJobFinished);
// reference §6.
#pragma once

#include "sim/controllers/job_math.h"

namespace seatrial::controllers {

// At most so many pods wait to be counted.
inline constexpr std::size_t kMaxUncountedPods = 500;

// The first half of a sync's writing: the status that lists what is about to be counted, and the pods whose
// finalizer goes.
struct Tracking {
  api::Job::Status status;
  bool needs_write = false;
  Pods release;
  std::optional<api::Condition> finished;  // the terminal condition to come
  bool more = false;                       // kMaxUncountedPods were reached
};
// `status` has active, ready, terminating and Suspended already; `needs_write` says whether these changed.
Tracking track(const api::Job& job, const JobView& view, api::Job::Status status, bool needs_write,
               SimTime now);

// Counts the uncounted pods that have no finalizer any more; whether any was. `tracked` are those that still
// have one.
bool count_released(api::Job::Status& status, const std::vector<api::Uid>& tracked);
// Adds the terminal condition, unless pods are still uncounted or terminating; whether it did.
bool finish(api::Job::Status& status, const api::Condition& finished);

// Adds the condition or makes it so; whether that changed anything. A False one that never was is not added.
bool ensure_condition(std::vector<api::Condition>& conditions, const api::Condition& wanted);

}  // namespace seatrial::controllers
