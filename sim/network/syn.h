// When Linux sends the SYN of a connection again that nobody answers, and when it gives up.
//
// Kernels since 6.5 (EKS's AMIs of Amazon Linux 2023 have 6.12 from Kubernetes 1.33 on:
// awslabs/amazon-eks-ami #2205, #2230), Documentation/networking/ip-sysctl: the timeout is 1 s at first and
// stays that for net.ipv4.tcp_syn_linear_timeouts = 4 more, then it doubles each time;
// net.ipv4.tcp_syn_retries = 6 of those that double "corresponds to 67 seconds till the last retransmission",
// and the attempt ends after 131 s.
#pragma once

#include <cstdint>

#include "sim/engine/time.h"

namespace seatrial::network {

inline constexpr std::uint8_t kSynLinearTimeouts = 4, kSynRetries = 6;

// When the SYN with that number (1 is the first to be sent again) is sent, after the first of all: 1 s, 2 s,
// 3 s, 4 s, 5 s, 7 s, 11 s, …
constexpr Duration syn_sent_again_after(std::uint8_t number) {
  if (number <= kSynLinearTimeouts) return Duration::seconds(number);
  return Duration::seconds(kSynLinearTimeouts - 1 + (std::int64_t{1} << (number - kSynLinearTimeouts)));
}

inline constexpr Duration kSynGivesUp = syn_sent_again_after(kSynLinearTimeouts + kSynRetries + 1);

}  // namespace seatrial::network
