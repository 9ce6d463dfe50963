#include "sim/checks/findings/common.h"

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

}  // namespace seatrial::checks
