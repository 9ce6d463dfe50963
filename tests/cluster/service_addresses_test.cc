#include "sim/cluster/service_addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace seatrial::cluster {
namespace {

api::Service service(const char* type = "ClusterIP", const char* address = "") {
  api::Service s;
  s.metadata.name = "web";
  s.type = type;
  s.cluster_ip = address;
  s.ports = {{}};
  s.ports.front().port = 80;
  return s;
}

ServiceAddresses addresses(const char* range = "10.0.0.0/28") {
  ServiceAddresses made(RandomStream(1, "tests/addresses"));
  made.set_range(*AddressRange::parse(range));
  return made;
}

TEST(ServiceAddresses, AreGivenOnceUntilTheRangeIsUsedUp) {
  ServiceAddresses given = addresses();  // 14 hosts, of which the first is default/kubernetes's
  std::set<std::string> seen;
  for (int i = 0; i < 13; ++i) {
    api::Service s = service();
    ASSERT_FALSE(given.allocate(s, nullptr));
    seen.insert(s.cluster_ip.str());
  }
  EXPECT_EQ(seen.size(), 13u);
  EXPECT_EQ(seen.count("10.0.0.0") + seen.count("10.0.0.1") + seen.count("10.0.0.15"), 0u);
  api::Service one_more = service();
  EXPECT_EQ(given.allocate(one_more, nullptr)->message,
            "Internal error occurred: failed to allocate a serviceIP: range is full");
  given.release(service("ClusterIP", "10.0.0.7"));
  EXPECT_FALSE(given.allocate(one_more, nullptr));
  EXPECT_EQ(one_more.cluster_ip.view(), "10.0.0.7");
}

TEST(ServiceAddresses, AreDrawnBehindTheReservedPart) {
  ServiceAddresses given = addresses("10.100.0.0/16");
  for (int i = 0; i < 200; ++i) {
    api::Service s = service();
    ASSERT_FALSE(given.allocate(s, nullptr));
    EXPECT_NE(s.cluster_ip.view().substr(0, 9), "10.100.0.") << s.cluster_ip.str();
  }
}

TEST(ServiceAddresses, MayBeAskedForByName) {
  ServiceAddresses given = addresses();
  api::Service first = service("ClusterIP", "10.0.0.9"), second = service("ClusterIP", "10.0.0.9"),
               outside = service("ClusterIP", "10.1.0.9"), kubernetes = service("ClusterIP", "10.0.0.1");
  EXPECT_FALSE(given.allocate(first, nullptr));
  EXPECT_THAT(given.allocate(second, nullptr)->message,
              testing::EndsWith("provided IP is already allocated"));
  EXPECT_THAT(given.allocate(kubernetes, nullptr)->message,
              testing::EndsWith("provided IP is already allocated"));
  EXPECT_THAT(
      given.allocate(outside, nullptr)->message,
      testing::EndsWith("the provided IP is not in the valid range. The range of valid IPs is 10.0.0.0/28"));
}

TEST(ServiceAddresses, AreNotForHeadlessAndExternalServices) {
  ServiceAddresses given = addresses();
  api::Service headless = service("ClusterIP", "None"), external = service("ExternalName");
  EXPECT_FALSE(given.allocate(headless, nullptr));
  EXPECT_FALSE(given.allocate(external, nullptr));
  EXPECT_EQ(headless.cluster_ip.view(), "None");
  EXPECT_TRUE(external.cluster_ip.empty());
}

TEST(ServiceAddresses, NodePortsComeAndGoWithTheType) {
  ServiceAddresses given = addresses();
  api::Service before = service("NodePort");
  ASSERT_FALSE(given.allocate(before, nullptr));
  const std::int32_t port = before.ports.front().node_port;
  EXPECT_GE(port, 30000 + 86);
  EXPECT_LE(port, 32767);
  api::Service other = service("NodePort");
  other.ports.front().node_port = port;
  EXPECT_THAT(given.allocate(other, nullptr)->message,
              testing::EndsWith("provided port is already allocated"));
  api::Service kept = service("LoadBalancer"), dropped = service("ClusterIP");
  given.keep(kept, before);
  ASSERT_FALSE(given.allocate(kept, &before));
  EXPECT_EQ(kept.ports.front().node_port, port);
  EXPECT_EQ(kept.cluster_ip, before.cluster_ip);
  given.keep(dropped, kept);
  ASSERT_FALSE(given.allocate(dropped, &kept));
  EXPECT_EQ(dropped.ports.front().node_port, 0);
  other.cluster_ip = {};
  EXPECT_FALSE(given.allocate(other, nullptr));
}

TEST(AddressRange, RefusesWhatIsNone) {
  EXPECT_EQ(AddressRange::parse("10.100.3.4/16")->str(), "10.100.0.0/16");
  for (const char* const text :
       {"", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "10.0.0.256/8", "x/8", "10.0.0.0/8x"})
    EXPECT_FALSE(AddressRange::parse(text)) << text;
}

}  // namespace
}  // namespace seatrial::cluster
