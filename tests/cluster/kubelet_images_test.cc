// How one node's kubelet gets images: over its link, from registries that may refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cluster/kubelet/kubelet.h"
#include "tests/cluster/world.h"

namespace seatrial::cluster {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

constexpr const char* kApp = "containers: [{name: app, image: 'app:1'}]";

TEST(KubeletImages, ImagesComeOverTheLink) {
  KubeletConfig config = with();
  config.all_images_present = false;
  config.images["app:1"].size_bytes = 500'000'000;
  cloud::RegistryConfig registry;
  registry.hosts = {"docker.io"};
  registry.bytes_per_second = 100'000'000;
  registry.latency = Distribution::constant(1_s);
  config.registries = {registry};
  World world(std::move(config));
  world.pod(kApp);
  world.run_until(30_s);
  EXPECT_TRUE(world.ready());
  EXPECT_THAT(world.when("listening"), AllOf(Ge(at(6_s)), Le(at(9_s))));
  EXPECT_THAT(world.message("Pulled"), AllOf(HasSubstr("Successfully pulled image \"app:1\" in 6s"),
                                             HasSubstr("Image size: 500000000 bytes.")));
}

TEST(KubeletImages, ARefusedPullIsBackedOff) {
  KubeletConfig config = with();
  config.all_images_present = false;
  config.images["app:1"].pull_error = "not found";
  World world(std::move(config));
  world.pod(kApp);
  world.run_until(40_s);
  EXPECT_THAT(world.waiting(), testing::AnyOf("ErrImagePull", "ImagePullBackOff"));
  EXPECT_THAT(world.reasons(), AllOf(Contains("Pulling"), Contains("Failed"), Contains("BackOff")));
  EXPECT_EQ(world.message("BackOff"), "Back-off pulling image \"app:1\"");
  world.remove(30);
  world.run_until(45_s);
  EXPECT_EQ(world.stored(), nullptr);  // what never ran is gone soon
}

// Attempts are made at syncs, 10 to 16 s apart after an error: those that the back-off of 10, 20, 40 s … lets
// through pull.
TEST(KubeletImages, APullBeyondTheLimitIsTriedAgainUntilTheWindowHasPassed) {
  KubeletConfig config = with();
  config.all_images_present = false;
  cloud::RegistryConfig hub;
  hub.hosts = {"docker.io"};
  hub.pull_limit = cloud::PullLimit{1, {}, 100_s, 1};  // made at 0
  config.registries = {hub};
  World world(std::move(config));
  world.pod(kApp);
  world.run_until(60_s);
  EXPECT_THAT(world.message("Failed"),
              AllOf(HasSubstr("Failed to pull image \"app:1\": failed to pull and unpack image "
                              "\"docker.io/library/app:1\": failed to copy: "),
                    HasSubstr("toomanyrequests: You have reached your unauthenticated pull rate limit")));
  EXPECT_THAT(world.waiting(), testing::AnyOf("ErrImagePull", "ImagePullBackOff"));
  EXPECT_EQ(world.message("BackOff"), "Back-off pulling image \"app:1\"");
  world.run_until(240_s);
  EXPECT_TRUE(world.ready());
  const std::vector<SimTime> failed = world.records(RecordType::kPullFailed);
  ASSERT_GE(failed.size(), 3u);
  for (std::size_t i = 1; i < failed.size(); ++i) {
    const Duration wait = 10_s * (std::int64_t{1} << (i - 1));
    EXPECT_THAT(failed[i] - failed[i - 1], AllOf(Ge(wait), Le(wait + 17_s)));
  }
  EXPECT_THAT(world.when("listening"), AllOf(Ge(at(100_s)), Le(at(200_s))));
}

TEST(KubeletImages, AnImageThatIsPresentAsksTheRegistryWithAlwaysOnly) {
  for (const char* const policy : {"Always", "IfNotPresent"}) {
    KubeletConfig config = with();
    cloud::RegistryConfig hub;
    hub.hosts = {"docker.io"};
    hub.credentials = cloud::Credentials::kInvalid;
    hub.pull_limit = cloud::PullLimit{0, 0, 200_s, 0};
    config.registries = {hub};
    World world(std::move(config));
    world.pod(std::string("containers: [{name: app, image: 'app:1', imagePullPolicy: ") + policy + "}]");
    world.run_until(30_s);
    EXPECT_EQ(world.ready(), policy == std::string("IfNotPresent"));
    world.kubelet.registries().begin_change({"docker.io", cloud::Credentials::kValid, {}, {}, false});
    world.run_until(80_s);
    EXPECT_TRUE(world.ready()) << "a version check is no pull";
  }
}

TEST(KubeletImages, NeverPullMeansNever) {
  KubeletConfig config = with();
  config.all_images_present = false;
  World world(std::move(config));
  world.pod("containers: [{name: app, image: 'app:1', imagePullPolicy: Never}]");
  world.run_until(5_s);
  EXPECT_EQ(world.waiting(), "ErrImageNeverPull");
}

}  // namespace
}  // namespace seatrial::cluster
