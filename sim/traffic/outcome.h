// The closed list of ways in which a request can end. Every request ends exactly once, in exactly one of
// them.
//
// The first word of each is what the client (or, behind an ingress controller, the controller) met; which
// HTTP status the client sees of it follows from the route: see http_code(). Sources: the causes in
// golden/kubelet; ingress-nginx's `proxy_next_upstream` and error pages.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace seatrial::traffic {

enum class Outcome : std::uint8_t {
  kOk,
  kConnectRefused,    // address answers, nobody listens: not yet, not any more, or crashed
  kConnectTimeout,    // the pod's address is gone: no answer to SYN
  kReset,             // the connection was cut with the request on it (EOF or reset)
  kUpstreamTimeout,   // the ingress controller gave up waiting for the pod's answer
  kClientTimeout,     // the client gave up waiting
  kNoEndpoints,       // the service had no ready endpoint, as the chooser saw it
  kQueueFull,         // the pod answered 503: all slots busy and its queue full
  kUnreachable,       // the network lets no packet through between chooser and pod
  kDependencyFailed,  // the pod answered 500: what it calls to serve the request failed
  kCutShort,          // a stream, or a request with an old worker, that ended before its own end
  kTlsFailed,         // the client does not accept the certificate, and sends nothing
  kWrongService,      // a pod of another Service answered: it has the address that the controller still uses
  kNotResolved,       // the client got no address for the name: DNS servers did not answer, or know none
  kNoRoute,           // the ingress controller has no rule for it: its default backend answered 404
};
inline constexpr int kOutcomeCount = static_cast<int>(Outcome::kNoRoute) + 1;

// "ok", "connect refused", "connect timeout", "connection reset", "upstream timeout", "client timeout", "no
// endpoints", "queue full", "unreachable", "dependency failed", "cut short", "TLS failed", "wrong service",
// "not resolved", "no route".
std::string_view to_string(Outcome outcome);

// What the client sees: behind an ingress controller 502, 503 or 504 (499 is what nginx logs when the client
// leaves); without one there is no answer, 0, but for the pod's own 500 and 503. Nor is there one where the
// connection to the client itself ends.
int http_code(Outcome outcome, bool behind_ingress);

class OutcomeSet {
 public:
  constexpr OutcomeSet() = default;
  constexpr OutcomeSet(std::initializer_list<Outcome> outcomes) {
    for (Outcome o : outcomes) add(o);
  }
  constexpr void add(Outcome o) { bits_ |= bit(o); }
  constexpr bool contains(Outcome o) const { return (bits_ & bit(o)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }

 private:
  static constexpr std::uint32_t bit(Outcome o) { return 1u << static_cast<unsigned>(o); }
  std::uint32_t bits_ = 0;
};

// What `proxy_next_upstream error timeout` covers. What the application answers itself, 500 or 503, is not
// among them.
inline constexpr OutcomeSet kNextUpstream{Outcome::kConnectRefused, Outcome::kConnectTimeout, Outcome::kReset,
                                          Outcome::kUpstreamTimeout, Outcome::kUnreachable};

}  // namespace seatrial::traffic
