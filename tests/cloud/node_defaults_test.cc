// What every EKS node has: the figures that nodes of the EKS AMI report, and architectures by instance type.
#include "sim/cloud/node_defaults.h"

#include <gtest/gtest.h>

namespace seatrial::cloud {
namespace {

struct Disk {
  const char* name;
  std::int64_t gib, capacity_kib, allocatable;
};
void PrintTo(const Disk& disk, std::ostream* out) { *out << disk.name; }
class RootVolume : public testing::TestWithParam<Disk> {};

TEST_P(RootVolume, BecomesEphemeralStorage) {
  const Disk& disk = GetParam();
  const EphemeralStorage storage = ephemeral_storage(disk.gib << 30);
  EXPECT_EQ(storage.capacity, disk.capacity_kib << 10);
  EXPECT_EQ(storage.allocatable, disk.allocatable);
}
INSTANTIATE_TEST_SUITE_P(Rows, RootVolume,
                         testing::Values(Disk{"Default", 20, 20'959'212, 18'242'267'924},
                                         Disk{"Eighty", 80, 83'873'772, 76'224'326'324},
                                         Disk{"None", 0, 0, 0}),
                         [](const auto& info) { return std::string(info.param.name); });

struct Type {
  const char *name, *instance_type, *architecture;
};
void PrintTo(const Type& type, std::ostream* out) { *out << type.name; }
class InstanceType : public testing::TestWithParam<Type> {};

TEST_P(InstanceType, TellsTheArchitecture) {
  EXPECT_EQ(architecture_of(GetParam().instance_type), GetParam().architecture);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, InstanceType,
    testing::Values(Type{"Intel", "r6i.xlarge", "amd64"}, Type{"Graviton", "m7g.large", "arm64"},
                    Type{"GravitonNetwork", "c6gn.xlarge", "arm64"},
                    Type{"FirstGraviton", "a1.large", "arm64"}, Type{"Graphics", "g5.xlarge", "amd64"},
                    Type{"GraphicsGraviton", "g5g.xlarge", "arm64"}, Type{"Storage", "is4gen.large", "arm64"},
                    Type{"Unknown", "", "amd64"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace seatrial::cloud
