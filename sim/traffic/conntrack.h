// The conntrack tables of nodes: which connections take an entry, and what becomes of packets when a table is
// full (network/conntrack.h).
//
// Only in a run whose platform says `serviceProxy: conntrack:`. A connection takes an entry on the node of
// the pod that opens it and on that of the pod that it leads to, one if that is the same: requests to pods
// over new connections (one that an ingress controller keeps stays an entry, and is none more when it is used
// again), connections to managed resources and hosts on the internet, and look-ups at the cluster's DNS
// servers (glibc asks for A and AAAA, and again, from one socket: one entry for each name). Where a table is
// full the packet is dropped: a call's SYN is sent again as calls.h says; a request to a pod is not answered
// until the connect timeout of who sends it (its SYN is not sent again); nor is a query.
//
// A node that boots again has forgotten closed connections and queries; a connection whose other end has not
// noticed yet that the node was gone is an entry until it does.
//
// Left out: what nobody of these sends (kubelets' probes, pulls, servers' own forwarded queries, pods that
// ask the node's DNS server), ingress controllers' nodes, which are not known, and that CLOSE_WAIT lasts an
// hour.
//
// The journal says when a table is first full, with what the pod that has opened most does as cause, and that
// it has room again as nat.h says: RecordType::kTableFull.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/event.h"
#include "sim/network/conntrack.h"
#include "sim/traffic/told_table.h"

namespace seatrial::traffic {

struct Conntrack {
  using NodeIndex = std::uint16_t;
  static constexpr NodeIndex kNoNode = 0xffff;
  static constexpr std::size_t kClosed = 0, kQuery = 1;  // the classes of entries that stay

  struct Node {
    api::Symbol name;
    ToldTable table;
  };
  struct Tracked {  // entries of one connection
    NodeIndex from = kNoNode, to = kNoNode;
    std::uint32_t user = network::FlowTable::kNobody;
  };

  network::ConntrackRules rules;
  std::vector<Node> nodes;                   // in the order in which they came
  std::map<api::Symbol, NodeIndex> by_name;  // the latest of that name
  std::vector<NodeIndex> of_pod;
  std::vector<Tracked> of_slot;  // of the connection that a request is on

  NodeIndex node_of(api::PodKey pod) const { return pod.index < of_pod.size() ? of_pod[pod.index] : kNoNode; }
  Tracked& of(std::uint32_t slot) {
    if (slot >= of_slot.size()) of_slot.resize(slot + std::size_t{1});
    return of_slot[slot];
  }
  // Whether it is the record of a shortage that is not over.
  bool is_short(JournalId record, SimTime now) const;
  void close(NodeIndex node, std::uint32_t user, SimTime now) {
    if (node != kNoNode) nodes[node].table.flows.close(user, kClosed, now);
  }
};

}  // namespace seatrial::traffic
