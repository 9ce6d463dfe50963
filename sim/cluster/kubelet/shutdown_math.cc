#include "sim/cluster/kubelet/shutdown_math.h"

#include <algorithm>

#include "sim/engine/check.h"

namespace seatrial::cluster {

std::vector<ShutdownGroup> shutdown_groups(Duration period, Duration critical,
                                           std::span<const ShutdownPod> pods) {
  CHECK(critical <= period);
  std::vector<ShutdownGroup> groups{{period - critical, {}}, {critical, {}}};
  for (const ShutdownPod& pod : pods) groups[pod.critical ? 1 : 0].pods.push_back(pod.pod);
  std::erase_if(groups, [](const ShutdownGroup& group) { return group.pods.empty(); });
  return groups;
}

std::int64_t grace_in_shutdown(Duration group, std::optional<std::int64_t> own) {
  const std::int64_t seconds = group / Duration::seconds(1);
  return std::min(seconds, own.value_or(seconds));
}

}  // namespace seatrial::cluster
