#include "sim/network/policy/policy_table.h"

#include <algorithm>
#include <limits>

namespace seatrial::network {

using api::Symbol;

namespace {

// Whether one of a rule's ports is this one.
enum class PortFit : std::uint8_t { kNo, kYes, kByPeersName };

const std::array<Symbol, kPortProtocols>& port_protocols() {
  static const std::array<Symbol, kPortProtocols> kNames{"TCP", "UDP", "SCTP"};
  return kNames;
}

const BookRule& rule_of(const TableStep& step, Direction direction, const PolicyBook& book) {
  return book[step.policy].rules[index_of(direction)][step.rule];
}

bool fits(const PortTerm& term, Symbol protocol) {
  return term.protocol.empty() || term.protocol == protocol;
}

PortFit fit_of(const std::vector<PortTerm>& ports, Symbol protocol, std::int32_t port,
               const PolicyTable& table, const PodClasses& classes) {
  PortFit fit = PortFit::kNo;
  for (const PortTerm& term : ports) {
    if (!fits(term, protocol)) continue;
    const NamedPort named{term.name, protocol, port};
    if (term.name.empty()) {
      if (term.first <= port && port <= term.last) return PortFit::kYes;
    } else if (table.direction == Direction::kEgress) {
      if (classes.named_ports().contains(named)) fit = PortFit::kByPeersName;
    } else if (std::ranges::count(table.own_ports, named) > 0) {
      return PortFit::kYes;
    }
  }
  return fit;
}

// The step at this port, if it counts there.
std::optional<TableStep> step_at(TableStep step, Symbol protocol, std::int32_t port, const PolicyTable& table,
                                 const TableContext& context) {
  if (step.rule == TableStep::kEndOfTier) return step;
  const BookRule& rule = rule_of(step, table.direction, context.book);
  if (!rule.protocol.empty() && rule.protocol != protocol) return std::nullopt;
  if (!rule.not_protocol.empty() && rule.not_protocol == protocol) return std::nullopt;
  if (!rule.ports.empty()) {
    const PortFit fit = fit_of(rule.ports, protocol, port, table, context.classes);
    if (fit == PortFit::kNo) return std::nullopt;
    step.only_named = fit == PortFit::kByPeersName;
  }
  const PortFit fit = fit_of(rule.not_ports, protocol, port, table, context.classes);
  if (fit == PortFit::kYes) return std::nullopt;
  step.not_named = fit == PortFit::kByPeersName;
  return step;
}

std::vector<TableStep> steps_at(Symbol protocol, std::int32_t port, const PolicyTable& table,
                                const TableContext& context) {
  std::vector<TableStep> steps;
  for (const TableStep& step : table.steps) {
    if (const auto counts = step_at(step, protocol, port, table, context)) steps.push_back(*counts);
  }
  return steps;
}

// ---- Peers of a step, all of them or one

template <class Visit>
void for_each_named(const std::vector<PortTerm>& ports, Symbol protocol, std::int32_t port,
                    const PodClasses& classes, Visit&& visit) {
  for (const PortTerm& term : ports) {
    if (term.name.empty() || !fits(term, protocol)) continue;
    const auto found = classes.named_ports().find({term.name, protocol, port});
    if (found != classes.named_ports().end()) visit(found->second);
  }
}

ClassSet peers_of(const TableStep& step, Symbol protocol, std::int32_t port, Direction direction,
                  const TableContext& context) {
  const BookRule& rule = rule_of(step, direction, context.book);
  ClassSet peers;
  for (const TermId term : rule.peers) peers |= context.book.classes_of(term);
  if (step.only_named) {
    ClassSet named;
    for_each_named(rule.ports, protocol, port, context.classes, [&](const ClassSet& set) { named |= set; });
    peers &= named;
  }
  if (step.not_named)
    for_each_named(rule.not_ports, protocol, port, context.classes,
                   [&](const ClassSet& set) { peers -= set; });
  return peers;
}

bool has_peer(const TableStep& step, Symbol protocol, std::int32_t port, Direction direction, ClassId peer,
              const TableContext& context) {
  const BookRule& rule = rule_of(step, direction, context.book);
  const auto is_named = [&](const std::vector<PortTerm>& ports) {
    bool any = false;
    for_each_named(ports, protocol, port, context.classes,
                   [&](const ClassSet& set) { any |= set.test(peer); });
    return any;
  };
  return std::ranges::any_of(rule.peers,
                             [&](TermId term) { return context.book.classes_of(term).test(peer); }) &&
         (!step.only_named || is_named(rule.ports)) && (!step.not_named || !is_named(rule.not_ports));
}

// ---- The steps in their order, for all peers or one

ClassSet allowed_of(const TableSlice& slice, Direction direction, const TableContext& context) {
  const Symbol protocol = port_protocols()[slice.protocol];
  ClassSet allowed, asked = context.everyone, passed;  // asked: whom the tier has yet to decide about
  for (const TableStep& step : slice.steps) {
    const BookPolicy& policy = context.book[step.policy];
    if (step.rule == TableStep::kEndOfTier) {
      if (policy.rank.facts.passes) passed |= asked;
      asked = std::move(passed);
      passed = {};
      continue;
    }
    ClassSet hit = peers_of(step, protocol, slice.port, direction, context);
    hit &= asked;
    asked -= hit;
    const RuleAction action = rule_of(step, direction, context.book).action;
    if (action == RuleAction::kAllow) allowed |= hit;
    if (action == RuleAction::kPass) passed |= hit;
  }
  allowed |= asked;
  return allowed;
}

Verdict verdict_of(const std::vector<TableStep>& steps, Symbol protocol, std::int32_t port,
                   Direction direction, ClassId peer, const TableContext& context) {
  Verdict passed{true, Verdict::Reason::kPassed, nullptr, -1, {}, {}, {}};
  bool is_passed = false;
  for (const TableStep& step : steps) {
    const BookPolicy& policy = context.book[step.policy];
    const api::Object* const object = policy.object.get();
    if (step.rule == TableStep::kEndOfTier) {
      if (!is_passed && !policy.rank.facts.passes)
        return {false, Verdict::Reason::kEndOfTier, object, -1, object->source, {}, {}};
      is_passed = false;
    } else if (!is_passed && has_peer(step, protocol, port, direction, peer, context)) {
      const BookRule& rule = rule_of(step, direction, context.book);
      if (rule.action != RuleAction::kPass)
        return {
            rule.action == RuleAction::kAllow, Verdict::Reason::kRule, object, rule.rule, rule.where, {}, {}};
      passed = {true, Verdict::Reason::kPassed, object, rule.rule, rule.where, {}, {}};
      is_passed = true;
    }
  }
  return passed;
}

// ---- Intervals

void add_bounds(const std::vector<PortTerm>& ports, Symbol protocol, const PolicyTable& table,
                const PodClasses& classes, std::set<std::int32_t>& firsts) {
  const auto add = [&](std::int32_t first, std::int32_t last) {
    firsts.insert(first);
    firsts.insert(last + 1);
  };
  for (const PortTerm& term : ports) {
    if (!fits(term, protocol)) continue;
    if (term.name.empty()) {
      add(term.first, term.last);
    } else if (table.direction == Direction::kIngress) {
      for (const NamedPort& port : table.own_ports) {
        if (port.name == term.name && port.protocol == protocol) add(port.number, port.number);
      }
    } else {
      const auto& all = classes.named_ports();
      constexpr std::int32_t kBeforeAll = std::numeric_limits<std::int32_t>::min();
      for (auto at = all.lower_bound({term.name, protocol, kBeforeAll});
           at != all.end() && at->first.name == term.name && at->first.protocol == protocol; ++at)
        add(at->first.number, at->first.number);
    }
  }
}

std::uint32_t slice_with(TableSlice made, PolicyTable& table) {
  const bool by_name =
      std::ranges::any_of(made.steps, [](const TableStep& s) { return s.only_named || s.not_named; });
  for (std::uint32_t i = 0; i < table.slices.size(); ++i) {
    const TableSlice& known = table.slices[i];
    const bool same_port = known.protocol == made.protocol && known.port == made.port;
    if (known.steps == made.steps && (!by_name || same_port)) return i;
  }
  table.slices.push_back(std::move(made));
  return static_cast<std::uint32_t>(table.slices.size() - 1);
}

}  // namespace

std::optional<std::size_t> port_protocol(Symbol protocol) {
  const auto& all = port_protocols();
  const auto found = std::ranges::find(all, protocol);
  if (found == all.end()) return std::nullopt;
  return static_cast<std::size_t>(found - all.begin());
}

PolicyTable begin_table(const std::vector<PolicyId>& policies, ClassId subject, Direction direction,
                        const TableContext& context) {
  PolicyTable table;
  table.direction = direction;
  const std::size_t way = index_of(direction);
  bool names_ports = false;
  for (std::size_t i = 0; i < policies.size(); ++i) {
    const BookPolicy& policy = context.book[policies[i]];
    const std::vector<BookRule>& rules = policy.rules[way];
    names_ports |= policy.names_ports[way];
    for (std::uint32_t k = 0; k < rules.size(); ++k) {
      if (rules[k].subject == kNoId || context.book.classes_of(rules[k].subject).test(subject))
        table.steps.push_back({policies[i], k});
    }
    const bool ends = i + 1 == policies.size() || context.book[policies[i + 1]].rank.tier != policy.rank.tier;
    if (!ends) continue;
    std::size_t first = i;
    while (first > 0 && context.book[policies[first - 1]].rank.tier == policy.rank.tier) --first;
    table.steps.push_back({policies[first], TableStep::kEndOfTier});
  }
  table.depends_on_named_ports = names_ports && direction == Direction::kEgress;
  if (names_ports && direction == Direction::kIngress) table.own_ports = context.classes[subject].ports;
  return table;
}

Signature signature_of(const PolicyTable& table) {
  Signature signature{index_of(table.direction)};
  for (const TableStep& step : table.steps)
    append(signature, static_cast<std::uint64_t>(step.policy) << 32 | step.rule);
  for (const NamedPort& port : table.own_ports) {
    append(signature, port.name);
    append(signature, port.protocol);
    append(signature, static_cast<std::uint64_t>(port.number));
  }
  return signature;
}

void compile(PolicyTable& table, const TableContext& context) {
  table.slices.clear();
  for (std::size_t protocol = 0; protocol < kPortProtocols; ++protocol) {
    const Symbol name = port_protocols()[protocol];
    std::set<std::int32_t> firsts{0};
    for (const TableStep& step : table.steps) {
      if (step.rule == TableStep::kEndOfTier) continue;
      const BookRule& rule = rule_of(step, table.direction, context.book);
      add_bounds(rule.ports, name, table, context.classes, firsts);
      add_bounds(rule.not_ports, name, table, context.classes, firsts);
    }
    auto& intervals = table.intervals[protocol];
    intervals.clear();
    for (const std::int32_t first : firsts) {
      const std::uint32_t slice =
          slice_with({protocol, first, steps_at(name, first, table, context), {}}, table);
      if (intervals.empty() || intervals.back().slice != slice) intervals.push_back({first, slice});
    }
  }
  for (TableSlice& slice : table.slices) slice.allowed = allowed_of(slice, table.direction, context);
}

void renew_class(PolicyTable& table, ClassId peer, const TableContext& context) {
  for (TableSlice& slice : table.slices) {
    const Symbol protocol = port_protocols()[slice.protocol];
    slice.allowed.assign(
        peer, verdict_of(slice.steps, protocol, slice.port, table.direction, peer, context).allowed);
  }
}

void copy_class(PolicyTable& table, ClassId from, ClassId to) {
  for (TableSlice& slice : table.slices) slice.allowed.assign(to, slice.allowed.test(from));
}

Verdict explain(const PolicyTable& table, Symbol protocol, std::int32_t port, ClassId peer,
                const TableContext& context) {
  return verdict_of(steps_at(protocol, port, table, context), protocol, port, table.direction, peer, context);
}

}  // namespace seatrial::network
