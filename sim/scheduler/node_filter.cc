#include "sim/scheduler/node_filter.h"

#include <algorithm>

#include "sim/engine/check.h"

namespace seatrial::scheduler {

bool NodeFilter::prepare(Cycle& cycle, bool remember) {
  filters_.clear();
  results_ = nullptr;
  for (const auto& [plugin, bit, weight] : cycle.profile.filters) {
    if (!plugin->pre_filter || plugin->pre_filter(cycle)) filters_.emplace_back(plugin, bit);
    if (cycle.state.refusal.empty()) continue;
    found_ = {plugin, bit, cycle.state.refusal_code, {}};
    refusal_ = &found_;
    return false;
  }
  if (remember) results_ = memory_->of(cycle.shared_info, cycle.cluster.slots());
  if (results_) prepare_local(cycle);
  return true;
}

void NodeFilter::prepare_local(Cycle& cycle) {
  const auto other = std::ranges::find_if(filters_, [](const auto& filter) { return !filter.first->local; });
  local_filters_ = static_cast<std::size_t>(other - filters_.begin());
  summed_.clear();
  normalized_.clear();
  for (const Profile::Use& use : cycle.profile.scorers) {
    const Plugin& plugin = *use.plugin;
    if (!plugin.local || (plugin.pre_score && !plugin.pre_score(cycle, {}))) continue;
    if (!plugin.normalize) {
      summed_.push_back(use);
      continue;
    }
    CHECK(normalized_.size() < kMaxLocalNormalized);
    normalized_.push_back({use, normalized_.size()});
  }
}

Code NodeFilter::run_filters(const Cycle& cycle, std::uint32_t slot, std::size_t from, std::size_t to) {
  found_.reasons.clear();
  for (std::size_t i = from; i < to; ++i) {
    const auto& [plugin, bit] = filters_[i];
    const Code code = plugin->filter(cycle, slot, found_.reasons);
    if (code == Code::kSuccess) continue;
    found_.by = plugin;
    found_.bit = bit;
    found_.code = code;
    refusal_ = &found_;
    return code;
  }
  return Code::kSuccess;
}

const LocalResult& NodeFilter::updated_local(const Cycle& cycle, std::uint32_t slot) {
  LocalResult& known = results_[slot];
  const std::uint32_t version = cycle.cluster.at(slot).version;
  if (known.version == version) return known;
  known = {version, 0, 0, {}};
  if (run_filters(cycle, slot, 0, local_filters_) != Code::kSuccess) {
    known.refusal = memory_->number_of(found_);
    return known;
  }
  std::int64_t sum = 0;
  for (const Profile::Use& use : summed_) sum += use.plugin->score(cycle, slot) * use.weight;
  known.sum = static_cast<std::int32_t>(sum);
  for (const LocalScorer& scorer : normalized_)
    known.raw[scorer.raw] = static_cast<std::int32_t>(scorer.use.plugin->score(cycle, slot));
  return known;
}

Code NodeFilter::run(const Cycle& cycle, std::uint32_t slot) {
  if (!results_) return run_filters(cycle, slot, 0, filters_.size());
  const LocalResult& known = updated_local(cycle, slot);
  if (known.refusal == 0) return run_filters(cycle, slot, local_filters_, filters_.size());
  refusal_ = &memory_->refusal(known.refusal);
  return refusal_->code;
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
