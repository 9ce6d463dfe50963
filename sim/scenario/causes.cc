#include "sim/scenario/causes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "sim/api/batch.h"
#include "sim/api/kinds.h"
#include "sim/report/format.h"

namespace seatrial::scenario {

using checks::Evidence;
using checks::PodLife;
using cluster::RecordType;

namespace {

api::SourcePosition written_at(const api::Object& object) {
  if (object.kind != api::Kind::kPod) return object.source;
  const auto& pod = static_cast<const api::Pod&>(object);
  return pod.spec->containers.empty() ? pod.source : pod.spec->containers.front().source;
}

RecordType type_of(const JournalRecord& record) { return static_cast<RecordType>(record.type); }

// Its text says all.
bool is_whole(RecordType type) {
  return type == RecordType::kPipeline || type == RecordType::kCertificate ||
         type == RecordType::kTableFull || type == RecordType::kDnsRecord || type == RecordType::kDnsRefused;
}

}  // namespace

Causes::Causes(const Evidence& evidence) : evidence_(evidence) {
  for (const cluster::WatchEvent& change : evidence.history) objects_[change.object->ref()] = change.object;
}

std::string Causes::name(std::uint8_t kind, std::uint32_t index) const {
  const auto found = objects_.find({static_cast<api::Kind>(kind), index});
  if (found == objects_.end()) return "";
  std::string word(api::kind_name(*found->second));
  return word + " " + found->second->metadata.name.str();
}

std::string Causes::words(JournalId id) const {
  const Journal& journal = evidence_.kernel.journal();
  const JournalRecord& record = journal.record(id);
  const std::string text(journal.text(record.text));
  if (type_of(record) == RecordType::kAction) return "the scenario's timeline: " + text;
  if (is_whole(type_of(record))) return text;
  const std::string object = name(record.subject_kind, record.subject);
  std::string all = (object.empty() ? "" : object + ": ") + std::string(to_string(type_of(record)));
  if (type_of(record) == RecordType::kUpstreamsChanged) {
    return all + " in " + text + " (replica " + std::to_string(record.other + 1) + ", now " +
           std::to_string(record.value) + " pods)";
  }
  if (type_of(record) == RecordType::kReplicaEnds)
    return all + ": SIGTERM to that of " + text + " (replica " + std::to_string(record.other + 1) + ")";
  if (type_of(record) == RecordType::kReloaded)
    return all + " by a reload of " + text + " (replica " + std::to_string(record.other + 1) + ")";
  if (type_of(record) == RecordType::kDeletionRequested)
    return all + " (grace period " + std::to_string(record.value) + "s)";
  return text.empty() ? all : all + " (" + text + ")";
}

report::CauseStep Causes::step(JournalId id) const {
  const JournalRecord& record = evidence_.kernel.journal().record(id);
  report::CauseStep made{record.at, words(id), {}};
  const auto found = objects_.find({static_cast<api::Kind>(record.subject_kind), record.subject});
  if (found == objects_.end() || type_of(record) == RecordType::kAction ||
      type_of(record) == RecordType::kPipeline)
    return made;
  const api::SourcePosition where = written_at(*found->second);
  made.manifest = {where.file.str(), where.line, where.column};
  return made;
}

report::ExplainedRequest Causes::explained(const traffic::FailedRequest& failure) const {
  report::ExplainedRequest row;
  row.id = failure.id;
  row.load = evidence_.traffic.load(failure.load).name.str();
  row.outcome = to_string(failure.outcome);
  row.version = evidence_.traffic.version_name(failure.version).str();
  if (const PodLife* const life = evidence_.life_of(failure.pod)) row.pod = life->pod->metadata.name.str();
  row.phase = failure.phase_text();
  row.sent = failure.sent;
  row.ended = failure.ended;
  row.http_code = failure.http_code;
  row.attempts = failure.attempts;
  row.tries = failure.tries;
  for (const JournalId id : evidence_.kernel.journal().cause_chain(failure.record))
    row.cause.push_back(step(id));
  if (failure.view != JournalId::kNone) {
    report::CauseStep view = step(failure.view);
    view.what = "what the sender believed in: " + view.what;
    view.manifest = {};
    row.cause.push_back(std::move(view));
  }
  return row;
}

report::ExplainedRequest Causes::logged(const traffic::RequestLog& log, std::size_t i) const {
  report::ExplainedRequest row;
  row.id = log.id[i];
  row.load = evidence_.traffic.load(log.load[i]).name.str();
  row.outcome = to_string(static_cast<traffic::Outcome>(log.outcome[i]));
  row.version = evidence_.traffic.version_name(log.version[i]).str();
  if (const PodLife* const life = evidence_.life_of({log.pod[i]})) row.pod = life->pod->metadata.name.str();
  row.sent = SimTime::at(Duration::nanos(log.sent[i]));
  row.ended = row.sent + Duration::nanos(log.latency[i]);
  row.attempts = log.attempts[i];
  row.tries = log.tries[i];
  return row;
}

namespace {

// A row for each line that kubectl printed.
void add_refusal(SimTime at, const std::string& text, std::vector<report::TimelineRow>& rows) {
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find('\n', from), text.size());
    rows.push_back({at, "", (from == 0 ? "refused: " : "         ") + text.substr(from, to - from), false});
    from = to + 1;
  }
}

