#include <gmock/gmock.h>

#include "sim/controllers/endpointslice_math.h"
#include "tests/controllers/cluster.h"

namespace seatrial::controllers {
namespace {

using api::EndpointSlice;
using api::Pod;
using api::Service;
using testing::ElementsAre;
using testing::SizeIs;

// ---- Plans ----

PortGroup group_of(std::uint32_t first, std::uint32_t count) {
  PortGroup group;
  group.ports = {{"http", "TCP", {}, 8080}};
  for (std::uint32_t i = first; i < first + count; ++i) {
    api::Endpoint endpoint;
    endpoint.target = {i};
    endpoint.address = "10.0.0." + std::to_string(i);
    endpoint.ready = endpoint.serving = true;
    group.endpoints.push_back(endpoint);
  }
  return group;
}

std::vector<std::shared_ptr<const EndpointSlice>> slices_of(const std::vector<PortGroup>& groups) {
  std::vector<std::shared_ptr<const EndpointSlice>> slices;
  for (const PortGroup& group : groups) {
    auto slice = std::make_shared<EndpointSlice>();
    slice->index = static_cast<std::uint32_t>(slices.size());
    slice->ports = group.ports;
    slice->endpoints = group.endpoints;
    slices.push_back(slice);
  }
  return slices;
}

std::vector<std::size_t> sizes(const std::vector<EndpointSlice>& slices) {
  std::vector<std::size_t> found;
  for (const EndpointSlice& slice : slices) found.push_back(slice.endpoints.size());
  return found;
}

TEST(SlicePlanTest, AHundredEndpointsFillASlice) {
  const std::vector<PortGroup> groups = {group_of(0, 230)};
  EXPECT_THAT(sizes(plan_slices(groups, {}, {}).create), ElementsAre(100, 100, 30));
}

TEST(SlicePlanTest, NewEndpointsGoToTheSliceThatHasRoomForAll) {
  const auto existing = slices_of({group_of(0, 100), group_of(100, 10), group_of(110, 50)});
  const std::vector<PortGroup> groups = {group_of(0, 165)};
  const SlicePlan plan = plan_slices(groups, existing, {});
  EXPECT_THAT(plan.create, SizeIs(0));
  EXPECT_THAT(plan.remove, SizeIs(0));
  EXPECT_THAT(sizes(plan.update), ElementsAre(55));
  EXPECT_EQ(plan.update.front().index, 2U);
}

TEST(SlicePlanTest, ASliceThatIsWrittenAnywayIsFilledFirst) {
  auto changed = group_of(100, 10);
  changed.endpoints.front().ready = false;
  const auto existing = slices_of({group_of(0, 60), changed});
  const std::vector<PortGroup> groups = {[] {
    PortGroup all = group_of(0, 60);
    const PortGroup more = group_of(100, 15);
    all.endpoints.insert(all.endpoints.end(), more.endpoints.begin(), more.endpoints.end());
    return all;
  }()};
  const SlicePlan plan = plan_slices(groups, existing, {});
  EXPECT_THAT(sizes(plan.update), ElementsAre(15));
  EXPECT_EQ(plan.update.front().index, 1U);
}

TEST(SlicePlanTest, NothingIsWrittenWhereNothingChanged) {
  const std::vector<PortGroup> groups = {group_of(0, 3)};
  const SlicePlan plan = plan_slices(groups, slices_of(groups), {});
  EXPECT_TRUE(plan.create.empty() && plan.update.empty() && plan.remove.empty());
}

TEST(SlicePlanTest, TheLastSliceBecomesEmptyInsteadOfBeingDeleted) {
  const SlicePlan plan = plan_slices({}, slices_of({group_of(0, 3)}), {});
  EXPECT_TRUE(plan.create.empty() && plan.remove.empty());
  ASSERT_THAT(plan.update, SizeIs(1));
  EXPECT_TRUE(plan.update.front().endpoints.empty());
  EXPECT_TRUE(plan.update.front().ports.empty());
}

TEST(PortsOn, NamedPortsAreThoseOfEachPod) {
  Service service;
  api::ServicePort http{"http", "TCP", {}, 80, 0, api::IntOrString{0, "web"}};
  api::ServicePort admin{"admin", "TCP", {}, 81, 0, api::IntOrString{9000, {}}};
  service.ports = {http, admin};
  api::PodSpec spec;
  spec.containers.emplace_back();
  EXPECT_THAT(ports_on(service, spec), ElementsAre(api::EndpointPort{"admin", "TCP", {}, 9000}));
  spec.containers.back().ports.push_back({"web", 8081, 0, "TCP", {}});
  EXPECT_EQ(ports_on(service, spec).front().port, 8081);
}

// ---- On a cluster ----

std::shared_ptr<Service> service_named(const char* name) {
  auto service = std::make_shared<Service>();
  service->metadata.name = name;
  service->metadata.namespace_ = "default";
  service->selector = {{"app", "web"}};
  service->ports.push_back({{}, "TCP", {}, 80, 0, api::IntOrString{8080, {}}});
  return service;
}

struct Counts {
  int ready = 0, serving = 0, terminating = 0;
  bool operator==(const Counts&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Counts& c) {
  return out << c.ready << " ready, " << c.serving << " serving, " << c.terminating << " terminating";
}
Counts counts(const TestCluster& cluster) {
  Counts sum;
  for (const auto& slice : cluster.all<EndpointSlice>()) {
    for (const api::Endpoint& endpoint : slice->endpoints) {
      sum.ready += endpoint.ready;
      sum.serving += endpoint.serving;
      sum.terminating += endpoint.terminating;
    }
  }
  return sum;
}

TEST(EndpointSlices, FollowThePodsOfAService) {
  TestCluster cluster(3);
  const auto service = cluster.create(service_named("web"));
  cluster.run(200_ms);
  ASSERT_THAT(cluster.all<EndpointSlice>(), SizeIs(1));  // an empty one stands for "no endpoints"
  const auto d = cluster.create(TestCluster::deployment("web", 4));
  cluster.run(5_s);
  EXPECT_EQ(counts(cluster), (Counts{4, 4, 0}));
  ASSERT_THAT(cluster.all<EndpointSlice>(), SizeIs(1));
  const EndpointSlice& slice = *cluster.all<EndpointSlice>().front();
  EXPECT_TRUE(slice.metadata.name.view().starts_with("web-"));
  EXPECT_EQ(slice.metadata.labels->get("kubernetes.io/service-name"), "web");
  EXPECT_EQ(slice.metadata.controller_ref()->uid, service->metadata.uid);
  EXPECT_EQ(slice.ports.front().port, 8080);
  EXPECT_EQ(slice.endpoints.front().zone, "zone-a");
  cluster.scale(d, 1);
  cluster.run(200_ms);
  EXPECT_EQ(counts(cluster), (Counts{1, 4, 3}));  // terminating pods stay, marked
  cluster.run(2_s);
  EXPECT_EQ(counts(cluster), (Counts{1, 1, 0}));
  cluster.remove(service);
  cluster.run(1_s);
  EXPECT_THAT(cluster.all<EndpointSlice>(), SizeIs(0));
}

TEST(EndpointSlices, PodsThatAreNotReadyArePublishedOnRequest) {
  TestCluster cluster(3);
  cluster.create(service_named("plain"));
  auto eager = service_named("eager");
  eager->publish_not_ready_addresses = true;
  cluster.create(eager);
  cluster.create(TestCluster::deployment("web", 2));
  cluster.run(700_ms);  // running, not ready yet
  EXPECT_EQ(counts(cluster), (Counts{2, 0, 0}));
}

TEST(EndpointSlices, TrafficDistributionGivesReadyEndpointsHints) {
  Service service;
  service.metadata.name = "web";
  Pod pod;
  pod.node_name = "node-1";
  pod.status.conditions.push_back({"Ready", api::ConditionStatus::kTrue, {}, {}, {}, {}, {}});
  const auto hints = [&](const char* distribution, const char* zone) {
    service.traffic_distribution = distribution;
    const api::Endpoint endpoint = endpoint_of(service, pod, zone);
    return std::pair(endpoint.for_its_zone, endpoint.for_its_node);
  };
  EXPECT_EQ(hints("", "a"), std::pair(false, false));
  EXPECT_EQ(hints("PreferClose", "a"), std::pair(true, false));
  EXPECT_EQ(hints("PreferSameZone", ""), std::pair(false, false));
  EXPECT_EQ(hints("PreferSameNode", "a"), std::pair(true, true));
  pod.metadata.deletion_timestamp = SimTime();
  EXPECT_EQ(hints("PreferSameNode", "a"), std::pair(false, false));
}

TEST(EndpointSlices, APodThatEndsChangesThemOnlyByItsReadiness) {
  Pod before;
  before.status.phase = api::PodPhase::kRunning;
  Pod after = before;
  after.status.phase = api::PodPhase::kFailed;
  EXPECT_FALSE(endpoint_changed(before, after));
  before.status.conditions.push_back({"Ready", api::ConditionStatus::kTrue, {}, {}, {}, {}, {}});
  EXPECT_TRUE(endpoint_changed(before, after));
  after = before;
  EXPECT_FALSE(endpoint_changed(before, after));
  after.metadata.deletion_timestamp = SimTime();
  EXPECT_TRUE(endpoint_changed(before, after));
  before = after;
  after.status.phase = api::PodPhase::kFailed;
  EXPECT_TRUE(endpoint_changed(before, after));
}

TEST(EndpointSlices, FollowAChangeOfTheSelector) {
  TestCluster cluster(3);
  const auto service = cluster.create(service_named("web"));
  cluster.create(TestCluster::deployment("web", 2));
  cluster.run(5_s);
  cluster.edit<Service>(service, [](Service& next) { next.selector = {{"app", "nobody"}}; });
  cluster.run(500_ms);
  EXPECT_EQ(counts(cluster), Counts());
  cluster.edit<Service>(service, [](Service& next) { next.selector = {{"app", "web"}}; });
  cluster.run(500_ms);
  EXPECT_EQ(counts(cluster), (Counts{2, 2, 0}));
  EXPECT_THAT(cluster.all<EndpointSlice>(), SizeIs(1));
}

TEST(EndpointSlices, APodOfANodeThatIsGoneIsLeftOutAndReportedAgainAndAgain) {
  TestCluster cluster(1);
  const auto service = cluster.create(service_named("web"));
  cluster.create(TestCluster::deployment("web", 1));
  cluster.run(5_s);
  const std::string pod = cluster.all<Pod>().front()->metadata.name.str();
  cluster.remove(cluster.all<api::Node>().front());
  cluster.run(2_s);
  EXPECT_EQ(counts(cluster), (Counts{1, 1, 0}));  // nobody has looked
  cluster.edit<Service>(service, [](Service& next) { next.metadata.labels = api::LabelMap{{"x", "y"}}; });
  cluster.run(500_ms);
  EXPECT_EQ(counts(cluster), Counts());
  EXPECT_THAT(
      cluster.events("Service"),
      ElementsAre("FailedToUpdateEndpointSlices Error updating Endpoint Slices for Service default/web: "
                  "skipping Pod " +
                  pod + " for Service default/web: Node node-1 Not Found"));
  const auto count = [&] {
    std::int32_t sum = 0;
    for (const auto& event : cluster.all<api::ApiEvent>()) {
      if (event->involved_kind == api::Symbol("Service")) sum += event->count;
    }
    return sum;
  };
  EXPECT_EQ(count(), 1);
  cluster.run(8_s);  // at 1, 3 and 7 s
  EXPECT_EQ(count(), 4);
}

TEST(EndpointSlices, ManyPodsShareSlicesOfAHundred) {
  TestCluster cluster(10);
  cluster.create(service_named("web"));
  cluster.create(TestCluster::deployment("web", 250));
  cluster.run(60_s);
  EXPECT_EQ(counts(cluster), (Counts{250, 250, 0}));
  for (const auto& slice : cluster.all<EndpointSlice>()) EXPECT_LE(slice->endpoints.size(), 100U);
}

}  // namespace
}  // namespace seatrial::controllers
