// Which machines AWS does not have to give: of a type, in a zone, for a time. EC2's instances and RDS'
// database instances each ask a list of their own.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/time.h"

namespace seatrial::cloud {

// No instance of the type (empty: of any) can be had in the zone (empty: in any) in [from, until).
struct CapacityShortage {
  api::Symbol zone, instance_type;
  SimTime from = SimTime::at(-Duration::max()), until = SimTime::max();
  std::int64_t instances = 0;  // but for so many
  bool covers(api::Symbol in, api::Symbol type, SimTime now) const {
    return (zone.empty() || zone == in) && (instance_type.empty() || instance_type == type) && from <= now &&
           now < until;
  }
};

using Shortages = std::vector<CapacityShortage>;

bool has_capacity(const Shortages& shortages, api::Symbol zone, api::Symbol type, SimTime now);
// One less is left. REQUIRES: has_capacity().
void take_instance(Shortages& shortages, api::Symbol zone, api::Symbol type, SimTime now);
// Those of just that zone and type that have no end yet.
void end_shortage(Shortages& shortages, api::Symbol zone, api::Symbol type, SimTime now);

}  // namespace seatrial::cloud
