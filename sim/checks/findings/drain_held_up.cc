// Drains that a PodDisruptionBudget held up: which pods could not be evicted, for how long, and why the
// budget allowed none of them to go.
#include <algorithm>

#include "sim/api/policy.h"
#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

using api::PodDisruptionBudget;
using cluster::RecordType;

// What kubectl drain prints of an eviction that it will try again (sim/scenario/user.cc).
constexpr std::string_view kRefused = "error when evicting pods/\"", kAgain = "(will retry after";

// A budget that is spent for a while, until a pod's replacement is Ready, is what it is for.
constexpr Duration kPatience = Duration::seconds(60);

struct Refusals {
  std::uint64_t count = 0;
  SimTime first, last;
};
struct HeldUp {
  std::vector<std::uint32_t> pods;
  Refusals refusals;  // of all of them
};

std::string quoted(std::string_view text, std::size_t from) {
  const std::size_t open = text.find('"', from);
  return std::string(text.substr(open + 1, text.find('"', open + 1) - open - 1));
}

// The pod that such a line names, as it was then; null if the line is another.
const PodLife* refused_pod(const Evidence& evidence, std::string_view line, SimTime at) {
  if (!line.starts_with(kRefused) || line.find(kAgain) == std::string_view::npos) return nullptr;
  const api::Symbol name = quoted(line, 0), namespace_ = quoted(line, line.find(" -n "));
  for (const PodLife& life : evidence.pods) {
    if (!life.pod || life.pod->metadata.name != name || life.pod->metadata.namespace_ != namespace_) continue;
    if (life.created && *life.created <= at && (!life.gone || *life.gone > at)) return &life;
  }
  return nullptr;
}

std::shared_ptr<const PodDisruptionBudget> budget_of(const Evidence& evidence, const PodLife& life,
                                                     SimTime at) {
  std::shared_ptr<const PodDisruptionBudget> found;
  for (const cluster::WatchEvent& change : evidence.history) {
    if (evidence.time_of(change) > at) break;
    if (change.object->kind != api::Kind::kPodDisruptionBudget) continue;
    auto budget = std::static_pointer_cast<const PodDisruptionBudget>(change.object);
    if (budget->metadata.namespace_ != life.pod->metadata.namespace_) continue;
    if (found && found->ref() == budget->ref()) found = nullptr;
    const bool there = change.type != cluster::ChangeType::kDeleted;
    if (there && budget->selects(*life.pod->metadata.labels) && budget->status.disruptions_allowed == 0)
      found = std::move(budget);
  }
  return found;
}

std::string demand_of(const PodDisruptionBudget& budget) {
  if (budget.min_available) return "minAvailable " + budget.min_available->str();
  return budget.max_unavailable ? "maxUnavailable " + budget.max_unavailable->str() : "no bound";
}

std::string advice(const PodDisruptionBudget& budget) {
  if (budget.status.desired_healthy < budget.status.expected_pods &&
      budget.status.current_healthy >= budget.status.desired_healthy)
    return "it was spent on pods that had been evicted already, whose replacements were not Ready yet: let "
           "new "
           "nodes come before old ones are drained, and drain one node after the other";
  if (budget.status.desired_healthy >= budget.status.expected_pods)
    return "a budget that allows no disruption at all stops every drain: set maxUnavailable: 1, or "
           "minAvailable "
           "below the number of replicas";
  return "pods that are not ready use the budget up: mend them, or set unhealthyPodEvictionPolicy: "
         "AlwaysAllow "
         "so that those may be evicted";
}

// How many pods the command deleted when the time for its drain was over.
std::int64_t forced_by(const Journal& journal, JournalId command) {
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    if (static_cast<RecordType>(record.type) == RecordType::kEnded && record.cause == command)
      return record.value;
  }
  return 0;
}

// `times`: so often it was held up in all.
void explain(const Evidence& evidence, JournalId drain, const HeldUp& held, std::size_t times,
             std::vector<Finding>& findings) {
  const PodLife& life = evidence.pods[held.pods.front()];
  const auto& [count, first, last] = held.refusals;
  const bool still = std::ranges::any_of(
      held.pods, [&](std::uint32_t pod) { return !evidence.pods[pod].deletion && !evidence.pods[pod].gone; });
  const Journal& journal = evidence.kernel.journal();
  Finding finding;
  finding.severity = still ? Severity::kError : Severity::kWarning;
  finding.object = life.workload;
  finding.what = "\"" + std::string(journal.text(journal.record(drain).text)) + "\" was held up for " +
                 about((still ? evidence.end() : last) - first) + (still ? ", to the end" : "") + ": " +
                 plural(count, "eviction") + " of " + plural(held.pods.size(), "pod") + " refused" +
                 (times == 1 ? "" : " (the first of " + std::to_string(times) + " times)");
  if (const auto budget = budget_of(evidence, life, first)) {
    const auto& status = budget->status;
    finding.chain.push_back("PodDisruptionBudget " + budget->metadata.name.str() + " (" + demand_of(*budget) +
                            ") asks for " + std::to_string(status.desired_healthy) + " healthy pods; " +
                            std::to_string(status.current_healthy) + " of " +
                            std::to_string(status.expected_pods) + " were" + place_text(budget->source));
    finding.change = advice(*budget);
    finding.manifest = budget->source;
  } else {
    finding.change = "look at the PodDisruptionBudgets that select " + life.pod->metadata.name.str();
  }
  if (!still) finding.chain.push_back("the last refusal was at " + about(last.since_start()));
  if (const std::int64_t forced = forced_by(journal, drain); forced > 0)
    finding.chain.push_back("then what was left went by force, " +
                            plural(static_cast<std::uint64_t>(forced), "pod") +
                            ": the budget has bought delay, not availability");
  findings.push_back(std::move(finding));
}

}  // namespace

void drains_were_held_up(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  std::map<std::pair<JournalId, std::uint32_t>, Refusals> refused;  // by drain and pod
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    if (static_cast<RecordType>(record.type) != RecordType::kPrinted) continue;
    const PodLife* const life = refused_pod(evidence, journal.text(record.text), record.at);
    if (!life) continue;
    Refusals& of_pod = refused[{record.cause, life->pod->index}];
    if (of_pod.count++ == 0) of_pod.first = record.at;
    of_pod.last = record.at;
  }
  std::map<std::tuple<JournalId, api::Symbol, api::Symbol>, HeldUp> found;  // by drain and workload
  for (const auto& [key, of_pod] : refused) {
    if (of_pod.last - of_pod.first < kPatience) continue;
    const ObjectName& workload = evidence.pods[key.second].workload;
    HeldUp& held = found[{key.first, workload.namespace_, workload.name}];
    Refusals& sum = held.refusals;
    if (held.pods.empty() || of_pod.first < sum.first) sum.first = of_pod.first;
    sum.last = std::max(sum.last, of_pod.last);
    sum.count += of_pod.count;
    held.pods.push_back(key.second);
  }
  // One that is repeated is explained once.
  std::map<std::tuple<std::string_view, api::Symbol, api::Symbol>, std::size_t> times;
  const auto alike = [&](const auto& key) {
    const std::string_view command = journal.text(journal.record(std::get<0>(key)).text);
    return std::tuple(command, std::get<1>(key), std::get<2>(key));
  };
  for (const auto& [key, held] : found) ++times[alike(key)];
  for (const auto& [key, held] : found) {
    const std::size_t count = std::exchange(times[alike(key)], 0);
    if (count > 0) explain(evidence, std::get<0>(key), held, count, findings);
  }
}

}  // namespace seatrial::checks
