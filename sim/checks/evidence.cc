#include "sim/checks/evidence.h"

#include <algorithm>
#include <array>

#include "sim/api/kinds.h"
#include "sim/api/resources.h"

namespace seatrial::checks {

using cluster::ChangeType;
using cluster::RecordType;
using cluster::WatchEvent;

namespace {

ObjectName name_of(const api::Object& object) {
  return {object.kind, object.metadata.namespace_, object.metadata.name};
}

ObjectName name_of(const api::OwnerReference& owner, api::Symbol namespace_) {
  const api::KindInfo* const kind = api::find_kind(owner.api_version.view(), owner.kind.view());
  return {kind ? kind->kind : api::Kind::kUnstructured, namespace_, owner.name};
}

// What is behind each ReplicaSet and Job, by uid: the Deployment or CronJob that made it, else itself.
using Owners = std::map<api::Uid, ObjectName>;

Owners owners_in(const std::vector<WatchEvent>& history) {
  Owners owners;
  for (const WatchEvent& change : history) {
    if (change.object->kind != api::Kind::kReplicaSet && change.object->kind != api::Kind::kJob) continue;
    const api::ObjectMeta& meta = change.object->metadata;
    const api::OwnerReference* const owner = meta.controller_ref();
    owners[meta.uid] = owner ? name_of(*owner, meta.namespace_) : name_of(*change.object);
  }
  return owners;
}

ObjectName workload_of(const api::Pod& pod, const Owners& owners) {
  const api::OwnerReference* const owner = pod.metadata.controller_ref();
  if (!owner) return name_of(pod);
  const auto found = owners.find(owner->uid);
  return found == owners.end() ? name_of(*owner, pod.metadata.namespace_) : found->second;
}

using Time = std::optional<SimTime> PodLife::*;
struct TimeRow {
  RecordType type;
  Time member;
};
constexpr std::array<TimeRow, 11> kTimes{{{RecordType::kCreated, &PodLife::created},
                                          {RecordType::kBound, &PodLife::bound},
                                          {RecordType::kContainerStarted, &PodLife::started},
                                          {RecordType::kListening, &PodLife::listening},
                                          {RecordType::kReady, &PodLife::ready},
                                          {RecordType::kDeletionRequested, &PodLife::deletion},
                                          {RecordType::kSigterm, &PodLife::sigterm},
                                          {RecordType::kStoppedAccepting, &PodLife::stopped_accepting},
                                          {RecordType::kSigkill, &PodLife::killed},
                                          {RecordType::kExited, &PodLife::exited},
                                          {RecordType::kDeleted, &PodLife::gone}}};

// An init container's process that came to its end, as it should.
bool is_init_done(const Journal& journal, const JournalRecord& exit, const PodLife& life) {
  if (exit.value != 0 || !life.pod || exit.cause == JournalId::kNone) return false;
  const JournalRecord& start = journal.record(exit.cause);
  if (static_cast<RecordType>(start.type) != RecordType::kContainerStarted) return false;
  const auto& inits = life.pod->spec->init_containers;
  const auto container = static_cast<std::size_t>(start.value);
  return container < inits.size() && !api::is_sidecar(inits[container]);
}

void note_no_address(const Journal& journal, JournalId id, PodLife& life) {
  const JournalRecord& record = journal.record(id);
  const auto shortage = static_cast<cluster::AddressShortage>(record.value);
  if (life.address_wait && life.address_wait->shortage <= shortage) return;
  const SimTime first = life.address_wait ? life.address_wait->first : record.at;
  life.address_wait = {first, shortage, std::string(journal.text(record.text)), id};
}

// The kubelet killed the container by itself: what ends a pod is the cause of its containers' SIGTERM.
bool is_restart(const Journal& journal, const JournalRecord& sigterm) {
  if (sigterm.cause == JournalId::kNone) return false;
  const auto type = static_cast<RecordType>(journal.record(sigterm.cause).type);
  return type == RecordType::kContainerStarted || type == RecordType::kListening;
}

// A process that ends before its pod's deletion was killed if it got SIGTERM or took too much memory, else it
// ended by itself.
void read_journal(const Journal& journal, std::vector<PodLife>& pods) {
  std::vector<bool> killing(pods.size());
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    if (record.subject_kind != static_cast<std::uint8_t>(api::Kind::kPod) || record.subject >= pods.size())
      continue;
    PodLife& life = pods[record.subject];
    const auto type = static_cast<RecordType>(record.type);
    if (type == RecordType::kNoAddress) note_no_address(journal, JournalId{i}, life);
    life.lacked_configuration |= type == RecordType::kConfigMissing;
    if (type == RecordType::kCannotCall || type == RecordType::kCannotResolve)
      life.troubles.push_back(JournalId{i});
    if (type == RecordType::kCreated && !life.created) life.created_record = JournalId{i};
    if (type == RecordType::kDeletionRequested && !life.deletion) life.deletion_record = JournalId{i};
    if (type == RecordType::kNetworkDown && life.network_down_record == JournalId::kNone)
      life.network_down_record = JournalId{i};
    if (!life.deletion && !life.ended_by_kubelet && type == RecordType::kSigterm) {
      life.has_been_restarted |= is_restart(journal, record);
      killing[record.subject] = true;
      continue;
    }
    if (!life.deletion && type == RecordType::kSigkill) continue;
    if (type == RecordType::kEndedByKubelet) {
      life.ended_by_kubelet = record.at;
      life.ending = journal.text(record.text);
      life.ending_record = JournalId{i};
      continue;
    }
    if (type == RecordType::kOutOfMemory) {
      life.out_of_memory.push_back(JournalId{i});
      continue;
    }
    if (type == RecordType::kExited && is_init_done(journal, record, life)) continue;
    if (!life.sigterm && type == RecordType::kExited) {
      const bool by_kernel = !life.out_of_memory.empty() && life.out_of_memory.back() == record.cause;
      if (!killing[record.subject] && !by_kernel) life.has_exited_by_itself = true;
      killing[record.subject] = false;
      continue;
    }
    for (const TimeRow& row : kTimes)
      if (type == row.type && !(life.*row.member)) life.*row.member = record.at;
  }
}

std::vector<PodLife> lives_in(const std::vector<WatchEvent>& history, const Evidence& evidence) {
  const Owners owners = owners_in(history);
  std::vector<PodLife> pods;
  for (const WatchEvent& change : history) {
    if (change.object->kind != api::Kind::kPod) continue;
    if (change.object->index >= pods.size()) pods.resize(change.object->index + 1);
    PodLife& life = pods[change.object->index];
    if (change.type != ChangeType::kDeleted || !life.pod) life.pod = api::as<api::Pod>(change.object);
    if (!life.ready && api::is_pod_ready(*life.pod)) life.ready = evidence.time_of(change);
  }
  for (PodLife& life : pods) {
    if (!life.pod) continue;
    life.workload = workload_of(*life.pod, owners);
    life.version = version_of(*life.pod->spec);
  }
  read_journal(evidence.kernel.journal(), pods);
  return pods;
}

struct Follow {
  std::shared_ptr<const api::Deployment> last;
  std::size_t rollout = static_cast<std::size_t>(-1);  // index of the one that runs
};

bool has_exceeded_deadline(const api::Deployment& deployment) {
  const api::Condition* const progressing = api::find_condition(deployment.status.conditions, "Progressing");
  return progressing && progressing->reason == "ProgressDeadlineExceeded";
}

std::vector<RolloutLife> rollouts_in(const std::vector<WatchEvent>& history, const Evidence& evidence) {
  std::vector<RolloutLife> rollouts;
  std::map<std::uint32_t, Follow> followed;
  for (const WatchEvent& change : history) {
    if (change.object->kind != api::Kind::kDeployment || change.type == ChangeType::kDeleted) continue;
    const auto deployment = api::as<api::Deployment>(change.object);
    const SimTime now = evidence.time_of(change);
    Follow& follow = followed[deployment->index];
    const bool running = follow.rollout < rollouts.size();
    if (follow.last && !(*follow.last->template_ == *deployment->template_)) {
      if (running && !rollouts[follow.rollout].completed) rollouts[follow.rollout].superseded = now;
      follow.rollout = rollouts.size();
      rollouts.push_back({name_of(*deployment),
                          version_of(*follow.last->template_->spec),
                          version_of(*deployment->template_->spec),
                          now,
                          {},
                          {},
                          {}});
    } else if (running) {
      RolloutLife& rollout = rollouts[follow.rollout];
      if (!rollout.completed && is_complete(*deployment)) rollout.completed = now;
      if (!rollout.completed && !rollout.deadline_exceeded && has_exceeded_deadline(*deployment))
        rollout.deadline_exceeded = now;
    }
    follow.last = deployment;
  }
  return rollouts;
}

}  // namespace

