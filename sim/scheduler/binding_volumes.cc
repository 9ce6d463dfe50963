// What the scheduler does between choosing a node and binding the pod where the pod has claims to be bound:
// it writes which node, or which volume, and looks each second whether the binder is done. Source:
// pkg/scheduler/framework/plugins/volumebinding/binder.go (BindPodVolumes, checkBindings).
#include <fmt/format.h>

#include "sim/scheduler/scheduler.h"

namespace seatrial::scheduler {

using api::PersistentVolumeClaim;
using cluster::ApiServer;

namespace {

constexpr Duration kPoll = Duration::seconds(1);

cluster::ApiRequest update(api::ObjectPtr object, JournalId cause) {
  cluster::ApiRequest request;
  request.verb = cluster::Verb::kUpdate;
  request.object = std::move(object);
  request.user = "kube-scheduler";
  request.cause = cause;
  return request;
}

std::vector<ClaimPtr> all_claims(const NodeVolumes& volumes) {
  std::vector<ClaimPtr> claims = volumes.provisioned;
  for (const auto& [claim, volume] : volumes.matched) claims.push_back(claim);
  return claims;
}

enum class Progress : std::uint8_t { kBound, kWaiting };

// Or what went wrong.
std::expected<Progress, std::string> progress_of(const NodeVolumes& volumes, const cluster::Cache& known,
                                                 api::Symbol node) {
  Progress progress = Progress::kBound;
  for (const ClaimPtr& wanted : all_claims(volumes)) {
    const api::ObjectMeta& meta = wanted->metadata;
    const auto claim = known.find<PersistentVolumeClaim>(meta.namespace_, meta.name);
    if (!claim) {
      return std::unexpected(
          fmt::format("failed to check provisioning pvc: could not find v1.PersistentVolumeClaim \"{}/{}\"",
                      meta.namespace_.view(), meta.name.view()));
    }
    const bool is_ours = std::ranges::count(volumes.provisioned, wanted) == 0 ||
                         claim->metadata.annotations->get(api::kSelectedNode) == node.view();
    if (!is_ours) return std::unexpected(fmt::format("provisioning failed for PVC \"{}\"", meta.name.view()));
    if (!is_bound(*claim)) progress = Progress::kWaiting;
  }
  return progress;
}

}  // namespace

void Scheduler::choose_volumes(CycleUnderWay& cycle) {
  const PodRecord& record = pods_[cycle.queued.pod];
  if (cycle.outcome.slot == kNoSlot || record.info->spec->volume_claims.empty()) return;
  if (!profile_of(record).filters_by("VolumeBinding")) return;
  const NodeInfo& node = cluster_.at(cycle.outcome.slot);
  cycle.volumes = cluster_.volumes().on_node(cluster_.volumes().claims_of(*record.info), *node.node);
  cluster_.volumes().assume(cycle.volumes, node.name);
}

void Scheduler::bind_volumes(Kernel& kernel, ApiServer& api, CycleUnderWay cycle) {
  const std::uint32_t index = cycle.queued.pod;
  const JournalId cause = cycle.queued.cause;
  const api::Symbol node = cluster_.at(pods_[index].slot).name;
  const cluster::ReplyTo reply{cluster::kSchedulerComponent, kVolumeWritten, index};
  for (const auto& [claim, volume] : cycle.volumes.matched)
    api.submit(kernel, client_, update(cluster::bound_to(*volume, *claim), cause), reply);
  for (const ClaimPtr& claim : cycle.volumes.provisioned) {
    auto next = std::make_shared<PersistentVolumeClaim>(*claim);
    next->metadata.annotations.edit().set(api::kSelectedNode, node);
    api.submit(kernel, client_, update(next, cause), reply);
  }
  const SimTime until = kernel.now() + profile_of(pods_[index]).bind_timeout;
  const std::size_t writes = cycle.volumes.matched.size() + cycle.volumes.provisioned.size();
  volume_waits_.insert_or_assign(index, VolumeWait{std::move(cycle), until, writes});
}

void Scheduler::volume_written(Kernel& kernel, ApiServer& api, const Event& event) {
  const cluster::ApiResult result = api.take_reply({static_cast<std::uint32_t>(event.payload)});
  const auto at = volume_waits_.find(event.subject);
  if (at == volume_waits_.end()) return;  // another write of it has failed
  if (!result) return end_volumes(kernel, api, event.subject, result.error().message);
  if (--at->second.writes > 0) return;
  Event poll = own_event(kVolumesPolled);
  poll.subject = event.subject;
  kernel.after(kPoll, poll);
}

void Scheduler::poll_volumes(Kernel& kernel, ApiServer& api, std::uint32_t index) {
  const auto at = volume_waits_.find(index);
  if (at == volume_waits_.end()) return;
  const VolumeWait& wait = at->second;
  const PodRecord& record = pods_[index];
  if (!record.assumed) return end_volumes(kernel, api, index, {});
  const auto progress =
      progress_of(wait.cycle.volumes, cluster_.volumes().objects(), cluster_.at(record.slot).name);
  if (!progress) return end_volumes(kernel, api, index, "binding volumes: " + progress.error());
  if (*progress == Progress::kBound) return end_volumes(kernel, api, index, {});
  if (kernel.now() >= wait.until)
    return end_volumes(kernel, api, index, "binding volumes: context deadline exceeded");
  Event poll = own_event(kVolumesPolled);
  poll.subject = index;
  kernel.after(kPoll, poll);
}

// The pod is bound now, unless there was an error, or it has gone.
void Scheduler::end_volumes(Kernel& kernel, ApiServer& api, std::uint32_t index, const std::string& error) {
  CycleUnderWay cycle = std::move(volume_waits_.at(index).cycle);
  volume_waits_.erase(index);
  cluster_.volumes().forget(cycle.volumes);
  if (!pods_[index].assumed) return;
  if (error.empty()) return bind(kernel, api, std::move(cycle));
  give_up(kernel, api, std::move(cycle), "running PreBind plugin \"VolumeBinding\": " + error);
}

}  // namespace seatrial::scheduler
