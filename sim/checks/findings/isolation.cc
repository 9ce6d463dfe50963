// Requests that network policies dropped, and those that got through before policies were enforced.
#include <map>
#include <set>
#include <tuple>

#include "sim/checks/findings/common.h"
#include "sim/network/policy/order.h"

namespace seatrial::checks {

namespace {

using cluster::RecordType;

// Whose packets a record is about: "pod worker-1"; empty: those of all.
std::string_view sender_of(const Journal& journal, const JournalRecord& record) {
  const std::string_view text = journal.text(record.text);
  const std::size_t colon = text.find(": ");
  return colon == std::string_view::npos ? std::string_view() : text.substr(0, colon);
}

// The first later record that lets packets of the same sender to the same pod through; none: there is none.
JournalId opened_after(const Journal& journal, JournalId id, std::uint32_t pod) {
  const std::string_view sender = sender_of(journal, journal.record(id));
  for (auto i = static_cast<std::uint32_t>(id) + 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    const bool opens =
        static_cast<RecordType>(record.type) == RecordType::kPolicyEnforced && record.value == 1;
    if (!opens || record.subject != pod) continue;
    if (sender.empty() || sender_of(journal, record) == sender) return JournalId{i};
  }
  return JournalId::kNone;
}

// What was dropped is not the request itself but what its pod sends for it: the call, "service/cart". Empty:
// it is the request.
std::string dropped_call(const Evidence& evidence, const traffic::FailedRequest& failure) {
  const Journal& journal = evidence.kernel.journal();
  const JournalRecord& record = journal.record(failure.record);
  const PodLife* const sender = evidence.life_of(failure.pod);
  if (!sender || sender_of(journal, record) != "pod " + sender->pod->metadata.name.str()) return {};
  const traffic::ProxyId proxy = evidence.traffic.load(failure.way).proxy;
  const bool to_itself = record.subject == failure.pod.index;
  if (to_itself && !evidence.traffic.proxy(proxy).ingress) return {};  // a pod chose itself
  const PodLife* const target = evidence.life_of({record.subject});
  const std::vector<cluster::Call>* const calls = evidence.traffic.calls_of(failure.pod);
  if (!calls || !target) return "what it calls";
  for (const cluster::Call& call : *calls) {
    const std::string_view to = call.to.view();
    const std::size_t slash = to.find('/');
    const std::string_view name = to.substr(slash + 1, to.find_first_of(".:", slash) - slash - 1);
    const auto* const service = evidence.store.find<api::Service>(target->pod->metadata.namespace_, name);
    if (to.starts_with("service/") && service && api::selects(*service, *target->pod->metadata.labels))
      return std::string(to);
  }
  return "what it calls";
}

std::string load_name(const Evidence& evidence, traffic::LoadIndex load) {
  return "load " + evidence.traffic.load(load).name.str();
}

void explain_dropped(const Evidence& evidence, traffic::LoadIndex load, const std::string& call,
                     const FailureGroup& dropped, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  const JournalId id = dropped.first->record;
  Finding finding;
  finding.severity = Severity::kError;
  finding.requests = dropped.requests;
  finding.what = plural(dropped.requests, "request") + " of " + load_name(evidence, load) +
                 " did not get through: network policies drop them";
  if (const PodLife* const life = evidence.life_of(dropped.first->pod)) {
    finding.object = life->workload;
    if (life->pod) finding.manifest = life->pod->source;
  }
  if (!call.empty())
    finding.what = plural(dropped.requests, "request") + " of " + load_name(evidence, load) +
                   " got no answer in time: network policies drop what " + finding.object.str() +
                   " sends for them to " + call;
  finding.chain.push_back((call.empty() ? "on the way to " : "on ") + plural(dropped.pods.size(), "pod") +
                          ", " + times_sent(dropped));
  finding.chain.push_back(rule_that_drops(journal, id));
  const std::string action = action_behind(evidence, id);
  if (!action.empty()) finding.chain.push_back("that began with " + action);
  const JournalId opened = opened_after(journal, id, dropped.first->pod.index);
  const bool by_itself = opened != JournalId::kNone && action_behind(evidence, opened) == action;
  if (opened != JournalId::kNone) {
    const SimTime at = journal.record(opened).at;
    finding.chain.push_back(by_itself ? "the node let them through " + about(at - journal.record(id).at) +
                                            " later, when it had programmed what policies allow"
                                      : "the node lets them through from " + about(at.since_start()) +
                                            " on, which began with " + action_behind(evidence, opened));
  }
  finding.change = "if they should get through, add a rule that allows them; see seatrial reach for the hop";
  if (by_itself)
    finding.change =
        "begin to send later (an init container that waits), try again with a timeout, or have the network "
        "plugin hold new pods up until their policies are programmed (networkPlugin: start: wait)";
  findings.push_back(std::move(finding));
}

}  // namespace

std::string rule_that_drops(const Journal& journal, JournalId id) {
  if (id == JournalId::kNone) return {};
  const JournalRecord& record = journal.record(id);
  if (static_cast<RecordType>(record.type) != RecordType::kPolicyEnforced) return {};
  const std::string text(journal.text(record.text));
  const std::size_t colon = text.find(": ");
  return colon == std::string::npos ? text : text.substr(colon + 2);
}

bool was_dropped_by_policy(const Journal& journal, const traffic::FailedRequest& failure) {
  // What its pod calls may have been dropped: then that is another request's failure.
  return failure.outcome != traffic::Outcome::kDependencyFailed &&
         type_behind(journal, failure) == RecordType::kPolicyEnforced;
}

void policies_dropped_requests(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  using Key = std::tuple<traffic::LoadIndex, std::string, std::string>;  // what drops them, the call
  std::map<Key, FailureGroup> found;
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    if (!was_dropped_by_policy(journal, failure)) continue;
    found[{failure.load, rule_that_drops(journal, failure.record), dropped_call(evidence, failure)}].add(
        failure);
  }
  for (const auto& [key, dropped] : found)
    explain_dropped(evidence, std::get<0>(key), std::get<2>(key), dropped, findings);
}

