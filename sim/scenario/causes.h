// The journal in words: what a record says of which object, and the chain of records behind a failed request.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/checks/evidence.h"
#include "sim/report/result.h"

namespace seatrial::scenario {

class Causes {
 public:
  explicit Causes(const checks::Evidence& evidence);
  // A failed request in words, with the chain of records from the pod (or the endpoints) back to what began
  // it.
  report::ExplainedRequest explained(const traffic::FailedRequest& failure) const;
  // A row of the log: how the request went, without causes.
  report::ExplainedRequest logged(const traffic::RequestLog& log, std::size_t row) const;
  std::string words(JournalId id) const;  // "pod my-application-…: SIGTERM"

 private:
  report::CauseStep step(JournalId id) const;
  std::string name(std::uint8_t kind, std::uint32_t index) const;

  const checks::Evidence& evidence_;
  std::map<api::ObjectRef, api::ObjectPtr> objects_;  // their last versions
};

// What happened to workloads, in order: the scenario's entries, faults, scaling, pods that come and go,
// warnings.
std::vector<report::TimelineRow> timeline_of(const checks::Evidence& evidence);

}  // namespace seatrial::scenario
