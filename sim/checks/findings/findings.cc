#include <algorithm>
#include <array>

#include "sim/checks/findings/finding.h"

namespace seatrial::checks {
namespace {

constexpr auto kRules = std::to_array<FindingRule>({
    {"lost-at-pod-end", lost_at_the_end_of_pods},
    {"killed-at-grace-end", killed_at_the_end_of_grace},
    {"sent-before-listening", sent_before_pods_listen},
    {"wrong-port", sent_to_another_port},
    {"overload", more_work_than_slots},
    {"answered-late", answers_came_too_late},
    {"dependency-away", resource_could_not_be_called},
    {"credentials-denied", credentials_were_denied},
    {"nat-ports-exhausted", nat_ports_were_exhausted},
    {"conntrack-full", conntrack_tables_were_full},
    {"start-failed", databases_did_not_start},
    {"name-not-resolved", names_were_not_resolved},
    {"dependency-failed", called_service_failed},
    {"no-route", requests_led_nowhere},
    {"dns-record-late", dns_records_were_late},
    {"dns-batch-refused", dns_batches_were_refused},
    {"unreachable", network_did_not_carry},
    {"policy-dropped", policies_dropped_requests},
    {"policy-too-late", policies_came_too_late},
    {"policy-outlived", connections_outlived_policies},
    {"node-silent", sent_to_silent_nodes},
    {"went-undrained", sent_to_terminated_nodes},
    {"configuration-frozen", configurations_were_frozen},
    {"cut-by-reload", reloads_cut_streams},
    {"lost-at-ingress-restart", ingress_restarts_lost_requests},
    {"certificate-refused", certificates_were_refused},
    {"certificate-expires", certificates_will_expire},
    {"no-endpoints", service_had_no_endpoints},
    {"out-of-memory", killed_out_of_memory},
    {"evicted", evicted_for_memory},
    {"node-shutdown", ended_by_shutdown},
    {"crash", pods_crashed},
    {"probe-restarts", probes_restart_pods},
    {"rollout-incomplete", rollout_did_not_complete},
    {"cron-start-missed", cron_starts_were_missed},
    {"message-redelivered", messages_came_again},
    {"job-failed", jobs_failed},
    {"job-waited", jobs_waited},
    {"jobs-piled-up", jobs_piled_up},
    {"preempted", preempted_by_higher_priority},
    {"uneven-after-rollout", uneven_after_rollouts},
    {"pods-refused", pods_were_refused},
    {"made-in-vain", pods_were_made_in_vain},
    {"surge-beyond-quota", surges_beyond_quotas},
    {"webhook-in-the-way", webhooks_stand_in_the_way},
    {"drain-held-up", drains_were_held_up},
    {"stuck-behind-broken-pod", stuck_behind_broken_pods},
    {"access-refused", access_was_refused},
    {"command-refused", command_was_refused},
    {"pipeline-failed", pipelines_failed},
    {"descheduled", descheduled_too_much},
    {"hpa-flapping", autoscaler_flapped},
    {"hpa-blind", autoscaler_was_blind},
    {"waited-for-image", pods_waited_for_images},
    {"config-missing", configuration_was_missing},
    {"nodes-too-late", pods_waited_for_nodes},
    {"no-capacity", instances_were_not_to_be_had},
    {"no-pod-address", pods_got_no_address},
    {"not-settled", not_settled_at_the_start},
    {"unschedulable", pods_fit_no_node},
});

}  // namespace

std::vector<Finding> look_for_findings(const Evidence& evidence) {
  std::vector<Finding> findings;
  for (const FindingRule& rule : kRules) {
    const std::size_t before = findings.size();
    rule.look(evidence, findings);
    for (std::size_t i = before; i < findings.size(); ++i) findings[i].rule = rule.name;
  }
  std::ranges::stable_sort(findings, [](const Finding& a, const Finding& b) {
    return a.severity != b.severity ? a.severity > b.severity : a.requests > b.requests;
  });
  return findings;
}

}  // namespace seatrial::checks
