// Pods that a missing ConfigMap or Secret held up: one reason for each row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/run.h"
#include "tests/scenario/played.h"
#include "tests/scenario/small.h"

namespace seatrial::checks {
namespace {

using scenario::tests::broken;
using testing::Contains;
using testing::HasSubstr;

struct Row {
  const char* name;
  const char* container;  // fields of web's container …
  const char* pod;        // … and of its pod
  const char* words;
  const char* why;
  const char* change;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

std::vector<report::Finding> findings_of(const Row& row, const std::string& entry) {
  const std::string web =
      broken(R"(image: "web:1", )", std::string("image: \"web:1\", ") + row.container,
             broken("8080}]}]", std::string("8080}]}]") + row.pod, scenario::tests::kWeb));
  scenario::MemoryFiles files = scenario::tests::small_files(R"(apiVersion: seatrial/v1
kind: Scenario
metadata: {name: small, description: a test}
spec:
  duration: 2m
  platform: platform.yaml
  apply: [other.yaml]
  images: {"web:1": {start: 1s, onSigterm: drain}}
  timeline:
)" + entry + "    - {at: 10s, apply: changed.yaml}\n");
  files.add("s/other.yaml", "{apiVersion: v1, kind: Namespace, metadata: {name: other}}");
  files.add("s/changed.yaml", web);
  files.add("s/map.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: flags}, data: {a: b}}");
  return scenario::tests::played(files).findings;
}

class MissingConfiguration : public testing::TestWithParam<Row> {};

TEST_P(MissingConfiguration, IsExplained) {
  const Row& row = GetParam();
  const auto findings = findings_of(row, "");
  const auto found = std::ranges::find(findings, "config-missing", &report::Finding::rule);
  ASSERT_NE(found, findings.end());
  EXPECT_THAT(found->what, HasSubstr("2 pods of version 1 of deployment/web could not start, for up to 1m4"));
  EXPECT_THAT(found->what, HasSubstr(std::string(", 2 to the end: ") + row.words));
  EXPECT_THAT(found->chain, Contains(HasSubstr(std::string("container web ") + row.why)));
  EXPECT_THAT(found->chain, Contains(HasSubstr("kubectl apply -f changed.yaml at 10s")));
  EXPECT_THAT(found->change, HasSubstr(row.change));
  EXPECT_EQ(found->manifest.file, "s/changed.yaml");
  EXPECT_EQ(found->manifest.line, 10);
}

constexpr Row kEnvironment{"Environment",
                           "envFrom: [{configMapRef: {name: flags}}], ",
                           "",
                           "configmap \"flags\" not found",
                           "has it in its environment",
                           "apply the object before"};
INSTANTIATE_TEST_SUITE_P(
    Rows, MissingConfiguration,
    testing::Values(kEnvironment,
                    Row{"Volume", "volumeMounts: [{name: tls, mountPath: /tls}], ",
                        "\n      volumes: [{name: tls, secret: {secretName: web-tls}}]",
                        "secret \"web-tls\" not found", "mounts it", "apply the object before"},
                    Row{"Root", "securityContext: {runAsNonRoot: true, runAsUser: 0}, ", "",
                        "container's runAsUser breaks non-root policy", "must not run as root", "runAsUser"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(MissingConfigurationOfPods, IsNoFindingWhereTheObjectCameFirst) {
  const auto findings = findings_of(kEnvironment, "    - {at: 5s, apply: map.yaml}\n");
  EXPECT_EQ(std::ranges::count(findings, "config-missing", &report::Finding::rule), 0);
}

TEST(MissingConfigurationOfPods, EndsWhenTheObjectComes) {
  const auto findings = findings_of(kEnvironment, "    - {at: 40s, apply: map.yaml}\n");
  const auto found = std::ranges::find(findings, "config-missing", &report::Finding::rule);
  ASSERT_NE(found, findings.end());
  EXPECT_THAT(found->what, testing::Not(HasSubstr("to the end")));
}

TEST(MissingConfigurationOfPods, EachThingThatIsMissingHasAWaitOfItsOwn) {
  const Row two{
      "Two",
      "volumeMounts: [{name: tls, mountPath: /tls}, {name: ca, mountPath: /ca}], ",
      "\n      volumes: [{name: tls, secret: {secretName: web-tls}}, {name: ca, configMap: {name: ca}}]",
      "",
      "",
      ""};
  std::vector<std::string> found;
  for (const report::Finding& finding : findings_of(two, "")) {
    if (finding.rule == "config-missing") found.push_back(finding.what);
  }
  ASSERT_EQ(found.size(), 2u);
  EXPECT_THAT(found, testing::Each(HasSubstr("could not start, for up to 1m4")));
  EXPECT_THAT(found, testing::Each(HasSubstr(", 2 to the end: ")));
}

}  // namespace
}  // namespace seatrial::checks
