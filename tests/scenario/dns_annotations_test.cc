// What external-dns makes of the annotations of an Ingress, and what a class is that no controller takes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/scenario/run.h"
#include "tests/scenario/played.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace literals;
using namespace tests;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

const std::string kPrefix = "external-dns.alpha.kubernetes.io/";

std::string platform_with(const std::string& keys) {
  return broken(
      "    - {name: default, defaultClass: true}\n",
      "    - {name: default, defaultClass: true}\n    - {name: modsec}\n  externalDns: {interval: 1m, "
      "negativeTTL: 2m, propagation: 10s, ingressStatusInterval: 1s, " +
          keys + "}\n",
      kPlatform);
}

std::string ingress_of(const std::string& ingress_class, const std::string& annotations) {
  return broken("metadata: {name: web}\nspec:\n  rules:",
                "metadata: {name: web, annotations: {" + annotations +
                    "}}\nspec:\n  ingressClassName: " + ingress_class + "\n  rules:",
                kWeb);
}

// The Ingress gets another class at 30 s, without annotations.
MemoryFiles files_of(const std::string& keys, const std::string& annotations, const std::string& next_class) {
  std::string text = broken("    - {at: 1m, set image: deployment/web, image: \"web:2\"}\n", "", kScenario);
  text = broken("    - {at: 2m, drain: {nodeGroup: default, nodes: 1}}\n",
                "    - {at: 30s, apply: moved.yaml}\n", text);
  text = broken("    - {rollout: deployment/web, completesWithin: 3m}\n", "", text);
  MemoryFiles files = small_files(text);
  files.add("s/platform.yaml", platform_with(keys));
  files.add("s/web.yaml", ingress_of("default", annotations));
  files.add("s/moved.yaml", ingress_of(next_class, ""));
  return files;
}

report::Finding finding_of(const report::RunResult& result, const std::string& rule) {
  const auto found = std::ranges::find(result.findings, rule, &report::Finding::rule);
  EXPECT_NE(found, result.findings.end()) << rule;
  return found == result.findings.end() ? report::Finding() : *found;
}

// Resolvers keep what they have for the TTL of the record.
TEST(DnsAnnotations, CnamesAreKeptForTheTtlOfTheirAnnotation) {
  const std::string cnames = "ttl: 60s, preferCname: true";
  const report::RunResult alias = played(files_of("ttl: 60s", kPrefix + "ttl: 10s", "modsec"));
  const report::RunResult short_one = played(files_of(cnames, kPrefix + "ttl: 10s", "modsec"));
  const report::RunResult long_one = played(files_of(cnames, kPrefix + "ttl: \"150\"", "modsec"));
  EXPECT_LT(short_one.requests[0].failed, alias.requests[0].failed);
  EXPECT_GT(long_one.requests[0].failed, alias.requests[0].failed);
  EXPECT_THAT(finding_of(alias, "dns-record-late").change, Not(HasSubstr("a lower TTL")));
  const report::Finding late = finding_of(long_one, "dns-record-late");
  EXPECT_THAT(late.chain, Contains(HasSubstr("resolvers kept the old address for up to 2m30s")));
  EXPECT_THAT(late.change, HasSubstr("2m30s have passed; a lower TTL (the annotation " + kPrefix + "ttl)"));
}

TEST(DnsAnnotations, WhatIsIgnoredIsNotedWithItsPlace) {
  const MemoryFiles files =
      files_of("ttl: 60s", kPrefix + "ttl: 5 minutes, " + kPrefix + "aws-weight: \"10\"", "default");
  const report::RunResult result = played(files);
  EXPECT_THAT(result.not_simulated,
              UnorderedElementsAre(
                  AllOf(HasSubstr("ttl: 5 minutes of ingress/default/web"), HasSubstr("(s/web.yaml:")),
                  HasSubstr("aws-weight: 10 of ingress/default/web, has no set-identifier")));
  EXPECT_EQ(result.requests[0].failed, 0u) << "Route 53 refuses nothing";
}

TEST(DnsAnnotations, AClassThatNoControllerTakesIsNamed) {
  const report::Finding finding = finding_of(played(files_of("ttl: 60s", "", "nosuch")), "no-route");
  EXPECT_THAT(finding.chain,
              Contains(HasSubstr("Ingress web does, but no ingress controller of the platform takes "
                                 "class \"nosuch\" (there are default, modsec)")));
  EXPECT_EQ(finding.change, "let ingressClassName name a class that an ingress controller takes");
}

}  // namespace
}  // namespace seatrial::scenario
