// Connections that got no port of a NAT gateway, as all that it has for their destination were in use.
//
// Worked example: one address has 55,000 ports for a destination, and a connection that was closed keeps its
// port for 60 s. So it lasts for 916 new connections a second; with 1,200 a second, all are taken after 46 s.
#include <algorithm>
#include <map>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

using traffic::NatDestination;
using traffic::NatGateway;

FailureGroups those_without_port(const Evidence& evidence, const NatDestination& to) {
  const Journal& journal = evidence.kernel.journal();
  FailureGroups found;
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    const PodLife* const life = evidence.life_of(failure.pod);
    const JournalId full = full_table_behind(journal, failure);
    if (!life || std::ranges::find(to.ports.records, full) == to.ports.records.end()) continue;
    found[{life->workload.namespace_, life->workload.name}].add(failure);
  }
  return found;
}

const cluster::Call* call_by(const Evidence& evidence, api::PodKey pod, traffic::ResourceIndex destination) {
  const std::vector<cluster::Call>* const calls = evidence.traffic.calls_of(pod);
  if (!calls) return nullptr;
  for (const cluster::Call& call : *calls) {
    const auto resource = evidence.traffic.resource_called(call.to);
    if (resource && evidence.traffic.resources()[*resource].destination == destination) return &call;
  }
  return nullptr;
}

// Who held most of the ports at the first refusal.
void tell_holder(const Evidence& evidence, const NatDestination& to, const PodLife& holder,
                 const cluster::Call* call, Finding& finding) {
  const network::Shortage& first = to.ports.flows.shortages().front();
  finding.chain.push_back(
      "pod " + holder.pod->metadata.name.str() + " of version " + holder.version + " held most of them, " +
      std::to_string(first.most_held) +
      (call && !call->pool.keep_alive ? ": it opens a connection for each call to " + call->to.str() : ""));
  const std::string action = action_behind(evidence, holder.created_record);
  if (!action.empty()) finding.chain.push_back("that pod is there because of: " + action);
}

std::string advice_for_ports(const Evidence& evidence, const NatGateway& gateway, const ObjectName& holder,
                             bool keeps_alive) {
  std::vector<std::string> advice;
  if (!keeps_alive)
    advice.push_back("have " + holder.str() +
                     " keep its connections (HTTP keep-alive, a pool), so that one serves many calls");
  if (gateway.config.addresses < network::vpc::kMostNatAddresses)
    advice.push_back("give " + gateway.config.name.str() +
                     " more addresses: each has as many ports, and it may have " +
                     std::to_string(network::vpc::kMostNatAddresses));
  if (evidence.traffic.nat_gateways().size() == 1)
    advice.emplace_back("have each zone go by a NAT gateway of its own");
  if (advice.empty()) advice.emplace_back("open fewer connections to one destination");
  return joined(advice, "; or ");
}

std::string who_lost(const FailureGroups& found, std::uint64_t& requests) {
  std::string who;
  for (const auto& [name, of] : found) {
    requests += of.requests;
    who += (who.empty() ? "" : ", ") + plural(of.requests, "request") + " of " + name.second.str();
  }
  return who;
}

void explain_ports(const Evidence& evidence, const NatGateway& gateway, traffic::ResourceIndex destination,
                   const NatDestination& to, std::vector<Finding>& findings) {
  const network::Shortage& first = to.ports.flows.shortages().front();
  const FailureGroups found = those_without_port(evidence, to);
  Finding finding;
  const std::string who = who_lost(found, finding.requests);
  finding.severity = finding.requests > 0 ? Severity::kError : Severity::kWarning;
  finding.what = "NAT gateway " + gateway.config.name.str() + " had no port left for " + to.name + ": " +
                 (who.empty() ? "no request failed of it" : who + " failed");
  for (const auto& [name, of] : found)
    finding.chain.push_back(name.second.str() + ": " + outcomes_text(of) + ", " + times_ended(of));
  const std::size_t times = to.ports.flows.shortages().size();
  finding.chain.push_back(
      "all " + std::to_string(to.ports.flows.limit()) + " ports that its " +
      std::to_string(gateway.config.addresses) + (gateway.config.addresses == 1 ? " address" : " addresses") +
      " had for it were in use " + (times == 1 ? "from " : std::to_string(times) + " times, between ") +
      about(first.first.since_start()) + (times == 1 ? " to " : " and ") +
      about(to.ports.flows.shortages().back().last.since_start()) + ": " +
      std::to_string(to.ports.flows.refused()) + " SYNs got none");
  finding.chain.push_back(
      "a closed connection keeps its port for " + to_string(gateway.config.rules.closed_hold) +
      ", so they last for " +
      std::to_string(nat_connections_per_second(gateway.config.rules, gateway.config.addresses)) +
      " new connections a second");
  const PodLife* const holder =
      first.most == network::FlowTable::kNobody ? nullptr : evidence.life_of({first.most});
  const cluster::Call* const call = holder ? call_by(evidence, {first.most}, destination) : nullptr;
  if (holder) {
    finding.object = holder->workload;
    if (const api::Container* const container = first_container(*holder))
      finding.manifest = container->source;
    tell_holder(evidence, to, *holder, call, finding);
  }
  finding.change = advice_for_ports(evidence, gateway, finding.object, !call || call->pool.keep_alive);
  findings.push_back(std::move(finding));
}

}  // namespace

JournalId full_table_behind(const Journal& journal, const traffic::FailedRequest& failure) {
  using cluster::RecordType;
  JournalId id = failure.record;
  const auto type = [&] { return static_cast<RecordType>(journal.record(id).type); };
  if (id == JournalId::kNone) return id;
  if (failure.outcome == traffic::Outcome::kNoEndpoints) return JournalId::kNone;  // that was before
  // What its pod calls was dropped: that is another request's failure.
  if (type() == RecordType::kTableFull && failure.outcome == traffic::Outcome::kDependencyFailed)
    return JournalId::kNone;
  while (id != JournalId::kNone &&
         (type() == RecordType::kCannotCall || type() == RecordType::kCannotResolve))
    id = journal.record(id).cause;
  return id != JournalId::kNone && type() == RecordType::kTableFull ? id : JournalId::kNone;
}

void nat_ports_were_exhausted(const Evidence& evidence, std::vector<Finding>& findings) {
  for (const NatGateway& gateway : evidence.traffic.nat_gateways())
    for (const auto& [destination, to] : gateway.destinations)
      if (!to.ports.flows.shortages().empty()) explain_ports(evidence, gateway, destination, to, findings);
}

}  // namespace seatrial::checks
