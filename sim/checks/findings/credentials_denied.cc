// Pods that might not use what AWS runs: without a role, with one that does not trust their ServiceAccount or
// does not allow it, or without credentials as STS could not be reached.
//
// Worked example: ServiceAccount worker gets its annotation at 6m. The pods of 4m were created without a
// role, and the webhook looks at a pod only when it is created, so they are denied until they are made again.
#include <algorithm>
#include <tuple>

#include "sim/checks/findings/common.h"
#include "sim/cluster/pod_identity.h"

namespace seatrial::checks {
namespace {

struct Denied {
  std::set<std::uint32_t> pods, records;
  JournalId first = JournalId::kNone;
  SimTime last;
  std::uint64_t requests = 0;  // that failed
};
struct DeniedKey {
  std::string resource;
  cloud::Denial why = cloud::Denial::kNone;
  ObjectName workload;
  cloud::PodIdentity identity;
  bool operator<(const DeniedKey& o) const {
    const auto tie = [](const DeniedKey& k) {
      return std::tie(k.resource, k.why, k.workload.namespace_, k.workload.name, k.identity.account.name,
                      k.identity.role_arn);
    };
    return tie(*this) < tie(o);
  }
};
using DeniedGroups = std::map<DeniedKey, Denied>;

DeniedGroups denied_pods(const Evidence& evidence) {
  DeniedGroups groups;
  const Journal& journal = evidence.kernel.journal();
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    if (static_cast<cluster::RecordType>(record.type) != cluster::RecordType::kCannotCall) continue;
    const PodLife* const life = evidence.life_of({record.subject});
    if (record.value == 0 || !life) continue;
    const std::string_view text = journal.text(record.text);
    Denied& denied =
        groups[{std::string(text.substr(0, text.find(':'))), static_cast<cloud::Denial>(record.value),
                life->workload, evidence.traffic.credentials().identity({record.subject})}];
    if (denied.pods.empty()) denied.first = JournalId{i};
    denied.pods.insert(record.subject);
    denied.records.insert(i);
    denied.last = record.at;
  }
  std::map<std::uint32_t, Denied*> by_record;
  for (auto& [key, denied] : groups)
    for (const std::uint32_t record : denied.records) by_record[record] = &denied;
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures())
    if (const auto at = by_record.find(static_cast<std::uint32_t>(failure.record)); at != by_record.end())
      at->second->requests += failure.count;
  return groups;
}

// The ServiceAccount's first version from `since` on that has a role; null: none has.
const cluster::WatchEvent* annotation_after(const Evidence& evidence,
                                            const cloud::ServiceAccountName& account, SimTime since) {
  for (const cluster::WatchEvent& change : evidence.history) {
    const api::ObjectMeta& meta = change.object->metadata;
    if (change.object->kind != api::Kind::kServiceAccount || evidence.time_of(change) < since) continue;
    if (meta.namespace_ != account.namespace_ || meta.name != account.name) continue;
    if (!cluster::role_of_account(static_cast<const api::ServiceAccount&>(*change.object)).empty())
      return &change;
  }
  return nullptr;
}

// As it was when the pod was created.
struct AccountThen {
  api::SourcePosition source;  // nowhere for one that its namespace brings
  api::Symbol role;
};
AccountThen account_then(const Evidence& evidence, const cloud::ServiceAccountName& account,
                         const PodLife& life) {
  AccountThen then;
  for (const cluster::WatchEvent& change : evidence.history) {
    const api::ObjectMeta& meta = change.object->metadata;
    if (change.cause > life.created_record) break;
    if (change.object->kind != api::Kind::kServiceAccount || meta.namespace_ != account.namespace_ ||
        meta.name != account.name)
      continue;
    then.source = change.object->source;
    then.role = cluster::role_of_account(static_cast<const api::ServiceAccount&>(*change.object));
  }
  return then;
}

// "worker (scenario.yaml:20)" of those that allow it.
std::string roles_for(const Evidence& evidence, std::string_view resource) {
  std::set<std::string> names;
  for (const cloud::IamRole& role : evidence.traffic.credentials().roles())
    if (std::ranges::count(role.allows, api::Symbol(resource)) > 0)
      names.insert(role.name.str() + place_text(role.source));
  return joined(names, " or ");
}

std::string account_text(const cloud::ServiceAccountName& account) {
  return "ServiceAccount " + account.namespace_.str() + "/" + account.name.str();
}

std::string reason_text(const DeniedKey& key, std::string_view role) {
  switch (key.why) {
    case cloud::Denial::kNoRole:
      return "had no IAM role";
    case cloud::Denial::kUnknownRole:
      return "had the role " + std::string(role) + ", of which `iam` says nothing";
    case cloud::Denial::kNotTrusted:
      return "had the role " + std::string(role) + ", which does not trust their ServiceAccount";
    case cloud::Denial::kNotAllowed:
      return "had the role " + std::string(role) + ", which does not allow it";
    case cloud::Denial::kNone:
    case cloud::Denial::kExpired:
      break;
  }
  return "had no credentials that were valid";
}

