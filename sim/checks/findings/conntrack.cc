// Packets that nodes dropped as their conntrack tables were full.
//
// Worked example: an entry of a closed connection stays for 120 s. A node of 4 cores has max(32768 × 4,
// 131072) = 131072 entries: 1,092 new connections a second, to and from all its pods together.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

using traffic::Conntrack;

// Whose packets they were: of the pod that could not call or resolve, which may have sent the request and is
// all that is known before it had an address; else of the pod that the request met.
const PodLife* whose_packets(const Evidence& evidence, const traffic::FailedRequest& failure) {
  const cluster::RecordType type = type_behind(evidence.kernel.journal(), failure);
  if (type != cluster::RecordType::kCannotResolve && type != cluster::RecordType::kCannotCall)
    return evidence.life_of(failure.pod);
  return evidence.life_of({evidence.kernel.journal().record(failure.record).subject});
}

struct DroppedByNode {
  FailureGroup group;
  std::set<std::string> workloads;
};

DroppedByNode dropped_by(const Evidence& evidence, const Conntrack::Node& node) {
  const Journal& journal = evidence.kernel.journal();
  DroppedByNode found;
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    if (std::ranges::find(node.table.records, full_table_behind(journal, failure)) ==
        node.table.records.end())
      continue;
    found.group.add(failure);
    if (const PodLife* const life = whose_packets(evidence, failure))
      found.workloads.insert(life->workload.str());
  }
  return found;
}

const cluster::Call* call_without_pool(const Evidence& evidence, api::PodKey pod) {
  const std::vector<cluster::Call>* const calls = evidence.traffic.calls_of(pod);
  if (!calls) return nullptr;
  const auto call = std::ranges::find_if(*calls, [](const cluster::Call& c) { return !c.pool.keep_alive; });
  return call == calls->end() ? nullptr : &*call;
}

// Pods of one workload that ran on the node together, and what brought the latest of them there.
void tell_company(const Evidence& evidence, const PodLife& of, SimTime at, Finding& finding) {
  std::size_t pods = 0;
  const PodLife* latest = nullptr;
  for (const PodLife& life : evidence.pods) {
    const bool there = life.pod && life.pod->node_name == of.pod->node_name && life.listening &&
                       *life.listening <= at && !(life.gone && *life.gone <= at);
    if (!there || life.workload != of.workload) continue;
    ++pods;
    if (!latest || *life.listening > *latest->listening) latest = &life;
  }
  if (pods < 2) return;
  const std::string action = action_behind(evidence, latest->created_record);
  finding.chain.push_back(plural(pods, "pod") + " of " + of.workload.str() + " ran there" +
                          (action.empty() ? "" : ", the latest because of: " + action));
}

void tell_most(const Evidence& evidence, const Conntrack::Node& node, Finding& finding) {
  const network::Shortage& first = node.table.flows.shortages().front();
  const PodLife* const most =
      first.most == network::FlowTable::kNobody ? nullptr : evidence.life_of({first.most});
  if (!most) return;
  finding.object = most->workload;
  if (const api::Container* const container = first_container(*most)) finding.manifest = container->source;
  const cluster::Call* const call = call_without_pool(evidence, {first.most});
  finding.chain.push_back("pod " + most->pod->metadata.name.str() + " had most of them, " +
                          std::to_string(first.most_held) +
                          (call ? ": it opens a connection for each call to " + call->to.str() : ""));
  tell_company(evidence, *most, first.first, finding);
  if (call)
    finding.change = "have " + most->workload.str() +
                     " keep its connections (keep-alive, a pool), so that one serves many calls; or ";
}

void explain_table(const Evidence& evidence, const Conntrack::Node& node, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  const DroppedByNode found = dropped_by(evidence, node);
  Finding finding;
  finding.requests = found.group.requests;
  finding.severity = finding.requests > 0 ? Severity::kError : Severity::kWarning;
  finding.what =
      "node " + node.name.str() + " dropped packets, as its conntrack table was full: " +
      (finding.requests > 0 ? plural(finding.requests, "request") + " failed" : "no request failed of it") +
      (found.workloads.empty() ? "" : ", of " + joined(found.workloads));
  if (finding.requests > 0)
    finding.chain.push_back(outcomes_text(found.group) + ", " + times_ended(found.group));
  const std::string at = " at " + about(journal.record(node.table.records.front()).at.since_start());
  finding.chain.push_back(std::string(journal.text(journal.record(node.table.records.front()).text)) + at +
                          "; " + plural(node.table.flows.refused(), "packet") + " dropped");
  const network::ConntrackRules& rules = evidence.traffic.conntrack()->rules;
  finding.chain.push_back("an entry of a closed connection stays for " + to_string(rules.closed) +
                          ", one of a DNS query for " + to_string(rules.udp));
  tell_most(evidence, node, finding);
  finding.change +=
      "give nodes larger tables (conntrack-max-per-core of kube-proxy, or larger nodes), or spread the pods "
      "that connect most over more of them";
  findings.push_back(std::move(finding));
}

}  // namespace

void conntrack_tables_were_full(const Evidence& evidence, std::vector<Finding>& findings) {
  const Conntrack* const conntrack = evidence.traffic.conntrack();
  if (!conntrack) return;
  for (const Conntrack::Node& node : conntrack->nodes)
    if (!node.table.flows.shortages().empty()) explain_table(evidence, node, findings);
}

}  // namespace seatrial::checks
