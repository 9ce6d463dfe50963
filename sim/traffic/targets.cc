#include "sim/traffic/targets.h"

#include "sim/cluster/journal_types.h"
#include "sim/traffic/traffic.h"

namespace seatrial::traffic {

SimTime nth_check(SimTime first, Duration interval, SimTime from, std::int32_t count) {
  const Duration since = std::max(Duration(), from - first);
  const std::int64_t before = (since + interval - Duration::nanos(1)) / interval;
  return first + interval * (before + count - 1);
}

HealthChange next_health(const Target& target, bool listens, SimTime now, const HealthCheck& check) {
  const auto after = [&](std::int32_t checks) {
    return nth_check(target.first_check, check.interval, now, checks);
  };
  const bool first = target.state == TargetState::kInitial;
  if (listens && (first || target.state == TargetState::kUnhealthy))
    return {TargetState::kHealthy, after(first ? check.first_threshold : check.healthy_threshold)};
  if (!listens && (first || target.state == TargetState::kHealthy))
    return {TargetState::kUnhealthy, after(check.unhealthy_threshold)};
  return {};
}

std::vector<api::PodKey> targets_in_use(const std::vector<Target>& targets, api::ServiceKey service) {
  std::vector<api::PodKey> healthy, registered;
  for (const Target& target : targets) {
    if (target.service != service) continue;
    if (target.state == TargetState::kHealthy) healthy.push_back(target.pod);
    if (target.state == TargetState::kInitial || target.state == TargetState::kUnhealthy)
      registered.push_back(target.pod);
  }
  return healthy.empty() ? registered : healthy;
}

namespace {

bool is_checked(TargetState state) {
  return state == TargetState::kInitial || state == TargetState::kHealthy || state == TargetState::kUnhealthy;
}

}  // namespace

void Traffic::schedule_target(Kernel& kernel, ProxyId proxy, std::uint32_t target, TargetStep step,
                              SimTime at) {
  const Target& t = balancers_.at(proxy).targets[target];
  Event e;
  e.component = kTrafficComponent;
  e.type = static_cast<std::uint8_t>(EventType::kTarget);
  e.subject = target;
  e.payload = (std::uint64_t{static_cast<std::uint16_t>(proxy)} << 32) |
              (step == TargetStep::kLeaves ? t.leave_turn : t.health_turn);
  e.aux = static_cast<std::uint16_t>(step);
  e.cause = t.cause;
  kernel.at(at, e);
}

// The endpoints as the balancer's controller sees them.
void Traffic::targets_wanted(Kernel& kernel, ProxyId proxy, api::ServiceKey service,
                             const std::vector<api::PodKey>& pods, JournalId cause) {
  Balancer& balancer = balancers_.at(proxy);
  for (std::uint32_t i = 0; i < balancer.targets.size(); ++i) {
    Target& target = balancer.targets[i];
    if (target.service != service || target.state == TargetState::kGone) continue;
    const bool wanted = std::ranges::find(pods, target.pod) != pods.end();
    if (wanted != target.leaving) continue;
    target.leaving = !wanted;
    ++target.leave_turn;
    if (wanted && is_checked(target.state)) plan_health(kernel, proxy, i);
    if (wanted) continue;
    if (is_checked(target.state)) ++target.health_turn;
    target.cause = cause;
    const Duration lag = balancer.config.deregistration.sample(balancer.draws);
    schedule_target(kernel, proxy, i, TargetStep::kLeaves, kernel.now() + lag);
  }
  for (const api::PodKey pod : pods) {
    auto known = std::ranges::find_if(balancer.targets,
                                      [&](const Target& t) { return t.service == service && t.pod == pod; });
    if (known != balancer.targets.end() && known->state != TargetState::kGone) continue;
    if (known == balancer.targets.end()) known = balancer.targets.insert(known, Target{});
    const std::uint32_t turn = known->health_turn + 1, left = known->leave_turn;
    *known =
        Target{service, pod, TargetState::kRegistering, TargetState::kInitial, false, turn, left, {}, cause};
    const Duration lag = balancer.config.registration.sample(balancer.draws);
    schedule_target(kernel, proxy, static_cast<std::uint32_t>(known - balancer.targets.begin()),
                    TargetStep::kHealth, kernel.now() + lag);
  }
}

void Traffic::plan_health(Kernel& kernel, ProxyId proxy, std::uint32_t index) {
  Balancer& balancer = balancers_.at(proxy);
  Target& target = balancer.targets[index];
  ++target.health_turn;
  const bool listens = server_of(target.pod).state == ServerState::kListening;
  const HealthChange change = next_health(target, listens, kernel.now(), balancer.config.health_check);
  if (change.at == SimTime::max()) return;
  target.next = change.next;
  schedule_target(kernel, proxy, index, TargetStep::kHealth, change.at);
}

// The pod's process has begun or ceased to listen.
void Traffic::server_changed(Kernel& kernel, api::PodKey pod) {
  for (auto& [proxy, balancer] : balancers_) {
    for (std::uint32_t i = 0; i < balancer.targets.size(); ++i) {
      const Target& target = balancer.targets[i];
      if (target.pod == pod && !target.leaving && is_checked(target.state)) plan_health(kernel, proxy, i);
    }
  }
}

void Traffic::target_step(Kernel& kernel, const Event& event) {
  const auto proxy = static_cast<ProxyId>(event.payload >> 32);
  const auto turn = static_cast<std::uint32_t>(event.payload);
  Balancer& balancer = balancers_.at(proxy);
  Target& target = balancer.targets[event.subject];
  if (static_cast<TargetStep>(event.aux) == TargetStep::kLeaves) {
    if (turn != target.leave_turn) return;
    target.state = TargetState::kGone;
    ++target.health_turn;
    apply_targets(kernel, proxy, target.service, event.cause);
    JournalRecord gone{};  // of its own, whether or not a node sent to it
    gone.type = static_cast<std::uint16_t>(cluster::RecordType::kDeregistered);
    gone.cause = event.cause;
    gone.subject_kind = static_cast<std::uint8_t>(api::Kind::kPod);
    gone.subject = target.pod.index;
    gone.text = kernel.journal().text(proxies_[static_cast<std::size_t>(proxy)].config().name.view());
    return retire(kernel, proxy, {}, target.pod, kernel.record(gone), balancer.config.deregistration_delay);
  }
  if (turn != target.health_turn) return;
  target.state = target.next;
  if (target.state == TargetState::kInitial) {
    const Duration interval = balancer.config.health_check.interval;
    target.first_check = kernel.now() + Duration::nanos(static_cast<std::int64_t>(balancer.draws.below(
                                            static_cast<std::uint64_t>(interval.count()))));
  }
  if (!target.leaving) plan_health(kernel, proxy, event.subject);
  apply_targets(kernel, proxy, target.service, event.cause);
}

// What each of the balancer's nodes sends to from now on.
void Traffic::apply_targets(Kernel& kernel, ProxyId proxy_id, api::ServiceKey service, JournalId cause) {
  Proxy& proxy = proxies_[static_cast<std::size_t>(proxy_id)];
  const Balancer& balancer = balancers_.at(proxy_id);
  const std::vector<api::PodKey> pods = targets_in_use(balancer.targets, service);
  for (std::uint16_t node = 0; node < proxy.config().replicas; ++node) {
    proxy.view_or_new(service, node);
    std::vector<api::PodKey> its = pods;
    if (!balancer.config.cross_zone)
      std::erase_if(its, [&](api::PodKey pod) { return server_of(pod).place != proxy.place(node); });
    apply_endpoints(kernel, {proxy_id, node, service, cause, std::move(its)});
  }
}

}  // namespace seatrial::traffic