// Of the timeline, or of a pipeline that it began.
bool is_a_command(const Journal& journal, JournalId cause) {
  if (cause == JournalId::kNone) return false;
  const RecordType type = type_of(journal.record(cause));
  return type == RecordType::kAction || type == RecordType::kPipeline;
}

// What Route 53 refused with the same words: at its first time one row, which says how often it was.
class RefusedByRoute53 {
 public:
  void add(SimTime at, const std::string& text, std::vector<report::TimelineRow>& rows) {
    const auto [seen, added] = rows_.try_emplace(text, Seen{rows.size(), 0});
    if (added) rows.push_back({at, "", text, false});
    if (++seen->second.times > 1)
      rows[seen->second.row].what =
          fmt::format("{} ({} times, until {})", text, seen->second.times, report::human(at));
  }

 private:
  struct Seen {
    std::size_t row;
    int times;
  };
  std::map<std::string, Seen> rows_;
};

void add_actions(const Evidence& evidence, std::vector<report::TimelineRow>& rows) {
  const Journal& journal = evidence.kernel.journal();
  RefusedByRoute53 refused;
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    const RecordType type = type_of(record);
    const std::string text(journal.text(record.text));
    if (type == RecordType::kAction)
      rows.push_back({record.at, "", text, true});
    else if (type == RecordType::kFault)
      rows.push_back({record.at, "", "fault: " + text, false});
    else if (type == RecordType::kWayChanged)
      rows.push_back(
          {record.at, "",
           record.value == 0 ? "network: no packet from " + text : "network: packets pass from " + text,
           false});
    else if (type == RecordType::kPrinted && record.value == 0)
      rows.push_back({record.at, "", "kubectl: " + text, false});
    else if (type == RecordType::kSaid || type == RecordType::kPipeline ||
             type == RecordType::kRouteChanged || type == RecordType::kRouteLeft ||
             type == RecordType::kDnsRecord)
      rows.push_back({record.at, "", text, false});
    else if (type == RecordType::kTableFull)
      rows.push_back({record.at, "", "network: " + text, false});
    else if (type == RecordType::kDnsRefused)
      refused.add(record.at, text, rows);
    else if (type == RecordType::kCertificate)
      rows.push_back({record.at, "", text, false});
    else if (type == RecordType::kNoCapacity && record.value == 1)
      rows.push_back({record.at, "", "EC2: no capacity for " + text + "; tried again and again", false});
    else if (type == RecordType::kRefused && is_a_command(journal, record.cause))
      add_refusal(record.at, text, rows);
  }
}

using NamesByUid = std::map<std::string, api::Symbol>;

NamesByUid names_by_uid(const Evidence& evidence) {
  NamesByUid names;
  for (const PodLife& life : evidence.pods)
    if (life.pod) names.emplace(life.pod->metadata.uid.str(), life.pod->metadata.name);
  return names;
}

// "Preempted by pod UID on node NODE", with the pod's name instead.
std::string preemption_text(const NamesByUid& names, const std::string& message) {
  const std::string before = "Preempted by pod ";
  if (!message.starts_with(before)) return message;
  const auto found =
      names.find(message.substr(before.size(), message.find(' ', before.size()) - before.size()));
  return found == names.end() ? message : before + found->second.str();
}

