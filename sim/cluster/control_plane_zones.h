// A managed control plane as far as the loss of a zone shows: API servers and members of the store in every
// zone of the platform, and one leader each of the store, the controller manager and the scheduler,
// somewhere.
//
// Where the leaders are is drawn, from a stream of its own. A part whose leader goes with its zone does
// nothing until another has been elected: the store after an election timeout of 1 s to 2 s (etcd: 1000 ms,
// randomised); the others after the lease has run out, 15 s after its last renewal, which is up to 2 s ago,
// and a candidate has looked, every 2 s (client-go, tools/leaderelection: leaseDuration, retryPeriod).
// Meanwhile, and as long as the zone is lost, the other API servers do its share of the work. A platform of
// one zone is left alone. EKS says only that there are at least two API servers and three members of etcd in
// three zones (EKS user guide, architecture).
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "sim/api/symbol.h"
#include "sim/engine/kernel.h"

namespace seatrial::cluster {

enum class LeadingPart : std::uint8_t { kStore, kControllerManager, kScheduler };
inline constexpr std::size_t kLeadingParts = 3;
const char* to_string(LeadingPart part);

class ControlPlaneZones {
 public:
  ControlPlaneZones(const Kernel& kernel, std::vector<api::Symbol> zones);

  struct Election {
    LeadingPart part = LeadingPart::kStore;
    Duration takes;
  };
  // The parts whose leader was there.
  std::vector<Election> lose(api::Symbol zone);
  void restore(api::Symbol zone);
  std::int64_t zones() const { return static_cast<std::int64_t>(zones_.size()); }
  std::int64_t standing() const { return zones() - static_cast<std::int64_t>(lost_.size()); }

 private:
  void elect(std::size_t part);

  std::vector<api::Symbol> zones_, lost_;
  RandomStream random_;
  std::array<std::optional<api::Symbol>, kLeadingParts> leaders_;
};

}  // namespace seatrial::cluster
