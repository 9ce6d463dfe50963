// What quotas promise, and what nodes have: pods, and their CPU and memory if all asked for what LimitRanges
// give those who ask for nothing. Pure functions.
#pragma once

#include "sim/scenario/environments/repository.h"
#include "sim/scenario/platform.h"

namespace seatrial::scenario::environments {

struct Room {
  std::int64_t pods = 0, milli_cpu = 0, memory_bytes = 0;
  Room& operator+=(const Room& other);
};

// Of one namespace; nothing if no quota limits its pods. A quota's requests.cpu and requests.memory limit
// the sum. 50 pods at 10m and 100Mi: 500m, 5000Mi.
Room promised(const NamespaceFolder& folder);

// Of the nodes that take any pod (without a taint NoSchedule or NoExecute).
struct NodeRoom {
  std::int64_t nodes = 0, most_nodes = 0;
  Room room, most;  // as many as there are, and as the groups may grow to
};
NodeRoom room_of(const Platform& platform);

std::string cores_text(std::int64_t milli_cpu);  // 1,715 cores
std::string memory_text(std::int64_t bytes);     // 17.5Ti

}  // namespace seatrial::scenario::environments
