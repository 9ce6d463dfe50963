// Processes that the kernel killed for the memory that they used: beyond their container's limit, or because
// the pods of a node together used more than there is.
//
// Worked example: 100Mi by itself and 1Mi for each request that it holds, queued ones included: into a limit
// of 128Mi fit 28 requests, and the 29th is the end of all of them. The container restarts, its neighbours
// have its share of the load meanwhile, and are the next.
#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

using cluster::RecordType;

struct Kills {
  std::set<std::uint32_t> pods;  // indexes
  std::uint64_t count = 0;
  JournalId first = JournalId::kNone;
};
struct Key {
  ObjectName workload;
  std::string version;
  bool of_node;
  bool operator<(const Key& o) const {
    return std::tuple(workload.namespace_, workload.name, workload.kind, version, of_node) <
           std::tuple(o.workload.namespace_, o.workload.name, o.workload.kind, o.version, o.of_node);
  }
};

bool was_the_nodes(const JournalRecord& record) {
  return record.other_kind == static_cast<std::uint8_t>(api::Kind::kNode);
}

// The kill behind a request that was cut, or refused until the container ran again; none if there is none.
JournalId kill_behind(const Journal& journal, const traffic::FailedRequest& failure) {
  if (type_behind(journal, failure) != RecordType::kExited) return JournalId::kNone;
  const JournalId cause = journal.record(failure.record).cause;
  const bool killed = cause != JournalId::kNone &&
                      static_cast<RecordType>(journal.record(cause).type) == RecordType::kOutOfMemory;
  return killed ? cause : JournalId::kNone;
}

std::map<Key, Kills> kills_in(const Evidence& evidence) {
  std::map<Key, Kills> found;
  for (const PodLife& life : evidence.pods) {
    for (const JournalId id : life.out_of_memory) {
      const JournalRecord& record = evidence.kernel.journal().record(id);
      Kills& kills = found[{life.workload, life.version, was_the_nodes(record)}];
      if (kills.count++ == 0 || id < kills.first) kills.first = id;
      kills.pods.insert(record.subject);
    }
  }
  return found;
}

std::uint64_t requests_lost(const Evidence& evidence, const Key& key) {
  const Journal& journal = evidence.kernel.journal();
  return count_failures(evidence, [&](const traffic::FailedRequest& failure) {
    const JournalId kill = kill_behind(journal, failure);
    if (kill == JournalId::kNone || was_the_nodes(journal.record(kill)) != key.of_node) return false;
    const PodLife* const life = evidence.life_of(failure.pod);
    return life && life->workload == key.workload && life->version == key.version;
  });
}

std::string advice(const Key& key, const api::Container& container) {
  if (key.of_node)
    return "give container " + container.name.str() +
           " a request of the memory that it really uses, so that the scheduler leaves room for it, and a "
           "limit not far above";
  return "raise limits.memory of container " + container.name.str() +
         " to what it needs when it holds as many requests as it takes in, or let it take in fewer (a "
         "shorter "
         "queue, more replicas); if its memory only ever grows, mend the leak";
}

void explain_kills(const Evidence& evidence, const Key& key, const Kills& kills,
                   std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  const JournalRecord& first = journal.record(kills.first);
  const PodLife& life = *evidence.life_of({first.subject});
  const api::Container* const container = first_container(life);
  if (!container) return;
  Finding finding;
  finding.object = key.workload;
  finding.requests = requests_lost(evidence, key);
  finding.severity = finding.requests > 0 ? Severity::kError : Severity::kWarning;
  finding.manifest = container->source;
  finding.what = "version " + key.version + " of " + key.workload.str() + " is killed for " +
                 (key.of_node ? "its node's memory" : "its memory") + ": " + plural(kills.count, "time") +
                 ", " + plural(kills.pods.size(), "pod");
  if (finding.requests > 0) finding.what += ", " + plural(finding.requests, "request") + " lost";
  finding.chain.push_back(life.pod->metadata.name.str() + " at " + about(first.at.since_start()) + ": " +
                          std::string(journal.text(first.text)) + place_text(container->source));
  if (kills.count > 1)
    finding.chain.push_back(
        "its container restarts at once, then after 10 s, 20 s, 40 s …; until then the other pods have its "
        "share of the load");
  finding.change = advice(key, *container);
  findings.push_back(std::move(finding));
}

}  // namespace

void killed_out_of_memory(const Evidence& evidence, std::vector<Finding>& findings) {
  for (const auto& [key, kills] : kills_in(evidence)) explain_kills(evidence, key, kills, findings);
}

}  // namespace seatrial::checks
