// Pods that could not start for what their manifests ask of ConfigMaps and Secrets: an object or a key that
// is not there; and containers that must not run as root and are told to.
#include <algorithm>
#include <tuple>

#include "sim/checks/findings/common.h"
#include "sim/cluster/kubelet/status.h"

namespace seatrial::checks {
namespace {

// Those who waited for the same.
struct ConfigWait {
  std::set<std::uint32_t> pods, still;  // still: at the end
  Duration longest;
  JournalId first = JournalId::kNone;
};
// By namespace, and what is wrong in the kubelet's words.
using ConfigWaits = std::map<std::pair<std::string, std::string>, ConfigWait>;

struct OpenWait {
  ConfigWait* wait = nullptr;
  SimTime since;
};

// The words about the non-root policy name the pod, which tells nothing.
std::string words_without_pod(std::string_view words) {
  return std::string(words.substr(0, words.find(" (pod: ")));
}

void end_wait(const OpenWait& open, SimTime at) {
  open.wait->longest = std::max(open.wait->longest, at - open.since);
}

ConfigWaits waits_for_configuration(const Evidence& evidence) {
  ConfigWaits found;
  std::map<std::tuple<std::uint32_t, std::int64_t, std::string>, OpenWait> open;  // by pod, container, words
  const Journal& journal = evidence.kernel.journal();
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    const auto type = static_cast<cluster::RecordType>(record.type);
    const bool starts = type == cluster::RecordType::kContainerStarted;
    if (!starts && type != cluster::RecordType::kConfigMissing) continue;
    if (starts) {
      const auto first = open.lower_bound({record.subject, record.value, ""});
      const auto last = open.lower_bound({record.subject, record.value + 1, ""});
      for (auto at = first; at != last; ++at) end_wait(at->second, record.at);
      open.erase(first, last);
      continue;
    }
    const PodLife* const life = evidence.life_of({record.subject});
    if (!life) continue;
    const std::string words = words_without_pod(journal.text(record.text));
    ConfigWait& wait = found[{life->pod->metadata.namespace_.str(), words}];
    wait.pods.insert(record.subject);
    if (wait.first == JournalId::kNone) wait.first = JournalId{i};
    open.try_emplace({record.subject, record.value, words}, OpenWait{&wait, std::max(record.at, SimTime())});
  }
  for (const auto& [key, left] : open) {
    const std::uint32_t pod = std::get<0>(key);
    const PodLife& life = *evidence.life_of({pod});
    end_wait(left, life.gone.value_or(evidence.end()));
    if (!life.gone) left.wait->still.insert(pod);
  }
  return found;
}

// The ConfigMap or Secret that was not there, when it came; null if it never did.
const cluster::WatchEvent* arrival_of(const Evidence& evidence, const std::string& space,
                                      const std::string& words, JournalId since) {
  for (const auto& [word, kind] :
       {std::pair("secret \"", api::Kind::kSecret), std::pair("configmap \"", api::Kind::kConfigMap)}) {
    const std::size_t at = words.find(word), end = words.find("\" not found");
    if (at == std::string::npos || end == std::string::npos) continue;
    const std::size_t from = at + std::string_view(word).size();
    for (const cluster::WatchEvent& change : evidence.history) {
      const api::ObjectMeta& meta = change.object->metadata;
      if (change.cause > since && change.object->kind == kind && meta.namespace_ == space &&
          meta.name == words.substr(from, end - from))
        return &change;
    }
  }
  return nullptr;
}

std::string advice_for(const std::string& words) {
  if (words.contains("non-root policy"))
    return "set runAsUser to a user that is not 0, or take runAsNonRoot away";
  if (words.contains("key"))
    return "write the key into the object before the pods that read it come, or mark the reference "
           "`optional: true`";
  return "apply the object before, or with, the pods that read it; if something else makes it (terraform, an "
         "operator), list it under the scenario's `apply`; or mark the reference `optional: true`";
}

void explain_config(const Evidence& evidence, const std::string& words, const ConfigWait& wait,
                    std::vector<Finding>& findings) {
  const JournalRecord& first = evidence.kernel.journal().record(wait.first);
  const PodLife& life = *evidence.life_of({first.subject});
  const api::Container& container =
      cluster::container_at(*life.pod->spec, static_cast<std::size_t>(first.value));
  Finding finding;
  finding.severity = Severity::kError;
  finding.object = life.workload;
  finding.manifest = container.source;
  finding.what = plural(wait.pods.size(), "pod") + " of version " + life.version + " of " +
                 life.workload.str() + " could not start, for up to " + about(wait.longest) +
                 (wait.still.empty() ? "" : ", " + std::to_string(wait.still.size()) + " to the end") + ": " +
                 words;
  const std::string since = first.at < SimTime() ? "before the start" : "at " + about(first.at.since_start());
  finding.chain.push_back("first " + since + ": container " + container.name.str() +
                          (words.contains("non-root") ? " must not run as root, and is told to"
                           : first.other == 1         ? " mounts it"
                                                      : " has it in its environment") +
                          place_text(container.source));
  if (const std::string action = action_behind(evidence, wait.first); !action.empty())
    finding.chain.push_back("the first of these pods came because of: " + action);
  finding.change = advice_for(words);
  if (const auto* const came = arrival_of(evidence, life.pod->metadata.namespace_.str(), words, wait.first)) {
    const std::string because = action_behind(evidence, came->cause);
    finding.chain.push_back("it came at " + about(evidence.time_of(*came).since_start()) +
                            (because.empty() ? "" : ", because of: " + because));
    finding.change =
        "let what needs it come when what makes it is done, as it is in the end here; or mark the "
        "reference `optional: true`";
  }
  findings.push_back(std::move(finding));
}

}  // namespace

void configuration_was_missing(const Evidence& evidence, std::vector<Finding>& findings) {
  for (const auto& [key, wait] : waits_for_configuration(evidence))
    explain_config(evidence, key.second, wait, findings);
}

}  // namespace seatrial::checks
