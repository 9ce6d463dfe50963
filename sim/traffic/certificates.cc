#include "sim/traffic/certificates.h"

#include <algorithm>

#include "sim/api/time_text.h"
#include "sim/cluster/journal_types.h"

namespace seatrial::traffic {

Duration retry_delay(std::int64_t failures) {
  constexpr std::int64_t kMostDoublings = 5;
  const std::int64_t doublings = std::clamp<std::int64_t>(failures - 1, 0, kMostDoublings);
  return Duration::seconds(3600LL << doublings);
}

Attempts failed_attempts(SimTime due, SimTime now) {
  Attempts attempts{0, due};
  while (attempts.next < now) attempts.next += retry_delay(++attempts.failed);
  return attempts;
}

namespace {

std::string name_of(const CertificateSpec& spec) {
  const bool plain = spec.name.empty();
  return (plain ? "Secret " : "Certificate ") + spec.namespace_.str() + "/" +
         (plain ? spec.secret : spec.name).str();
}

}  // namespace

void Certificates::schedule(Kernel& kernel, SimTime at, std::size_t index, Step step, JournalId cause) {
  const Certificate& certificate = certificates_[index];
  const bool of_attempts = step == Step::kAttempt || step == Step::kAnswer;
  Event e;
  e.component = component_;
  e.type = type_;
  e.subject = static_cast<std::uint32_t>(index);
  e.payload = of_attempts ? certificate.turn : certificate.issued;
  e.aux = static_cast<std::uint16_t>(step);
  e.cause = cause;
  kernel.at(std::max(at, kernel.now()), e);
}

JournalId Certificates::record(Kernel& kernel, std::size_t index, CertificateState state, std::string text,
                               JournalId cause) {
  Certificate& certificate = certificates_[index];
  JournalRecord r;
  r.type = static_cast<std::uint16_t>(cluster::RecordType::kCertificate);
  r.value = static_cast<std::int64_t>(state);
  r.cause = cause;
  r.subject = static_cast<std::uint32_t>(index);
  r.other = static_cast<std::uint32_t>(certificate.failures);
  r.text = kernel.journal().text(name_of(certificate.spec) + text);
  certificate.latest = kernel.record(r);
  return certificate.latest;
}

void Certificates::lives_until(Kernel& kernel, std::size_t index, SimTime expires, JournalId cause) {
  Certificate& certificate = certificates_[index];
  certificate.expires = expires;
  ++certificate.issued;
  schedule(kernel, expires, index, Step::kExpires, cause);
}

void Certificates::set_issuer_for(api::Symbol issuer, JournalId entry, std::string fails) {
  std::vector<Answer>& answers = issuers_[issuer];
  if (answers.empty()) answers.push_back({kForGood, ""});
  answers.push_back({entry, std::move(fails)});
}

bool Certificates::end_issuer(api::Symbol issuer, JournalId entry) {
  std::vector<Answer>& answers = issuers_[issuer];
  const std::string before = this->issuer(issuer);
  std::erase_if(answers, [&](const Answer& answer) { return answer.entry == entry; });
  return this->issuer(issuer) != before;
}

const std::string& Certificates::issuer(api::Symbol issuer) const {
  static const std::string kIssues;
  const auto found = issuers_.find(issuer);
  return found == issuers_.end() || found->second.empty() ? kIssues : found->second.back().fails;
}

void Certificates::add(Kernel& kernel, Traffic& traffic, CertificateSpec spec, JournalId cause) {
  const std::size_t index = certificates_.size();
  certificates_.emplace_back();
  Certificate& certificate = certificates_.back();
  certificate.spec = std::move(spec);
  certificate.managed = !certificate.spec.name.empty();
  const std::optional<SimTime> expires = certificate.spec.expires;
  if (!certificate.managed) {
    CHECK(expires.has_value());
    record(kernel, index, CertificateState::kUnmanaged,
           ": nobody renews its certificate, which expires " + api::time_text(*expires), cause);
    return lives_until(kernel, index, *expires, certificate.latest);
  }
  if (!expires) {
    const JournalId none = record(kernel, index, CertificateState::kMissing, ": is not issued yet", cause);
    show(traffic, certificate, none);
    return schedule(kernel, kernel.now(), index, Step::kAttempt, cause);
  }
  const auto [failed, next] = failed_attempts(*expires - certificate.spec.renewed_before(), kernel.now());
  certificate.failures = failed;
  if (failed > 0)
    record(kernel, index, CertificateState::kFailed,
           ": " + std::to_string(failed) + " issuances by " + certificate.spec.issuer.str() +
               " have failed, the next is at " + api::time_text(next) + "; expires " +
               api::time_text(*expires),
           cause);
  lives_until(kernel, index, *expires, certificate.latest);
  schedule(kernel, next, index, Step::kAttempt, cause);
}

void Certificates::replaced(Kernel& kernel, Traffic& traffic, api::Symbol namespace_, api::Symbol secret,
                            JournalId cause) {
  Certificate* const certificate = find_secret(namespace_, secret);
  if (!certificate || certificate->managed) return;
  const std::size_t index = static_cast<std::size_t>(certificate - certificates_.data());
  certificate->expires.reset();
  ++certificate->issued;
  record(kernel, index, CertificateState::kIssued, ": has another certificate", cause);
  schedule(kernel, kernel.now() + change_lag(traffic, *certificate), index, Step::kShown, cause);
}

void Certificates::removed(api::Symbol namespace_, api::Symbol name) {
  for (Certificate& certificate : certificates_)
    if (certificate.spec.namespace_ == namespace_ && certificate.spec.name == name) ++certificate.turn;
}

bool Certificates::renew(Kernel& kernel, api::Symbol namespace_, api::Symbol name, JournalId cause) {
  const auto found = std::ranges::find_if(certificates_, [&](const Certificate& c) {
    return c.managed && c.spec.namespace_ == namespace_ && c.spec.name == name;
  });
  if (found == certificates_.end()) return false;
  attempt(kernel, static_cast<std::size_t>(found - certificates_.begin()), cause);
  return true;
}

void Certificates::watch(Traffic& traffic, LoadIndex load, api::Symbol namespace_, api::Symbol secret) {
  std::erase_if(shown_, [&](const Shown& shown) { return shown.load == load; });
  if (!secret.empty()) shown_.push_back({load, namespace_, secret});
  const Certificate* const certificate = find_secret(namespace_, secret);
  traffic.set_tls_failure(load, certificate ? certificate->refused : JournalId::kNone);
}

Certificates::Certificate* Certificates::find_secret(api::Symbol namespace_, api::Symbol secret) {
  const auto found = std::ranges::find_if(certificates_, [&](const Certificate& c) {
    return c.spec.namespace_ == namespace_ && c.spec.secret == secret;
  });
  return found == certificates_.end() ? nullptr : &*found;
}

void Certificates::attempt(Kernel& kernel, std::size_t index, JournalId cause) {
  ++certificates_[index].turn;
  schedule(kernel, kernel.now() + issuance_.sample(draws_), index, Step::kAnswer, cause);
}

void Certificates::answer(Kernel& kernel, Traffic& traffic, std::size_t index, JournalId cause) {
  Certificate& certificate = certificates_[index];
  const std::string& why = issuer(certificate.spec.issuer);
  if (why.empty()) return issue(kernel, traffic, index, cause);
  const Duration delay = retry_delay(++certificate.failures);
  std::string text = ": issuance " + std::to_string(certificate.failures) + " by " +
                     certificate.spec.issuer.str() + " failed (" + why + "), the next in " + to_string(delay);
  if (certificate.expires)
    text += (*certificate.expires > kernel.now() ? "; expires " : "; expired ") +
            api::time_text(*certificate.expires);
  const JournalId failed = record(kernel, index, CertificateState::kFailed, std::move(text), cause);
  schedule(kernel, kernel.now() + delay, index, Step::kAttempt, failed);
}

void Certificates::issue(Kernel& kernel, Traffic& traffic, std::size_t index, JournalId cause) {
  Certificate& certificate = certificates_[index];
  const SimTime expires = kernel.now() + certificate.spec.duration;
  certificate.failures = 0;
  const JournalId issued =
      record(kernel, index, CertificateState::kIssued,
             ": issued by " + certificate.spec.issuer.str() + ", expires " + api::time_text(expires), cause);
  lives_until(kernel, index, expires, issued);
  schedule(kernel, expires - certificate.spec.renewed_before(), index, Step::kAttempt, issued);
  schedule(kernel, kernel.now() + change_lag(traffic, certificate), index, Step::kShown, issued);
}

void Certificates::show(Traffic& traffic, const Certificate& certificate, JournalId failure) {
  for (Certificate& same : certificates_)
    if (same.spec.namespace_ == certificate.spec.namespace_ && same.spec.secret == certificate.spec.secret)
      same.refused = failure;
  for (const Shown& shown : shown_)
    if (shown.namespace_ == certificate.spec.namespace_ && shown.secret == certificate.spec.secret)
      traffic.set_tls_failure(shown.load, failure);
}

// Of the first load that is shown it.
Duration Certificates::change_lag(const Traffic& traffic, const Certificate& certificate) {
  for (const Shown& shown : shown_)
    if (shown.namespace_ == certificate.spec.namespace_ && shown.secret == certificate.spec.secret)
      return traffic.proxy(traffic.load(shown.load).proxy).applies.sample(lags_);
  return Duration();
}

void Certificates::handle(Kernel& kernel, Traffic& traffic, const Event& event) {
  const Certificate& certificate = certificates_[event.subject];
  const auto step = static_cast<Step>(event.aux);
  const bool of_attempts = step == Step::kAttempt || step == Step::kAnswer;
  if (event.payload != (of_attempts ? certificate.turn : certificate.issued)) return;
  switch (step) {
    case Step::kAttempt:
      return attempt(kernel, event.subject, event.cause);
    case Step::kAnswer:
      return answer(kernel, traffic, event.subject, event.cause);
    case Step::kShown:
      return show(traffic, certificate, JournalId::kNone);
    case Step::kExpires: {
      const JournalId before = certificate.latest == JournalId::kNone ? event.cause : certificate.latest;
      const JournalId expired =
          record(kernel, event.subject, CertificateState::kExpired, ": has expired", before);
      return show(traffic, certificate, expired);
    }
  }
}

}  // namespace seatrial::traffic
