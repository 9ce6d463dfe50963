// How many connections a node's kernel tracks (netfilter's conntrack table), and for how long.
//
// kube-proxy sets net.netfilter.nf_conntrack_max to maxPerCore × cores, at least to min (pkg/proxy/conntrack,
// getConntrackMax; pkg/proxy/apis/config/v1alpha1/defaults.go: 32768 and 131072; --conntrack-max-per-core,
// --conntrack-min). Versions after 1.36 stop at 1,048,576. A packet that would begin another entry is
// dropped: "nf_conntrack: table full, dropping packet".
//
// How long entries stay (Linux, Documentation/networking/nf_conntrack-sysctl): of a TCP connection 24 h after
// its last packet (kube-proxy's tcpEstablishedTimeout), so while it is open it is taken to stay; once it is
// closed 120 s (time_wait), and as long if its SYN was never answered (syn_sent); of UDP 30 s, as the 120 s
// of a stream are for one that lasts longer than 2 s.
#pragma once

#include <algorithm>
#include <cstdint>

#include "sim/engine/time.h"

namespace seatrial::network {

struct ConntrackRules {
  std::int64_t max_per_core = 32'768, min = 131'072;
  Duration closed = Duration::seconds(120);
  Duration udp = Duration::seconds(30);
};

constexpr std::int64_t conntrack_max(const ConntrackRules& rules, std::int64_t cores) {
  return std::max(rules.max_per_core * cores, rules.min);
}

}  // namespace seatrial::network
