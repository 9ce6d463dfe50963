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
    api_.watches().add_consumer(kernel_, "all", {api::Kind::kHorizontalPodAutoscaler}, kChecksComponent,
                                Distribution::constant(Duration()));
    create("{apiVersion: v1, kind: Namespace, metadata: {name: ns}}");
    create("{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: ns}}");
  }
  void run(Duration duration) {
    kernel_.run_until(kernel_.now() + duration, [&](const Event& event) {
      if (event.component == kMetricsComponent) {
        ++rounds_;
        server_.handle(kernel_, api_, Steady(kernel_.now()));
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
  std::shared_ptr<const api::Pod> pod(Duration age) {
    const api::ObjectPtr made = create(
        "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: ns}, spec: {nodeName: node-1, "
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

TEST_F(MetricsServerTest, PublishesWhatAPodUsedInItsWindow) {
  const auto old = pod(1_h);
  autoscaler();
  run(1_s);
  EXPECT_FALSE(usage(old));  // one point so far
  run(15_s);
  ASSERT_TRUE(usage(old));
  EXPECT_EQ(usage(old)->containers.at(0).cpu, 250);
  EXPECT_LE(usage(old)->window, 15_s);
  run(15_s);
  EXPECT_EQ(usage(old)->window, 15_s);
  EXPECT_GT(usage(old)->timestamp, kernel_.now() - 16_s);
}

TEST_F(MetricsServerTest, AFreshContainerCountsFromItsStart) {
  const auto fresh = pod(12_s);
  autoscaler();
  run(1_ms);
  ASSERT_TRUE(usage(fresh));
  EXPECT_EQ(usage(fresh)->containers.at(0).cpu, 250);
  EXPECT_EQ(usage(fresh)->window / 1_s, 12);
}

TEST_F(MetricsServerTest, ANewContainerWaitsForItsSecondPoint) {
  const auto young = pod(2_s);
  autoscaler();
  run(1_ms);
  EXPECT_FALSE(usage(young));
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
