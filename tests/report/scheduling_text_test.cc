#include "sim/report/scheduling_text.h"

#include <gtest/gtest.h>

namespace seatrial::report {
namespace {

Scheduling::Node scored(const char* name, std::int64_t fit, std::int64_t images) {
  return {name,
          "",
          {},
          {{"TaintToleration", 300}, {"NodeResourcesFit", fit}, {"ImageLocality", images}},
          300 + fit + images};
}
Scheduling decided(const char* node, std::vector<Scheduling::Node> nodes) {
  Scheduling scheduling;
  scheduling.at = SimTime::at(Duration::seconds(90));
  scheduling.node = node;
  scheduling.all_nodes = nodes.size();
  scheduling.nodes = std::move(nodes);
  return scheduling;
}

TEST(SchedulingText, MarksTheWinnerAndSaysOnceWhatAllScoreAlike) {
  EXPECT_EQ(explain_scheduling(decided("b", {scored("a", 7, 0),
                                             scored("b", 90, 12),
                                             {"full-node", "NodeResourcesFit", {"Insufficient cpu"}, {}, 0}}),
                               {}),
            "scheduling at 90s: b\n"
            "   NODE  TOTAL  NodeResourcesFit  ImageLocality\n"
            "*  b       402                90             12\n"
            "   a       307                 7              0\n"
            "   the same for all of them: TaintToleration 300\n"
            "   NODE       REFUSED BY        BECAUSE\n"
            "   full-node  NodeResourcesFit  Insufficient cpu\n");
}

TEST(SchedulingText, SaysThatSeveralWereEqual) {
  EXPECT_EQ(explain_scheduling(decided("b", {scored("a", 7, 0), scored("b", 7, 0)}), {}),
            "scheduling at 90s: b\n"
            "   NODE  TOTAL\n"
            "*  b       307\n"
            "   a       307\n"
            "   the same for all of them: TaintToleration 300, NodeResourcesFit 7, ImageLocality 0\n"
            "   2 nodes have the highest total; the scheduler takes any of them\n");
}

TEST(SchedulingText, ASingleNodeIsNotScored) {
  EXPECT_EQ(
      explain_scheduling(decided("a", {{"a", "", {}, {}, 0}, {"b", "NodeName", {"x", "y"}, {}, 0}}), {}),
      "scheduling at 90s: a\n"
      "   a is the only node that fits, so nothing is scored\n"
      "   NODE  REFUSED BY  BECAUSE\n"
      "   b     NodeName    x, y\n");
}

TEST(SchedulingText, SaysWhoHasToGo) {
  Scheduling scheduling = decided("", {});
  scheduling.message = "0/1 nodes are available: 1 Insufficient cpu.";
  scheduling.nominated = "a";
  scheduling.victims = {"old-1", "old-2"};
  EXPECT_EQ(explain_scheduling(scheduling, {}),
            "scheduling at 90s: no node\n"
            "  0/1 nodes are available: 1 Insufficient cpu.\n"
            "  nominated for a, evicting old-1, old-2\n");
}

}  // namespace
}  // namespace seatrial::report
