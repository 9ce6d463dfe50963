// Quotas of all namespaces against the nodes of the platform.
#include "sim/report/format.h"
#include "sim/scenario/environments/findings/finding.h"
#include "sim/scenario/environments/promises.h"

namespace seatrial::scenario::environments {
namespace {

std::string room_text(const Room& room) {
  return report::with_thousands(static_cast<std::uint64_t>(room.pods)) + " pods, " +
         cores_text(room.milli_cpu) + ", " + memory_text(room.memory_bytes);
}

}  // namespace

void quotas_promise_too_much(const Facts& facts, Findings& findings) {
  if (!facts.platform) return;
  Room all;
  for (const NamespaceFolder& folder : facts.cluster.namespaces) all += promised(folder);
  const NodeRoom nodes = room_of(*facts.platform);
  const Room& room = nodes.room;
  if (all.pods <= room.pods && all.milli_cpu <= room.milli_cpu && all.memory_bytes <= room.memory_bytes)
    return;
  Finding finding;
  finding.cluster = facts.cluster.name;
  for (const NodeGroup& group : facts.platform->node_groups) {
    if (finding.where.line == 0) finding.where = group.source;
  }
  const auto nodes_text = [](std::int64_t count) {
    return std::to_string(count) + (count == 1 ? " node" : " nodes");
  };
  finding.what = "the quotas promise " + room_text(all) + "; " + nodes_text(nodes.nodes) + " of " +
                 facts.platform->name.str() + " without taints have room for " + room_text(room) +
                 (nodes.most_nodes > nodes.nodes
                      ? ", and " + nodes_text(nodes.most_nodes) + " at most for " + room_text(nodes.most)
                      : "");
  finding.why =
      "Pods within their namespace's quota may stay Pending. (CPU and memory: every pod has one container "
      "that "
      "asks for what its LimitRange gives.)";
  finding.change = "lower the quotas that nobody fills, or let the node groups grow";
  findings.push_back(std::move(finding));
}

}  // namespace seatrial::scenario::environments
