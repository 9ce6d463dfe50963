#include "sim/cluster/journal_types.h"

#include "sim/engine/check.h"

namespace seatrial::cluster {

std::string_view to_string(RecordType type) {
  static constexpr std::string_view kNames[] = {"none",
                                                "action",
                                                "created",
                                                "updated",
                                                "status updated",
                                                "bound",
                                                "deletion requested",
                                                "deleted",
                                                "refused",
                                                "scaled",
                                                "container started",
                                                "listening",
                                                "ready",
                                                "unready",
                                                "SIGTERM",
                                                "stopped accepting",
                                                "exited",
                                                "SIGKILL",
                                                "network down",
                                                "probe failed",
                                                "pull failed",
                                                "endpoints changed",
                                                "upstreams changed",
                                                "fault",
                                                "invariant broken",
                                                "printed",
                                                "said",
                                                "no capacity",
                                                "ended",
                                                "out of memory",
                                                "ended by the kubelet",
                                                "no address",
                                                "way changed",
                                                "cannot call",
                                                "pipeline",
                                                "configuration missing",
                                                "workers replaced",
                                                "certificate",
                                                "replica ends",
                                                "policy enforced",
                                                "name not resolved",
                                                "route changed",
                                                "deregistered",
                                                "table full",
                                                "route left",
                                                "DNS record changed",
                                                "DNS changes refused"};
  const auto index = static_cast<std::size_t>(type);
  CHECK(index < std::size(kNames));
  return kNames[index];
}

JournalId record_words(Kernel& kernel, RecordType type, std::string_view words, JournalId cause) {
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(type);
  record.cause = cause;
  record.text = kernel.journal().text(words);
  return kernel.record(record);
}

}  // namespace seatrial::cluster