Evidence::Evidence(const Kernel& k, const cluster::Store& s, const traffic::Traffic& t,
                   const std::vector<WatchEvent>& h, std::span<const cluster::Denial> d)
    : kernel(k), store(s), traffic(t), history(h), denials(d) {
  pods = lives_in(h, *this);
  rollouts = rollouts_in(h, *this);
  for (const WatchEvent& change : h) {
    if (change.object->kind == api::Kind::kEvent &&
        static_cast<const api::ApiEvent&>(*change.object).reason == "FailedCreate")
      failed_creations[change.object->metadata.namespace_].push_back(&change);
  }
}

const PodLife* Evidence::life_of(api::PodKey pod) const {
  if (!pod.valid() || pod.index >= pods.size() || !pods[pod.index].pod) return nullptr;
  return &pods[pod.index];
}

std::vector<JournalId> refused_commands(const Evidence& evidence) {
  std::vector<JournalId> found;
  const Journal& journal = evidence.kernel.journal();
  const auto is = [](const JournalRecord& record, cluster::RecordType type) {
    return static_cast<cluster::RecordType>(record.type) == type;
  };
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    if (is(record, cluster::RecordType::kRefused) && record.cause != JournalId::kNone &&
        is(journal.record(record.cause), cluster::RecordType::kAction))
      found.push_back(JournalId{i});
  }
  return found;
}

bool is_complete(const api::Deployment& deployment) {
  const auto& status = deployment.status;
  return status.updated_replicas == deployment.replicas && status.replicas == deployment.replicas &&
         status.available_replicas == deployment.replicas &&
         status.observed_generation >= deployment.metadata.generation;
}

std::string image_version(std::string_view image) {
  if (const std::size_t at = image.find('@'); at != std::string_view::npos) {
    const std::size_t colon = image.find(':', at);
    const std::string_view digest = image.substr(colon == std::string_view::npos ? at + 1 : colon + 1);
    return std::string(digest.substr(0, 12));
  }
  const std::size_t slash = image.rfind('/'), colon = image.rfind(':');
  const bool tagged = colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  return std::string(tagged ? image.substr(colon + 1) : image);
}

std::string version_of(const api::PodSpec& spec) {
  return spec.containers.empty() ? std::string() : image_version(spec.containers.front().image.view());
}

}  // namespace seatrial::checks
