// Passes of the descheduler that had much of what ran evicted, and what became of it.
#include <algorithm>
#include <array>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {

namespace {

constexpr std::string_view kEvictsPodsOf = " evicts pods of ", kDescheduler = "descheduler: ";
// Less than this share of the pods is what a descheduler is for.
constexpr std::size_t kTenth = 10;

struct PluginsEvictions {
  SimTime first;
  JournalId deletion = JournalId::kNone;  // the first
  std::vector<const PodLife*> pods;
};

bool is_descheduler_s(const Journal& journal, const JournalRecord& record) {
  if (static_cast<cluster::RecordType>(record.type) != cluster::RecordType::kSaid) return false;
  const std::string_view text = journal.text(record.text);
  return text.starts_with(kDescheduler) && text.contains(kEvictsPodsOf);
}

// By plugin, the pods whose deletion goes back to it.
std::map<std::string, PluginsEvictions> evictions_by_plugin(const Evidence& evidence) {
  const Journal& journal = evidence.kernel.journal();
  std::map<std::string, PluginsEvictions> by_plugin;
  bool has_evicted = false;
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    has_evicted = has_evicted || is_descheduler_s(journal, record);
    const bool deletes =
        has_evicted && record.subject_kind == static_cast<std::uint8_t>(api::Kind::kPod) &&
        static_cast<cluster::RecordType>(record.type) == cluster::RecordType::kDeletionRequested;
    const PodLife* const life = deletes ? evidence.life_of({record.subject}) : nullptr;
    if (!life) continue;
    for (const JournalId link : journal.cause_chain(record.cause)) {
      const JournalRecord& behind = journal.record(link);
      if (!is_descheduler_s(journal, behind)) continue;
      const std::string_view text = journal.text(behind.text).substr(kDescheduler.size());
      const std::string plugin(text.substr(0, text.find(kEvictsPodsOf)));
      PluginsEvictions& evictions = by_plugin[plugin];
      if (evictions.pods.empty()) evictions = {record.at, JournalId{i}, {}};
      evictions.pods.push_back(life);
    }
  }
  return by_plugin;
}

std::string advice_for_plugin(const std::string& plugin) {
  if (plugin == "RemovePodsViolatingNodeTaints")
    return "name node.kubernetes.io/unschedulable in the plugin's excludedTaints, so that a cordon evicts "
           "nobody; bring new nodes first and drain the old ones one by one; and set "
           "maxNoOfPodsToEvictPerNode";
  return "set maxNoOfPodsToEvictPerNode, or nodeFit: true, so that nothing is evicted that has no place";
}

// The pods of these workloads that came after `since` and were not Ready for the longest time.
std::string what_came_of(const Evidence& evidence, const PluginsEvictions& evictions) {
  std::size_t without_node = 0;
  Duration longest;
  for (const PodLife& life : evidence.pods) {
    if (!life.pod || !life.created || *life.created < evictions.first) continue;
    const auto same = [&](const PodLife* gone) { return gone->workload == life.workload; };
    if (std::ranges::none_of(evictions.pods, same)) continue;
    const Duration waited = life.bound.value_or(evidence.end()) - *life.created;
    if (waited >= Duration::seconds(60)) ++without_node;
    longest = std::max(longest, waited);
  }
  if (without_node == 0) return "";
  return plural(without_node, "pod") + " in their place waited more than a minute for a node, up to " +
         about(longest);
}

}  // namespace

void descheduled_too_much(const Evidence& evidence, std::vector<Finding>& findings) {
  const auto running = static_cast<std::size_t>(std::ranges::count_if(
      evidence.pods, [](const PodLife& life) { return life.created && *life.created < SimTime(); }));
  for (const auto& [plugin, evictions] : evictions_by_plugin(evidence)) {
    if (evictions.pods.size() * kTenth <= running) continue;
    Finding finding;
    finding.severity = Severity::kError;
    finding.what = "the descheduler's " + plugin + " evicted " + plural(evictions.pods.size(), "pod") +
                   ", from " + about(evictions.first.since_start()) + " on; " + plural(running, "pod") +
                   " had been there at the start";
    if (std::string fate = what_came_of(evidence, evictions); !fate.empty())
      finding.chain.push_back(std::move(fate));
    if (const std::string action = action_behind(evidence, evictions.deletion); !action.empty())
      finding.chain.push_back("the taint came from: " + action);
    finding.change = advice_for_plugin(plugin);
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
