#include "sim/scenario/world.h"

#include <gtest/gtest.h>

#include <vector>

#include "sim/scenario/load.h"
#include "sim/scenario/run.h"

namespace seatrial::scenario {
namespace {

using namespace literals;

std::shared_ptr<const Scenario> example(const std::string& name) {
  auto scenario = load_scenario(SEATRIAL_SOURCE_DIR "/scenarios/" + name);
  EXPECT_TRUE(scenario) << scenario.error().front().str();
  return std::make_shared<const Scenario>(std::move(*scenario));
}

std::uint64_t fingerprint(const World& world) { return world.cluster().kernel().fingerprint().value(); }

// A copy taken at any instant goes on to the same end as the original, and does not disturb it.
void expect_forks_agree(const std::string& name, SimTime end) {
  auto world = World::create(example(name), 1);
  ASSERT_TRUE(world);
  World straight = *world;
  straight.run_until(end);

  RandomStream instants(1, "tests/forks");
  std::vector<World> forks;
  for (SimTime at = world->cluster().kernel().now(); at < end;) {
    world->run_until(at);
    forks.push_back(*world);
    at += Duration::nanos(
        static_cast<std::int64_t>(instants.below(static_cast<std::uint64_t>((16_s).count()))));
  }
  world->run_until(end);
  EXPECT_EQ(fingerprint(*world), fingerprint(straight));
  EXPECT_GT(forks.size(), 8u);
  for (World& fork : forks) {
    const SimTime taken = fork.cluster().kernel().now();
    fork.run_until(end);
    EXPECT_EQ(fingerprint(fork), fingerprint(straight)) << "forked at " << to_string(taken);
    EXPECT_EQ(fork.cluster().kernel().events_fired(), straight.cluster().kernel().events_fired());
  }
}

TEST(World, ForksGoOnAsTheOriginalThroughARollout) {
  expect_forks_agree("rollout-without-prestop", SimTime::at(140_s));
}

TEST(World, ForksGoOnAsTheOriginalThroughCrashes) {
  expect_forks_agree("rollout-bad-image", SimTime::at(100_s));
}

TEST(World, ForksGoOnAsTheOriginalThroughLostCredentials) {
  expect_forks_agree("irsa-role-forgotten", SimTime::at(330_s));
}

TEST(World, ForksGoOnAsTheOriginalThroughCronJobs) {
  expect_forks_agree("cronjob-storm", SimTime::at(330_s));
}

TEST(World, ForksGoOnAsTheOriginalThroughAnEviction) {
  expect_forks_agree("node-under-memory-pressure", SimTime::at(150_s));
}

TEST(World, AForkLeavesTheOriginalAlone) {
  auto world = World::create(example("rollout-1.3-to-1.4"), 1);
  ASSERT_TRUE(world);
  world->run_until(SimTime::at(2_min));
  World other = *world;
  const std::uint64_t before = fingerprint(*world);
  other.run_until(SimTime::at(130_s));
  EXPECT_EQ(fingerprint(*world), before);
  EXPECT_NE(fingerprint(other), before);
}

TEST(World, AnotherSeedIsAnotherRun) {
  const auto scenario = example("rollout-1.3-to-1.4");
  std::vector<std::uint64_t> prints;
  for (const std::uint64_t seed : {1, 1, 2}) {
    auto world = World::create(scenario, seed);
    ASSERT_TRUE(world);
    world->run_until(SimTime::at(10_s));
    prints.push_back(fingerprint(*world));
  }
  EXPECT_EQ(prints[0], prints[1]);
  EXPECT_NE(prints[0], prints[2]);
}

TEST(World, LookingOnChangesNothing) {
  const auto scenario = example("rollout-bad-image");
  auto plain = World::create(scenario, 1), logged = World::create(scenario, 1, 10);
  ASSERT_TRUE(plain && logged);
  plain->run_until(SimTime::at(30_s));
  for (SimTime at; at <= SimTime::at(30_s); at += 1_s) logged->run_until(at);
  EXPECT_EQ(fingerprint(*plain), fingerprint(*logged));
  EXPECT_GT(logged->cluster().traffic().accounts().log().size(), 500u);
}

TEST(World, SaysWhichLoadLeadsNowhere) {
  Scenario scenario = *example("rollout-bad-image");
  scenario.load.front().to.host = "nobody.example.com";
  const auto world = World::create(std::make_shared<const Scenario>(std::move(scenario)), 1);
  ASSERT_FALSE(world);
  EXPECT_NE(world.error().front().str().find("nobody.example.com"), std::string::npos)
      << world.error().front().str();
}

}  // namespace
}  // namespace seatrial::scenario
