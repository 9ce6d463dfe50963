// What a platform's nodes are: what is written of them, and what every EKS node has besides.
#include "sim/scenario/node_objects.h"

#include <gtest/gtest.h>

#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

struct Row {
  const char* name;
  const char* group;  // fields of the node group, allocatable's among them
  const char *architecture, *capacity, *allocatable;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }
class NodesOfPlatform : public testing::TestWithParam<Row> {};

TEST_P(NodesOfPlatform, HaveWhatEveryNodeHas) {
  const Row& row = GetParam();
  MemoryFiles files = tests::small_files();
  files.add("s/platform.yaml", tests::broken("count: 3, allocatable: {cpu: \"4\", memory: 16Gi, pods: 110}",
                                             std::string("count: 3, ") + row.group, tests::kPlatform));
  const auto loaded = load_scenario("s", files);
  ASSERT_TRUE(loaded) << loaded.error().front().str();
  const auto node = node_objects(loaded->platform, SimTime()).at(0);
  EXPECT_EQ(node->metadata.labels->get("kubernetes.io/arch"), row.architecture);
  EXPECT_EQ(node->metadata.labels->get("kubernetes.io/os"), "linux");
  EXPECT_EQ(node->capacity.at("ephemeral-storage").str(), row.capacity);
  EXPECT_EQ(node->allocatable.at("ephemeral-storage").str(), row.allocatable);
  EXPECT_EQ(node->allocatable.at("hugepages-2Mi").str(), "0");
}

INSTANTIATE_TEST_SUITE_P(
    Rows, NodesOfPlatform,
    testing::Values(Row{"Default", "allocatable: {cpu: 4, memory: 16Gi, pods: 110}", "amd64", "20959212Ki",
                        "18242267924"},
                    Row{"RootVolume", "rootVolume: 80Gi, allocatable: {cpu: 4, memory: 16Gi, pods: 110}",
                        "amd64", "83873772Ki", "76224326324"},
                    Row{"Written", "allocatable: {cpu: 4, memory: 16Gi, pods: 110, ephemeral-storage: 10Gi}",
                        "amd64", "10Gi", "10Gi"},
                    Row{"Graviton",
                        "instanceType: m7g.xlarge, allocatable: {cpu: 4, memory: 16Gi, pods: 110}", "arm64",
                        "20959212Ki", "18242267924"},
                    Row{"Labelled",
                        "labels: {kubernetes.io/arch: arm64}, allocatable: {cpu: 4, memory: 16Gi, pods: 110}",
                        "arm64", "20959212Ki", "18242267924"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(NodeGroupOfPlatform, HasOneDisk) {
  MemoryFiles files = tests::small_files();
  files.add(
      "s/platform.yaml",
      tests::broken("pods: 110}", "pods: 110, ephemeral-storage: 10Gi}, rootVolume: 20Gi", tests::kPlatform));
  const auto problems = tests::problems_of(files);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems.front().find("either \"rootVolume\" or ephemeral-storage"), std::string::npos);
}

}  // namespace
}  // namespace seatrial::scenario
