#include "sim/cluster/metrics_server.h"

#include <gtest/gtest.h>

#include "sim/api/kinds.h"
#include "sim/api/manifests.h"
#include "sim/cluster/components.h"

namespace seatrial::cluster {
namespace {

using namespace literals;

// One container in each pod that runs; 250 thousandths of a core are used all the time.
class Steady final : public UsageSource {
 public:
  explicit Steady(SimTime now) : now_(now) {}
  std::vector<ContainerPoint> points_of(const api::Pod& pod) const override {
    if (pod.status.phase != api::PodPhase::kRunning) return {};
    const SimTime began = *pod.status.start_time;
    return {{"web", began, now_, 250 * ((now_ - began) / 1_us), 100 << 20, {}}};
  }

 private:
  SimTime now_;
};

class MetricsServerTest : public ::testing::Test {
 protected:
  MetricsServerTest() {
    api_.watches().add_consumer(kernel_, "all", {api::Kind::kHorizontalPodAutoscaler, api::Kind::kPod},
                                kChecksComponent, Distribution::constant(Duration()));
    create("{apiVersion: v1, kind: Namespace, metadata: {name: ns}}");
    create("{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: ns}}");
  }
  void run(Duration duration) {
    kernel_.run_until(kernel_.now() + duration, [&](const Event& event) {
      if (event.component == kMetricsComponent) {
        rounds_ += event.type == 0 ? 1 : 0;
        server_.handle(kernel_, api_, Steady(kernel_.now()), event);
      } else if (event.component == kWatchComponent) {
        server_.on_commit(kernel_, api_.watches().take(event).change);
      }
    });
  }
  api::ObjectPtr create(const std::string& manifest) {
    const api::Manifests read = api::parse_manifests(manifest, "test.yaml");
    EXPECT_TRUE(read.problems.empty()) << manifest;
    ApiRequest request;
    request.object = read.objects.at(0).object;
    return api_.execute(kernel_, request).value();
  }
  api::ObjectPtr autoscaler() {
    return create(
        "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web, namespace: ns}, "
        "spec: "
        "{maxReplicas: 2, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}}");
  }
  // A pod that began to run `age` ago.
  std::shared_ptr<const api::Pod> pod(Duration age, const std::string& name = "web") {
    const api::ObjectPtr made = create("{apiVersion: v1, kind: Pod, metadata: {name: " + name +
                                       ", namespace: ns}, spec: {nodeName: node-1, "
                                       "containers: "
                                       "[{name: web, image: w}]}}");
    auto running = api::clone(static_cast<const api::Pod&>(*made));
    running->status.phase = api::PodPhase::kRunning;
    running->status.start_time = kernel_.now() - age;
    ApiRequest request;
    request.verb = Verb::kPatchStatus;
    request.object = running;
    EXPECT_TRUE(api_.execute(kernel_, request));
    return running;
  }
  std::optional<PodUsage> usage(const std::shared_ptr<const api::Pod>& pod) {
    return api_.metrics().usage_of(std::vector{pod}, kernel_.now()).front();
  }

  Kernel kernel_{1};
  ApiServer api_{kernel_, {}};
  MetricsServer server_{kernel_, {}};
  int rounds_ = 0;
};

TEST_F(MetricsServerTest, UsageIsWhatCameBetweenTwoPoints) {
  const SimTime start = SimTime::at(100_s);
  const ContainerPoint before{"web", start, start + 5_s, 1'000'000, 1, {}};
  ContainerPoint now{"web", start, start + 15_s, 2'501'000'000, 2, {}};
  EXPECT_EQ(usage_between(before, now).cpu, 250);
  EXPECT_EQ(usage_between(before, now).memory, 2000);  // thousandths of bytes
  now.cpu = *now.cpu + 1;
  EXPECT_EQ(usage_between(before, now).cpu, 251);  // rounded up, as a quantity's thousandths are
  now.cpu_limit = 100;
  EXPECT_EQ(usage_between(before, now).cpu, 100);
  now.cpu.reset();
  EXPECT_EQ(usage_between(before, now).cpu, std::nullopt);
}

// Fifteen minutes of an old pod: what is published is what came between two looks, which are 10 to 20 s apart
// and seen up to a round late.
TEST_F(MetricsServerTest, PublishesWhatAPodUsedBetweenTwoLooks) {
  const auto old = pod(1_h);
  autoscaler();
  run(1_s);
  EXPECT_FALSE(usage(old));  // one point so far
  run(40_s);
  std::set<Duration> windows;
  for (int i = 0; i < 60; ++i) {
    run(15_s);
    const auto used = usage(old);
    ASSERT_TRUE(used);
    EXPECT_EQ(used->containers.at(0).cpu, 250);
    EXPECT_GE(used->window, 10_s);
    EXPECT_LT(used->window, 35_s);  // it may have been looked at twice between two rounds
    EXPECT_GT(used->timestamp, kernel_.now() - 51_s);
    windows.insert(used->window);
  }
  EXPECT_GT(windows.size(), 20u);  // drawn
}

TEST_F(MetricsServerTest, AContainerThatIsLookedAtAfterTenSecondsCountsFromItsStart) {
  autoscaler();
  run(1_s);
  std::vector<std::shared_ptr<const api::Pod>> fresh;
  for (int i = 0; i < 20; ++i) fresh.push_back(pod(1_s, "web-" + std::to_string(i)));
  run(25_s);  // each has been looked at twice, and a round has come since
  std::size_t from_start = 0;
  for (const auto& p : fresh) {
    const auto used = usage(p);
    if (!used) continue;
    EXPECT_NEAR(static_cast<double>(*used->containers.at(0).cpu), 250, 1);  // rounded up
    EXPECT_GE(used->window, 10_s);
    from_start += used->window < 15_s && used->timestamp - *p->status.start_time < 15_s;
  }
  EXPECT_GT(from_start, 0u);
  EXPECT_LT(from_start, fresh.size());  // the others were 15 s old at their second look
}

TEST_F(MetricsServerTest, AYoungContainerWaitsForItsSecondLook) {
  autoscaler();
  run(1_s);
  const auto young = pod(1_s);
  run(8_s);
  EXPECT_FALSE(usage(young));
}

TEST_F(MetricsServerTest, WhatHasEndedIsForgotten) {
  const auto gone = pod(1_h);
  autoscaler();
  run(60_s);
  ASSERT_TRUE(usage(gone));
  auto ended = api::clone(*gone);
  ended->status.phase = api::PodPhase::kSucceeded;
  ApiRequest request;
  request.verb = Verb::kPatchStatus;
  request.object = ended;
  ASSERT_TRUE(api_.execute(kernel_, request));
  run(15_s);
  EXPECT_FALSE(usage(gone));
}

TEST_F(MetricsServerTest, ReadsOnlyWhileThereIsAnAutoscaler) {
  run(1_h);
  EXPECT_EQ(rounds_, 0);
  const auto hpa = autoscaler();
  run(60_s);
  EXPECT_GE(rounds_, 4);
  EXPECT_LE(rounds_, 6);
  ApiRequest request;
  request.verb = Verb::kDelete;
  request.ref = hpa->ref();
  ASSERT_TRUE(api_.execute(kernel_, request).has_value());
  run(16_s);
  const int until_then = rounds_;
  run(1_h);
  EXPECT_EQ(rounds_, until_then);
}

}  // namespace
}  // namespace seatrial::cluster
