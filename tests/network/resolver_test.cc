// What a pod's resolver asks for: resolv.conf by dnsPolicy and dnsConfig, and the names in their order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/api/manifests.h"
#include "sim/network/dns/resolver.h"

namespace seatrial::network {
namespace {

using testing::ElementsAre;
using Strings = std::vector<std::string>;

const ClusterDns kCluster{"cluster.local", "10.100.0.10", {"eu-west-2.compute.internal"}};
const Strings kSearch{"shop.svc.cluster.local", "svc.cluster.local", "cluster.local",
                      "eu-west-2.compute.internal"};

ResolvConf conf_of(PodDns pod = {}) { return resolv_conf(pod, "shop", kCluster); }

struct Row {
  const char* name;
  const char* asked;
  std::int32_t ndots;
  Strings names;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

std::vector<Row> rows() {
  const auto searched = [](const std::string& name, bool first) {
    Strings all;
    if (first) all.push_back(name);
    for (const std::string& suffix : kSearch) all.push_back(name + "." + suffix);
    if (!first) all.push_back(name);
    return all;
  };
  return {
      {"ExternalNameIsSearchedFirst", "api.example.com", 5, searched("api.example.com", false)},
      {"ServiceOfItsNamespace", "prices", 5, searched("prices", false)},
      {"TrailingDotIsAsItIs", "api.example.com.", 5, {"api.example.com"}},
      {"AsManyDotsAsNdotsComesFirst", "a.b.c.d.e.f", 5, searched("a.b.c.d.e.f", true)},
      {"OneFewerIsSearchedFirst", "a.b.c.d.e", 5, searched("a.b.c.d.e", false)},
      {"NdotsOne", "api.example.com", 1, searched("api.example.com", true)},
      {"NdotsOneWithoutADot", "prices", 1, searched("prices", false)},
      {"NdotsZeroWithoutADot", "prices", 0, searched("prices", true)},
  };
}

class NamesToAsk : public testing::TestWithParam<Row> {};
TEST_P(NamesToAsk, InTheOrderOfGlibc) {
  ResolvConf conf = conf_of();
  conf.ndots = GetParam().ndots;
  EXPECT_EQ(names_to_ask(conf, GetParam().asked), GetParam().names);
}
INSTANTIATE_TEST_SUITE_P(All, NamesToAsk, testing::ValuesIn(rows()),
                         [](const auto& row) { return row.param.name; });

TEST(ResolvConf, ClusterFirstHasTheClustersSearchListAndFiveDots) {
  const ResolvConf conf = conf_of();
  EXPECT_TRUE(conf.cluster);
  EXPECT_EQ(conf.search, kSearch);
  EXPECT_EQ(conf.ndots, 5);
  EXPECT_EQ(conf.attempts, 2);
  EXPECT_EQ(conf.timeout, Duration::seconds(5));
}

TEST(ResolvConf, ThoseOfTheHostsNetworkAskTheNodesServerUnlessTheySayOtherwise) {
  PodDns pod;
  pod.host_network = true;
  EXPECT_FALSE(conf_of(pod).cluster);
  EXPECT_THAT(conf_of(pod).search, ElementsAre("eu-west-2.compute.internal"));
  EXPECT_EQ(conf_of(pod).ndots, 1);
  pod.policy = "ClusterFirstWithHostNet";
  EXPECT_TRUE(conf_of(pod).cluster);
  pod = {};
  pod.policy = "Default";
  EXPECT_FALSE(conf_of(pod).cluster);
}

TEST(ResolvConf, NoneHasNothingButDnsConfig) {
  PodDns pod;
  pod.policy = "None";
  pod.nameservers = {"10.0.0.2"};
  pod.searches = {"example.com"};
  EXPECT_FALSE(conf_of(pod).cluster);
  EXPECT_THAT(conf_of(pod).search, ElementsAre("example.com"));
  pod.nameservers = {"10.100.0.10"};
  EXPECT_TRUE(conf_of(pod).cluster);
}

TEST(ResolvConf, DnsConfigIsAppendedAndItsOptionsWin) {
  PodDns pod;
  pod.searches = {"example.com", "cluster.local"};
  pod.options = {{"ndots", "1"}, {"timeout", "99"}, {"attempts", "0"}, {"no-aaaa", ""}, {"edns0", ""}};
  const ResolvConf conf = conf_of(pod);
  EXPECT_THAT(conf.search, ElementsAre("shop.svc.cluster.local", "svc.cluster.local", "cluster.local",
                                       "eu-west-2.compute.internal", "example.com"));
  EXPECT_EQ(conf.ndots, 1);
  EXPECT_EQ(conf.timeout, Duration::seconds(30));  // glibc's RES_MAXRETRANS
  EXPECT_EQ(conf.attempts, 1);
  EXPECT_FALSE(conf.ipv6);
}

TEST(ResolvConf, IsReadFromAPod) {
  const api::Manifests manifests = api::parse_manifests(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  dnsPolicy: None\n  dnsConfig: {nameservers: "
      "[10.0.0.2], searches: [example.com], options: [{name: ndots, value: \"2\"}, {name: edns0}]}\n"
      "  containers: [{name: c, image: i}]\n",
      "p.yaml");
  ASSERT_EQ(manifests.objects.size(), 1u);
  const PodDns pod = pod_dns(*static_cast<const api::Pod&>(*manifests.objects.front().object).spec);
  EXPECT_EQ(pod.policy, "None");
  EXPECT_THAT(pod.nameservers, ElementsAre("10.0.0.2"));
  EXPECT_THAT(pod.searches, ElementsAre("example.com"));
  EXPECT_EQ(conf_of(pod).ndots, 2);
}

TEST(ResolvConf, ANameIsWithinADomainByWholeLabels) {
  EXPECT_TRUE(is_within("a.svc.cluster.local", "cluster.local"));
  EXPECT_TRUE(is_within("cluster.local", "cluster.local"));
  EXPECT_FALSE(is_within("a.mycluster.local", "cluster.local"));
}

}  // namespace
}  // namespace seatrial::network
