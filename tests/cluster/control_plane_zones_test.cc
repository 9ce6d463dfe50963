// Which parts of a control plane are without a leader when a zone goes.
#include "sim/cluster/control_plane_zones.h"

#include <gtest/gtest.h>

#include <set>

namespace seatrial::cluster {
namespace {

using namespace literals;

TEST(ControlPlaneZones, EachLeaderIsInOneOfTheZones) {
  std::set<std::size_t> lost_leaders;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Kernel kernel(seed);
    std::size_t leaders = 0;
    for (const char* zone : {"a", "b", "c"}) {
      ControlPlaneZones zones(kernel, {"a", "b", "c"});
      leaders += zones.lose(zone).size();
      lost_leaders.insert(zones.lose(zone).size());
      EXPECT_EQ(zones.standing(), 2);
    }
    EXPECT_EQ(leaders, kLeadingParts) << "of three zones, each lost by itself";
  }
  EXPECT_EQ(lost_leaders, std::set<std::size_t>{0}) << "a zone that is lost already has no leader";
}

TEST(ControlPlaneZones, ALeaderMovesToAZoneThatStandsAndAnElectionTakesItsTime) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    ControlPlaneZones zones(Kernel(seed), {"a", "b"});
    (void)zones.lose("a");
    const auto elections = zones.lose("b");
    EXPECT_EQ(elections.size(), kLeadingParts) << "all had moved to b";
    for (const auto& [part, takes] : elections) {
      EXPECT_GE(takes, part == LeadingPart::kStore ? 1_s : 13_s);
      EXPECT_LE(takes, part == LeadingPart::kStore ? 2_s : 17_s);
    }
    zones.restore("a");
    EXPECT_EQ(zones.standing(), 1);
  }
}

TEST(ControlPlaneZones, APlatformOfOneZoneIsLeftAlone) {
  ControlPlaneZones zones(Kernel(1), {"a"});
  EXPECT_TRUE(zones.lose("a").empty());
  EXPECT_EQ(zones.standing(), 1);
}

}  // namespace
}  // namespace seatrial::cluster
