// DNS records that follow Ingresses, and clients that follow the records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "sim/scenario/run.h"
#include "sim/scenario/world.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace literals;
using namespace tests;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using traffic::Outcome;

const std::string kTwoControllers = broken(
    "    - {name: default, defaultClass: true}\n",
    "    - {name: default, defaultClass: true}\n"
    "    - {name: modsec}\n"
    "  externalDns: {interval: 1m, ttl: 60s, negativeTTL: 2m, propagation: 10s, ingressStatusInterval: 1s}\n",
    kPlatform);
constexpr const char* kHost = "web.example.org";

// An Ingress of web.example.org with these annotations of external-dns.
std::string ingress(const std::string& name, const std::string& ingress_class,
                    const std::string& annotations = "", const std::string& host = kHost) {
  std::string text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: " + name + "\n";
  if (!annotations.empty()) text += "  annotations: {" + annotations + "}\n";
  return text + "spec:\n  ingressClassName: " + ingress_class + "\n  rules:\n    - host: " + host +
         "\n      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: "
         "80}}}}]}\n";
}
std::string set_of(const std::string& identifier, const std::string& weight = "") {
  const std::string prefix = "external-dns.alpha.kubernetes.io/";
  return prefix + "set-identifier: " + identifier +
         (weight.empty() ? "" : ", " + prefix + "aws-weight: \"" + weight + "\"");
}

struct Files {
  std::string timeline;
  std::map<std::string, std::string> more;  // by name
  std::string platform = kTwoControllers;
  std::string web = kWeb;
};

// 100 requests a second for five minutes.
MemoryFiles files_of(const Files& files) {
  std::string text = broken("    - {at: 1m, set image: deployment/web, image: \"web:2\"}\n", "", kScenario);
  text = broken("    - {at: 2m, drain: {nodeGroup: default, nodes: 1}}\n",
                files.timeline.empty() ? "    []\n" : files.timeline, text);
  text = broken("    - {rollout: deployment/web, completesWithin: 3m}\n", "", text);
  MemoryFiles all = small_files(text);
  all.add("s/platform.yaml", files.platform);
  all.add("s/web.yaml", files.web);
  for (const auto& [name, content] : files.more) all.add("s/" + name, content);
  return all;
}

World world_of(const Files& files) {
  auto loaded = load_scenario("s", files_of(files));
  if (!loaded) throw std::logic_error(loaded.error().front().str());
  auto world = World::create(std::make_shared<const Scenario>(std::move(*loaded)), 7);
  if (!world) throw std::logic_error(world.error().front().str());
  return std::move(*world);
}
World played(const Files& files) {
  World world = world_of(files);
  world.run_until(world.end());
  world.cluster().traffic().check_invariants();
  return world;
}

// Failures by that outcome of requests that were sent in [from, to).
int failed_in(const World& world, Outcome outcome, Duration from, Duration to) {
  return static_cast<int>(
      std::ranges::count_if(world.cluster().traffic().accounts().failures(), [&](const auto& failure) {
        return failure.outcome == outcome && failure.sent >= SimTime::at(from) &&
               failure.sent < SimTime::at(to);
      }));
}
int failed(const World& world, Outcome outcome) { return failed_in(world, outcome, 0_s, 1_h); }

// When the records of that type were written from time 0 on, and what they say.
std::vector<std::pair<Duration, std::string>> said(const World& world, cluster::RecordType type) {
  const Journal& journal = world.cluster().kernel().journal();
  std::vector<std::pair<Duration, std::string>> found;
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    if (static_cast<cluster::RecordType>(record.type) != type || record.at < SimTime()) continue;
    found.emplace_back(record.at.since_start(), std::string(journal.text(record.text)));
  }
  return found;
}

std::vector<std::string> findings_of(const Files& files) {
  auto loaded = load_scenario("s", files_of(files));
  if (!loaded) throw std::logic_error(loaded.error().front().str());
  auto result = run(std::make_shared<const Scenario>(std::move(*loaded)), {});
  if (!result) throw std::logic_error(result.error().front().str());
  std::vector<std::string> texts;
  for (const auto& finding : result->findings) {
    texts.push_back(finding.rule + ": " + finding.what);
    for (const std::string& why : finding.chain) texts.back() += "; " + why;
    texts.back() += "; " + finding.change;
  }
  return texts;
}

