// Instances that their group could not launch for a while, as EC2 had none of their type to give.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

using cluster::RecordType;

// A launch that takes a second try is nothing to speak of.
constexpr std::int64_t kWorthSaying = 3;

struct Want {
  std::int64_t refusals = 0;
  SimTime first;
  JournalId record = JournalId::kNone;
};

std::optional<SimTime> joined_at(const Evidence& evidence, std::string_view node) {
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind == api::Kind::kNode && change.object->metadata.name.view() == node)
      return evidence.time_of(change);
  }
  return std::nullopt;
}

// A node had gone by `until`, because of the same entry of the timeline.
bool node_went(const Evidence& evidence, const std::string& action, SimTime until) {
  return std::ranges::any_of(evidence.history, [&](const cluster::WatchEvent& change) {
    return change.object->kind == api::Kind::kNode && change.type == cluster::ChangeType::kDeleted &&
           evidence.time_of(change) < until && action_behind(evidence, change.cause) == action;
  });
}

}  // namespace

void instances_were_not_to_be_had(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  std::map<std::string, Want> wants;  // by what was wanted: "c4.4xlarge in eu-west-2a for default-a-2"
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    if (static_cast<RecordType>(record.type) != RecordType::kNoCapacity) continue;
    Want& want = wants[std::string(journal.text(record.text))];
    if (want.refusals == 0) want.first = record.at;
    want.refusals = record.value;
    want.record = JournalId{i};
  }
  for (const auto& [text, want] : wants) {
    if (want.refusals < kWorthSaying) continue;
    const std::string node = text.substr(text.rfind(' ') + 1);
    const auto joined = joined_at(evidence, node);
    Finding finding;
    finding.what = "EC2 had no " + text + " for " + about((joined ? *joined : evidence.end()) - want.first) +
                   (joined ? "" : ", to the end of the run");
    finding.chain.push_back("it was asked " + plural(static_cast<std::uint64_t>(want.refusals), "time") +
                            " in vain (InsufficientInstanceCapacity)");
    const std::string action = action_behind(evidence, want.record);
    const bool short_of_one = node_went(evidence, action, joined ? *joined : evidence.end());
    finding.severity = short_of_one ? Severity::kError : Severity::kWarning;
    finding.chain.push_back((short_of_one ? "the old node had gone before the new one was there"
                                          : "the old node stayed until the new one was there") +
                            (action.empty() ? "" : "; it began with: " + action));
    finding.change = "give the node group several instance types and zones (instanceTypes: [a, b])";
    if (short_of_one)
      finding.change += ", and let the new node come before the old one goes (replaceFirst: true, surge)";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
