// What pods may use of AWS: their roles, and the credentials that they have at an instant.
// cloud/credentials.h says what is true; this keeps who is who, since when a process asks STS, and when STS
// could not be reached.
//
// A call of a pod that may not use a resource is answered 403 after the time that the call takes, and has
// failed; the pod says so once (cluster::RecordType::kCannotCall, value: a cloud::Denial), its cause what
// made the pod so, or the fault of STS. A worker that may not use its queue receives nothing, and cannot
// delete what it holds (queues.h). Calls cost no events; a worker costs one for each outage of STS, at the
// instant at which what it has expires. Where no role is described nothing is asked.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/api/core.h"
#include "sim/cloud/credentials.h"
#include "sim/engine/kernel.h"
#include "sim/traffic/queues.h"

namespace seatrial::traffic {

struct Refusal {
  cloud::Denial why = cloud::Denial::kNone;
  JournalId cause = JournalId::kNone;
  explicit operator bool() const { return why != cloud::Denial::kNone; }
};

class Credentials {
 public:
  // REQUIRES: no pod was introduced.
  void configure(cloud::CredentialRules rules, std::vector<cloud::IamRole> roles);
  // No role is described: everything is open to everybody.
  bool trivial() const { return roles_.empty(); }
  const cloud::CredentialRules& rules() const { return rules_; }
  std::span<const cloud::IamRole> roles() const { return roles_; }
  std::span<const cloud::StsOutage> outages() const { return outages_; }

  // As the pod was admitted, by that record. Of its containers the first counts, as for its version.
  void admitted(const api::Pod& pod, JournalId record);
  void introduce(api::PodKey pod, cloud::PodIdentity identity, JournalId admitted);
  const cloud::PodIdentity& identity(api::PodKey pod) const;
  // Its process begins, and asks STS.
  void begin(api::PodKey pod, SimTime now);
  // STS cannot be reached from now on, or can again. Overlapping outages are one, of which the first is the
  // cause.
  void set_sts(Kernel& kernel, Queues& queues, bool available, JournalId cause);
  // By which record the pod may not receive from that queue now, and says so; none: it may.
  JournalId refuse_worker(Kernel& kernel, api::PodKey pod, api::Symbol queue) const;
  // What a worker has expires now, if nothing has come since; or it may have credentials again.
  void judge_worker(Kernel& kernel, Queues& queues, api::PodKey pod) const;

  Refusal judge(api::PodKey pod, api::Symbol resource, SimTime now) const;
  // When what the pod's process has expires, if STS stays as it is. REQUIRES: begin().
  std::optional<SimTime> expires(api::PodKey pod, SimTime now) const;
  // "AccessDenied: role a does not allow it".
  std::string words(api::PodKey pod, cloud::Denial why, SimTime now) const;

 private:
  struct Pod {
    std::uint32_t identity = 0;
    JournalId admitted = JournalId::kNone;
    SimTime began;
  };
  const Pod& of(api::PodKey pod) const;

  cloud::CredentialRules rules_;
  std::vector<cloud::IamRole> roles_;
  std::vector<cloud::StsOutage> outages_;
  std::int32_t away_ = 0;                           // faults that are on
  std::vector<cloud::PodIdentity> identities_{{}};  // each once; the first is of pods that nobody introduced
  std::vector<Pod> pods_;                           // by PodKey
};

}  // namespace seatrial::traffic
