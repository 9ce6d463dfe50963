// An ingress controller's reloads: new workers for what comes, an end for what old ones still carry; the same
// end for what a load balancer still carries to a target that it has given up.
#include "sim/cluster/journal_types.h"
#include "sim/traffic/traffic.h"

namespace seatrial::traffic {

void Traffic::configuration_changed(Kernel& kernel, ProxyId proxy_id, JournalId cause) {
  Proxy& proxy = proxies_[static_cast<std::size_t>(proxy_id)];
  if (proxy.frozen) return note_failed_sync(proxy_id);
  for (std::uint16_t replica = 0; replica < proxy.config().replicas; ++replica) {
    const std::optional<Duration> lag = proxy.begin_reload(replica);
    if (!lag) continue;
    Event e;
    e.component = kTrafficComponent;
    e.type = static_cast<std::uint8_t>(EventType::kReload);
    e.subject = static_cast<std::uint32_t>(proxy_id);
    e.aux = replica;
    e.cause = cause;
    kernel.after(*lag, e);
  }
}

void Traffic::reload(Kernel& kernel, ProxyId proxy_id, std::uint16_t replica, JournalId cause) {
  Proxy& proxy = proxies_[static_cast<std::size_t>(proxy_id)];
  if (proxy.frozen) return proxy.cancel_reload(replica);
  for (std::uint32_t pod = 0; conntrack_ && pod < servers_.size(); ++pod)
    if (servers_[pod].closed == SimTime::max()) untrack_kept(kernel, proxy, replica, {pod});
  proxy.end_reload(replica);
  JournalRecord record;
  record.type = static_cast<std::uint16_t>(cluster::RecordType::kReloaded);
  record.cause = cause;
  record.other = replica;
  record.text = kernel.journal().text(proxy.config().name.view());
  const JournalId id = kernel.record(record);
  retire(kernel, proxy_id, replica, {}, id, proxy.config().worker_shutdown_timeout);
}

void Traffic::retire(Kernel& kernel, ProxyId proxy, std::optional<std::uint16_t> replica, api::PodKey pod,
                     JournalId cause, Duration delay, bool but_successors) {
  bool carries = false;
  for (Slot slot = 0; slot < requests_.size(); ++slot) {
    const Request& r = requests_[slot];
    const bool sent = r.state != RequestState::kFree && r.state != RequestState::kWithClient &&
                      r.state != RequestState::kToProxy;
    if (!sent || retirement(slot) != JournalId::kNone || loads_[r.load].proxy != proxy) continue;
    if ((replica && r.replica != *replica) || (pod.valid() && r.pod != pod)) continue;
    if (but_successors && r.successor) continue;
    set_retirement(slot, cause);
    carries = true;
  }
  if (!carries) return;
  Event e;
  e.component = kTrafficComponent;
  e.type = static_cast<std::uint8_t>(EventType::kRetiredEnd);
  e.cause = cause;
  kernel.after(delay, e);
}

void Traffic::end_retired(Kernel& kernel, JournalId cause) {
  const std::size_t present = requests_.size();  // those that are left to their pods come behind
  for (Slot slot = 0; slot < present; ++slot) {
    const Request& r = requests_[slot];
    const bool with_client = r.state == RequestState::kFree || r.state == RequestState::kWithClient ||
                             r.state == RequestState::kAnswering;
    if (retirement(slot) == cause && !with_client && !r.orphan) cut_short(kernel, slot, cause);
  }
}

JournalId Traffic::retirement(Slot slot) const {
  return slot < retirements_.size() ? retirements_[slot] : JournalId::kNone;
}

// Both connections end. A pod notices that of a stream, and goes on with what it is asked otherwise.
void Traffic::cut_short(Kernel& kernel, Slot slot, JournalId cause) {
  const Duration back = hop_to_proxy(requests_[slot]).one_way;
  const RequestState state = requests_[slot].state;
  const bool at_pod =
      state == RequestState::kSending || state == RequestState::kQueued || state == RequestState::kServing;
  if (streams(requests_[slot])) {
    leave_slot(kernel, requests_[slot].pod);
  } else if (at_pod) {
    slot = leave_to_pod(slot);
    requests_[slot].deadline = SimTime::max();  // no lane knows this slot, and the end is near
  }
  requests_[slot].blocked = cause;
  answer(kernel, slot, Outcome::kCutShort, back);
}

}  // namespace seatrial::traffic
