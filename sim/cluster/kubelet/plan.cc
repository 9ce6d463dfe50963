#include "sim/cluster/kubelet/plan.h"

#include <algorithm>

#include "sim/api/resources.h"

namespace seatrial::cluster {

namespace {

enum class Initialization : std::uint8_t { kDone, kGoesOn, kFailed };

std::uint16_t number(std::size_t i) { return static_cast<std::uint16_t>(i); }

// Kills what a probe found unhealthy; starts it again where the policy says so. Answers whether it did.
bool kill_if_unhealthy(const api::PodSpec& spec, const PlannedContainer& c, std::size_t i, Plan& plan) {
  if (!c.run.running() || !c.unhealthy) return false;
  plan.kill.push_back(number(i));
  if (restarts(spec, i, 137)) plan.start.push_back(number(i));
  return true;
}

Initialization plan_init(const api::PodSpec& spec, const std::vector<PlannedContainer>& containers,
                         bool mains_exist, Plan& plan) {
  for (std::size_t i = 0; i < spec.init_containers.size(); ++i) {
    const PlannedContainer& c = containers[i];
    const bool sidecar = api::is_sidecar(spec.init_containers[i]);
    if (mains_exist && !sidecar) continue;
    if (kill_if_unhealthy(spec, c, i, plan)) {
      if (!mains_exist) return Initialization::kGoesOn;
      continue;
    }
    if (c.run.running()) {
      if (sidecar && (c.started || mains_exist)) continue;
      return Initialization::kGoesOn;
    }
    if (c.run.exited() && !sidecar) {
      if (c.run.exit_code == 0) continue;
      if (!restarts(spec, i, c.run.exit_code)) return Initialization::kFailed;
    }
    plan.start.push_back(number(i));
    if (!mains_exist) return Initialization::kGoesOn;  // one at a time
  }
  return Initialization::kDone;
}

}  // namespace

Plan plan_sync(const api::PodSpec& spec, const std::vector<PlannedContainer>& containers) {
  Plan plan;
  const std::size_t first = spec.init_containers.size();
  const bool mains_exist =
      std::any_of(containers.begin() + static_cast<std::ptrdiff_t>(first), containers.end(),
                  [](const PlannedContainer& c) { return c.run.instance > 0; });
  switch (plan_init(spec, containers, mains_exist, plan)) {
    case Initialization::kGoesOn:
      return plan;
    case Initialization::kFailed:
      plan.finished = true;
      return plan;
    case Initialization::kDone:
      break;
  }
  bool any_left = false;
  for (std::size_t i = first; i < containers.size(); ++i) {
    const PlannedContainer& c = containers[i];
    if (kill_if_unhealthy(spec, c, i, plan)) {
      any_left = true;
    } else if (c.run.running()) {
      any_left = true;
    } else if (!c.run.exited() || restarts(spec, i, c.run.exit_code)) {
      plan.start.push_back(number(i));
      any_left = true;
    }
  }
  if (!any_left) plan = Plan{true, {}, {}};
  return plan;
}

}  // namespace seatrial::cluster
