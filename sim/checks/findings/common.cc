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

std::string times_sent(const FailureGroup& group) {
  return "between " + about(group.first_sent.since_start()) + " and " + about(group.last_sent.since_start());
}

std::string times_ended(const FailureGroup& group) {
  return "between " + about(group.first->ended.since_start()) + " and " +
         about(group.last_ended.since_start());
}

std::string answered_with(const traffic::FailedRequest& failure) {
  return failure.http_code > 0 ? ", answered " + std::to_string(failure.http_code) : "";
}

std::set<std::string> names_of_calls(const Evidence& evidence, api::PodKey pod) {
  std::set<std::string> names;
  if (const std::vector<cluster::Call>* const calls = evidence.traffic.calls_of(pod))
    for (const cluster::Call& call : *calls) names.insert(call.to.str());
  return names;
}

bool ran_out_of_time(const traffic::FailedRequest& failure) {
  return failure.outcome == traffic::Outcome::kClientTimeout ||
         failure.outcome == traffic::Outcome::kUpstreamTimeout;
}

void tell_answer_times(const Evidence& evidence, const FailureGroup& group, Finding& finding) {
  const traffic::Histogram latency =
      evidence.traffic.accounts().cell(group.first->load, group.first->version).latency;
  if (latency.count() == 0) return;
  finding.chain.push_back("the answers that " + evidence.life_of(group.first->pod)->version + " gave took " +
                          about(latency.mean()) + " on average, half of them more than " +
                          about(latency.quantile(500'000)));
}

cluster::RecordType type_behind(const Journal& journal, const traffic::FailedRequest& failure) {
  if (failure.record == JournalId::kNone) return cluster::RecordType::kNone;
  return static_cast<cluster::RecordType>(journal.record(failure.record).type);
}

bool met_a_lost_machine(const Journal& journal, const traffic::FailedRequest& failure,
                        cluster::RecordType because) {
  if (type_behind(journal, failure) != cluster::RecordType::kNetworkDown) return false;
  const JournalId cause = journal.record(failure.record).cause;
  return cause != JournalId::kNone && static_cast<cluster::RecordType>(journal.record(cause).type) == because;
}

Finding lost_with_machines(const Evidence& evidence, const FailureGroup& group, std::string_view nodes) {
  const PodLife& life = *evidence.life_of(group.first->pod);
  std::set<std::string> names;
  for (const std::uint32_t pod : group.pods) names.insert(evidence.life_of({pod})->pod->node_name.str());
  Finding finding;
  finding.severity = Severity::kError;
  finding.object = life.workload;
  finding.requests = group.requests;
  finding.manifest = life.pod->source;
  finding.what = plural(group.requests, "request") + " of " + life.workload.str() + " went to " +
                 plural(group.pods.size(), "pod") + " on " + joined(names) + std::string(nodes);
  finding.chain.push_back(outcomes_text(group) + ": each waited for an answer that could not come");
  return finding;
}

namespace {

template <class Words>
std::string join(const Words& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(between)) + word;
  return text;
}

}  // namespace

std::string joined(const std::set<std::string>& words, std::string_view between) {
  return join(words, between);
}

std::string joined(const std::vector<std::string>& advice, std::string_view between) {
  return join(advice, between);
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

bool ends_with_pod(const traffic::FailedRequest& failure) {
  return failure.outcome == traffic::Outcome::kCutShort &&
         (failure.phase == traffic::ServerState::kExited || failure.phase == traffic::ServerState::kGone);
}

bool could_not_call(const Evidence& evidence, const traffic::FailedRequest& failure) {
  return type_behind(evidence.kernel.journal(), failure) == cluster::RecordType::kCannotCall &&
         !unresolved_name(evidence, failure.record);
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

std::string unschedulable_message(const PodLife& life) {
  return fits_no_node(life) ? condition_of(*life.pod, "PodScheduled")->message : std::string();
}

// Resources of which nodes that would do otherwise have too little come first: such nodes exist.
std::string advice_for_no_room(const std::string& message) {
  static constexpr std::string_view kInsufficient = "Insufficient ";
  std::set<std::string> short_of;
  for (std::size_t at = message.find(kInsufficient); at != std::string::npos;
       at = message.find(kInsufficient, at + 1)) {
    const std::size_t begin = at + kInsufficient.size();
    std::string resource = message.substr(begin, message.find_first_of(", ", begin) - begin);
    if (resource.ends_with('.')) resource.pop_back();
    short_of.insert(resource == "cpu" ? "CPU" : resource);
  }
  if (!short_of.empty()) return "request less " + joined(short_of, " or ") + ", or add a node";
  struct Row {
    std::string_view words, advice;
  };
  static constexpr auto kRows = std::to_array<Row>({
      {"node affinity/selector",
       "let nodeSelector and nodeAffinity of the pod ask for labels that a node has, or give nodes the "
       "label"},
      {"untolerated taint", "let the pod tolerate the taint, or take the taint off a node"},
      {"were unschedulable", "uncordon a node, or add one"},
      {"topology spread constraints",
       "let topologySpreadConstraints say whenUnsatisfiable: ScheduleAnyway, or a greater maxSkew, or add a "
       "node where pods are missing"},
      {"pod anti-affinity rules", "add a node for each pod, or make the podAntiAffinity a preferred one"},
      {"existing pods anti-affinity rules",
       "add a node without pods that keep others away, or make their podAntiAffinity a preferred one"},
      {"pod affinity rules", "start the pods that its podAffinity asks for, or make it a preferred one"},
      {"ReadWriteOncePod",
       "let the old pod go first: strategy: {type: Recreate}, since one pod at a time may use its volume"},
      {"persistentvolumeclaim", "create the claim that the message names, or name one that exists"},
      {"unbound immediate", "make a PersistentVolume for its claim, or name a StorageClass that provisions"},
      {"volume zone", "add a node in the zone of its volume"},
      {"PersistentVolume's node affinity", "add a node in the zone of its volume"},
      {"max volume count", "add a node: those that there are have no room for another volume"},
      {"free ports", "add a node for each pod that asks for the hostPort, or do without hostPort"},
      {"Too many pods", "add a node"},
  });
  for (const Row& row : kRows)
    if (message.contains(row.words)) return std::string(row.advice);
  return "add a node that the pod fits, or change what the message names";
}

const traffic::Freeze* frozen_behind(const Evidence& evidence, const traffic::FailedRequest& failure) {
  using traffic::Outcome;
  const traffic::FrozenProxy* const frozen =
      evidence.traffic.frozen(evidence.traffic.load(failure.way).proxy);
  const bool fits =
      failure.outcome == Outcome::kWrongService || failure.outcome == Outcome::kConnectTimeout ||
      failure.outcome == Outcome::kConnectRefused ||
      (failure.outcome == Outcome::kClientTimeout && failure.phase == traffic::ServerState::kGone);
  if (!frozen || !fits) return nullptr;
  for (const traffic::Freeze& freeze : frozen->freezes) {
    // What was sent with the last configuration of the freeze may end after it.
    if (freeze.since <= failure.sent && failure.sent < freeze.until) return &freeze;
  }
  return nullptr;
}

std::string outage_text(const Evidence& evidence, const cloud::Outage& outage) {
  const auto whole = [](SimTime time) {
    return to_string(truncated(time.since_start(), Duration::seconds(1)));
  };
  const std::string from = outage.began < SimTime() ? "from the beginning" : "from " + whole(outage.began);
  return from + (outage.ended > evidence.end() ? " to the end of the run" : " to " + whole(outage.ended));
}

MissedResource missed_by(const Evidence& evidence, const PodLife& life, SimTime at) {
  const std::vector<cluster::Call>* const calls = evidence.traffic.calls_of({life.pod->index});
  if (!calls) return {};
  for (const cluster::Call& call : *calls) {
    const auto index = call.readiness ? evidence.traffic.resource_called(call.to) : std::nullopt;
    if (!index) continue;
    const traffic::Resource& resource = evidence.traffic.resources()[*index];
    for (const cloud::Outage& outage : resource.state.outages)
      if (outage.began <= at && at < outage.ended) return {&resource, &outage};
  }
  return {};
}

std::string trouble_of(const PodLife& life) {
  if (fits_no_node(life)) return "it fits no node: " + unschedulable_message(life);
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
  const auto found = evidence.failed_creations.find(workload.namespace_);
  if (found == evidence.failed_creations.end()) return {};
  for (const cluster::WatchEvent* const change : found->second) {
    const auto& event = static_cast<const api::ApiEvent&>(*change->object);
    const bool of_it = event.involved_kind == "ReplicaSet" &&
                       event.involved_name.view().starts_with(workload.name.str() + "-");
    if (of_it && evidence.time_of(*change) >= since) return event.message;
  }
  return {};
}

bool names_quota(const std::string& refusal, api::Symbol quota) {
  const std::string name = "quota: " + quota.str();
  return refusal.contains(name + ",") || refusal.contains(name + ":");
}

std::shared_ptr<const api::ResourceQuota> quota_behind(const Evidence& evidence, api::Symbol namespace_,
                                                       const std::string& refusal, SimTime at) {
  std::shared_ptr<const api::ResourceQuota> found;
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kResourceQuota || change.object->metadata.namespace_ != namespace_)
      continue;
    if (names_quota(refusal, change.object->metadata.name) && evidence.time_of(change) <= at)
      found = api::as<api::ResourceQuota>(change.object);
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
