// Pipelines: what a merge sets off, in which order, how it fails, and what is said of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/api/apps.h"
#include "sim/scenario/run.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace tests;
using cluster::RecordType;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kPipeline = R"(apiVersion: seatrial/v1
kind: Pipeline
metadata: {name: web}
spec:
  image: web
  manifests: [web.yaml]
  build: {takes: 60s}
  push: {bytesPerSecond: 10Mi, takes: 2s}
  rollout: {timeout: 60s}
)";

class PipelineTest : public testing::Test {
 protected:
  // One entry of timeline and `expect` a line, without its `- {` and `}`.
  MemoryFiles files(const std::vector<std::string>& entries, const std::vector<std::string>& expect) const {
    std::string text = R"(apiVersion: seatrial/v1
kind: Scenario
metadata: {name: merged}
spec:
  seed: 3
  duration: 10m
  platform: platform.yaml
  apply: [web.yaml]
  pipelines: [pipeline.yaml]
  images:
    web:1: {size: 1Mi, start: 1s}
    web:2: {size: 120Mi, layers: [{digest: base, size: 100Mi}, {digest: two, size: 20Mi}], start: 1s}
    web:3: {layers: [{digest: base, size: 100Mi}], pullError: no such image}
  timeline:
)";
    for (const std::string& entry : entries) text += "    - {" + entry + "}\n";
    text += expect.empty() ? "" : "  expect:\n";
    for (const std::string& entry : expect) text += "    - {" + entry + "}\n";
    MemoryFiles made;
    made.add("s/platform.yaml", kPlatform);
    made.add("s/web.yaml", kWeb);
    made.add("s/pipeline.yaml", pipeline_);
    made.add("s/scenario.yaml", text);
    return made;
  }
  const report::RunResult& play(const std::vector<std::string>& entries,
                                const std::vector<std::string>& expect = {}) {
    auto loaded = load_scenario("s", files(entries, expect));
    if (!loaded) throw std::logic_error(loaded.error().front().str());
    auto world = scenario::play(std::make_shared<const Scenario>(std::move(*loaded)), {});
    if (!world) throw std::logic_error(world.error().front().str());
    world_.emplace(std::move(*world));
    result_ = collect(*world_);
    return result_;
  }
  std::vector<std::string> problems(const std::string& entry) const {
    return problems_of(files({entry}, {}));
  }
  const Journal& journal() const { return world_->cluster().kernel().journal(); }
  // What was said, of all pipelines.
  std::vector<std::string> steps() const {
    std::vector<std::string> texts;
    for (std::uint32_t i = 1; i <= journal().size(); ++i) {
      const JournalRecord& record = journal().record(JournalId{i});
      if (record.type == static_cast<std::uint16_t>(RecordType::kPipeline))
        texts.emplace_back(journal().text(record.text));
    }
    return texts;
  }
  std::vector<std::string> findings(const std::string& rule) const {
    std::vector<std::string> texts;
    for (const report::Finding& finding : result_.findings)
      if (finding.rule == rule) texts.push_back(finding.what);
    return texts;
  }
  std::string image() const {
    return world_->cluster()
        .store()
        .find<api::Deployment>("default", "web")
        ->template_->spec->containers.front()
        .image.str();
  }

  std::string pipeline_ = kPipeline;
  std::optional<World> world_;
  report::RunResult result_;
};

TEST_F(PipelineTest, AMergeIsBuiltPushedAppliedAndRolledOut) {
  const auto& result =
      play({"at: 1m, merge: web, tag: \"2\""}, {"pipeline: web, completesWithin: 3m, oldPodsGoneWithin: 4m",
                                                "rollout: deployment/web, completes: true"});
  // 2 s and 40 MiB at 10 MiB/s: what web:3 has in common with it does not travel again.
  const std::vector<std::string> said = steps();
  ASSERT_EQ(said.size(), 4u);
  EXPECT_EQ(said[0], "pipeline web: built web:2 in 60s");
  EXPECT_EQ(said[1], "pipeline web: pushed web:2 in 4s");
  EXPECT_EQ(said[2], "pipeline web: kubectl apply -f web.yaml, with web:2");
  EXPECT_THAT(said[3], HasSubstr("pipeline web: green, "));
  EXPECT_EQ(image(), "web:2");
  EXPECT_TRUE(result.pass) << result.expectations[0].seen << " " << result.expectations[1].seen;
}

TEST_F(PipelineTest, WhatItChangesLeadsBackToTheMerge) {
  play({"at: 1m, merge: web, tag: \"2\""});
  std::vector<std::string> chain;
  for (std::uint32_t i = 1; i <= journal().size() && chain.empty(); ++i) {
    const JournalRecord& record = journal().record(JournalId{i});
    if (record.type != static_cast<std::uint16_t>(RecordType::kDeletionRequested)) continue;
    for (const JournalId link : journal().cause_chain(JournalId{i}))
      chain.emplace_back(journal().text(journal().record(link).text));
  }
  ASSERT_GE(chain.size(), 4u);
  EXPECT_THAT(
      std::vector<std::string>(chain.end() - 4, chain.end()),
      ElementsAre("pipeline web: kubectl apply -f web.yaml, with web:2", "pipeline web: pushed web:2 in 4s",
                  "pipeline web: built web:2 in 60s", "merge of web 2"));
}