void tell_role(const Evidence& evidence, const DeniedKey& key, const PodLife& life, Finding& finding) {
  const std::string account = account_text(key.identity.account);
  const AccountThen then = account_then(evidence, key.identity.account, life);
  const std::string where = place_text(then.source);
  const std::string roles = roles_for(evidence, key.resource);
  if (key.why == cloud::Denial::kNotTrusted) {
    finding.chain.push_back("the role's trust policy does not name system:serviceaccount:" +
                            key.identity.account.namespace_.str() + ":" + key.identity.account.name.str());
    finding.change =
        "let the role's trust policy name it, or run the pods under a ServiceAccount that it names";
    return;
  }
  const api::Container* const container = first_container(life);
  const auto* const variable = container ? cluster::identity_variable(*container) : nullptr;
  if (variable && (key.why == cloud::Denial::kNoRole || then.role != key.identity.role_arn)) {
    finding.chain.push_back("their container sets " + variable->name.str() +
                            " itself, so that the pod identity webhook gives it neither role nor token");
    finding.change = "take the variable away: the webhook sets both";
    return;
  }
  if (key.why != cloud::Denial::kNoRole) {
    finding.chain.push_back(account + where + " has the annotation " + std::string(cluster::kRoleAnnotation) +
                            ": " + key.identity.role_arn.str());
    finding.change =
        "annotate it with a role that allows " + key.resource + ": " + roles +
        "; or let the role's policies allow it. Then restart the pods, if the annotation changed";
    return;
  }
  finding.chain.push_back(account + where + " had no annotation " + std::string(cluster::kRoleAnnotation) +
                          " when they were created");
  finding.change = "annotate " + account + " with " + std::string(cluster::kRoleAnnotation) +
                   ": the ARN of " + roles + ", before the pods are created";
  const auto* const later =
      annotation_after(evidence, key.identity.account, life.created.value_or(SimTime()));
  if (!later) return;
  const std::string action = action_behind(evidence, later->cause);
  finding.chain.push_back("it has it since " + about(evidence.time_of(*later).since_start()) +
                          (action.empty() ? "" : " (" + action + ")") +
                          ", but the pod identity webhook looks at a pod only when it is created");
  finding.change = "restart the pods (kubectl rollout restart): those that are created now get the role";
}

void tell_outages_of_sts(const Evidence& evidence, const Denied& denied, Finding& finding) {
  const traffic::Credentials& credentials = evidence.traffic.credentials();
  for (const cloud::StsOutage& outage : credentials.outages()) {
    if (outage.began > denied.last) continue;
    const std::string action = action_behind(evidence, outage.record);
    finding.chain.push_back(
        "STS could not be reached from " + about(outage.began.since_start()) +
        (outage.ended > evidence.end() ? " to the end" : " to " + about(outage.ended.since_start())) +
        (action.empty() ? "" : ": " + action));
  }
  const Duration life = credentials.rules().life, before = credentials.rules().renew_before;
  finding.chain.push_back(
      "credentials live " + to_string(life) + " and are renewed " + to_string(before) +
      " before they expire, so a pod stops between " + to_string(before) + " and " + to_string(life) +
      " after STS went away, by when it renewed last; one that starts meanwhile has none");
  finding.change =
      "restart no pod and roll out nothing while STS is away; what must outlast it needs a longer session "
      "(DurationSeconds, and the role's maximum session duration), and an STS endpoint of its region";
}

void tell_queue(const Evidence& evidence, const DeniedKey& key, const Denied& denied, Finding& finding) {
  const traffic::Queues& queues = evidence.traffic.queues();
  for (traffic::QueueIndex i = 0; i < queues.size(); ++i) {
    if (queues.config(i).name.view() != key.resource) continue;
    const traffic::QueueTotals& totals = queues.totals(i);
    finding.chain.push_back("up to " + plural(totals.most_waiting, "message") + " waited in " + key.resource +
                            ", and " + std::to_string(totals.waiting) + " at the end");
    const auto kept = std::ranges::count_if(totals.redeliveries, [&](const traffic::Redelivery& again) {
      return denied.records.contains(static_cast<std::uint32_t>(again.record));
    });
    if (kept > 0)
      finding.chain.push_back(plural(static_cast<std::uint64_t>(kept), "message") +
                              " came again: the work was done, and could not be deleted");
  }
}

void explain_denied(const Evidence& evidence, const DeniedKey& key, const Denied& denied, Finding& finding) {
  const Journal& journal = evidence.kernel.journal();
  const JournalRecord& first = journal.record(denied.first);
  const PodLife& life = *evidence.life_of({first.subject});
  const bool worker = key.resource.starts_with("sqs/");
  finding.severity = worker || denied.requests > 0 ? Severity::kError : Severity::kWarning;
  finding.object = life.workload;
  finding.requests = denied.requests;
  if (key.why != cloud::Denial::kExpired)
    finding.manifest = account_then(evidence, key.identity.account, life).source;
  const api::Container* const container = first_container(life);
  if (finding.manifest.line == 0 && container) finding.manifest = container->source;
  finding.what = life.workload.str() + " could not use " + key.resource + ": " +
                 plural(denied.pods.size(), "pod") + " of version " + life.version + " " +
                 reason_text(key, cloud::role_name(key.identity.role_arn.view())) +
                 (denied.requests > 0 ? "; " + plural(denied.requests, "request") + " failed" : "");
  finding.chain.push_back("the first at " + about(std::max(Duration(), first.at.since_start())) + ", " +
                          life.pod->metadata.name.str() + ": " + std::string(journal.text(first.text)));
  if (denied.last > first.at)
    finding.chain.push_back("the last at " + about(std::max(Duration(), denied.last.since_start())));
  if (key.why == cloud::Denial::kExpired) {
    tell_outages_of_sts(evidence, denied, finding);
  } else {
    tell_role(evidence, key, life, finding);
    if (const std::string action = action_behind(evidence, first.cause); !action.empty())
      finding.chain.push_back("the first of these pods came because of: " + action);
  }
  if (worker) tell_queue(evidence, key, denied, finding);
}

}  // namespace

void credentials_were_denied(const Evidence& evidence, std::vector<Finding>& findings) {
  if (evidence.traffic.credentials().trivial()) return;
  for (const auto& [key, denied] : denied_pods(evidence)) {
    Finding finding;
    explain_denied(evidence, key, denied, finding);
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
