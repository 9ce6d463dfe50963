// ipamd on a node: the tables of its own documentation, and what happens when a subnet runs short.
#include "sim/cluster/pod_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cluster/components.h"

namespace seatrial::cluster {
namespace {

using namespace literals;
using network::vpc::AddressSpace;
using network::vpc::CniSettings;
using network::vpc::Objects;
using network::vpc::Subnet;
using testing::ElementsAre;
using testing::HasSubstr;

class PodNetworkTest : public testing::Test {
 protected:
  void start(const std::string& type, const CniSettings& settings, std::vector<Subnet> subnets = {},
             int max_pods = 110) {
    auto objects = std::make_shared<Objects>();
    objects->subnets = subnets.empty() ? std::vector{subnet("nodes", "10.0.0.0/16")} : std::move(subnets);
    PodNetworkConfig config;
    config.settings = settings;
    config.instance_types["p3dn.24xlarge"] = {15, 50};
    config.vpc = objects;
    kernel_.emplace(1);
    network_.emplace(config);
    space_.emplace(*objects, 1);
    join("node-1", type, max_pods);
  }
  static Subnet subnet(const char* name, const char* cidr, std::int64_t occupied = 0) {
    Subnet made;
    made.name = name;
    made.zone = "a";
    made.cidr = *api::Cidr::parse(cidr);
    made.occupied = occupied;
    return made;
  }
  void join(const char* name, const std::string& type, int max_pods = 110) {
    api::Node node;
    node.metadata.labels = api::LabelMap{{"node.kubernetes.io/instance-type", type}};
    node.capacity = {{"pods", api::Quantity::from_value(max_pods)}};
    network_->add_node(*kernel_, *space_, name, node, 0, *space_->take(0));
  }
  void run(Duration d) {
    kernel_->run_until(kernel_->now() + d, [this](const Event& event) {
      ASSERT_EQ(event.component, kPodNetworkComponent);
      network_->handle(*kernel_, *space_, event);
    });
  }
  // Pods come one by one, with time for ipamd in between.
  int pods(int count) {
    int given = 0;
    for (int i = 0; i < count; ++i) {
      if (const auto address = network_->assign(*kernel_, "node-1")) {
        addresses_.push_back(*address);
        ++given;
      }
      run(60_s);
    }
    run(10_min);
    return given;
  }
  // "3,3,1": blocks on each interface.
  std::string blocks() const {
    std::string text;
    for (const auto& interface : network_->pool("node-1").interfaces())
      text += (text.empty() ? "" : ",") + std::to_string(interface.blocks.size());
    return text;
  }

