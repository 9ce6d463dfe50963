#include "sim/scenario/conform/conform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/temporary_folder.h"

namespace seatrial::scenario {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

fs::path golden(const std::string& topic) {
  return fs::path(SEATRIAL_SOURCE_DIR "/tests/conformance/golden") / topic;
}

TEST(Conform, TheControlPlaneDecidesAsRecorded) {
  std::vector<fs::path> topics;
  for (const auto& entry : fs::directory_iterator(golden(""))) {
    if (entry.is_directory() && entry.path().filename() != "kubelet") topics.push_back(entry.path());
  }
  std::ranges::sort(topics);
  ASSERT_GE(topics.size(), 5u);
  std::ostringstream out;
  EXPECT_EQ(conform(topics, {}, out), 0) << out.str();
  EXPECT_THAT(out.str(), HasSubstr(" 0 differ, 0 not supported"));
}

TEST(Conform, RolloutsUnderLoadFailAsManyRequestsAsRecorded) {
  std::vector<fs::path> rollouts;
  for (const auto& entry : fs::directory_iterator(golden("kubelet"))) {
    if (entry.path().filename().string().starts_with("rollout-")) rollouts.push_back(entry.path());
  }
  std::ranges::sort(rollouts);
  ASSERT_EQ(rollouts.size(), 31u);
  std::ostringstream out;
  EXPECT_EQ(conform(rollouts, {}, out), 0) << out.str();
  EXPECT_THAT(out.str(), HasSubstr(" 0 differ, 0 not supported"));
}

// A recording with one number changed is told apart.
TEST(Conform, FindsWhatDiffers) {
  std::ifstream in(golden("deployment") / "rolling-1-0-r3.json");
  nlohmann::json document = nlohmann::json::parse(in);
  document["summary"]["pods_created"] = 7;
  const TemporaryFolder folder;
  const fs::path changed = folder.path() / "changed.json";
  std::ofstream(changed) << document;
  std::ostringstream out;
  EXPECT_EQ(conform({changed}, {}, out), 1);
  EXPECT_THAT(out.str(), HasSubstr("pods_created"));
}

TEST(Conform, SaysWhatItCannotRead) {
  const TemporaryFolder folder;
  const fs::path broken = folder.path() / "broken.json";
  std::ofstream(broken) << "{";
  std::ostringstream out;
  EXPECT_EQ(conform({broken, "nowhere.json"}, {}, out), 2);
  EXPECT_THAT(out.str(), HasSubstr("broken.json: not JSON"));
  EXPECT_THAT(out.str(), HasSubstr("nowhere.json: no such file or folder"));
}

}  // namespace
}  // namespace seatrial::scenario
