// Certificates: issued, renewed, refused, expired; what clients of their hosts meet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/traffic/certificates.h"
#include "tests/traffic/world.h"

namespace seatrial::traffic {
namespace {

constexpr Duration kHour = Duration::seconds(3600), kDay = kHour * 24;
constexpr ComponentId kComponent{99};

struct DelayRow {
  std::int64_t failures;
  std::int64_t hours;
};
class RetryDelayTest : public testing::TestWithParam<DelayRow> {};
TEST_P(RetryDelayTest, DoublesFromAnHourToThirtyTwo) {
  EXPECT_EQ(retry_delay(GetParam().failures), kHour * GetParam().hours);
}
INSTANTIATE_TEST_SUITE_P(Rows, RetryDelayTest,
                         testing::Values(DelayRow{1, 1}, DelayRow{2, 2}, DelayRow{3, 4}, DelayRow{6, 32},
                                         DelayRow{7, 32}, DelayRow{40, 32}));

TEST(FailedAttemptsTest, ThoseOfThePastAreCountedAndTheNextIsAhead) {
  const SimTime now = SimTime::at(100_s);
  const Attempts none = failed_attempts(now + kHour, now);
  EXPECT_EQ(none.failed, 0);
  EXPECT_EQ(none.next, now + kHour);
  const Attempts three = failed_attempts(now - kHour * 5, now);
  EXPECT_EQ(three.failed, 3);
  EXPECT_EQ(three.next, now + kHour * 2);
}

struct Certified : World {
  Certified() : certificates(kernel, Distribution::constant(60_s), kComponent, 7) {
    proxy = add_proxy(nginx());
    listen(0, serving(10_ms));
    endpoints(proxy, {0});
  }
  // A request each hour, at the half of it.
  void hourly(std::int64_t hours) {
    std::vector<Duration> times;
    for (std::int64_t h = 0; h < hours; ++h) times.push_back(kHour * h + kHour / 2);
    certificates.watch(traffic, add_load(sending(proxy, times)), "ns", "web-tls");
  }
  CertificateSpec spec(std::optional<Duration> expires) const {
    CertificateSpec made;
    made.namespace_ = "ns";
    made.name = "web";
    made.secret = "web-tls";
    made.issuer = "acme";
    if (expires) made.expires = SimTime::at(*expires);
    return made;
  }
  void add(const CertificateSpec& spec) { certificates.add(kernel, traffic, spec, JournalId::kNone); }
  // A Secret of that name which nobody renews.
  void add_plain(Duration expires) {
    CertificateSpec plain = spec(expires);
    plain.name = {};
    add(plain);
  }
  void play(Duration end) {
    kernel.run_until(SimTime::at(end), [this](const Event& e) {
      if (e.component == kComponent)
        certificates.handle(kernel, traffic, e);
      else
        traffic.handle(kernel, e);
    });
  }
  std::vector<SimTime> when(CertificateState state) const {
    std::vector<SimTime> times;
    for (std::uint32_t i = 1; i <= kernel.journal().size(); ++i) {
      const JournalRecord& record = kernel.journal().record(JournalId{i});
      if (static_cast<cluster::RecordType>(record.type) == cluster::RecordType::kCertificate &&
          record.value == static_cast<std::int64_t>(state))
        times.push_back(record.at);
    }
    return times;
  }
  Certificates certificates;
  ProxyId proxy{};
};

TEST(CertificatesTest, IsRenewedWhenAThirdOfItsLifeIsLeft) {
  Certified w;
  w.hourly(24);
  w.add(w.spec(kDay * 31));
  w.play(kDay * 61 + kHour * 12);
  // 90 days each: renewed at 1 d, expires 91 d (and 60 s), so again at 61 d.
  EXPECT_THAT(w.when(CertificateState::kIssued),
              testing::ElementsAre(SimTime::at(kDay + 60_s), SimTime::at(kDay * 61 + 120_s)));
  EXPECT_THAT(w.when(CertificateState::kExpired), testing::IsEmpty());
  EXPECT_EQ(w.count(Outcome::kOk), 24u);
}

TEST(CertificatesTest, AFailingIssuerIsAskedAgainLaterAndLaterUntilItExpires) {
  Certified w;
  w.certificates.set_issuer("acme", "429 rateLimited");
  w.hourly(24);
  CertificateSpec spec = w.spec(kHour * 10);
  spec.duration = kHour * 30;  // renewed 10 h before: now
  w.add(spec);
  w.play(kDay);
  EXPECT_THAT(
      w.when(CertificateState::kFailed),
      testing::ElementsAre(SimTime::at(60_s), SimTime::at(kHour + 120_s), SimTime::at(kHour * 3 + 180_s),
                           SimTime::at(kHour * 7 + 240_s), SimTime::at(kHour * 15 + 300_s)));
  EXPECT_THAT(w.when(CertificateState::kExpired), testing::ElementsAre(SimTime::at(kHour * 10)));
  EXPECT_EQ(w.count(Outcome::kOk), 10u);
  EXPECT_EQ(w.count(Outcome::kTlsFailed), 14u);
  const JournalRecord& expired = w.kernel.journal().record(w.failure().record);
  EXPECT_EQ(w.kernel.journal().text(w.kernel.journal().record(expired.cause).text),
            "Certificate ns/web: issuance 4 by acme failed (429 rateLimited), the next in 8h; expires "
            "2026-01-05T10:00:00Z");
}

TEST(CertificatesTest, ARenewalByHandDoesNotWaitForTheNextAttempt) {
  Certified w;
  w.certificates.set_issuer("acme", "refused");
  w.hourly(24);
  CertificateSpec spec = w.spec(kHour * 10);
  spec.duration = kHour * 30;
  w.add(spec);
  w.play(kHour * 12);
  w.certificates.set_issuer("acme", "");
  EXPECT_FALSE(w.certificates.renew(w.kernel, "ns", "other", JournalId::kNone));
  EXPECT_TRUE(w.certificates.renew(w.kernel, "ns", "web", JournalId::kNone));
  w.play(kDay);
  EXPECT_THAT(w.when(CertificateState::kIssued), testing::ElementsAre(SimTime::at(kHour * 12 + 60_s)));
  EXPECT_EQ(w.count(Outcome::kTlsFailed), 2u);
}

TEST(CertificatesTest, AnIssuerThatFailsForAWhileAnswersAsBeforeAfterIt) {
  Certified w;
  const JournalId first{1}, second{2};
  Certificates& c = w.certificates;
  c.set_issuer("acme", "from the start");
  c.set_issuer_for("acme", first, "for an hour");
  EXPECT_TRUE(c.end_issuer("acme", first));
  EXPECT_EQ(c.issuer("acme"), "from the start");
  c.set_issuer("acme", "");  // somebody mends it
  c.set_issuer_for("acme", first, "429");
  c.set_issuer_for("acme", second, "503");
  EXPECT_FALSE(c.end_issuer("acme", first)) << "the second goes on";
  EXPECT_EQ(c.issuer("acme"), "503");
  EXPECT_TRUE(c.end_issuer("acme", second));
  EXPECT_EQ(c.issuer("acme"), "");
  c.set_issuer_for("acme", first, "429");
  c.set_issuer("acme", "refused");  // for good
  EXPECT_FALSE(c.end_issuer("acme", first));
  EXPECT_EQ(c.issuer("acme"), "refused");
}

TEST(CertificatesTest, BeforeTheFirstIssuanceClientsRefuseWhatTheyAreShown) {
  Certified w;
  w.certificates.set_issuer("acme", "refused");
  w.hourly(3);
  w.add(w.spec(std::nullopt));
  w.play(kHour);
  w.certificates.set_issuer("acme", "");
  w.play(kHour * 3);
  EXPECT_EQ(w.count(Outcome::kTlsFailed), 1u);
  EXPECT_EQ(w.count(Outcome::kOk), 2u);
}

TEST(CertificatesTest, ASecretThatNobodyRenewsExpiresUnlessItIsReplaced) {
  Certified w;
  w.hourly(6);
  w.add_plain(kHour * 2);
  w.play(kHour * 4);
  EXPECT_THAT(w.when(CertificateState::kUnmanaged), testing::SizeIs(1));
  w.certificates.replaced(w.kernel, w.traffic, "ns", "web-tls", JournalId::kNone);
  w.play(kHour * 6);
  EXPECT_EQ(w.count(Outcome::kTlsFailed), 2u);
  EXPECT_EQ(w.count(Outcome::kOk), 4u);
}

TEST(CertificatesTest, WhoIsShownItLaterIsShownItAsItIs) {
  Certified w;
  w.hourly(6);
  w.add_plain(kHour * 2);
  w.play(kHour * 3);
  const LoadIndex later =
      w.add_load(sending(w.proxy, {kHour * 3 + 60_s, kHour * 4 + 60_s, kHour * 5 + 60_s}));
  w.certificates.watch(w.traffic, later, "ns", "web-tls");
  w.play(kHour * 4);
  EXPECT_EQ(w.count(Outcome::kTlsFailed, later), 1u);
  w.certificates.watch(w.traffic, later, "ns", "other-tls");
  w.play(kHour * 5);
  EXPECT_EQ(w.count(Outcome::kTlsFailed, later), 1u) << "it is shown another one";
  w.certificates.watch(w.traffic, later, "ns", "web-tls");
  w.certificates.replaced(w.kernel, w.traffic, "ns", "web-tls", JournalId::kNone);
  w.play(kHour * 6);
  EXPECT_EQ(w.count(Outcome::kTlsFailed, later), 1u);
  EXPECT_EQ(w.count(Outcome::kOk, later), 2u);
  EXPECT_EQ(w.count(Outcome::kTlsFailed), 3u);
}

TEST(CertificatesTest, TheExpiryOfOneThatWasReplacedIsNobodysConcern) {
  Certified w;
  w.hourly(6);
  w.add_plain(kHour * 4);
  w.play(kHour * 2);
  w.certificates.replaced(w.kernel, w.traffic, "ns", "web-tls", JournalId::kNone);
  w.play(kHour * 6);
  EXPECT_THAT(w.when(CertificateState::kExpired), testing::IsEmpty());
  EXPECT_EQ(w.count(Outcome::kOk), 6u);
}

}  // namespace
}  // namespace seatrial::traffic
