#include "sim/cluster/control_plane_zones.h"

#include <algorithm>

#include "sim/engine/distributions.h"

namespace seatrial::cluster {

const char* to_string(LeadingPart part) {
  constexpr std::array kNames{"etcd", "kube-controller-manager", "kube-scheduler"};
  return kNames[static_cast<std::size_t>(part)];
}

ControlPlaneZones::ControlPlaneZones(const Kernel& kernel, std::vector<api::Symbol> zones)
    : zones_(std::move(zones)), random_(kernel.stream("control-plane/zones")) {
  for (std::size_t part = 0; part < kLeadingParts; ++part) elect(part);
}

// In any zone that stands.
void ControlPlaneZones::elect(std::size_t part) {
  leaders_[part].reset();
  if (standing() <= 0) return;
  auto left = random_.below(static_cast<std::uint64_t>(standing()));
  for (const api::Symbol zone : zones_) {
    if (std::ranges::count(lost_, zone) > 0 || left-- > 0) continue;
    leaders_[part] = zone;
    return;
  }
}

std::vector<ControlPlaneZones::Election> ControlPlaneZones::lose(api::Symbol zone) {
  std::vector<Election> elections;
  if (zones_.size() < 2 || std::ranges::count(lost_, zone) > 0) return elections;
  lost_.push_back(zone);
  for (std::size_t i = 0; i < kLeadingParts; ++i) {
    if (leaders_[i] != zone) continue;
    elect(i);
    const auto part = static_cast<LeadingPart>(i);
    const Distribution takes = part == LeadingPart::kStore
                                   ? Distribution::uniform(Duration::seconds(1), Duration::seconds(2))
                                   : Distribution::uniform(Duration::seconds(13), Duration::seconds(17));
    elections.push_back({part, takes.sample(random_)});
  }
  return elections;
}

void ControlPlaneZones::restore(api::Symbol zone) { std::erase(lost_, zone); }

}  // namespace seatrial::cluster
