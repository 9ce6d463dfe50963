// Findings: what a finished run tells about the manifests, each with its chain of causes and what to change.
//
// A rule is one file here and one row in findings.cc; it looks at the evidence and adds what it found. A rule
// judges only what it can explain; the same failed request is accounted for by one rule at most (`requests`).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/checks/evidence.h"

namespace seatrial::checks {

enum class Severity : std::uint8_t { kInfo, kWarning, kError };

struct Finding {
  std::string_view rule;
  Severity severity = Severity::kWarning;
  ObjectName object;
  std::string what;                // one sentence
  std::vector<std::string> chain;  // why, effect first
  std::string change;
  api::SourcePosition manifest;
  std::uint64_t requests = 0;
};

struct FindingRule {
  std::string_view name;
  void (*look)(const Evidence& evidence, std::vector<Finding>& findings);
};

// The gravest first; then those that account for more requests; then in the order of the table.
std::vector<Finding> look_for_findings(const Evidence& evidence);

// --- The rules
void lost_at_the_end_of_pods(const Evidence& evidence, std::vector<Finding>& findings);
void killed_at_the_end_of_grace(const Evidence& evidence, std::vector<Finding>& findings);
void sent_before_pods_listen(const Evidence& evidence, std::vector<Finding>& findings);
void sent_to_another_port(const Evidence& evidence, std::vector<Finding>& findings);
void more_work_than_slots(const Evidence& evidence, std::vector<Finding>& findings);
void killed_out_of_memory(const Evidence& evidence, std::vector<Finding>& findings);
void evicted_for_memory(const Evidence& evidence, std::vector<Finding>& findings);
void ended_by_shutdown(const Evidence& evidence, std::vector<Finding>& findings);
void pods_crashed(const Evidence& evidence, std::vector<Finding>& findings);
void probes_restart_pods(const Evidence& evidence, std::vector<Finding>& findings);
void resource_could_not_be_called(const Evidence& evidence, std::vector<Finding>& findings);
void credentials_were_denied(const Evidence& evidence, std::vector<Finding>& findings);
void nat_ports_were_exhausted(const Evidence& evidence, std::vector<Finding>& findings);
void conntrack_tables_were_full(const Evidence& evidence, std::vector<Finding>& findings);
void databases_did_not_start(const Evidence& evidence, std::vector<Finding>& findings);
void answers_came_too_late(const Evidence& evidence, std::vector<Finding>& findings);
void requests_led_nowhere(const Evidence& evidence, std::vector<Finding>& findings);
void dns_records_were_late(const Evidence& evidence, std::vector<Finding>& findings);
void dns_batches_were_refused(const Evidence& evidence, std::vector<Finding>& findings);
void names_were_not_resolved(const Evidence& evidence, std::vector<Finding>& findings);
void called_service_failed(const Evidence& evidence, std::vector<Finding>& findings);
void messages_came_again(const Evidence& evidence, std::vector<Finding>& findings);
void network_did_not_carry(const Evidence& evidence, std::vector<Finding>& findings);
void policies_dropped_requests(const Evidence& evidence, std::vector<Finding>& findings);
void policies_came_too_late(const Evidence& evidence, std::vector<Finding>& findings);
void connections_outlived_policies(const Evidence& evidence, std::vector<Finding>& findings);
void sent_to_silent_nodes(const Evidence& evidence, std::vector<Finding>& findings);
void sent_to_terminated_nodes(const Evidence& evidence, std::vector<Finding>& findings);
void reloads_cut_streams(const Evidence& evidence, std::vector<Finding>& findings);
void configurations_were_frozen(const Evidence& evidence, std::vector<Finding>& findings);
void ingress_restarts_lost_requests(const Evidence& evidence, std::vector<Finding>& findings);
void certificates_were_refused(const Evidence& evidence, std::vector<Finding>& findings);
void certificates_will_expire(const Evidence& evidence, std::vector<Finding>& findings);
void service_had_no_endpoints(const Evidence& evidence, std::vector<Finding>& findings);
void rollout_did_not_complete(const Evidence& evidence, std::vector<Finding>& findings);
void cron_starts_were_missed(const Evidence& evidence, std::vector<Finding>& findings);
void jobs_failed(const Evidence& evidence, std::vector<Finding>& findings);
void jobs_waited(const Evidence& evidence, std::vector<Finding>& findings);
void jobs_piled_up(const Evidence& evidence, std::vector<Finding>& findings);
void preempted_by_higher_priority(const Evidence& evidence, std::vector<Finding>& findings);
void uneven_after_rollouts(const Evidence& evidence, std::vector<Finding>& findings);
void pods_were_refused(const Evidence& evidence, std::vector<Finding>& findings);
void pods_were_made_in_vain(const Evidence& evidence, std::vector<Finding>& findings);
void surges_beyond_quotas(const Evidence& evidence, std::vector<Finding>& findings);
void webhooks_stand_in_the_way(const Evidence& evidence, std::vector<Finding>& findings);
void drains_were_held_up(const Evidence& evidence, std::vector<Finding>& findings);
void stuck_behind_broken_pods(const Evidence& evidence, std::vector<Finding>& findings);
void access_was_refused(const Evidence& evidence, std::vector<Finding>& findings);
void command_was_refused(const Evidence& evidence, std::vector<Finding>& findings);
void descheduled_too_much(const Evidence& evidence, std::vector<Finding>& findings);
void pipelines_failed(const Evidence& evidence, std::vector<Finding>& findings);
void autoscaler_flapped(const Evidence& evidence, std::vector<Finding>& findings);
void autoscaler_was_blind(const Evidence& evidence, std::vector<Finding>& findings);
void pods_waited_for_images(const Evidence& evidence, std::vector<Finding>& findings);
void configuration_was_missing(const Evidence& evidence, std::vector<Finding>& findings);
void pods_waited_for_nodes(const Evidence& evidence, std::vector<Finding>& findings);
void instances_were_not_to_be_had(const Evidence& evidence, std::vector<Finding>& findings);
void pods_fit_no_node(const Evidence& evidence, std::vector<Finding>& findings);
void pods_got_no_address(const Evidence& evidence, std::vector<Finding>& findings);
void not_settled_at_the_start(const Evidence& evidence, std::vector<Finding>& findings);

}  // namespace seatrial::checks
