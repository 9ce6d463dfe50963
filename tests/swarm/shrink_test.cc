#include "tests/swarm/shrink.h"

#include <gtest/gtest.h>

#include "tests/swarm/draw.h"
#include "tests/swarm/trial.h"

namespace seatrial::swarm {
namespace {

// A planted defect: no Deployment may have pods and be called w0.
std::optional<std::string> planted(const scenario::World& world) {
  for (const api::ObjectPtr& object : world.cluster().api().store().list(api::Kind::kDeployment)) {
    if (object->metadata.name.view() == "w0") return "there is a w0";
  }
  return std::nullopt;
}

TEST(Shrink, LeavesOneObjectAndNoActionOfAPlantedDefect) {
  std::size_t tried = 0;
  for (std::uint64_t seed = 1; tried < 3 && seed < 60; ++seed) {
    const Case drawn = draw_case(seed);
    const auto fails = [](const Case& c) {
      const auto failure = try_case(c, planted);
      return failure && failure->rule == "further";
    };
    if (drawn.objects.size() < 3 || drawn.timeline.size() < 3 || !fails(drawn)) continue;
    ++tried;
    const Case least = shrink(drawn, fails);
    ASSERT_EQ(least.objects.size(), 1u) << seed;
    EXPECT_EQ(least.objects.front().ref, "deployment/w0");
    EXPECT_TRUE(least.timeline.empty()) << seed;
    EXPECT_EQ(least.size(), 1u) << least.files().at("objects.yaml");
  }
  EXPECT_EQ(tried, 3u);
}

TEST(Draw, ASeedAlwaysDrawsTheSameFiles) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) EXPECT_EQ(draw_case(seed).files(), draw_case(seed).files());
  EXPECT_NE(draw_case(1).files(), draw_case(2).files());
}

}  // namespace
}  // namespace seatrial::swarm
