// Certificates that clients no longer accept, and those that will be so unless somebody looks: whose renewals
// fail, or that nobody renews.
#include <algorithm>
#include <optional>

#include "sim/api/kinds.h"
#include "sim/checks/findings/common.h"
#include "sim/traffic/certificates.h"

namespace seatrial::checks {
namespace {

using cluster::RecordType;
using traffic::CertificateState;

constexpr const char* kWatchIt =
    "; and have an alert while certificates have weeks to live "
    "(certmanager_certificate_expiration_timestamp_seconds)";

CertificateState state_of(const JournalRecord& record) { return static_cast<CertificateState>(record.value); }

// By certificate: its records, in order.
std::map<std::uint32_t, std::vector<JournalId>> certificates_in(const Journal& journal) {
  std::map<std::uint32_t, std::vector<JournalId>> found;
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    if (static_cast<RecordType>(record.type) == RecordType::kCertificate)
      found[record.subject].push_back(JournalId{i});
  }
  return found;
}

// "Certificate my-application-prod/web", of a record's text.
std::string name_in(std::string_view text) { return std::string(text.substr(0, text.find(':'))); }

api::SourcePosition written_at(const Evidence& evidence, const std::string& name) {
  for (const cluster::WatchEvent& change : evidence.history) {
    const api::Object& object = *change.object;
    if (std::string(api::kind_name(object)) + " " + object.metadata.namespace_.str() + "/" +
            object.metadata.name.str() ==
        name)
      return object.source;
  }
  return {};
}

std::string remedy(const Journal& journal, const std::vector<JournalId>& records) {
  const bool managed = std::ranges::none_of(
      records, [&](JournalId id) { return state_of(journal.record(id)) == CertificateState::kUnmanaged; });
  return std::string(managed ? "mend the issuer, then do not wait for the next attempt (cmctl renew)"
                             : "replace the Secret's certificate, or have cert-manager renew it") +
         kWatchIt;
}

}  // namespace

void certificates_were_refused(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  const auto certificates = certificates_in(journal);
  std::map<std::pair<traffic::LoadIndex, JournalId>, FailureGroup> found;
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    if (failure.outcome != traffic::Outcome::kTlsFailed) continue;
    found[{failure.load, failure.record}].add(failure);
  }
  for (const auto& [key, refused] : found) {
    const JournalRecord& why = journal.record(key.second);
    const std::string name = name_in(journal.text(why.text));
    Finding finding;
    finding.severity = Severity::kError;
    finding.requests = refused.requests;
    finding.manifest = written_at(evidence, name);
    finding.what = "clients of load " + evidence.traffic.load(key.first).name.str() +
                   " refused the certificate, " + plural(refused.requests, "time") + ": " + name +
                   (state_of(why) == CertificateState::kMissing ? " was not issued yet" : " has expired");
    finding.chain.push_back("from " + about(std::max(Duration(), why.at.since_start())) + " to " +
                            about(refused.last_ended.since_start()));
    for (const JournalId id : journal.cause_chain(why.cause)) {
      const JournalRecord& record = journal.record(id);
      if (static_cast<RecordType>(record.type) != RecordType::kCertificate) continue;
      finding.chain.push_back(std::string(journal.text(record.text)) + place_text(finding.manifest));
      break;
    }
    finding.change = remedy(journal, certificates.at(why.subject));
    findings.push_back(std::move(finding));
  }
}

void certificates_will_expire(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  for (const auto& [index, records] : certificates_in(journal)) {
    const JournalRecord& latest = journal.record(records.back());
    const CertificateState state = state_of(latest);
    const bool failing = state == CertificateState::kFailed;
    const bool lives = std::ranges::none_of(records, [&](JournalId id) {
      const CertificateState then = state_of(journal.record(id));
      return then == CertificateState::kExpired || then == CertificateState::kMissing;
    });
    if (!lives || (!failing && state != CertificateState::kUnmanaged)) continue;
    const std::string text(journal.text(latest.text)), name = name_in(text);
    Finding finding;
    finding.severity = Severity::kWarning;
    finding.manifest = written_at(evidence, name);
    finding.what = name + (failing ? " is not renewed: its issuer fails" : " will expire: nobody renews it");
    finding.chain.push_back(text + place_text(finding.manifest));
    finding.change = remedy(journal, records);
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
