// The certificates that ingress controllers show for their hosts, when they expire, and cert-manager, which
// has an issuer renew them.
//
// A Certificate is issued when it appears and again from renewBefore before its end. An issuance takes a
// drawn time; whether the issuer fails is asked when it ends. After the n-th failure in a row the next
// attempt comes 2^(n-1) hours later, 32 at most; `renew` does not wait for that. A Secret that nobody manages
// expires at the end that is said of it, unless somebody writes another one. From the expiry on (and before
// the first issuance) clients of hosts with that Secret refuse the certificate, each request that they begin;
// streams that are open stay so. A new certificate reaches the ingress controllers' Lua code after their
// change lag, without a reload; one draw for all replicas. Sources: cert-manager pkg/apis/certmanager/v1
// (defaults, Certificate status), docs "Certificate", "FAQ"; ingress-nginx IsDynamicConfigurationEnough.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/distributions.h"
#include "sim/engine/kernel.h"
#include "sim/traffic/traffic.h"

namespace seatrial::traffic {

// JournalRecord::value of RecordType::kCertificate; subject is the certificate's index here.
enum class CertificateState : std::uint8_t {
  kIssued,
  kFailed,     // an issuance; other: how many in a row
  kExpired,    // cause: the last failure, if there was one
  kMissing,    // of a Certificate that was not issued yet
  kUnmanaged,  // said at the start of a Secret that nobody renews
};

struct CertificateSpec {
  api::Symbol namespace_, name;  // of the Certificate; no name: a plain Secret, which nobody renews
  api::Symbol secret, issuer;
  Duration duration = Duration::seconds(90LL * 86400);
  std::optional<Duration> renew_before;  // none: a third of `duration`
  std::optional<SimTime> expires;        // the one that is there at the start; none: there is none yet

  Duration renewed_before() const { return renew_before.value_or(duration / 3); }
};

// From the n-th failure in a row to the next attempt: 1 h, 2 h, 4 h … 32 h.
Duration retry_delay(std::int64_t failures);
// Attempts that fail from `due` on, as they did before `now`: how many, and when the next one is. Example:
// due 5 h before now: at 0, 1 and 3 h after it, the next at 7 h: {3, now + 2 h}.
struct Attempts {
  std::int64_t failed = 0;
  SimTime next;
};
Attempts failed_attempts(SimTime due, SimTime now);

class Certificates {
 public:
  // Events go to `component`, with this type. `issuance`: from the attempt to the certificate, or to its
  // refusal; drawn from the stream cert-manager/issuance.
  Certificates(const Kernel& kernel, Distribution issuance, ComponentId component, std::uint8_t type)
      : issuance_(std::move(issuance)),
        draws_(kernel.stream("cert-manager/issuance")),
        lags_(kernel.stream("cert-manager/changes")),
        component_(component),
        type_(type) {}

  // What an issuer answers from now on: it issues (an empty text), or it fails with these words.
  void set_issuer(api::Symbol issuer, std::string fails) {
    issuers_[issuer] = {{kForGood, std::move(fails)}};
  }
  // The same until end_issuer with this entry, when it answers as before; unless something else was set
  // meanwhile.
  void set_issuer_for(api::Symbol issuer, JournalId entry, std::string fails);
  // Whether that changes what it answers.
  bool end_issuer(api::Symbol issuer, JournalId entry);
  const std::string& issuer(api::Symbol issuer) const;

  void add(Kernel& kernel, Traffic& traffic, CertificateSpec spec, JournalId cause);
  // The Secret has other contents now.
  void replaced(Kernel& kernel, Traffic& traffic, api::Symbol namespace_, api::Symbol secret,
                JournalId cause);
  void removed(api::Symbol namespace_, api::Symbol name);  // a Certificate; its Secret stays
  // An attempt now, whatever the delay; false if there is no such Certificate.
  bool renew(Kernel& kernel, api::Symbol namespace_, api::Symbol name, JournalId cause);
  // The load's clients are shown the certificate of that Secret from now on, as it is (no name: none of
  // these).
  void watch(Traffic& traffic, LoadIndex load, api::Symbol namespace_, api::Symbol secret);

  // REQUIRES: an event of this component and type.
  void handle(Kernel& kernel, Traffic& traffic, const Event& event);

 private:
  enum class Step : std::uint8_t { kAttempt, kAnswer, kExpires, kShown };
  struct Certificate {
    CertificateSpec spec;
    std::optional<SimTime> expires;
    std::int64_t failures = 0;  // in a row
    std::uint32_t turn = 0;     // of attempts: an event of an older one is stale
    std::uint32_t issued = 0;   // how often: an expiry of an older one is stale
    JournalId latest = JournalId::kNone;
    JournalId refused = JournalId::kNone;  // why clients do not accept what is shown now
    bool managed = true;
  };
  static constexpr JournalId kForGood = JournalId::kNone;
  struct Answer {
    JournalId entry = kForGood;  // until whose end
    std::string fails;
  };
  struct Shown {
    LoadIndex load;
    api::Symbol namespace_, secret;
  };
  Certificate* find_secret(api::Symbol namespace_, api::Symbol secret);
  void schedule(Kernel& kernel, SimTime at, std::size_t index, Step step, JournalId cause);
  void attempt(Kernel& kernel, std::size_t index, JournalId cause);
  void answer(Kernel& kernel, Traffic& traffic, std::size_t index, JournalId cause);
  void issue(Kernel& kernel, Traffic& traffic, std::size_t index, JournalId cause);
  void lives_until(Kernel& kernel, std::size_t index, SimTime expires, JournalId cause);
  JournalId record(Kernel& kernel, std::size_t index, CertificateState state, std::string text,
                   JournalId cause);
  void show(Traffic& traffic, const Certificate& certificate, JournalId failure);
  Duration change_lag(const Traffic& traffic, const Certificate& certificate);

  Distribution issuance_;
  RandomStream draws_, lags_;
  ComponentId component_;
  std::uint8_t type_;
  std::vector<Certificate> certificates_;
  std::vector<Shown> shown_;
  std::map<api::Symbol, std::vector<Answer>> issuers_;  // the last one counts
};

}  // namespace seatrial::traffic