  std::optional<Kernel> kernel_;
  std::optional<PodNetwork> network_;
  std::optional<AddressSpace> space_;
  std::vector<network::vpc::Address> addresses_;
};

// docs/eni-and-ip-target.md and docs/prefix-and-ip-target.md of amazon-vpc-cni-k8s; where a row there gives
// blocks in another order than the code allots them, the code's.
TEST_F(PodNetworkTest, KeepsWhatItsDocumentationSays) {
  struct Row {
    const char* type;
    CniSettings settings;
    int pods;
    const char* blocks;
    int unused;
  };
  const auto eni = [](int warm) { return CniSettings{.warm_eni_target = warm}; };
  const auto ip = [](int warm, int minimum) {
    return CniSettings{.warm_ip_target = warm, .minimum_ip_target = minimum};
  };
  const auto prefix = [](int warm) {
    return CniSettings{.prefix_delegation = true, .warm_prefix_target = warm};
  };
  const auto prefix_ip = [](int warm, int minimum) {
    return CniSettings{.prefix_delegation = true, .warm_ip_target = warm, .minimum_ip_target = minimum};
  };
  for (const Row& row : std::vector<Row>{
           {"t3.small", eni(1), 0, "3", 3},
           {"t3.small", eni(1), 5, "3,3,3", 4},
           {"t3.small", eni(1), 9, "3,3,3", 0},
           {"t3.small", ip(1, 1), 0, "1", 1},
           {"t3.small", ip(1, 1), 5, "3,3", 1},
           {"t3.small", ip(1, 1), 9, "3,3,3", 0},
           {"t3.small", ip(2, 5), 0, "3,2", 5},
           {"t3.small", ip(2, 5), 5, "3,3,1", 2},
           {"t3.small", ip(2, 5), 9, "3,3,3", 0},
           {"p3dn.24xlarge", eni(1), 0, "49", 49},
           {"p3dn.24xlarge", eni(1), 3, "49,49", 95},
           {"p3dn.24xlarge", eni(1), 95, "49,49,49", 52},
           {"p3dn.24xlarge", ip(5, 10), 0, "10", 10},
           {"p3dn.24xlarge", ip(5, 10), 7, "12", 5},
           {"p3dn.24xlarge", ip(5, 10), 15, "20", 5},
           {"p3dn.24xlarge", ip(5, 10), 45, "49,1", 5},
           {"t3.small", prefix(1), 0, "1", 16},
           {"t3.small", prefix(1), 5, "2", 27},
           {"t3.small", prefix(1), 16, "2", 16},
           {"t3.small", prefix(1), 17, "3", 31},
           {"t3.small", prefix(1), 58, "3,2", 22},
           {"t3.small", prefix_ip(1, 1), 0, "1", 16},
           {"t3.small", prefix_ip(1, 1), 5, "1", 11},
           {"t3.small", prefix_ip(1, 1), 17, "2", 15},
           {"t3.small", prefix_ip(1, 1), 58, "3,1", 6},
           {"t3.small", prefix_ip(7, 20), 5, "2", 27},
           {"t3.small", prefix_ip(7, 20), 17, "2", 15},
           {"p3dn.24xlarge", prefix_ip(5, 10), 0, "1", 16},
           {"p3dn.24xlarge", prefix_ip(5, 10), 7, "1", 9},
           {"p3dn.24xlarge", prefix_ip(5, 10), 15, "2", 17},
       }) {
    start(row.type, row.settings, {}, 1000);
    EXPECT_EQ(pods(row.pods), row.pods);
    const std::string name =
        std::string(row.type) + ", " + std::to_string(row.pods) + " pods, expected " + row.blocks;
    EXPECT_EQ(blocks(), row.blocks) << name;
    EXPECT_EQ(network_->pool("node-1").stats(row.settings).available(), row.unused) << name;
  }
}

TEST_F(PodNetworkTest, ANodeAddressesSoManyPodsAndNoMore) {
  struct Row {
    const char* type;
    bool prefixes;
    int pods;
  };
  for (const Row& row : {Row{"t3.micro", false, 2}, Row{"t3.small", false, 9}, Row{"m5.large", false, 27},
                         Row{"t3.small", true, 110}}) {
    start(row.type, {.prefix_delegation = row.prefixes, .warm_prefix_target = 1});
    EXPECT_EQ(pods(130) >= row.pods, true) << row.type;
    if (row.prefixes) continue;
    EXPECT_EQ(std::ssize(addresses_), row.pods) << row.type;
    EXPECT_THAT(network_->shortage("node-1", kernel_->now()),
                testing::Pair(AddressShortage::kInterfacesFull,
                              HasSubstr("without prefix delegation, all of them in use")));
    addresses_.clear();
  }
}

TEST_F(PodNetworkTest, ANewInterfaceTakesTenSecondsAndLooksAreFiveSecondsApart) {
  start("t3.small", {.warm_eni_target = 0});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(network_->assign(*kernel_, "node-1"));
  EXPECT_FALSE(network_->assign(*kernel_, "node-1"));
  EXPECT_EQ(network_->shortage("node-1", kernel_->now()).first, AddressShortage::kGrowing);
  SimTime came;
  for (int second = 0; second < 30 && came == SimTime(); ++second) {
    run(1_s);
    if (blocks() == "3,3") came = kernel_->now();
  }
  EXPECT_GE(came, SimTime::at(10_s));
  EXPECT_LE(came, SimTime::at(16_s));
  EXPECT_TRUE(network_->assign(*kernel_, "node-1"));
}

TEST_F(PodNetworkTest, ASubnetThatRunsShortIsAskedAgainAfterTwoMinutes) {
  // A /28: 11 addresses, one for the node, three for its first interface, four for the second.
  start("t3.small", {}, {subnet("tiny", "10.0.0.0/28")});
  EXPECT_EQ(pods(9), 6);
  EXPECT_EQ(blocks(), "3,3");
  EXPECT_EQ(space_->free(0), 3) << "a third interface needs four: EC2 gives all or nothing";
  EXPECT_FALSE(network_->assign(*kernel_, "node-1"));
  EXPECT_THAT(network_->shortage("node-1", kernel_->now()),
              testing::Pair(AddressShortage::kSubnetFull,
                            "subnet tiny has 3 free addresses left; a further network interface takes 4"));
}

TEST_F(PodNetworkTest, PrefixesNeedWholeBlocks) {
  start("t3.small", {.prefix_delegation = true, .warm_prefix_target = 1},
        {subnet("fragmented", "10.0.0.0/23", 250)});
  ASSERT_EQ(space_->free_blocks(0), 0);
  EXPECT_EQ(pods(1), 0);
  EXPECT_THAT(network_->shortage("node-1", kernel_->now()),
              testing::Pair(AddressShortage::kNoWholeBlock,
                            "subnet fragmented has 256 free addresses, but no whole /28 blocks"));
}

TEST_F(PodNetworkTest, InterfacesGoToAnotherSubnetOfTheZoneIfItHasTheTag) {
  Subnet other = subnet("more", "10.1.0.0/24");
  start("t3.small", {}, {subnet("tiny", "10.0.0.0/28"), other});
  pods(9);
  EXPECT_EQ(blocks(), "3,3");
  other.tags.set("kubernetes.io/role/cni", "1");
  addresses_.clear();
  start("t3.small", {}, {subnet("tiny", "10.0.0.0/28"), other});
  EXPECT_EQ(pods(9), 9);
  EXPECT_EQ(network_->pool("node-1").interfaces()[1].subnet, 1u) << "the emptiest first";
}

TEST_F(PodNetworkTest, WithoutPrefixDelegationTheFreePrefixesGoAndTheOthersKeepTheirPlace) {
  const CniSettings prefixes{.prefix_delegation = true, .warm_prefix_target = 1};
  start("t3.small", prefixes);
  EXPECT_EQ(pods(20), 20);
  EXPECT_EQ(blocks(), "3");
  network_->restart(*kernel_, "node-1", {}, JournalId::kNone);
  run(10_min);
  // Two prefixes with pods, one address beside them; then two more interfaces of three.
  EXPECT_EQ(network_->pool("node-1").stats({}).total, 1 + 3);
  EXPECT_EQ(pods(12), 1 + 3 + 3);
  EXPECT_EQ(blocks(), "3,3,3");
}

TEST_F(PodNetworkTest, WhatANodeHadIsFreeWhenItHasGone) {
  start("m5.large", {});
  const std::int64_t before = space_->free(0) + 10;
  pods(20);
  network_->remove_node(*space_, "node-1");
  EXPECT_EQ(space_->free(0), before);
  run(10_min);
  EXPECT_EQ(space_->free(0), before);
}

TEST_F(PodNetworkTest, InterfacesThatNobodyNeedsAreDetached) {
  start("t3.small", {});
  pods(9);
  ASSERT_EQ(blocks(), "3,3,3");
  for (const auto address : addresses_) network_->release(*kernel_, "node-1", address);
  run(10_min);
  EXPECT_EQ(blocks(), "3") << "available 3 < 2 * 3, after 6 were given up one interface at a time";
}

TEST_F(PodNetworkTest, AnIdleNodeHasNoEvents) {
  start("m5.large", {.prefix_delegation = true, .warm_prefix_target = 1});
  run(10_min);
  const std::uint64_t before = kernel_->events_fired();
  run(10_min);
  EXPECT_EQ(kernel_->events_fired(), before);
}

TEST(CniSettings, AreReadFromThePodOfTheDaemonSet) {
  api::Pod pod;
  pod.metadata.namespace_ = "kube-system";
  pod.metadata.labels = api::LabelMap{{"k8s-app", "aws-node"}};
  api::PodSpec& spec = pod.spec.edit();
  spec.containers.resize(1);
  spec.containers[0].name = "aws-node";
  spec.containers[0].env = {{"ENABLE_PREFIX_DELEGATION", "true", {}, {}},
                            {"WARM_PREFIX_TARGET", "1", {}, {}},
                            {"WARM_ENI_TARGET", "many", {}, {}}};
  const auto settings = cni_settings_of(pod);
  ASSERT_TRUE(settings);
  EXPECT_EQ(*settings,
            (CniSettings{.prefix_delegation = true, .warm_eni_target = 1, .warm_prefix_target = 1}));
  pod.metadata.namespace_ = "default";
  EXPECT_FALSE(cni_settings_of(pod));
}

}  // namespace
}  // namespace seatrial::cluster
