#include "sim/controllers/podgc_math.h"

#include <gmock/gmock.h>

namespace seatrial::controllers {
namespace {

using namespace literals;
using testing::ElementsAre;
using testing::IsEmpty;

api::Pod finished(const char* name, Duration created, const char* reason = "") {
  api::Pod pod;
  pod.metadata.name = name;
  pod.metadata.creation_timestamp = SimTime::at(created);
  pod.status.phase = api::PodPhase::kFailed;
  pod.status.reason = reason;
  return pod;
}

std::vector<std::string> deleted(std::size_t threshold) {
  const api::Pod pods[] = {finished("young", 30_s), finished("b", 10_s), finished("a", 10_s),
                           finished("evicted", 90_s, "Evicted"), finished("old", 5_s)};
  std::vector<const api::Pod*> all;
  for (const api::Pod& pod : pods) all.push_back(&pod);
  std::vector<std::string> names;
  for (const api::Pod* const pod : terminated_pods_to_delete(all, threshold))
    names.push_back(pod->metadata.name.str());
  return names;
}

TEST(PodGcMath, EvictedPodsGoFirstThenTheOldest) {
  EXPECT_THAT(deleted(5), IsEmpty());
  EXPECT_THAT(deleted(4), ElementsAre("evicted"));
  EXPECT_THAT(deleted(1), ElementsAre("evicted", "old", "a", "b"));
}

TEST(PodGcMath, RoundsAreWholeMultiplesOfTwentySeconds) {
  EXPECT_EQ(until_podgc_round(SimTime::at(16_s)), 4_s);
  EXPECT_EQ(until_podgc_round(SimTime::at(20_s)), 20_s);
  EXPECT_EQ(podgc_round_of(SimTime::at(39_s)), SimTime::at(20_s));
  EXPECT_EQ(podgc_round_of(SimTime::at(-1_s)), SimTime::at(-20_s));
}

TEST(PodGcMath, OutOfServiceIsANodeThatIsTaintedAndNotReady) {
  api::Node node;
  node.conditions.push_back({"Ready", api::ConditionStatus::kUnknown, {}, {}, {}, {}, {}});
  EXPECT_FALSE(is_out_of_service(node));
  node.taints.push_back({"node.kubernetes.io/out-of-service", "", "NoExecute"});
  EXPECT_TRUE(is_out_of_service(node));
  node.conditions.front().status = api::ConditionStatus::kTrue;
  EXPECT_FALSE(is_out_of_service(node));
}

}  // namespace
}  // namespace seatrial::controllers
