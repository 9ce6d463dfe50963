#include "sim/cloud/capacity.h"

#include <algorithm>

namespace seatrial::cloud {

bool has_capacity(const Shortages& shortages, api::Symbol zone, api::Symbol type, SimTime now) {
  return std::ranges::none_of(shortages, [&](const CapacityShortage& shortage) {
    return shortage.covers(zone, type, now) && shortage.instances <= 0;
  });
}

void take_instance(Shortages& shortages, api::Symbol zone, api::Symbol type, SimTime now) {
  for (CapacityShortage& shortage : shortages) shortage.instances -= shortage.covers(zone, type, now);
}

void end_shortage(Shortages& shortages, api::Symbol zone, api::Symbol type, SimTime now) {
  for (CapacityShortage& shortage : shortages) {
    if (shortage.zone == zone && shortage.instance_type == type && shortage.until == SimTime::max())
      shortage.until = now;
  }
}

}  // namespace seatrial::cloud