TEST_F(PipelineTest, ABuildThatFailsIsTriedAgainAndThenNothingIsApplied) {
  pipeline_ = broken("{takes: 60s}", "{takes: 60s, fails: 100%, tries: 2}", kPipeline);
  const auto& result = play({"at: 1m, merge: web, tag: \"2\""}, {"pipeline: web, completes: false"});
  EXPECT_THAT(steps(), ElementsAre("pipeline web: build of web:2 failed after 60s (try 1 of 2)",
                                   "pipeline web: build of web:2 failed after 60s (try 2 of 2)",
                                   "pipeline web: red, 2m after the merge"));
  EXPECT_EQ(image(), "web:1");
  EXPECT_TRUE(result.pass);
  EXPECT_THAT(findings("pipeline-failed"), ElementsAre(HasSubstr("build of web:2 failed")));
}

TEST_F(PipelineTest, AnApplyThatIsRefusedMakesItRed) {
  pipeline_ = broken("  image: web\n", "  image: web\n  namespace: elsewhere\n", kPipeline);
  const auto& result = play({"at: 1m, merge: web, tag: \"2\""}, {"pipeline: web, completesWithin: 3m"});
  EXPECT_THAT(steps(), Contains("pipeline web: kubectl apply -n elsewhere -f web.yaml failed"));
  EXPECT_FALSE(result.pass);
  ASSERT_EQ(findings("pipeline-failed").size(), 1u);
  for (const report::Finding& finding : result.findings)
    if (finding.rule == "pipeline-failed")
      EXPECT_THAT(finding.chain, Contains(HasSubstr("namespaces \"elsewhere\" not found")));
}

TEST_F(PipelineTest, ARolloutThatDoesNotEndIsUndone) {
  pipeline_ = broken("timeout: 60s", "timeout: 60s, onFailure: undo", kPipeline);
  play({"at: 1m, merge: web, tag: \"3\""});
  EXPECT_THAT(steps(), Contains("pipeline web: rollout failed: error: timed out waiting for the condition, "
                                "deployment/web"));
  EXPECT_THAT(steps(), Contains("pipeline web: kubectl rollout undo"));
  EXPECT_EQ(image(), "web:1");
}

TEST_F(PipelineTest, RunsOfOnePipelineGoOneAfterTheOther) {
  const auto& result = play({"at: 1m, merge: web, tag: \"2\"", "at: 70s, merge: web, tag: \"1\""},
                            {"pipeline: web, completesWithin: 5m"});
  const std::vector<std::string> said = steps();
  EXPECT_EQ(said[0], "pipeline web: waits for the run before it");
  EXPECT_THAT(said[4], HasSubstr("green"));
  EXPECT_EQ(said[5], "pipeline web: built web:1 in 60s");
  EXPECT_EQ(image(), "web:1");
  EXPECT_TRUE(result.pass) << result.expectations[0].seen;
}

TEST_F(PipelineTest, SaysWhatIsWrongWithAMergeOrAPipeline) {
  EXPECT_THAT(problems("at: 1m, merge: wep, tag: \"2\""),
              Contains(HasSubstr("no pipeline is called \"wep\", did you mean \"web\"?")));
  EXPECT_THAT(problems("at: 1m, merge: web"), Contains(HasSubstr("tag")));
  EXPECT_THAT(problems("at: 1m, merge: web, tag: \"9\""),
              Contains(HasSubstr("image \"web:9\" is not described")));
  pipeline_ = broken("image: web", "image: other", kPipeline);
  EXPECT_THAT(problems("at: 1m, merge: web, tag: \"2\""),
              Contains(HasSubstr("no container of the manifests has the image other")));
  pipeline_ = broken("image: web", "image: \"web:1\"", kPipeline);
  EXPECT_THAT(problems("at: 1m, merge: web, tag: \"2\""), Contains(HasSubstr("without tag or digest")));
  pipeline_ = broken("bytesPerSecond: 10Mi, ", "", kPipeline);
  EXPECT_THAT(problems("at: 1m, merge: web, tag: \"2\""), Contains(HasSubstr("bytesPerSecond")));
  pipeline_ = broken("takes: 60s", "takes: 60s, fails: 101%", kPipeline);
  EXPECT_THAT(problems("at: 1m, merge: web, tag: \"2\""), Contains(HasSubstr("must be between 0% and 100%")));
}

}  // namespace
}  // namespace seatrial::scenario