// Of workloads and of nodes.
bool is_about_scaling(std::string_view reason) {
  constexpr std::array<std::string_view, 7> kReasons{
      "ScalingReplicaSet", "SuccessfulRescale",   "ScaledUpGroup",        "ScaleDown",
      "ScaleDownEmpty",    "DisruptionLaunching", "DisruptionTerminating"};
  return std::ranges::find(kReasons, reason) != kReasons.end() || reason.starts_with("DeploymentRollback");
}

// Of a sandbox that failed, without its identifier, which is another one with each attempt.
std::string without_sandbox(std::string message) {
  constexpr std::string_view kBefore = "for sandbox ";
  const std::size_t at = message.find(kBefore), to = message.find(": plugin");
  if (at != std::string::npos && to != std::string::npos && at < to) message.erase(at - 1, to - at + 1);
  return message;
}

// What the controllers and the scheduler said about workloads; of repeated warnings the first. Refusals to
// create a pod or Job differ only by the name that was drawn for it; of sandboxes one for each ReplicaSet
// will do.
void add_events(const Evidence& evidence, std::vector<report::TimelineRow>& rows) {
  std::set<std::uint32_t> seen;
  std::set<std::pair<api::Symbol, api::Symbol>> refused;
  std::set<std::pair<api::ObjectRef, std::string>> said;
  NamesByUid names;
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kEvent || !seen.insert(change.object->index).second) continue;
    const auto& event = static_cast<const api::ApiEvent&>(*change.object);
    const bool scaling = is_about_scaling(event.reason.view());
    if (event.reason == "Preempted") {
      if (names.empty()) names = names_by_uid(evidence);
      rows.push_back({evidence.time_of(change), "Pod " + event.involved_name.str(),
                      preemption_text(names, event.message), false});
      continue;
    }
    const bool left_out = event.reason == "JobAlreadyActive";
    if (!scaling && !left_out && event.type != "Warning") continue;
    if (event.reason == "NodeNotReady" && event.involved_kind == "Pod")
      continue;  // the Node's own line says it
    const bool refusal = event.reason == "FailedCreate";
    const std::string message = without_sandbox(event.message);
    const std::string_view pod = event.involved_name.view();
    const api::Symbol owner = pod.substr(0, pod.rfind('-'));
    if (event.reason == "FailedCreatePodSandBox" && !refused.emplace(event.metadata.namespace_, owner).second)
      continue;
    if (refusal && !refused.emplace(event.metadata.namespace_, event.involved_name).second) continue;
    if (!scaling && !said.emplace(event.involved_object, message).second) continue;
    rows.push_back({evidence.time_of(change), event.involved_kind.str() + " " + event.involved_name.str(),
                    scaling ? message : event.reason.str() + ": " + message, false});
  }
}

void add_rollouts(const Evidence& evidence, std::vector<report::TimelineRow>& rows) {
  for (const checks::RolloutLife& rollout : evidence.rollouts) {
    const std::string from_to = rollout.from + " to " + rollout.to;
    const std::string object = "Deployment " + rollout.target.name.str();
    if (rollout.completed) {
      rows.push_back(
          {*rollout.completed, object,
           "rollout " + from_to + " is complete after " + report::human(*rollout.completed - rollout.started),
           false});
    }
    if (rollout.deadline_exceeded)
      rows.push_back({*rollout.deadline_exceeded, object,
                      "rollout " + from_to + " exceeded its progress deadline", false});
  }
}

void add_jobs(const Evidence& evidence, std::vector<report::TimelineRow>& rows) {
  std::set<std::uint32_t> ended;
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kJob || change.type == cluster::ChangeType::kDeleted) continue;
    const auto& job = static_cast<const api::Job&>(*change.object);
    const api::Condition* const finished = finished_condition(job);
    if (!finished || finished->type != "Complete" || !ended.insert(job.index).second) continue;
    const SimTime at = evidence.time_of(change);
    rows.push_back(
        {at, "Job " + job.metadata.name.str(),
         "complete, " + report::human(at - job.metadata.creation_timestamp) + " after its creation", false});
  }
}

void add_pods(const Evidence& evidence, std::vector<report::TimelineRow>& rows) {
  for (const PodLife& life : evidence.pods) {
    if (!life.pod) continue;
    const std::string object = "Pod " + life.pod->metadata.name.str() + " (" + life.version + ")";
    if (!life.out_of_memory.empty()) {
      const JournalRecord& killed = evidence.kernel.journal().record(life.out_of_memory.front());
      rows.push_back({killed.at, object,
                      "killed, out of memory: " + std::string(evidence.kernel.journal().text(killed.text)),
                      false});
    }
    if (life.ready && life.created)
      rows.push_back({*life.ready, object,
                      "Ready, " + report::human(*life.ready - *life.created) + " after its creation", false});
    if (!life.gone || !life.deletion) continue;
    std::string what = "gone, " + report::human(*life.gone - *life.deletion) + " after its deletion";
    if (life.sigterm) what += " (SIGTERM after " + report::human(*life.sigterm - *life.deletion) + ")";
    rows.push_back({*life.gone, object, what, false});
  }
}

