// Calico's NetworkPolicy, GlobalNetworkPolicy and Tier (projectcalico.org/v3). What a rule says of ICMP, and
// the rules' metadata, is kept and means nothing here; rules on HTTP requests and on Services are refused.
// Sources: projectcalico/calico, api/pkg/apis/projectcalico/v3, api/pkg/lib/numorstring, api/pkg/defaults.
#pragma once

#include <string_view>

#include "sim/api/calico_selector.h"
#include "sim/api/int_or_string.h"
#include "sim/api/meta.h"

namespace seatrial::api {

enum class CalicoAction : std::uint8_t { kUnset, kAllow, kDeny, kLog, kPass };

struct CalicoServiceAccounts {
  std::vector<Symbol> names;  // one of them; none: all
  CalicoSelector selector;    // and these
  bool operator==(const CalicoServiceAccounts&) const = default;
};
// One side of a rule: all of it must fit.
struct CalicoEntity {
  std::vector<Symbol> nets, not_nets;                         // CIDRs
  CalicoSelector selector, not_selector, namespace_selector;  // empty: not asked
  std::vector<IntOrString> ports, not_ports;                  // 80, "8000:8080", "http"
  std::optional<CalicoServiceAccounts> service_accounts;
  bool operator==(const CalicoEntity&) const = default;
};
struct CalicoIcmp {
  std::optional<std::int32_t> type, code;
  bool operator==(const CalicoIcmp&) const = default;
};
struct CalicoRule {
  CalicoAction action = CalicoAction::kUnset;
  std::optional<std::int32_t> ip_version;             // 4 or 6
  std::optional<IntOrString> protocol, not_protocol;  // TCP or 6
  std::optional<CalicoIcmp> icmp, not_icmp;
  CalicoEntity from, to;  // source, destination
  WrittenAt source;       // where it is written; not serialised
  bool operator==(const CalicoRule&) const = default;
};

struct CalicoPolicySpec {
  Symbol tier;                  // "default" after defaulting
  std::optional<double> order;  // none: last
  CalicoSelector selector, service_account_selector;
  CalicoSelector namespace_selector;  // of a GlobalNetworkPolicy
  std::vector<Symbol> types;          // Ingress, Egress; after defaulting there is one
  std::vector<CalicoRule> ingress, egress;
  // Of a GlobalNetworkPolicy. The first two make it one for hosts only, which selects no pod.
  bool do_not_track = false, pre_dnat = false, apply_on_forward = false;
  std::vector<Symbol> performance_hints;
  bool operator==(const CalicoPolicySpec&) const = default;
};

struct CalicoNetworkPolicy : Object {
  static constexpr Kind kKind = Kind::kCalicoNetworkPolicy;
  CalicoNetworkPolicy() : Object(kKind) {}
  CalicoPolicySpec spec;
};
struct GlobalNetworkPolicy : Object {
  static constexpr Kind kKind = Kind::kGlobalNetworkPolicy;
  GlobalNetworkPolicy() : Object(kKind) {}
  CalicoPolicySpec spec;
};
struct Tier : Object {
  static constexpr Kind kKind = Kind::kTier;
  Tier() : Object(kKind) {}
  std::optional<double> order;  // none: last
  Symbol default_action;        // Deny or Pass: of what no rule of its policies matched
};

// A port of a rule: a name, or numbers from first to last. Nothing if the text is none.
struct CalicoPort {
  std::int32_t first = 0, last = 0;
  Symbol name;
  bool operator==(const CalicoPort&) const = default;
};
std::optional<CalicoPort> parse_calico_port(const IntOrString& port);
// TCP, UDP, SCTP, ICMP, ICMPv6, UDPLite, whether written so or as a number; another number as text.
Symbol calico_protocol(const IntOrString& protocol);

}  // namespace seatrial::api
