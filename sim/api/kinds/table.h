// The functions of every kind, each defined in its file of this folder; kinds.cc puts them into the table.
#pragma once

#include "sim/api/kinds.h"

namespace seatrial::api {

const KindCode& namespace_code();
const KindCode& node_code();
const KindCode& pod_code();
const KindCode& replica_set_code();
const KindCode& deployment_code();
const KindCode& stateful_set_code();
const KindCode& daemon_set_code();
const KindCode& controller_revision_code();
const KindCode& service_code();
const KindCode& endpoint_slice_code();
const KindCode& ingress_code();
const KindCode& config_map_code();
const KindCode& secret_code();
const KindCode& service_account_code();
const KindCode& resource_quota_code();
const KindCode& limit_range_code();
const KindCode& pod_disruption_budget_code();
const KindCode& horizontal_pod_autoscaler_code();
const KindCode& priority_class_code();
const KindCode& job_code();
const KindCode& cron_job_code();
const KindCode& event_code();
const KindCode& lease_code();
const KindCode& network_policy_code();
const KindCode& validating_webhook_configuration_code();
const KindCode& mutating_webhook_configuration_code();
const KindCode& persistent_volume_code();
const KindCode& persistent_volume_claim_code();
const KindCode& storage_class_code();
const KindCode& csi_node_code();
const KindCode& role_code();
const KindCode& cluster_role_code();
const KindCode& role_binding_code();
const KindCode& cluster_role_binding_code();
const KindCode& admin_network_policy_code();
const KindCode& baseline_admin_network_policy_code();
const KindCode& calico_network_policy_code();
const KindCode& global_network_policy_code();
const KindCode& tier_code();
const KindCode& unstructured_code();

}  // namespace seatrial::api