namespace {

Finding got_through(const Evidence& evidence, traffic::LoadIndex load, const traffic::Forbidden& forbidden,
                    std::string_view how) {
  Finding finding;
  finding.what = plural(forbidden.requests, "request") + " of " + load_name(evidence, load) +
                 " got through although network policies forbid it";
  if (const PodLife* const life = evidence.life_of(forbidden.pod)) {
    finding.object = life->workload;
    if (life->pod) finding.manifest = life->pod->source;
  }
  finding.chain.push_back("between " + about(forbidden.first.since_start()) + " and " +
                          about(forbidden.last.since_start()) + ", " + std::string(how));
  const std::string action = action_behind(evidence, forbidden.record);
  if (!action.empty()) finding.chain.push_back("that began with " + action);
  return finding;
}

}  // namespace

void policies_came_too_late(const Evidence& evidence, std::vector<Finding>& findings) {
  for (std::size_t i = 0; i < evidence.traffic.load_count(); ++i) {
    const auto load = static_cast<traffic::LoadIndex>(i);
    const traffic::Forbidden& forbidden = evidence.traffic.forbidden(load);
    const bool queries = evidence.traffic.dns() && evidence.traffic.dns()->load == load;
    if (forbidden.requests == 0 || queries) continue;
    Finding finding =
        got_through(evidence, load, forbidden, "before the nodes had programmed the policies that forbid it");
    finding.severity = Severity::kError;
    const auto since =
        static_cast<api::Kind>(evidence.kernel.journal().record(forbidden.record).subject_kind);
    const bool by_policy = network::is_enforced_policy(since, true);
    finding.change = by_policy
                         ? "apply policies before what they protect: a node takes a while to program them"
                         : "have the network plugin hold new pods up until their policies are programmed "
                           "(networkPlugin: start: wait), or deny until then (start: closed)";
    findings.push_back(std::move(finding));
  }
}

void connections_outlived_policies(const Evidence& evidence, std::vector<Finding>& findings) {
  for (std::size_t i = 0; i < evidence.traffic.load_count(); ++i) {
    const auto load = static_cast<traffic::LoadIndex>(i);
    const traffic::Forbidden& outlived = evidence.traffic.outlived(load);
    if (outlived.requests == 0) continue;
    Finding finding = got_through(evidence, load, outlived,
                                  "over connections that were open before, which the nodes let be "
                                  "(networkPlugin: establishedFlows: keep)");
    finding.severity = Severity::kWarning;
    finding.change =
        "have the connections opened anew (kubectl rollout restart of one end), so that the policies hold; "
        "if those "
        "requests are to succeed, add a rule that allows them before that happens by itself: see "
        "seatrial reach for the hop";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
