// Expectations of nodes, and of the commands that empty and replace them.
#include <algorithm>
#include <map>

#include "sim/checks/evidence.h"
#include "sim/checks/judge.h"

namespace seatrial::checks {

namespace {

using cluster::RecordType;

std::string to_the_millisecond(Duration d) { return to_string(Duration::millis(d.count() / 1'000'000)); }

bool is_meant(const NodesExpectation& what, const api::Node& node) {
  const api::LabelMap& labels = *node.metadata.labels;
  return (what.node_group.empty() || labels.get("seatrial/node-group") == what.node_group.view()) &&
         (what.zone.empty() || labels.get("topology.kubernetes.io/zone") == what.zone.view());
}

// How many of the meant nodes were Ready, each number with the instant from which it held; the first at
// `from`.
std::vector<std::pair<SimTime, std::int64_t>> ready_nodes(const NodesExpectation& what,
                                                          const Evidence& evidence) {
  std::vector<std::pair<SimTime, std::int64_t>> counts{{what.from, 0}};
  std::map<api::Symbol, bool> ready;  // by name
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kNode) continue;
    const auto& node = static_cast<const api::Node&>(*change.object);
    if (!is_meant(what, node)) continue;
    const api::Condition* const condition = api::find_condition(node.conditions, "Ready");
    ready[node.metadata.name] = change.type != cluster::ChangeType::kDeleted && condition &&
                                condition->status == api::ConditionStatus::kTrue;
    const SimTime at = std::max(what.from, evidence.time_of(change));
    const std::int64_t count = std::ranges::count_if(ready, [](const auto& entry) { return entry.second; });
    if (counts.back().first == at)
      counts.back().second = count;
    else if (counts.back().second != count)
      counts.emplace_back(at, count);
  }
  return counts;
}

Judged judge_always_ready(const NodesExpectation& what,
                          const std::vector<std::pair<SimTime, std::int64_t>>& counts) {
  std::int64_t lowest = counts.front().second, highest = lowest;
  for (const auto& [at, count] : counts) {
    if (what.within && at > SimTime::at(*what.within)) break;
    if (!what.ready(count))
      return {false, std::to_string(count) + " at " + to_the_millisecond(at.since_start())};
    lowest = std::min(lowest, count);
    highest = std::max(highest, count);
  }
  return {true, lowest == highest ? std::to_string(lowest)
                                  : std::to_string(lowest) + " to " + std::to_string(highest)};
}

}  // namespace

Judged judge_one(const NodesExpectation& what, const Evidence& evidence) {
  const auto counts = ready_nodes(what, evidence);
  if (what.always) return judge_always_ready(what, counts);
  for (const auto& [at, count] : counts) {
    if (!what.ready(count)) continue;
    const bool in_time = !what.within || at <= SimTime::at(*what.within);
    return {in_time, std::to_string(count) + " at " + to_the_millisecond(at.since_start())};
  }
  return {false, std::to_string(counts.back().second) + " at the end"};
}

std::vector<Ending> endings_of(const std::vector<std::uint32_t>& entries, const Evidence& evidence) {
  std::map<JournalId, Ending> found;  // by the entry's record
  const Journal& journal = evidence.kernel.journal();
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    const auto type = static_cast<RecordType>(record.type);
    if (type == RecordType::kAction && std::ranges::count(entries, record.subject) > 0)
      found[JournalId{i}].began = record.at;
    if (type != RecordType::kEnded) continue;
    const auto at = found.find(record.cause);
    if (at == found.end()) continue;
    at->second.ended = record.at;
    at->second.refused = record.other != 0;
    at->second.forced = record.value;
  }
  std::vector<Ending> endings;
  for (const auto& [id, ending] : found) endings.push_back(ending);
  return endings;
}

std::string ending_text(const Ending& ending, SimTime end) {
  const std::string when = " (at " + to_string(ending.began) + ")";
  if (!ending.ended) return "was under way for " + to_the_millisecond(end - ending.began) + when;
  return (ending.refused ? "failed after " : "took ") + to_the_millisecond(*ending.ended - ending.began) +
         when;
}

Judged judge_one(const CommandExpectation& what, const Evidence& evidence) {
  const std::vector<Ending> endings = endings_of(what.entries, evidence);
  if (endings.empty()) return {false, "it never began"};
  std::size_t bad = 0;
  std::int64_t forced = 0;
  Duration longest;
  std::string first;
  for (const Ending& ending : endings) {
    forced += ending.forced;
    const bool done = ending.ended && !ending.refused;
    if (done) longest = std::max(longest, *ending.ended - ending.began);
    const bool in_time = !what.within || (done && *ending.ended - ending.began <= *what.within);
    if (done && in_time) continue;
    if (bad++ == 0) first = ending_text(ending, evidence.end());
  }
  Judged judged{bad == 0, {}};
  if (bad == 0)
    judged.seen = endings.size() == 1 ? "took " + to_the_millisecond(longest)
                                      : "each of " + std::to_string(endings.size()) + " took at most " +
                                            to_the_millisecond(longest);
  else
    judged.seen = (endings.size() == 1 ? ""
                                       : "not " + std::to_string(bad) + " of " +
                                             std::to_string(endings.size()) + ", the first ") +
                  first;
  if (what.forced) {
    judged.held &= (*what.forced)(forced);
    judged.seen += ", forced " + std::to_string(forced);
  }
  return judged;
}

}  // namespace seatrial::checks
