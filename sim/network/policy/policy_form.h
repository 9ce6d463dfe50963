// A policy of whatever kind as the compiled evaluator takes it: rules in order, each with an action, ports,
// and the terms of its peers. Pure functions. Internal to the compiled evaluator.
#pragma once

#include <array>

#include "sim/network/policy/rules.h"
#include "sim/network/policy/term.h"

namespace seatrial::network {

struct PortTerm {
  api::Symbol protocol;  // empty: any
  std::int32_t first = 0, last = 0;
  api::Symbol name;  // of the destination's ports; then the numbers say nothing
};

struct RuleForm {
  RuleAction action = RuleAction::kAllow;
  std::int32_t rule = 0;  // its place in the policy
  api::SourcePosition where;
  api::Symbol protocol, not_protocol;  // empty: any, none
  std::vector<PortTerm> ports;         // one of them; none: all
  std::vector<PortTerm> not_ports;     // none of them
  std::vector<Term> peers;             // one of them
  Term subject;                        // what it asks of the pod that the policy selects
  bool asks_subject = false;           // false: nothing
};

// Rules that match nothing, and those that only log, are left out.
struct PolicyForm {
  Term subject;
  std::array<bool, 2> applies{};  // in each Direction
  std::array<std::vector<RuleForm>, 2> rules;
};

// REQUIRES: one of the policies' kinds.
PolicyForm form_of(const api::Object& policy, const PolicyOptions& options);
Sight sight_of(const PolicyForm& form);
// Of Calico's; of a global one the namespace is empty.
PolicyForm calico_form(const api::CalicoPolicySpec& spec, api::Symbol policy_namespace);

inline std::size_t index_of(Direction direction) { return static_cast<std::size_t>(direction); }

}  // namespace seatrial::network
