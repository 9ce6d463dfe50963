#include "sim/cloud/dns_zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/api/core.h"
#include "sim/api/networking.h"

namespace seatrial::cloud {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kPrefix = "external-dns.alpha.kubernetes.io/";

using Annotations = std::vector<std::pair<std::string, std::string>>;

api::Ingress ingress(const std::vector<std::string>& hosts, const Annotations& annotations = {}) {
  api::Ingress object;
  object.metadata.namespace_ = "prod";
  object.metadata.name = "web";
  for (const std::string& host : hosts) object.rules.push_back({host, {}});
  api::LabelMap map;
  for (const auto& [key, value] : annotations) map.set(kPrefix + key, value);
  object.metadata.annotations = map;
  return object;
}

// "a.example (blue, 100) -> default"
std::string text_of(const DnsRecord& record) {
  std::string set;
  if (!record.set_identifier.empty() || record.weight)
    set = " (" + record.set_identifier + (record.weight ? ", " + std::to_string(*record.weight) : "") + ")";
  return record.name + set + " -> " + record.target;
}
std::vector<std::string> texts_of(const std::vector<DnsRecord>& records) {
  std::vector<std::string> texts;
  for (const DnsRecord& record : records) texts.push_back(text_of(record));
  return texts;
}
std::vector<std::string> texts_of(const std::vector<DnsChange>& changes) {
  constexpr const char* kActions[] = {"upsert ", "delete ", "create "};
  std::vector<std::string> texts;
  for (const DnsChange& change : changes)
    texts.push_back(kActions[static_cast<int>(change.action)] + text_of(change.record));
  return texts;
}

DnsRecord simple(const std::string& name, const std::string& target, const std::string& resource = "") {
  DnsRecord record;
  record.name = name;
  record.target = target;
  record.resource = resource;
  return record;
}
DnsRecord weighted(const std::string& name, const std::string& set, std::optional<std::int64_t> weight,
                   const std::string& target = "default") {
  DnsRecord record = simple(name, target, "ingress/prod/" + set);
  record.set_identifier = set;
  record.weight = weight;
  return record;
}
DnsZone zone_of(const std::vector<DnsRecord>& records) {
  DnsZone zone;
  for (const DnsRecord& record : records) zone[{record.name, record.set_identifier}] = record;
  return zone;
}

TEST(DnsZone, AnIngressAsksForEachOfItsHostsOnce) {
  api::Ingress object = ingress({"b.example", "a.example", ""}, {{"hostname", "c.example, d.example"}});
  object.tls.push_back({{"a.example", "e.example"}, "secret"});
  EXPECT_THAT(texts_of(wanted_records(object, "default")),
              ElementsAre("a.example -> default", "b.example -> default", "c.example -> default",
                          "d.example -> default", "e.example -> default"));
  EXPECT_EQ(wanted_records(object, "default").front().resource, "ingress/prod/web");
}

TEST(DnsZone, TheAnnotationHostnameSourceChoosesWhichHosts) {
  const auto asked = [](const char* source) {
    const api::Ingress object =
        ingress({"a.example"}, {{"hostname", "b.example"}, {"ingress-hostname-source", source}});
    return texts_of(wanted_records(object, "default"));
  };
  EXPECT_THAT(asked("annotation-only"), ElementsAre("b.example -> default"));
  EXPECT_THAT(asked("defined-hosts-only"), ElementsAre("a.example -> default"));
}

TEST(DnsZone, SetIdentifierAndWeightComeFromAnnotations) {
  const auto asked = [](const Annotations& annotations) {
    return texts_of(wanted_records(ingress({"a.example"}, annotations), "default"));
  };
  EXPECT_THAT(asked({{"set-identifier", "blue"}, {"aws-weight", "100"}}),
              ElementsAre("a.example (blue, 100) -> default"));
  EXPECT_THAT(asked({{"set-identifier", "blue"}}), ElementsAre("a.example (blue) -> default"));
  EXPECT_THAT(asked({{"set-identifier", "blue"}, {"aws-weight", "ten"}}),
              ElementsAre("a.example (blue, 0) -> default"));
}

// Before v0.21.0 external-dns sends no weight alone, and since then Route 53 refuses it.
TEST(DnsZone, AWeightWithoutSetIdentifierIsSentByNewerReleases) {
  const api::Ingress object = ingress({"a.example"}, {{"aws-weight", "10"}, {"aws-region", "eu-west-2"}});
  const std::vector<DnsRecord> before = wanted_records(object, "default");
  EXPECT_FALSE(before[0].weight || before[0].otherwise_routed);
  EXPECT_FALSE(refusal_of({}, {{DnsAction::kCreate, before[0]}}));
  EXPECT_THAT(ignored_annotations(object, {}),
              ElementsAre(HasSubstr("aws-weight: 10 of ingress/prod/web, has no set-id"),
                          HasSubstr("aws-region: eu-west-2 of ingress/prod/web, has no set-id")));
  const DnsRules since{.sends_routing_alone = true, .cname_ttl = {}};
  const std::vector<DnsRecord> sent = wanted_records(object, "default", since);
  EXPECT_EQ(sent[0].weight, 10);
  EXPECT_TRUE(refusal_of({}, {{DnsAction::kCreate, sent[0]}}));
  EXPECT_THAT(ignored_annotations(object, since), IsEmpty());
}

struct TtlRow {
  const char* text;
  int seconds;  // 300: the annotation is ignored
  bool valid = true;
};
constexpr TtlRow kTtls[] = {{"60", 60},
                            {"+60", 60},
                            {"10m", 600},
                            {"1h30m", 5400},
                            {"1.5s", 1},
                            {"90000ms", 90},
                            {"5 minutes", 300, false},
                            {"0", 300, false},
                            {"-60", 300, false},
                            {"500ms", 300, false},
                            {"2147483647", 2147483647},
                            {"2147483648", 300, false},
                            {"1m30", 300, false},
                            {".s", 300, false},
                            {"99999999999999999999h", 300, false}};

TEST(DnsZone, ATtlIsSecondsOrAGoDurationAndOfCnamesOnly) {
  const DnsRules cnames{.sends_routing_alone = false, .cname_ttl = Duration::seconds(300)};
  for (const TtlRow& row : kTtls) {
    SCOPED_TRACE(row.text);
    const api::Ingress object = ingress({"a.example"}, {{"ttl", row.text}});
    EXPECT_EQ(wanted_records(object, "default", cnames)[0].ttl, Duration::seconds(row.seconds));
    EXPECT_EQ(wanted_records(object, "default")[0].ttl, std::nullopt);
    EXPECT_EQ(ignored_annotations(object, cnames).empty(), row.valid);
    EXPECT_THAT(ignored_annotations(object, {}),
                ElementsAre(HasSubstr(row.valid ? "which alias records do not have" : "is neither seconds")));
  }
}

TEST(DnsZone, AServiceAsksForItsHostnameOnly) {
  api::Service service;
  service.metadata.name = "web";
  EXPECT_THAT(wanted_records(service, "nlb"), IsEmpty());
  api::LabelMap map;
  map.set(std::string(kPrefix) + "hostname", "a.example");
  service.metadata.annotations = map;
  EXPECT_THAT(texts_of(wanted_records(service, "nlb")), ElementsAre("a.example -> nlb"));
}

struct PlanRow {
  const char* name;
  std::vector<DnsRecord> zone, wanted;
  DnsPolicy policy;
  std::vector<std::string> changes;
};
void PrintTo(const PlanRow& row, std::ostream* out) { *out << row.name; }

class DnsPlan : public testing::TestWithParam<PlanRow> {};

TEST_P(DnsPlan, IsWhatDiffers) {
  const PlanRow& row = GetParam();
  EXPECT_EQ(texts_of(plan_changes(zone_of(row.zone), row.wanted, row.policy)), row.changes);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, DnsPlan,
    testing::Values(
        PlanRow{"nothing", {simple("a", "x")}, {simple("a", "x")}, DnsPolicy::kSync, {}},
        PlanRow{"new", {}, {simple("a", "x")}, DnsPolicy::kSync, {"create a -> x"}},
        PlanRow{
            "another target", {simple("a", "x")}, {simple("a", "y")}, DnsPolicy::kSync, {"upsert a -> y"}},
        PlanRow{"another weight",
                {weighted("a", "s", 100)},
                {weighted("a", "s", 0)},
                DnsPolicy::kSync,
                {"upsert a (s, 0) -> default"}},
        PlanRow{"gone", {simple("a", "x")}, {}, DnsPolicy::kSync, {"delete a -> x"}},
        PlanRow{"gone, and stays", {simple("a", "x")}, {}, DnsPolicy::kUpsertOnly, {}},
        PlanRow{"upsert-only changes",
                {simple("a", "x")},
                {simple("a", "y"), simple("b", "y")},
                DnsPolicy::kUpsertOnly,
                {"upsert a -> y", "create b -> y"}},
        PlanRow{"from simple to a set",
                {simple("a", "x")},
                {weighted("a", "s", 1, "x")},
                DnsPolicy::kSync,
                {"delete a -> x", "create a (s, 1) -> x"}},
        PlanRow{"who has it keeps it",
                {simple("a", "y", "old")},
                {simple("a", "x", "new"), simple("a", "y", "old")},
                DnsPolicy::kSync,
                {}},
        PlanRow{"first in order of name, where nobody has it",
                {},
                {simple("a", "y", "one"), simple("a", "x", "two")},
                DnsPolicy::kSync,
                {"create a -> x"}},
        PlanRow{"who had it has gone",
                {simple("a", "y", "old")},
                {simple("a", "x", "new")},
                DnsPolicy::kSync,
                {"upsert a -> x"}}));

std::vector<std::vector<std::string>> batch_names(const std::vector<DnsChange>& changes, std::size_t size) {
  std::vector<std::vector<std::string>> names;
  for (const auto& batch : batches_of(changes, size)) {
    names.emplace_back();
    for (const DnsChange& change : batch) names.back().push_back(change.record.name);
  }
  return names;
}

TEST(DnsBatches, HoldTwoChangesForEachRecordAndKeepNamesTogether) {
  std::vector<DnsChange> changes;
  for (const char* name : {"a", "b", "c"}) changes.push_back({DnsAction::kCreate, simple(name, "x")});
  changes.push_back({DnsAction::kCreate, weighted("d", "s", 1)});
  changes.push_back({DnsAction::kCreate, weighted("d", "t", 1)});
  using Names = std::vector<std::vector<std::string>>;
  EXPECT_EQ(batch_names(changes, 1000), (Names{{"a", "b", "c", "d", "d"}}));
  EXPECT_EQ(batch_names(changes, 6), (Names{{"a", "b", "c"}, {"d", "d"}}));
  EXPECT_EQ(batch_names(changes, 4), (Names{{"a", "b"}, {"c"}, {"d", "d"}}));
  EXPECT_EQ(batch_names(changes, 3), (Names{{"a"}, {"b"}, {"c"}}));  // d alone has four
  EXPECT_THAT(batches_of({}, 1000), IsEmpty());
}

struct RefusalRow {
  const char* name;
  std::vector<DnsRecord> zone;
  std::vector<DnsChange> batch;
  const char* why;  // empty: it is made
};
void PrintTo(const RefusalRow& row, std::ostream* out) { *out << row.name; }

class DnsBatch : public testing::TestWithParam<RefusalRow> {};

TEST_P(DnsBatch, IsMadeOrRefusedAsAWhole) {
  const RefusalRow& row = GetParam();
  const auto refusal = refusal_of(zone_of(row.zone), row.batch);
  EXPECT_EQ(refusal.has_value(), *row.why != '\0');
  EXPECT_THAT(refusal ? refusal->str() : "", HasSubstr(row.why));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, DnsBatch,
    testing::Values(
        RefusalRow{"right", {}, {{DnsAction::kCreate, weighted("a", "s", 100)}}, ""},
        RefusalRow{"one is wrong",
                   {},
                   {{DnsAction::kCreate, simple("a", "x")}, {DnsAction::kCreate, weighted("b", "s", {})}},
                   "SetIdentifier s of b without a Weight"},
        RefusalRow{"no set identifier",
                   {},
                   {{DnsAction::kCreate, weighted("a", "", 5)}},
                   "Weight of a without a SetIdentifier"},
        RefusalRow{"too heavy", {}, {{DnsAction::kUpsert, weighted("a", "s", 256)}}, "not between 0 and 255"},
        RefusalRow{"a set beside a simple one",
                   {simple("a", "x")},
                   {{DnsAction::kCreate, weighted("a", "s", 1)}},
                   "cannot be created as a non-weighted set exists"},
        RefusalRow{"a simple one beside a set",
                   {weighted("a", "s", 1)},
                   {{DnsAction::kCreate, simple("a", "x")}},
                   "cannot be created as other RRSets exist"},
        RefusalRow{"the simple one goes first",
                   {simple("a", "x")},
                   {{DnsAction::kDelete, simple("a", "x")}, {DnsAction::kCreate, weighted("a", "s", 1)}},
                   ""},
        RefusalRow{"a wrong one may be deleted", {}, {{DnsAction::kDelete, weighted("a", "s", {})}}, ""}));

TEST(DnsAnswer, IsOfTheNameElseOfTheWildcard) {
  const DnsZone zone = zone_of({simple("a.example", "x"), simple("*.example", "y"),
                                weighted("b.example", "s", 0, "x"), weighted("b.example", "t", 200, "y")});
  const auto answer = [&](const char* host) {
    std::vector<std::string> targets;
    const auto records = records_for(zone, host);
    const auto shares = shares_of(records);
    for (std::size_t i = 0; i < records.size(); ++i)
      targets.push_back(records[i]->target + " " + std::to_string(shares[i]));
    return targets;
  };
  EXPECT_THAT(answer("a.example"), ElementsAre("x 1"));
  EXPECT_THAT(answer("c.example"), ElementsAre("y 1"));
  EXPECT_THAT(answer("b.example"), ElementsAre("x 0", "y 200"));
  EXPECT_THAT(answer("d.c.example"), ElementsAre("y 1"));
  EXPECT_THAT(answer("a.b.example"), IsEmpty()) << "b.example is there, and has no *.b.example";
  EXPECT_THAT(answer("a.other"), IsEmpty());
}

TEST(DnsZone, ARecordIsTakenOverByWhoStillAsksForIt) {
  DnsZone zone = zone_of({simple("a", "x", "ingress/prod/first"), simple("b", "x", "ingress/prod/first"),
                          simple("c", "x", "ingress/prod/first")});
  take_over(zone, {simple("a", "x", "ingress/prod/second"), simple("b", "y", "ingress/prod/second"),
                   simple("c", "x", "ingress/prod/first"), simple("c", "x", "ingress/prod/second"),
                   simple("d", "x", "ingress/prod/second")});
  std::vector<std::string> owners;
  for (const auto& [key, record] : zone) owners.push_back(record.name + " " + record.resource);
  EXPECT_THAT(owners, ElementsAre("a ingress/prod/second", "b ingress/prod/first", "c ingress/prod/first"));
}

TEST(DnsAnswer, IsNoWildcardsWhereThereAreNamesBelowTheHost) {
  const DnsZone zone = zone_of({simple("*.example", "x"), simple("x.b.example", "y")});
  EXPECT_THAT(records_for(zone, "b.example"), IsEmpty());
  EXPECT_EQ(records_for(zone, "c.example").size(), 1u);
}

TEST(DnsAnswer, MayComeFromTheNameAndFromWildcardsAboveIt) {
  EXPECT_TRUE(may_answer("a.example", "a.example"));
  EXPECT_TRUE(may_answer("*.example", "a.b.example"));
  EXPECT_FALSE(may_answer("*.example", "example"));
  EXPECT_FALSE(may_answer("*.b.example", "a.example"));
  EXPECT_FALSE(may_answer("b.example", "a.b.example"));
}

TEST(DnsAnswer, IsAnyOfASetWhoseWeightsAreAllZero) {
  const DnsZone zone = zone_of({weighted("a", "s", 0, "x"), weighted("a", "t", 0, "y")});
  EXPECT_THAT(shares_of(records_for(zone, "a")), ElementsAre(1u, 1u));
}

}  // namespace
}  // namespace seatrial::cloud