Files migration() {
  return {"    - {at: 30s, apply: moved.yaml}\n", {{"moved.yaml", ingress("web", "modsec")}}};
}

TEST(ExternalDns, WithoutAChangeNobodyNoticesIt) {
  const World world = played({});
  EXPECT_THAT(world.cluster().traffic().accounts().failures(), IsEmpty());
  EXPECT_EQ(world.cluster().traffic().accounts().totals(0).sent, 30'000u);
  EXPECT_THAT(said(world, cluster::RecordType::kDnsRecord), IsEmpty());
}

TEST(ExternalDns, TheOldControllerAnswers404UntilRecordAndResolversHaveFollowed) {
  const World world = played(migration());
  const auto records = said(world, cluster::RecordType::kDnsRecord);
  ASSERT_EQ(records.size(), 1u);
  const Duration served = records.front().first;
  EXPECT_EQ(records.front().second, "DNS: web.example.org leads to modsec");
  EXPECT_GT(served, 40_s);  // a look after the change, and 10 s
  EXPECT_LE(served, 102_s);
  EXPECT_NEAR(failed_in(world, Outcome::kNoRoute, 33_s, served), (served - 33_s).count() / 10'000'000, 1);
  for (int quarter = 0; quarter < 4; ++quarter) {  // of the TTL: 7/8, 5/8, 3/8, 1/8 of 1500 requests
    const Duration from = served + 15_s * quarter;
    EXPECT_NEAR(failed_in(world, Outcome::kNoRoute, from, from + 15_s), 1500 * (7 - 2 * quarter) / 8, 75);
  }
  EXPECT_EQ(failed_in(world, Outcome::kNoRoute, served + 60_s, 1_h), 0);
  EXPECT_EQ(world.cluster().traffic().load_count(), 1u);
}

TEST(ExternalDns, AFailureIsExplainedByTheChangeOfTheIngress) {
  const World world = played(migration());
  const auto& failure = world.cluster().traffic().accounts().failures().front();
  const Journal& journal = world.cluster().kernel().journal();
  const auto chain = journal.cause_chain(failure.record);
  ASSERT_GE(chain.size(), 3u);
  EXPECT_EQ(journal.text(journal.record(chain.front()).text),
            "default does not serve https://web.example.org/: modsec does now");
  EXPECT_EQ(journal.text(journal.record(chain.back()).text), "kubectl apply -f moved.yaml");
  EXPECT_THAT(findings_of(migration()), ElementsAre(HasSubstr("dns-record-late: ")));
}

TEST(ExternalDns, AnIngressBesideTheOldOneTakesOverUnnoticed) {
  Files files;
  files.web =
      broken("kind: Ingress\nmetadata: {name: web}\n",
             "kind: Ingress\nmetadata: {name: web, annotations: {" + set_of("web", "100") + "}}\n", kWeb);
  files.timeline =
      "    - {at: 10s, apply: [second.yaml, light.yaml]}\n"
      "    - {at: 170s, delete: ingress/web}\n";
  files.more = {{"second.yaml", ingress("second", "modsec", set_of("second", "100"))},
                {"light.yaml", ingress("web", "default", set_of("web", "0"))}};
  EXPECT_THAT(played(files).cluster().traffic().accounts().failures(), IsEmpty());
  files.timeline =
      "    - {at: 10s, apply: [second.yaml, light.yaml]}\n    - {at: 11s, delete: ingress/web}\n";
  EXPECT_GT(failed(played(files), Outcome::kNoRoute), 1000);
}

// Ingress second of modsec, whose configuration is invalid from 20 s on because of another Ingress; at 60 s
// it gets this weight.
Files frozen(const std::string& at_first) {
  Files files;
  files.platform =
      broken("{name: modsec}", "{name: modsec, reload: {workerShutdownTimeout: 10s, invalid: [\"Rul \"]}}",
             kTwoControllers);
  files.web =
      broken("kind: Ingress\nmetadata: {name: web}\n",
             "kind: Ingress\nmetadata: {name: web, annotations: {" + set_of("web", "100") + "}}\n", kWeb) +
      at_first;
  files.timeline = "    - {at: 20s, apply: bad.yaml}\n    - {at: 60s, apply: heavy.yaml}\n";
  files.more = {
      {"bad.yaml",
       ingress("bad", "modsec", "nginx.ingress.kubernetes.io/modsecurity-snippet: Rul x", "bad.example.org")},
      {"heavy.yaml", ingress("second", "modsec", set_of("second", "100"))}};
  return files;
}

TEST(ExternalDns, AFrozenControllerServesWhatItKnewAndNothingElse) {
  const World knew = played(frozen("---\n" + ingress("second", "modsec", set_of("second", "0"))));
  EXPECT_EQ(said(knew, cluster::RecordType::kDnsRecord).back().second,
            "DNS: web.example.org (second) leads to modsec");
  EXPECT_THAT(knew.cluster().traffic().accounts().failures(), IsEmpty());
  EXPECT_GT(failed(played(frozen("")), Outcome::kNoRoute), 5000);
}

TEST(ExternalDns, AHostThatComesIntoBeingIsNotResolvedUntilResolversHaveForgotten) {
  Files files;
  files.web = broken("host: web.", "host: other.", kWeb);
  files.timeline = "    - {at: 30s, apply: more.yaml}\n";
  files.more = {{"more.yaml", ingress("more", "default")}};
  const World world = played(files);
  const Duration served = said(world, cluster::RecordType::kDnsRecord).front().first;
  EXPECT_NEAR(failed_in(world, Outcome::kNotResolved, 0_s, served), served.count() / 10'000'000, 1);
  EXPECT_NEAR(failed_in(world, Outcome::kNotResolved, served, served + 60_s), 4500, 150);
  EXPECT_NEAR(failed_in(world, Outcome::kNotResolved, served + 60_s, served + 120_s), 1500, 150);
  EXPECT_EQ(failed_in(world, Outcome::kNotResolved, served + 120_s, 1_h), 0);
  EXPECT_THAT(findings_of(files), ElementsAre(HasSubstr("found no DNS record of their host")));
}

TEST(ExternalDns, AClientThatTriesAgainAsksTheSameResolver) {
  Files files;
  files.web = broken("host: web.", "host: other.", kWeb);
  files.timeline = "    - {at: 30s, apply: more.yaml}\n";
  files.more = {{"more.yaml", ingress("more", "default")}};
  MemoryFiles all = files_of(files);
  all.add("s/scenario.yaml",
          broken("timeout: 2s}", "timeout: 2s, retries: 2}", *all.read("s/scenario.yaml")));
  auto loaded = load_scenario("s", all);
  ASSERT_TRUE(loaded);
  auto world = World::create(std::make_shared<const Scenario>(std::move(*loaded)), 7);
  world->run_until(world->end());
  world->cluster().traffic().check_invariants();
  const World once = played(files);
  EXPECT_EQ(failed(*world, Outcome::kNotResolved), failed(once, Outcome::kNotResolved));
  for (const auto& failure : world->cluster().traffic().accounts().failures()) EXPECT_EQ(failure.attempts, 3);
  const auto totals = world->cluster().traffic().accounts().totals(0);
  EXPECT_EQ(totals.attempts, totals.sent + 2 * totals.failed());
}

// One that nobody renews expires before DNS leads to the controller that shows it.
TEST(ExternalDns, AWayThatIsMadeLaterHasTheCertificateAsItIs) {
  const auto with_tls = [](const std::string& text) {
    return broken("  rules:", "  tls: [{hosts: [web.example.org], secretName: web-tls}]\n  rules:", text);
  };
  Files files = migration();
  files.web = with_tls(kWeb);
  files.more["moved.yaml"] = with_tls(files.more["moved.yaml"]);
  MemoryFiles all = files_of(files);
  all.add("s/scenario.yaml",
          broken("  load:\n", "  certificates: [{secret: web-tls, expires: 20s}]\n  load:\n",
                 *all.read("s/scenario.yaml")));
  auto loaded = load_scenario("s", all);
  ASSERT_TRUE(loaded) << loaded.error().front().str();
  auto world = World::create(std::make_shared<const Scenario>(std::move(*loaded)), 7);
  ASSERT_TRUE(world);
  world->run_until(world->end());
  EXPECT_EQ(world->cluster().traffic().accounts().totals(0).ok(), 2000u);
  EXPECT_NEAR(failed(*world, Outcome::kTlsFailed), 28'000, 5);  // some are under way at the end
  EXPECT_EQ(failed(*world, Outcome::kNoRoute), 0);
}

TEST(ExternalDns, AReloadIsThatOfTheControllerWhichCarriesTheStreams) {
  Files files;
  files.timeline = "    - {at: 30s, reload: modsec}\n    - {at: 60s, reload: default}\n";
  files.platform = broken(
      "defaultClass: true}", "defaultClass: true, reload: {workerShutdownTimeout: 10s}}",
      broken("{name: modsec}", "{name: modsec, reload: {workerShutdownTimeout: 10s}}", kTwoControllers));
  MemoryFiles all = files_of(files);
  all.add("s/scenario.yaml",
          broken("rate: 100/s, timeout: 2s}", "rate: 1/s, stream: 1m}", *all.read("s/scenario.yaml")));
  auto loaded = load_scenario("s", all);
  ASSERT_TRUE(loaded);
  const auto result = run(std::make_shared<const Scenario>(std::move(*loaded)), {});
  ASSERT_TRUE(result);
  std::vector<std::string> texts;
  for (const auto& finding : result->findings) texts.push_back(finding.what);
  EXPECT_THAT(texts, Contains(HasSubstr("reloads of ingress controller default cut ")));
}

TEST(ExternalDns, AHostThatGoesIsNotResolvedAnyMore) {
  Files files;
  files.timeline = "    - {at: 30s, delete: ingress/web}\n";
  const World world = played(files);
  const Duration served = said(world, cluster::RecordType::kDnsRecord).front().first;
  EXPECT_GT(failed_in(world, Outcome::kNoRoute, 33_s, served), 500);
  EXPECT_EQ(failed_in(world, Outcome::kNotResolved, 0_s, served), 0);
  EXPECT_EQ(failed_in(world, Outcome::kNoRoute, served + 60_s, 1_h), 0);
  EXPECT_NEAR(failed_in(world, Outcome::kNotResolved, served + 60_s, served + 120_s), 6000, 1);
}

TEST(ExternalDns, UpsertOnlyLeavesTheRecordOfAHostThatGoes) {
  Files files;
  files.timeline = "    - {at: 30s, delete: ingress/web}\n";
  files.platform = broken("ttl: 60s,", "ttl: 60s, policy: upsert-only,", kTwoControllers);
  const World world = played(files);
  EXPECT_EQ(failed(world, Outcome::kNotResolved), 0);
  EXPECT_NEAR(failed_in(world, Outcome::kNoRoute, 60_s, 300_s), 24'000, 1);
}

// What the last chain of causes of a record of that type began with.
std::string began_with(const World& world, cluster::RecordType type) {
  const Journal& journal = world.cluster().kernel().journal();
  std::string text;
  for (std::uint32_t i = 1; i <= journal.size(); ++i)
    if (static_cast<cluster::RecordType>(journal.record(JournalId{i}).type) == type)
      text = std::string(journal.text(journal.record(journal.cause_chain(JournalId{i}).back()).text));
  return text;
}

TEST(ExternalDns, AChangeIsThatOfWhatTheObjectAsksForNotItsLatest) {
  Files files = migration();
  files.timeline += "    - {at: 30500ms, label: ingress/web, labels: {team: visits}}\n";
  EXPECT_EQ(began_with(played(files), cluster::RecordType::kDnsRecord), "kubectl apply -f moved.yaml");
}

TEST(ExternalDns, ADeletionIsThatOfTheObjectThatAskedForTheRecordLast) {
  Files files;
  files.web = kWeb + ("---\n" + ingress("zweb", "default"));
  files.timeline = "    - {at: 10s, delete: ingress/web}\n    - {at: 100s, delete: ingress/zweb}\n";
  const World world = played(files);
  EXPECT_EQ(said(world, cluster::RecordType::kDnsRecord).size(), 1u);
  EXPECT_EQ(began_with(world, cluster::RecordType::kDnsRecord), "kubectl delete ingress/zweb");
}

TEST(ExternalDns, WhatIsSaidOfARecordThatWasLateIsWhatCameNext) {
  Files files = migration();
  files.timeline += "    - {at: 150s, delete: ingress/web}\n";
  EXPECT_THAT(findings_of(files),
              Contains(testing::AllOf(HasSubstr("dns-record-late: "),
                                      HasSubstr("their host was not served there any more"),
                                      HasSubstr("DNS led to modsec from "))));
}

// At 20 s somebody deletes the record, as another Ingress has no weight; at 150 s it gets one.
Files poisoned(const std::string& key) {
  Files files;
  files.timeline =
      "    - {at: 10s, apply: other.yaml}\n"
      "    - {at: 20s, deleteRecords: [web.example.org]}\n"
      "    - {at: 150s, apply: mended.yaml}\n";
  files.more = {{"other.yaml", ingress("other", "default", set_of("other"), "other.example.org")},
                {"mended.yaml", ingress("other", "default", set_of("other", "1"), "other.example.org")}};
  files.platform = broken("interval: 1m,", "interval: 20s, " + key, kTwoControllers);
  return files;
}

TEST(ExternalDns, ABatchWithAWrongChangeIsRefusedUntilItIsMended) {
  const World world = played(poisoned("retryOneByOne: false,"));
  const auto refused = said(world, cluster::RecordType::kDnsRefused);
  ASSERT_GE(refused.size(), 6u);  // a look every 20 s
  EXPECT_LT(refused.back().first, 151_s);
  EXPECT_THAT(refused.back().second, HasSubstr("other.example.org, web.example.org"));
  EXPECT_THAT(refused.back().second, HasSubstr("(ingress/default/other)"));
  EXPECT_GT(failed_in(world, Outcome::kNotResolved, 100_s, 150_s), 4'900);
  const auto records = said(world, cluster::RecordType::kDnsRecord);
  EXPECT_EQ(records.back().second, "DNS: web.example.org leads to default");
  EXPECT_EQ(failed_in(world, Outcome::kNotResolved, records.back().first + 120_s, 1_h), 0);
  EXPECT_THAT(
      findings_of(poisoned("retryOneByOne: false,")),
      Contains(testing::AllOf(HasSubstr("dns-batch-refused: "), HasSubstr("aws-weight"),
                              HasSubstr("one by one"), HasSubstr("kubectl apply -f other.yaml at 10s"))));
}

TEST(ExternalDns, TheTimelineSaysHowOftenABatchWasRefused) {
  const auto rows_of = [](const Files& files) {
    auto loaded = load_scenario("s", files_of(files));
    if (!loaded) throw std::logic_error(loaded.error().front().str());
    auto result = run(std::make_shared<const Scenario>(std::move(*loaded)), {});
    std::vector<std::string> rows;
    for (const auto& row : result->timeline)
      if (row.what.starts_with("Route 53 refuses")) rows.push_back(row.what);
    return rows;
  };
  Files files = poisoned("retryOneByOne: true,");
  EXPECT_THAT(rows_of(files), ElementsAre(testing::ContainsRegex("\\([0-9]+ times, until 2m")));
  files.timeline = "    - {at: 10s, apply: other.yaml}\n    - {at: 31s, apply: mended.yaml}\n";
  EXPECT_THAT(rows_of(files), ElementsAre(testing::EndsWith("(ingress/default/other)"))) << "once";
}

// At 10 s the host gets a record of a set beside its simple one, which Route 53 refuses until that Ingress is
// gone. Long after that it moves, by one that is wrong in another way.
TEST(ExternalDns, ARefusalOfWhatNobodyWantsAnyMoreExplainsNothing) {
  Files files;
  files.timeline =
      "    - {at: 10s, apply: second.yaml}\n    - {at: 70s, delete: ingress/second}\n"
      "    - {at: 110s, apply: third.yaml}\n    - {at: 111s, delete: ingress/web}\n";
  files.more = {{"second.yaml", ingress("second", "default", set_of("second", "1"))},
                {"third.yaml", ingress("third", "modsec", set_of("third"))}};
  files.platform = broken("interval: 1m,", "interval: 20s,", kTwoControllers);
  const World world = played(files);
  const auto refused = said(world, cluster::RecordType::kDnsRefused);
  ASSERT_FALSE(refused.empty());
  EXPECT_THAT(refused.front().second, HasSubstr("(ingress/default/second)"));
  const Journal& journal = world.cluster().kernel().journal();
  const auto& failures = world.cluster().traffic().accounts().failures();
  ASSERT_FALSE(failures.empty());
  EXPECT_THAT(journal.text(journal.record(failures.back().record).text),
              HasSubstr("(ingress/default/third)"));
}

TEST(ExternalDns, AnotherEditOfTheWrongObjectIsNotWhatIsRefused) {
  Files files = poisoned("retryOneByOne: false,");
  files.timeline += "    - {at: 75s, label: ingress/other, labels: {team: visits}}\n";
  const auto findings = findings_of(files);
  EXPECT_EQ(std::ranges::count_if(findings, [](const std::string& f) { return f.starts_with("dns-batch-"); }),
            1);
  EXPECT_THAT(findings, Contains(testing::AllOf(HasSubstr("dns-batch-refused: "),
                                                HasSubstr("kubectl apply -f other.yaml at 10s"))));
}

TEST(ExternalDns, OneByOneOrInBatchesOfTheirOwnOtherChangesAreMade) {
  for (const char* key : {"retryOneByOne: true,", "retryOneByOne: false, batchSize: 2,"}) {
    const World world = played(poisoned(key));
    const auto refused = said(world, cluster::RecordType::kDnsRefused);
    EXPECT_THAT(refused, Not(IsEmpty())) << key;
    for (const auto& [at, text] : refused) EXPECT_THAT(text, Not(HasSubstr("web.example.org"))) << key;
    EXPECT_EQ(failed_in(world, Outcome::kNotResolved, 200_s, 1_h), 0) << key;
    EXPECT_THAT(findings_of(poisoned(key)),
                Contains(testing::AllOf(HasSubstr("dns-batch-refused: "), Not(HasSubstr("one by one")))));
  }
}

TEST(ExternalDns, AForkGoesOnAsTheOriginal) {
  World world = world_of(migration());
  std::vector<World> forks;
  for (const Duration at : {-300_s, 20_s, 31_s, 75_s, 110_s, 200_s}) {
    world.run_until(SimTime::at(at));
    forks.push_back(world);
  }
  world.run_until(world.end());
  for (World& fork : forks) {
    fork.run_until(fork.end());
    EXPECT_EQ(fork.cluster().kernel().fingerprint().hex(), world.cluster().kernel().fingerprint().hex());
  }
}

TEST(ExternalDns, ARecordThatIsNotThereCannotBeDeleted) {
  Files files;
  files.timeline =
      "    - {at: 30s, deleteRecords: web.example.org}\n    - {at: 30500ms, deleteRecords: "
      "web.example.org}\n";
  const auto words = said(played(files), cluster::RecordType::kSaid);
  EXPECT_THAT(words, Contains(testing::Pair(30500_ms,
                                            "DNS: web.example.org has no record that could be "
                                            "deleted")));
}

TEST(ExternalDns, WhatIsWrongIsReportedWithItsPlace) {
  const auto problems = [](const std::string& keys, const std::string& timeline = "") {
    Files files;
    files.timeline = timeline;
    files.platform =
        broken("interval: 1m, ttl: 60s, negativeTTL: 2m, propagation: 10s, ingressStatusInterval: 1s", keys,
               kTwoControllers);
    return problems_of(files_of(files));
  };
  EXPECT_THAT(problems("interval: 0s, policy: create-only, batchSize: 1, ttl: soon, negativeTtl: 1m"),
              ElementsAre(HasSubstr("s/platform.yaml:12:27: spec.externalDns.interval: "),
                          HasSubstr("spec.externalDns.policy: "), HasSubstr("spec.externalDns.batchSize: "),
                          HasSubstr("spec.externalDns.ttl: "), HasSubstr("did you mean \"negativeTTL\"")));
  EXPECT_THAT(problems("", "    - {at: 1s, deleteRecords: [wep.example.org]}\n"),
              ElementsAre(HasSubstr("did you mean \"web.example.org\"?")));
  EXPECT_THAT(problems("", "    - {at: 1s, deleteRecords: web.example.org, as: {user: alice}}\n"),
              ElementsAre(HasSubstr("a fault is nobody's request")));
  EXPECT_THAT(problems("batchSize: 1001"), ElementsAre(HasSubstr("spec.externalDns.batchSize: ")));
  Files more;
  more.timeline = "    - {at: 1s, deleteRecords: [tls.example.org, name.example.org]}\n";
  more.web = broken("metadata: {name: web}\nspec:\n  rules:",
                    "metadata: {name: web, annotations: {external-dns.alpha.kubernetes.io/hostname: "
                    "name.example.org}}\nspec:\n  tls: [{hosts: [tls.example.org]}]\n  rules:",
                    kWeb);
  EXPECT_THAT(problems_of(files_of(more)), IsEmpty());
  Files without;
  without.platform = kPlatform;
  without.timeline = "    - {at: 1s, deleteRecords: web.example.org}\n";
  EXPECT_THAT(problems_of(files_of(without)),
              ElementsAre(HasSubstr("the platform has no externalDns, so DNS never changes")));
}

}  // namespace
}  // namespace seatrial::scenario
