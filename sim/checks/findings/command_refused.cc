// Entries of the timeline that the API server refused.
#include "sim/checks/findings/common.h"

namespace seatrial::checks {

namespace {

// It is one that takes its time, and had begun.
bool has_ended(const Journal& journal, JournalId command) {
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    if (static_cast<cluster::RecordType>(record.type) == cluster::RecordType::kEnded &&
        record.cause == command)
      return true;
  }
  return false;
}

// access_refused.cc accounts for it.
bool is_for_want_of_a_role(const Evidence& evidence, JournalId command, std::string_view text) {
  return std::ranges::any_of(evidence.denials, [&](const cluster::Denial& denial) {
    return denial.cause == command && text.find(denial.message) != std::string_view::npos;
  });
}

}  // namespace

void command_was_refused(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  for (const JournalId id : refused_commands(evidence)) {
    const JournalRecord& record = journal.record(id);
    const JournalRecord& cause = journal.record(record.cause);
    if (is_for_want_of_a_role(evidence, record.cause, journal.text(record.text))) continue;
    Finding finding;
    finding.severity = Severity::kError;
    const bool was_begun = has_ended(journal, record.cause);
    finding.what = "\"" + std::string(journal.text(cause.text)) + "\" " +
                   (was_begun ? "failed" : "was refused") + " at " + about(record.at.since_start());
    const std::string text(journal.text(record.text));
    for (std::size_t from = 0; from <= text.size();) {
      const std::size_t to = std::min(text.find('\n', from), text.size());
      finding.chain.push_back(text.substr(from, to - from));
      from = to + 1;
    }
    finding.change = text.contains("failed calling webhook") ? "mend the webhook first: see its finding"
                     : was_begun                             ? "mend what the message names, and begin again"
                                 : "change the manifest or the command as the message says";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
