#include "sim/checks/findings/common.h"

#include <array>

namespace seatrial::checks {

std::string plural(std::uint64_t n, std::string_view word) {
  return std::to_string(n) + " " + std::string(word) + (n == 1 ? "" : "s");
}

std::string outcomes_text(const FailureGroup& group) {
  std::string text;
  for (const auto& [outcome, count] : group.outcomes) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(to_string(outcome));
  }
  return text;
}

std::string joined(const std::set<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(between)) + word;
  return text;
}

std::string place_text(const api::SourcePosition& where) {
  return where.line > 0 ? " (" + where.file.str() + ":" + std::to_string(where.line) + ")" : "";
}

std::string about(Duration d) {
  const Duration unit = d >= Duration::seconds(1) ? Duration::millis(100) : Duration::millis(1);
  return to_string((d + unit / 2) / unit * unit);
}

std::string whole_seconds_up(Duration d) {
  const Duration second = Duration::seconds(1);
  return std::to_string((d + second - Duration::nanos(1)) / second);
}

const api::Container* first_container(const PodLife& life) {
  return life.pod->spec->containers.empty() ? nullptr : &life.pod->spec->containers.front();
}

std::string action_behind(const Evidence& evidence, JournalId id) {
  const Journal& journal = evidence.kernel.journal();
  std::string found;
  for (const JournalId link : journal.cause_chain(id)) {
    const JournalRecord& record = journal.record(link);
    if (static_cast<cluster::RecordType>(record.type) != cluster::RecordType::kAction) continue;
    found = std::string(journal.text(record.text)) + " at " + to_string(record.at);
  }
  return found;
}

JournalId deletion_of(const Evidence& evidence, api::PodKey pod) {
  const Journal& journal = evidence.kernel.journal();
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    if (record.subject_kind != static_cast<std::uint8_t>(api::Kind::kPod) || record.subject != pod.index)
      continue;
    if (static_cast<cluster::RecordType>(record.type) == cluster::RecordType::kDeletionRequested)
      return JournalId{i};
  }
  return JournalId::kNone;
}

namespace {

const api::Condition* condition_of(const api::Pod& pod, const char* type) {
  return api::find_condition(pod.status.conditions, type);
}

std::string waiting_reason(const api::Pod& pod) {
  for (const api::ContainerStatus& status : pod.status.container_statuses) {
    const auto* const waiting = std::get_if<api::ContainerStateWaiting>(&status.state);
    if (waiting && waiting->reason != "ContainerCreating" && waiting->reason != "PodInitializing")
      return waiting->reason.str();
  }
  return {};
}

}  // namespace

bool fits_no_node(const PodLife& life) {
  const api::Condition* const scheduled = condition_of(*life.pod, "PodScheduled");
  return scheduled && scheduled->status == api::ConditionStatus::kFalse;
}

std::string trouble_of(const PodLife& life) {
  if (fits_no_node(life)) return "it fits no node: " + condition_of(*life.pod, "PodScheduled")->message;
  if (const std::string reason = waiting_reason(*life.pod); !reason.empty())
    return "its container is in " + reason;
  if (!life.out_of_memory.empty()) return "its process is killed for the memory that it uses";
  if (life.has_exited_by_itself) return "its process ends by itself";
  if (life.has_been_restarted && !life.ready) return "a failing probe has it restarted";
  if (!life.bound) return "it was not scheduled yet";
  if (!life.started && life.address_wait) return "its sandbox got no address: " + life.address_wait->why;
  if (!life.started) return "its containers have not started";
  if (!life.listening) return "its process does not listen yet";
  if (!life.ready) return "its readiness probe has not succeeded";
  return {};
}

std::string refusal_of_pods(const Evidence& evidence, const ObjectName& workload, SimTime since) {
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kEvent) continue;
    const auto& event = static_cast<const api::ApiEvent&>(*change.object);
    const bool of_it = event.involved_kind == "ReplicaSet" &&
                       event.metadata.namespace_ == workload.namespace_ &&
                       event.involved_name.view().starts_with(workload.name.str() + "-");
    if (of_it && event.reason == "FailedCreate" && evidence.time_of(change) >= since) return event.message;
  }
  return {};
}

std::shared_ptr<const api::ResourceQuota> quota_behind(const Evidence& evidence, api::Symbol namespace_,
                                                       const std::string& refusal, SimTime at) {
  std::shared_ptr<const api::ResourceQuota> found;
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kResourceQuota || change.object->metadata.namespace_ != namespace_)
      continue;
    const std::string name = "quota: " + change.object->metadata.name.str();
    const bool named = refusal.contains(name + ",") || refusal.contains(name + ":");
    if (named && evidence.time_of(change) <= at) found = api::as<api::ResourceQuota>(change.object);
  }
  return found;
}

std::string quota_text(const api::ResourceQuota& quota) {
  std::string hard;
  for (const auto& [resource, amount] : quota.hard)
    hard += (hard.empty() ? "" : ", ") + resource.str() + " " + amount.str();
  return "ResourceQuota " + quota.metadata.name.str() + " allows " + hard + place_text(quota.source);
}

std::string advice_for_refusal(const std::string& refusal) {
  struct Row {
    const char *words, *advice;
  };
  static constexpr std::array<Row, 7> kRows{{
      {"failed calling webhook", "mend the webhook first: see its finding"},
      {"denied the request", "change the pod template as the webhook's message says"},
      {"exceeded quota",
       "raise the namespace's ResourceQuota, or lower replicas or maxSurge so that the rollout stays within "
       "it"},
      {"must specify",
       "set the requests and limits that the ResourceQuota tracks in every container, or give the namespace "
       "a "
       "LimitRange with defaults"},
      {" usage per ",
       "change the container's requests and limits so that the namespace's LimitRange allows them"},
      {"serviceaccount", "create the ServiceAccount, or name one that exists in serviceAccountName"},
      {"violates PodSecurity", "set the securityContext fields that the message names"},
  }};
  for (const Row& row : kRows)
    if (refusal.find(row.words) != std::string::npos) return row.advice;
  return "change the pod template as the message says";
}

std::string advice_for_refused_task(const std::string& refusal) {
  if (refusal.contains("exceeded quota"))
    return "raise the namespace's ResourceQuota, or start the CronJobs of a team at different minutes";
  return advice_for_refusal(refusal);
}

}  // namespace seatrial::checks
