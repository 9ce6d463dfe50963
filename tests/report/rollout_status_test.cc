#include "sim/report/rollout_status.h"

#include <gtest/gtest.h>

#include "sim/api/apps.h"

namespace seatrial::report {
namespace {

struct Row {
  const char* name;
  std::int64_t generation, observed;
  std::int32_t wanted, updated, total, available;
  const char* text;
  bool done;
};
class DeploymentStatus : public testing::TestWithParam<Row> {};
TEST_P(DeploymentStatus, IsSaidAsKubectlSaysIt) {
  const Row& row = GetParam();
  api::Deployment d;
  d.metadata.name = "web";
  d.metadata.generation = row.generation;
  d.replicas = row.wanted;
  d.status.observed_generation = row.observed;
  d.status.updated_replicas = row.updated;
  d.status.replicas = row.total;
  d.status.available_replicas = row.available;
  const auto status = rollout_status(d);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->text, row.text);
  EXPECT_EQ(status->done, row.done);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, DeploymentStatus,
    testing::Values(
        Row{"NotObserved", 2, 1, 3, 3, 3, 3, "Waiting for deployment spec update to be observed...", false},
        Row{"NotUpdated", 2, 2, 3, 1, 4, 3,
            "Waiting for deployment \"web\" rollout to finish: 1 out of 3 new replicas have been updated...",
            false},
        Row{"OldOnesLeft", 2, 2, 3, 3, 4, 3,
            "Waiting for deployment \"web\" rollout to finish: 1 old replicas are pending termination...",
            false},
        Row{"NotAvailable", 2, 2, 3, 3, 3, 2,
            "Waiting for deployment \"web\" rollout to finish: 2 of 3 updated replicas are available...",
            false},
        Row{"Done", 2, 2, 3, 3, 3, 3, "deployment \"web\" successfully rolled out", true}),
    [](const auto& row) { return row.param.name; });

TEST(RolloutStatus, EndsAtTheProgressDeadline) {
  api::Deployment d;
  d.metadata.name = "web";
  d.status.conditions = {
      {"Progressing", api::ConditionStatus::kFalse, "ProgressDeadlineExceeded", {}, {}, {}, {}}};
  ASSERT_FALSE(rollout_status(d));
  EXPECT_EQ(rollout_status(d).error(), "deployment \"web\" exceeded its progress deadline");
}

TEST(RolloutStatus, OfStatefulSets) {
  api::StatefulSet set;
  set.metadata.generation = 2;
  set.replicas = 3;
  set.update_strategy = api::UpdateStrategyType::kRollingUpdate;
  EXPECT_EQ(rollout_status(set)->text, "Waiting for statefulset spec update to be observed...");
  set.status.observed_generation = 2;
  set.status.ready_replicas = 1;
  EXPECT_EQ(rollout_status(set)->text, "Waiting for 2 pods to be ready...");
  set.status.ready_replicas = 3;
  set.status.updated_replicas = 1;
  set.rolling_update = api::RollingUpdateStatefulSet{1, {}};
  EXPECT_EQ(rollout_status(set)->text,
            "Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...");
  set.status.updated_replicas = 2;
  EXPECT_EQ(rollout_status(set)->text, "partitioned roll out complete: 2 new pods have been updated...");
  EXPECT_TRUE(rollout_status(set)->done);
  set.rolling_update.reset();
  set.status.update_revision = "db-2";
  set.status.current_revision = "db-1";
  EXPECT_EQ(rollout_status(set)->text,
            "waiting for statefulset rolling update to complete 2 pods at revision db-2...");
  set.update_strategy = api::UpdateStrategyType::kOnDelete;
  EXPECT_EQ(rollout_status(set).error(), "rollout status is only available for RollingUpdate strategy type");
}

TEST(RolloutStatus, OfDaemonSets) {
  api::DaemonSet set;
  set.metadata.name = "agent";
  set.status.desired_number_scheduled = 3;
  set.status.updated_number_scheduled = 1;
  EXPECT_EQ(rollout_status(set)->text,
            "Waiting for daemon set \"agent\" rollout to finish: 1 out of 3 new pods have been updated...");
  set.status.updated_number_scheduled = 3;
  set.status.number_available = 2;
  EXPECT_EQ(rollout_status(set)->text,
            "Waiting for daemon set \"agent\" rollout to finish: 2 of 3 updated pods are available...");
  set.status.number_available = 3;
  EXPECT_EQ(rollout_status(set)->text, "daemon set \"agent\" successfully rolled out");
  EXPECT_FALSE(rollout_status(api::ReplicaSet()));
}

}  // namespace
}  // namespace seatrial::report
