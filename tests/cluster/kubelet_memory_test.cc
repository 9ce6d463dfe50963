// What the kernel does with a container that uses more memory than its limit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/cluster/world.h"

namespace seatrial::cluster {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;

constexpr std::int64_t kMi = 1 << 20;
constexpr const char* kLimited =
    "containers: [{name: app, image: 'app:1', resources: {limits: {memory: 128Mi}}}]";
constexpr const char* kUnlimited = "containers: [{name: app, image: 'app:1'}]";

ImageBehaviour using_memory(const MemoryUse& use) {
  ImageBehaviour behaviour;
  behaviour.concurrency = 8;
  behaviour.queue = 100;
  behaviour.memory = use;
  return behaviour;
}

std::string last_text(const World& world, RecordType type) {
  std::string text;
  for (std::uint32_t i = 1; i <= world.kernel.journal().size(); ++i) {
    const JournalRecord& record = world.kernel.journal().record(JournalId{i});
    if (record.type == static_cast<std::uint16_t>(type)) text = world.kernel.journal().text(record.text);
  }
  return text;
}

TEST(ContainerMemory, TheServerIsToldHowManyRequestsFit) {
  World world(with(using_memory({100 * kMi, kMi})));
  world.pod(kLimited);
  world.run_until(5_s);
  EXPECT_THAT(world.allowed, ElementsAre(28));
  World unlimited(with(using_memory({100 * kMi, kMi})));
  unlimited.pod(kUnlimited);
  unlimited.run_until(5_s);
  EXPECT_THAT(unlimited.allowed, IsEmpty());
}

TEST(ContainerMemory, ARequestTooManyHasItKilled) {
  World world(with(using_memory({100 * kMi, kMi})));
  world.pod(kLimited);
  world.run_until(5_s);
  world.in_flight = 29;
  Event full;
  full.component = kKubeletComponent;
  full.type = static_cast<std::uint8_t>(KubeletEvent::kOutOfMemory);
  full.subject = world.ref.index;
  world.kernel.after(1_s, full);
  world.run_until(6_s);
  EXPECT_EQ(world.when("exited"), at(6_s));
  EXPECT_EQ(
      last_text(world, RecordType::kOutOfMemory),
      "129Mi used, limits.memory is 128Mi: 100Mi by itself, 1Mi for each of 29 requests; 108 requests, as "
      "many as it takes in, would need 208Mi");
  world.in_flight = 0;
  world.run_until(20_s);
  EXPECT_EQ(world.container().last_termination->reason.str(), "OOMKilled");
  EXPECT_EQ(world.container().last_termination->exit_code, 137);
  EXPECT_EQ(world.container().restart_count, 1);
  EXPECT_THAT(world.allowed, ElementsAre(28, 28));  // told again after the restart
}

TEST(ContainerMemory, TooMuchFromTheStartIsACrashLoop) {
  World world(with(using_memory({129 * kMi, 0})));
  world.pod(kLimited);
  world.run_until(60_s);
  EXPECT_EQ(world.when("listening"), SimTime::max());
  EXPECT_GE(world.container().restart_count, 3);
  EXPECT_EQ(world.message("BackOff").substr(0, 40), "Back-off restarting failed container app");
  EXPECT_EQ(world.container().last_termination->reason.str(), "OOMKilled");
}

TEST(ContainerMemory, ALeakEndsAtTheLimit) {
  World world(with(using_memory({100 * kMi, 0, 2 * kMi, 1_s, {}})));
  world.pod(kLimited);
  world.run_until(14_s);
  EXPECT_EQ(world.when("exited"), SimTime::max());
  world.run_until(17_s);
  // 28Mi are left: more than 14 s of growth.
  const SimTime exited = world.records(RecordType::kOutOfMemory).at(0);
  EXPECT_THAT(exited, AllOf(Ge(at(15_s)), Le(at(17_s))));
  EXPECT_EQ(last_text(world, RecordType::kOutOfMemory),
            "130Mi used, limits.memory is 128Mi: 130Mi by itself (15s old)");
}

TEST(ContainerMemory, GrowthLeavesRoomForFewerRequests) {
  World world(with(using_memory({100 * kMi, kMi, 2 * kMi, 1_s, 20 * kMi})));
  world.pod(kLimited);
  world.in_flight = 20;
  world.run_until(5_s);
  EXPECT_EQ(world.when("exited"), SimTime::max());
  world.run_until(7_s);  // after 5 s 18 fit, and it holds 20
  EXPECT_NE(world.when("exited"), SimTime::max());
  world.allowed.resize(5);
  EXPECT_THAT(world.allowed, ElementsAre(28, 26, 24, 22, 20));
}

TEST(ContainerMemory, GrowthThatEndsBelowTheLimitKillsNobody) {
  World world(with(using_memory({100 * kMi, 0, 2 * kMi, 1_s, 28 * kMi})));
  world.pod(kLimited);
  world.run_until(300_s);
  EXPECT_EQ(world.when("exited"), SimTime::max());
  EXPECT_TRUE(world.ready());
}

// ---- The recording of a real kubelet, whose application takes more than its 64Mi two seconds after it began

// What the container came to be, and when: running, or ended. (CrashLoopBackOff shows for a moment before the
// restart, if at all.)
using Steps = std::vector<std::pair<std::string, Duration>>;

Steps recorded_steps(const nlohmann::json& pod) {
  Steps steps;
  const std::regex state("container app: (terminated OOMKilled exitCode=137|running) restartCount=(\\d+) .*");
  for (const auto& row : pod.at("status_log")) {
    std::smatch found;
    const std::string what = row.at(1);
    if (std::regex_match(what, found, state))
      steps.emplace_back(found.str(1) + " " + found.str(2), Duration::millis(row.at(0).get<int>()));
  }
  return steps;
}

std::string step_of(const api::ContainerStatus& status) {
  const std::string count = " " + std::to_string(status.restart_count);
  if (std::holds_alternative<api::ContainerStateRunning>(status.state)) return "running" + count;
  const auto* const ended = std::get_if<api::ContainerStateTerminated>(&status.state);
  if (!ended) return "";
  return "terminated " + ended->reason.str() + " exitCode=" + std::to_string(ended->exit_code) + count;
}

TEST(ContainerMemory, GoesOnAsTheRecordingOfARealKubelet) {
  std::ifstream file(SEATRIAL_SOURCE_DIR "/tests/conformance/golden/kubelet/oomkill-memory-limit.json");
  const nlohmann::json recording = nlohmann::json::parse(file);
  const Steps recorded = recorded_steps(recording.at("pods").at(0));
  ASSERT_EQ(recorded.size(), 10u);
  World world(with(using_memory({8 * kMi, 0, 30 * kMi, 1_s, {}})));
  world.pod(
      "containers: [{name: app, image: 'app:1', resources: {limits: {memory: 64Mi}, requests: {memory: "
      "64Mi}}}]");
  Steps steps;
  for (Duration t; t < 150_s && steps.size() < recorded.size(); t += 10_ms) {
    world.run_until(t);
    if (!world.stored() || world.stored()->status.container_statuses.empty()) continue;
    const std::string step = step_of(world.container());
    if (!step.empty() && (steps.empty() || steps.back().first != step)) steps.emplace_back(step, t);
  }
  ASSERT_EQ(steps.size(), recorded.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    EXPECT_EQ(steps[i].first, recorded[i].first) << i;
    if (i == 0) continue;
    // Waits are drawn up to half as long again; the relist adds a second, the application half of one.
    const Duration took = steps[i].second - steps[i - 1].second,
                   took_then = recorded[i].second - recorded[i - 1].second;
    EXPECT_LE(took, took_then * 3 / 2 + 2_s) << steps[i].first;
    EXPECT_GE(took, took_then * 2 / 3 - 2_s) << steps[i].first;
  }
}

TEST(ContainerMemory, WithoutAnythingToWatchThereAreNoEvents) {
  World world(with(using_memory({100 * kMi, kMi, 2 * kMi, 1_s, 10 * kMi})));
  world.pod(kUnlimited);
  world.run_until(120_s);
  const std::uint64_t before = world.kernel.events_fired();
  world.run_until(3600_s);
  EXPECT_EQ(world.kernel.events_fired(), before);
}

}  // namespace
}  // namespace seatrial::cluster
