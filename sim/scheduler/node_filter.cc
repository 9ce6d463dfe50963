#include "sim/scheduler/node_filter.h"

namespace seatrial::scheduler {

bool NodeFilter::prepare(Cycle& cycle) {
  filters_.clear();
  for (std::size_t i = 0; i < plugins().size(); ++i) {
    const Plugin& plugin = plugins()[i];
    if (!plugin.filter) continue;
    if (!plugin.pre_filter || plugin.pre_filter(cycle)) filters_.emplace_back(&plugin, PluginSet{1} << i);
    if (cycle.state.refusal.empty()) continue;
    refused_by_ = &plugin;
    refused_set_ = PluginSet{1} << i;
    return false;
  }
  return true;
}

Code NodeFilter::run(const Cycle& cycle, std::uint32_t slot) {
  reasons_.clear();
  for (const auto& [plugin, bit] : filters_) {
    const Code code = plugin->filter(cycle, slot, reasons_);
    if (code == Code::kSuccess) continue;
    refused_by_ = plugin;
    refused_set_ = bit;
    return code;
  }
  return Code::kSuccess;
}

Code NodeFilter::check(Cycle& cycle, std::uint32_t slot) {
  if (cycle.cluster.at(slot).nominated.empty()) return run(cycle, slot);
  std::vector<PodOnNode> beside;
  for (const PodOnNode& pod : cycle.cluster.at(slot).nominated) {
    if (pod.pod != cycle.pod.index && pod.info->priority >= cycle.info.priority) beside.push_back(pod);
  }
  for (const PodOnNode& pod : beside) suppose_added(cycle, slot, pod);
  const Code code = run(cycle, slot);
  for (const PodOnNode& pod : beside) suppose_removed(cycle, slot, pod.pod);
  return code == Code::kSuccess && !beside.empty() ? run(cycle, slot) : code;
}

void NodeFilter::suppose_added(Cycle& cycle, std::uint32_t slot, const PodOnNode& pod) const {
  cycle.cluster.add_pod(slot, pod);
  for (const auto& [plugin, bit] : filters_) {
    if (plugin->update) plugin->update(cycle, *pod.info, slot, 1);
  }
}

PodOnNode NodeFilter::suppose_removed(Cycle& cycle, std::uint32_t slot, std::uint32_t index) const {
  PodOnNode pod = cycle.cluster.remove_pod(slot, index);
  for (const auto& [plugin, bit] : filters_) {
    if (plugin->update) plugin->update(cycle, *pod.info, slot, -1);
  }
  return pod;
}

}  // namespace seatrial::scheduler
