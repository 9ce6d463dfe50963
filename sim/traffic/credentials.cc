#include "sim/traffic/credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/cluster/components.h"
#include "sim/cluster/pod_identity.h"
#include "sim/engine/check.h"
#include "sim/traffic/calls.h"
#include "sim/traffic/event_types.h"
#include "sim/traffic/traffic.h"

namespace seatrial::traffic {

using cloud::Denial;

void Credentials::configure(cloud::CredentialRules rules, std::vector<cloud::IamRole> roles) {
  CHECK(pods_.empty());
  rules_ = rules;
  roles_ = std::move(roles);
}

void Credentials::admitted(const api::Pod& pod, JournalId record) {
  if (trivial() || pod.spec->containers.empty()) return;
  introduce({pod.index},
            {{pod.metadata.namespace_, pod.spec->service_account_name},
             cluster::role_of_container(pod.spec->containers.front())},
            record);
}

void Credentials::introduce(api::PodKey pod, cloud::PodIdentity identity, JournalId admitted) {
  const auto known = std::ranges::find(identities_, identity);
  if (pod.index >= pods_.size()) pods_.resize(pod.index + std::size_t{1});
  pods_[pod.index].identity = static_cast<std::uint32_t>(known - identities_.begin());
  pods_[pod.index].admitted = admitted;
  if (known == identities_.end()) identities_.push_back(std::move(identity));
}

const Credentials::Pod& Credentials::of(api::PodKey pod) const {
  static const Pod kUnknown{};
  return pod.index < pods_.size() ? pods_[pod.index] : kUnknown;
}

const cloud::PodIdentity& Credentials::identity(api::PodKey pod) const {
  return identities_[of(pod).identity];
}

void Credentials::begin(api::PodKey pod, SimTime now) {
  if (pod.index >= pods_.size()) pods_.resize(pod.index + std::size_t{1});
  pods_[pod.index].began = now;
}

std::optional<SimTime> Credentials::expires(api::PodKey pod, SimTime now) const {
  const auto has = cloud::credentials_in_hand(rules_, outages_, of(pod).began, now);
  if (!has) return std::nullopt;
  return has->expires;
}

Refusal Credentials::judge(api::PodKey pod, api::Symbol resource, SimTime now) const {
  if (!cloud::needs_credentials(roles_, resource)) return {};
  const Denial denial = cloud::denial_of(roles_, identity(pod), resource);
  if (denial != Denial::kNone) return {denial, of(pod).admitted};
  const auto until = expires(pod, now);
  if (until && now < *until) return {};
  return {Denial::kExpired, outages_.back().record};
}

std::string Credentials::words(api::PodKey pod, Denial why, SimTime now) const {
  const cloud::PodIdentity& who = identity(pod);
  const std::string_view role = cloud::role_name(who.role_arn.view());
  switch (why) {
    case Denial::kNone:
      return {};
    case Denial::kNoRole:
      return "AccessDenied: the pod has no role";
    case Denial::kUnknownRole:
      return fmt::format("AccessDenied: STS gives no credentials for role {}", role);
    case Denial::kNotTrusted:
      return fmt::format("AccessDenied: role {} does not trust ServiceAccount {}/{}", role,
                         who.account.namespace_.view(), who.account.name.view());
    case Denial::kNotAllowed:
      return fmt::format("AccessDenied: role {} does not allow it", role);
    case Denial::kExpired:
      break;
  }
  const auto until = expires(pod, now);
  if (!until) return "STS is unavailable, and the process has no credentials yet";
  return "ExpiredToken: STS is unavailable, and the credentials have expired at " +
         to_string(truncated(until->since_start(), Duration::millis(1)));
}

// --- Workers

JournalId Credentials::refuse_worker(Kernel& kernel, api::PodKey pod, api::Symbol queue) const {
  if (!cloud::needs_credentials(roles_, queue)) return JournalId::kNone;
  const SimTime now = kernel.now();
  if (const Refusal refused = judge(pod, queue, now))
    return record_cannot_call(kernel, pod, queue, refused.cause, words(pod, refused.why, now), refused.why);
  if (away_ == 0) return JournalId::kNone;
  Event e;
  e.component = cluster::kTrafficComponent;
  e.type = static_cast<std::uint8_t>(TrafficEvent::kExpires);
  e.subject = pod.index;
  kernel.at(*expires(pod, now), e);
  return JournalId::kNone;
}

void Credentials::judge_worker(Kernel& kernel, Queues& queues, api::PodKey pod) const {
  if (!queues.works(pod)) return;
  const api::Symbol queue = queues.config(queues.queue_of(pod)).name;
  if (queues.denied(pod) == JournalId::kNone) return queues.deny(pod, refuse_worker(kernel, pod, queue));
  if (!judge(pod, queue, kernel.now())) queues.allow(kernel, pod);
}

void Credentials::set_sts(Kernel& kernel, Queues& queues, bool available, JournalId cause) {
  away_ += available ? -1 : 1;
  CHECK(away_ >= 0);
  if (available && away_ == 0) outages_.back().ended = kernel.now();
  if (!available && away_ == 1) outages_.push_back({kernel.now(), SimTime::max(), cause});
  if (away_ != (available ? 0 : 1)) return;
  for (std::uint32_t pod = 0; pod < pods_.size(); ++pod) judge_worker(kernel, queues, {pod});
}

// --- Calls

void Traffic::set_sts(Kernel& kernel, bool available, JournalId cause) {
  credentials_.set_sts(kernel, queues_, available, cause);
}

bool Traffic::refuses(Kernel& kernel, api::PodKey pod, std::uint32_t call) {
  if (credentials_.trivial()) return false;
  const api::Symbol resource = resource_of(calls_.pods[pod.index], call).state.config.name;
  const Refusal refused = credentials_.judge(pod, resource, kernel.now());
  if (!refused) return false;
  note_trouble(kernel, pod, call, refused.cause, credentials_.words(pod, refused.why, kernel.now()),
               refused.why);
  return true;
}

}  // namespace seatrial::traffic
