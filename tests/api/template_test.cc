#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/api/apps.h"
#include "sim/api/defaults.h"
#include "sim/api/resources.h"
#include "sim/api/template_hash.h"
#include "tests/api/objects.h"

namespace seatrial::api {
namespace {

PodTemplateSpec web_template() { return *as<Deployment>(object_of(kDeployment))->template_; }

TEST(TemplateHash, DigitsBecomeSafeCharacters) {
  EXPECT_EQ(safe_encode(1234567890u), "56789bcdf4");
  EXPECT_EQ(safe_encode(0), "4");
}

TEST(TemplateHash, ChangesWithEveryFieldOfTheTemplateAndWithTheCollisionCount) {
  const PodTemplateSpec plain = web_template();
  PodTemplateSpec image = plain, label = plain, hashed = plain;
  image.spec.edit().containers[0].image = "registry.example/web:1.4";
  label.labels.edit().set("tier", "front");
  hashed.labels.edit().set(kPodTemplateHash, "abc");
  const std::string hash = template_hash(plain, std::nullopt);
  EXPECT_NE(template_hash(image, std::nullopt), hash);
  EXPECT_NE(template_hash(label, std::nullopt), hash);
  EXPECT_NE(template_hash(plain, 0), hash);
  EXPECT_NE(template_hash(plain, 1), template_hash(plain, 0));
  EXPECT_EQ(template_hash(hashed, std::nullopt), hash);
  EXPECT_EQ(template_hash(web_template(), std::nullopt), hash);
  EXPECT_LE(hash.size(), 10u);
  EXPECT_EQ(hash.find_first_not_of(kSafeAlphabet), std::string::npos);
}

TEST(TemplateHash, AFieldThatNothingReadsMakesANewTemplate) {
  std::string text = kDeployment;
  text.replace(text.find("fsGroup: 1000"), 13, "fsGroup: 1001");
  const PodTemplateSpec changed = *as<Deployment>(object_of(text))->template_;
  EXPECT_FALSE(equal_ignoring_hash(changed, web_template()));
  EXPECT_NE(template_hash(changed, std::nullopt), template_hash(web_template(), std::nullopt));
}

TEST(TemplateHash, EqualityIgnoresTheHashLabelOnly) {
  PodTemplateSpec a = web_template(), b = a;
  b.labels.edit().set(kPodTemplateHash, "abc");
  EXPECT_TRUE(equal_ignoring_hash(a, b));
  b.labels.edit().set("x", "y");
  EXPECT_FALSE(equal_ignoring_hash(a, b));
}

TEST(RandomSuffix, IsMadeOfFiveDraws) {
  unsigned draw = 0;
  EXPECT_EQ(random_suffix([&](unsigned bound) { return draw++ % bound; }), "bcdfg");
}

Container container(const char* request, const char* limit, bool sidecar = false) {
  Container c;
  if (*request) c.resources.requests["cpu"] = *Quantity::parse(request);
  if (*limit) c.resources.limits["cpu"] = *Quantity::parse(limit);
  if (sidecar) c.restart_policy = RestartPolicy::kAlways;
  return c;
}

struct RequestRow {
  const char* name;
  std::vector<Container> init, containers;
  const char* cpu;
};
class PodRequests : public testing::TestWithParam<RequestRow> {};
TEST_P(PodRequests, AreWhatTheSchedulerCounts) {
  PodSpec spec;
  spec.init_containers = GetParam().init;
  spec.containers = GetParam().containers;
  EXPECT_EQ(amount(pod_requests(spec), "cpu").str(), GetParam().cpu);
}
INSTANTIATE_TEST_SUITE_P(
    Resources, PodRequests,
    testing::Values(RequestRow{"Sum", {}, {container("100m", ""), container("150m", "")}, "250m"},
                    RequestRow{"InitPeak", {container("300m", "")}, {container("100m", "")}, "300m"},
                    RequestRow{"SidecarsAdd",
                               {container("100m", "", true)},
                               {container("100m", ""), container("150m", "")},
                               "350m"},
                    RequestRow{"InitAfterSidecar",
                               {container("100m", "", true), container("300m", "")},
                               {container("100m", "")},
                               "400m"},
                    RequestRow{"InitBeforeSidecar",
                               {container("300m", ""), container("100m", "", true)},
                               {container("100m", "")},
                               "300m"}),
    [](const auto& row) { return row.param.name; });

TEST(Resources, ThoseOfThePodAsAWholeCountInsteadOfTheSum) {
  PodSpec spec;
  spec.containers = {container("100m", "200m"), container("50m", "")};
  spec.resources.limits = {{"cpu", *Quantity::parse("1")}, {"memory", *Quantity::parse("1Gi")}};
  default_pod(spec);
  // What the containers ask for; of memory, for which they ask nothing, the limit.
  EXPECT_EQ(amount(spec.resources.requests, "cpu").str(), "150m");
  EXPECT_EQ(amount(spec.resources.requests, "memory").str(), "1Gi");
  EXPECT_EQ(qos_class(spec), QosClass::kBurstable);
  spec.resources.requests["cpu"] = *Quantity::parse("1");
  EXPECT_EQ(qos_class(spec), QosClass::kGuaranteed);
  spec.overhead["cpu"] = *Quantity::parse("10m");
  EXPECT_EQ(amount(pod_requests(spec), "cpu").str(), "1010m");
  EXPECT_EQ(amount(pod_limits(spec), "memory").str(), "1Gi");
}

TEST(Resources, OverheadIsAdded) {
  PodSpec spec;
  spec.containers = {container("100m", "200m")};
  spec.overhead["cpu"] = *Quantity::parse("10m");
  spec.overhead["memory"] = *Quantity::parse("1Mi");
  EXPECT_EQ(amount(pod_requests(spec), "cpu").str(), "110m");
  EXPECT_EQ(amount(pod_limits(spec), "cpu").str(), "210m");
  EXPECT_FALSE(pod_limits(spec).contains("memory"));
}

}  // namespace
}  // namespace seatrial::api
