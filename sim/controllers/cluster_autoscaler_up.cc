// Scaling up: which pods are helped by how many nodes of which group.
#include <fmt/format.h>

#include <algorithm>

#include "sim/controllers/cluster_autoscaler.h"

namespace seatrial::controllers {

using scheduler::kNoSlot;
using scheduler::WhatIf;

namespace {

// "1 Insufficient cpu, 2 max node group size reached": how often each reason came.
std::string counted(std::vector<std::string> reasons) {
  std::ranges::sort(reasons);
  std::string text;
  for (auto at = reasons.begin(); at != reasons.end();) {
    const auto end = std::ranges::find_if(at, reasons.end(), [&](const std::string& r) { return r != *at; });
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", end - at, *at);
    at = end;
  }
  return text;
}

}  // namespace

// Pods that wait, less those that fit a node that is there or on its way. `slots` gets the nodes of
// `what_if`.
ClusterAutoscaler::Pods ClusterAutoscaler::unhelped(WhatIf& what_if, std::vector<std::uint32_t>& slots,
                                                    const cloud::Ec2& ec2) const {
  slots = what_if.cluster().order();
  for (cloud::InstanceId id = 0; id < ec2.size(); ++id) {
    const cloud::Instance& instance = ec2.instance(id);
    const bool upcoming = instance.alive() && instance.state != cloud::InstanceState::kRunning;
    if (!upcoming || !scales(instance.request.owner)) continue;
    const api::Symbol zone = instance.zone.empty() ? instance.request.zones.front() : instance.zone;
    slots.push_back(what_if.add_node(cloud::node_from(*instance.request.node, instance.node_name, zone)));
  }
  Pods pods = view_.pending();
  std::erase_if(pods, [&](const auto& pod) {
    return pod->spec->priority.value_or(0) < config_.expendable_priority || goes_with_node(*pod);
  });
  std::ranges::stable_sort(pods, std::ranges::greater(),
                           [](const auto& pod) { return pod->spec->priority.value_or(0); });
  std::erase_if(pods, [&](const auto& pod) {
    const std::uint32_t slot = what_if.first_fit(*pod, slots);
    if (slot != kNoSlot) what_if.place(*pod, slot);
    return slot != kNoSlot;
  });
  return pods;
}

// As a node of the group that is there already, else as the group says.
std::shared_ptr<const api::Node> ClusterAutoscaler::template_of(std::size_t index,
                                                                const scheduler::ClusterState& cluster,
                                                                api::Symbol name) const {
  const NodeGroupConfig& group = groups_[index].config;
  api::Symbol zone = group.zones.front();
  for (const std::uint32_t slot : cluster.order()) {
    const scheduler::NodeInfo& node = cluster.at(slot);
    if (node.labels().get(kNodeGroupLabel) != group.name.view()) continue;
    zone = node.labels().get("topology.kubernetes.io/zone");
    break;
  }
  return cloud::node_from(*group.model, name, zone);
}

// First fit decreasing on new nodes of the group.
ScaleUpOption ClusterAutoscaler::option_of(std::size_t index, const WhatIf& with_upcoming, const Pods& pods,
                                           std::int32_t room, std::vector<api::Symbol>& refusals) const {
  WhatIf what_if = with_upcoming;
  const NodeGroupConfig& group = groups_[index].config;
  const Resources node = Resources::of(group.model->allocatable);
  std::vector<Resources> requests;
  for (const auto& pod : pods) requests.push_back(requests_of(*pod));
  ScaleUpOption option{index, 0, 0, {}};
  std::vector<std::uint32_t> added;
  Resources sum;
  for (const std::size_t i : packing_order(requests, node)) {
    std::uint32_t slot = what_if.first_fit(*pods[i], added);
    if (slot == kNoSlot && option.nodes < room) {
      const api::Symbol name = fmt::format("template-node-for-{}-{}", group.name.str(), option.nodes);
      const std::uint32_t fresh = what_if.add_node(template_of(index, with_upcoming.cluster(), name));
      slot = what_if.first_fit(*pods[i], {&fresh, 1}, &refusals);
      if (slot == kNoSlot) {
        what_if.remove_node(name);
      } else {
        added.push_back(fresh);
        ++option.nodes;
      }
    }
    if (slot == kNoSlot) continue;
    what_if.place(*pods[i], slot);
    sum.add(requests[i]);
    option.pods.push_back(pods[i]->index);
  }
  option.waste = option.nodes == 0 ? 0 : waste(option.nodes, node, sum);
  return option;
}

bool ClusterAutoscaler::scale_up(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2,
                                 const scheduler::ClusterState& cluster) {
  WhatIf what_if(cluster);
  std::vector<std::uint32_t> slots;
  const Pods pods = unhelped(what_if, slots, ec2);
  if (pods.empty()) return false;
  std::vector<ScaleUpOption> options;
  std::vector<std::string> refusals;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const std::int32_t room = groups_[i].config.max - target_size(ec2, i);
    if (groups_[i].backoff.resting(kernel.now())) {
      refusals.emplace_back("in backoff after failed scale-up");
    } else if (room <= 0) {
      refusals.emplace_back("max node group size reached");
    } else {
      std::vector<api::Symbol> reasons;
      options.push_back(option_of(i, what_if, pods, room, reasons));
      if (options.back().nodes == 0 && !reasons.empty()) refusals.push_back(reasons.front().str());
    }
  }
  const ScaleUpOption* const best = least_waste(options);
  report_unhelped(kernel, api, pods, best, counted(std::move(refusals)));
  if (!best) return false;
  const std::int32_t before = target_size(ec2, best->group);
  launch(kernel, ec2, best->group, best->nodes, view_.cause_of(best->pods.front()));
  last_scale_up_ = kernel.now();
  report_scale_up(kernel, api, *best, before, before + best->nodes, pods);
  return true;
}

void ClusterAutoscaler::launch(Kernel& kernel, cloud::Ec2& ec2, std::size_t index, std::int32_t nodes,
                               JournalId cause) {
  for (std::int32_t i = 0; i < nodes; ++i)
    upcoming_.push_back({ec2.launch_in(kernel, groups_[index].config.name, cause), index});
}

void ClusterAutoscaler::report_scale_up(Kernel& kernel, cluster::ApiServer& api, const ScaleUpOption& option,
                                        std::int32_t before, std::int32_t after, const Pods& pods) {
  const NodeGroupConfig& group = groups_[option.group].config;
  const JournalId cause = view_.cause_of(option.pods.front());
  event(kernel, api, status_, false, "ScaledUpGroup",
        fmt::format("Scale-up: setting group {} size to {} instead of {} (max: {})", group.name.str(), after,
                    before, group.max),
        cause);
  for (const auto& pod : pods) {
    if (!std::ranges::count(option.pods, pod->index)) continue;
    event(kernel, api, pod, false, "TriggeredScaleUp",
          fmt::format("pod triggered scale-up: [{{{} {}->{} (max: {})}}]", group.name.str(), before, after,
                      group.max),
          view_.cause_of(pod->index));
  }
}

void ClusterAutoscaler::report_unhelped(Kernel& kernel, cluster::ApiServer& api, const Pods& pods,
                                        const ScaleUpOption* helped, const std::string& why) {
  for (const auto& pod : pods) {
    if (helped && std::ranges::count(helped->pods, pod->index)) continue;
    event(kernel, api, pod, false, "NotTriggerScaleUp", "pod didn't trigger scale-up: " + why,
          view_.cause_of(pod->index));
  }
}

}  // namespace seatrial::controllers