// Nodes that came after the start, and those that went.
void add_node_lives(const Evidence& evidence, std::vector<report::TimelineRow>& rows) {
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kNode || change.type == cluster::ChangeType::kModified) continue;
    const SimTime at = evidence.time_of(change);
    if (at < SimTime()) continue;
    const api::LabelMap& labels = *change.object->metadata.labels;
    const std::string object = "Node " + change.object->metadata.name.str();
    const std::string_view type = labels.get("node.kubernetes.io/instance-type"),
                           zone = labels.get("topology.kubernetes.io/zone");
    const bool gone = change.type == cluster::ChangeType::kDeleted;
    std::string what = gone ? "gone" : "joins the cluster";
    if (!gone && !type.empty()) what += fmt::format(" ({} in {})", type, zone);
    rows.push_back({at, object, std::move(what), false});
  }
}

// Nodes that were cordoned or uncordoned, with what they ran then: a drain of an empty node is seen to be
// one.
void add_nodes(const Evidence& evidence, std::vector<report::TimelineRow>& rows) {
  const auto runs_at = [&](api::Symbol node, SimTime at) {
    return std::ranges::count_if(evidence.pods, [&](const PodLife& life) {
      return life.pod && life.pod->node_name == node && life.bound && *life.bound <= at &&
             !(life.gone && *life.gone <= at);
    });
  };
  std::map<std::uint32_t, bool> cordoned;
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kNode || change.type == cluster::ChangeType::kDeleted) continue;
    const auto& node = static_cast<const api::Node&>(*change.object);
    if (std::exchange(cordoned[node.index], node.unschedulable) == node.unschedulable) continue;
    const SimTime at = evidence.time_of(change);
    const auto pods = runs_at(node.metadata.name, at);
    std::string what = node.unschedulable ? "cordoned; " : "uncordoned; ";
    what += pods == 0   ? "no pod runs there"
            : pods == 1 ? "1 pod runs there"
                        : fmt::format("{} pods run there", pods);
    rows.push_back({at, "Node " + node.metadata.name.str(), std::move(what), false});
  }
}

// Nodes that the cluster takes for dead, or whose memory runs short, and those of which it is over.
void add_conditions_of_nodes(const Evidence& evidence, std::vector<report::TimelineRow>& rows) {
  struct Row {
    api::Symbol type;
    const char *yes, *no;
  };
  const Row known[] = {{"Ready", "Ready", "NotReady"},
                       {"MemoryPressure", "MemoryPressure", "no more MemoryPressure"}};
  std::map<std::pair<std::uint32_t, api::Symbol>, bool> held;
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kNode || change.type == cluster::ChangeType::kDeleted) continue;
    const auto& node = static_cast<const api::Node&>(*change.object);
    for (const Row& row : known) {
      const api::Condition* const condition = api::find_condition(node.conditions, row.type);
      const bool now = condition && condition->status == api::ConditionStatus::kTrue;
      const auto [before, first] = held.try_emplace({node.index, row.type}, now);
      if (std::exchange(before->second, now) == now) continue;
      const bool bad = now != (row.type == "Ready");
      rows.push_back({evidence.time_of(change), "Node " + node.metadata.name.str(),
                      (now ? row.yes : row.no) + (bad && condition ? ": " + condition->message : ""), false});
    }
  }
}

}  // namespace

std::vector<report::TimelineRow> timeline_of(const Evidence& evidence) {
  std::vector<report::TimelineRow> rows;
  add_actions(evidence, rows);
  add_events(evidence, rows);
  add_rollouts(evidence, rows);
  add_jobs(evidence, rows);
  add_pods(evidence, rows);
  add_nodes(evidence, rows);
  add_conditions_of_nodes(evidence, rows);
  add_node_lives(evidence, rows);
  std::ranges::stable_sort(rows, {}, &report::TimelineRow::at);
  return rows;
}

}  // namespace seatrial::scenario
