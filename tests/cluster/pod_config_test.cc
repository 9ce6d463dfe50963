// What pods need of ConfigMaps and Secrets: the words of the kubelet, and what it does until they are there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cluster/kubelet/pod_config.h"
#include "tests/cluster/world.h"

namespace seatrial::cluster {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;

constexpr const char *kMap =
                         "{apiVersion: v1, kind: ConfigMap, metadata: {name: web, namespace: ns}, data: {a: "
                         "x}, binaryData: {b: eA==}}",
                     *kSecret =
                         "{apiVersion: v1, kind: Secret, metadata: {name: db, namespace: ns}, data: {url: "
                         "eA==}}";

std::string app(const std::string& fields) {
  return "containers: [{name: app, image: 'app:1', " + fields + "}]";
}
std::string with_volume(const std::string& volume) {
  return app("volumeMounts: [{name: v, mountPath: /v}]") + ", volumes: [{name: v, " + volume + "}]";
}

struct Row {
  const char* name;
  std::string spec;
  std::string problem;  // of the container
  std::string volume;   // the problem of its volume
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class PodConfig : public testing::TestWithParam<Row> {};

TEST_P(PodConfig, IsLookedUpInTheStore) {
  const Row& row = GetParam();
  World world(with());
  world.apply(kMap);
  world.apply(kSecret);
  world.pod(row.spec);
  const std::string problem = container_config_problem(*world.stored(), 0, world.api.store());
  const std::vector<VolumeProblem> volumes = volume_problems(*world.stored(), world.api.store());
  EXPECT_EQ(problem.substr(0, problem.find(" (pod: ")), row.problem);
  ASSERT_EQ(volumes.size(), row.volume.empty() ? 0u : 1u);
  if (!row.volume.empty()) EXPECT_EQ(volumes.front().message, row.volume);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, PodConfig,
    testing::Values(
        Row{"Nothing", app("env: [{name: A, value: a}]"), "", ""},
        Row{"AllThere", app("envFrom: [{configMapRef: {name: web}}, {secretRef: {name: db}}]"), "", ""},
        Row{"EnvFromMap", app("envFrom: [{configMapRef: {name: lost}}]"), "configmap \"lost\" not found", ""},
        Row{"EnvFromSecret", app("envFrom: [{secretRef: {name: lost}}]"), "secret \"lost\" not found", ""},
        Row{"EnvFromOptional", app("envFrom: [{secretRef: {name: lost, optional: true}}]"), "", ""},
        Row{"Key", app("env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: url}}}]"), "", ""},
        Row{"KeyOfNoMap", app("env: [{name: A, valueFrom: {configMapKeyRef: {name: lost, key: a}}}]"),
            "configmap \"lost\" not found", ""},
        Row{"NoKeyOfMap", app("env: [{name: A, valueFrom: {configMapKeyRef: {name: web, key: b}}}]"),
            "couldn't find key b in ConfigMap ns/web", ""},
        Row{"NoKeyOfSecret", app("env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: lost}}}]"),
            "couldn't find key lost in Secret ns/db", ""},
        Row{"KeyOptional",
            app("env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: lost, optional: true}}}]"), "",
            ""},
        Row{"SecretVolume", with_volume("secret: {secretName: lost}"), "", "secret \"lost\" not found"},
        Row{"SecretVolumeOptional", with_volume("secret: {secretName: lost, optional: true}"), "", ""},
        Row{"VolumeThatNobodyMounts", app("args: [a]") + ", volumes: [{name: v, secret: {secretName: lost}}]",
            "", ""},
        Row{"MapVolume", with_volume("configMap: {name: web, items: [{key: b, path: b}]}"), "", ""},
        Row{"NoItemOfMap", with_volume("configMap: {name: web, items: [{key: c, path: c}]}"), "",
            "configmap references non-existent config key: c"},
        Row{"NoItemOfSecret", with_volume("secret: {secretName: db, items: [{key: c, path: c}]}"), "",
            "references non-existent secret key: c"},
        Row{"Projected",
            with_volume("projected: {sources: [{configMap: {name: web}}, {secret: {name: lost}}]}"), "",
            "secret \"lost\" not found"},
        Row{"ProjectedTwo",
            with_volume("projected: {sources: [{configMap: {name: one}}, {secret: {name: two}}]}"), "",
            "[configmap \"one\" not found, secret \"two\" not found]"},
        Row{"RootOfContainer", app("securityContext: {runAsNonRoot: true, runAsUser: 0}"),
            "container's runAsUser breaks non-root policy", ""},
        Row{"RootOfPod",
            app("securityContext: {runAsUser: 0}") + ", securityContext: {runAsNonRoot: true, runAsUser: 7}",
            "container's runAsUser breaks non-root policy", ""},
        Row{"ContainerSaysOtherwise",
            app("securityContext: {runAsUser: 7}") + ", securityContext: {runAsNonRoot: true, runAsUser: 0}",
            "", ""},
        Row{"RootIsAllowed", app("securityContext: {runAsUser: 0}"), "", ""}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(PodConfigOfKubelet, AContainerWaitsForItsConfigMapAndStartsAtASyncAfterIt) {
  World world(with());
  world.pod(app("envFrom: [{configMapRef: {name: web}}]"));
  world.run_until(20_s);
  EXPECT_EQ(world.waiting(), "CreateContainerConfigError");
  EXPECT_EQ(std::get<api::ContainerStateWaiting>(world.container().state).message,
            "configmap \"web\" not found");
  EXPECT_EQ(world.message("Failed"), "Error: configmap \"web\" not found");
  EXPECT_THAT(world.reasons(), AllOf(Contains("Pulled"), Not(Contains("Started"))));
  world.run_until(60_s);
  const std::vector<SimTime> tries = world.records(RecordType::kConfigMissing);
  ASSERT_GE(tries.size(), 4u);
  // The first again at once: the sandbox that the first sync made is noticed.
  for (std::size_t i = 2; i < tries.size(); ++i)
    EXPECT_THAT(tries[i] - tries[i - 1], AllOf(Ge(10_s), Le(17_s)));
  world.apply(kMap);
  world.run_until(80_s);
  EXPECT_TRUE(world.ready());
  EXPECT_GE(world.when("listening"), at(60_s));
}

TEST(PodConfigOfKubelet, AVolumeIsTriedAgainAtDoublingTimesUntilItsSecretIsThere) {
  World world(with());
  world.pod(with_volume("secret: {secretName: db}"));
  world.run_until(20_s);
  EXPECT_EQ(world.waiting(), "ContainerCreating");
  EXPECT_EQ(world.message("FailedMount"),
            "MountVolume.SetUp failed for volume \"v\" : secret \"db\" not found");
  const std::vector<SimTime> tries = world.records(RecordType::kConfigMissing);
  ASSERT_EQ(tries.size(), 6u);  // at 0.3 s, and 0.5, 1, 2, 4 and 8 s later
  for (std::size_t i = 1; i < tries.size(); ++i)
    EXPECT_EQ(tries[i] - tries[i - 1], 500_ms * (std::int64_t{1} << (i - 1)));
  world.apply(kSecret);
  world.run_until(31_s);
  EXPECT_FALSE(world.ready());  // the next try is 16 s after the last
  world.run_until(36_s);
  EXPECT_TRUE(world.ready());
}

TEST(PodConfigOfKubelet, TheLongestWaitForAMountIsTwoMinutesAndTwoSeconds) {
  EXPECT_EQ(mount_backoff(8), 64_s);
  EXPECT_EQ(mount_backoff(9), 122_s);
  EXPECT_EQ(mount_backoff(1000), 122_s);
}

TEST(PodConfigOfKubelet, APodThatWaitsIsDeletedLikeAnyOther) {
  World world(with());
  world.pod(with_volume("secret: {secretName: db}"));
  world.run_until(10_s);
  world.remove(30);
  world.run_until(15_s);
  EXPECT_EQ(world.stored(), nullptr);
}

}  // namespace
}  // namespace seatrial::cluster
