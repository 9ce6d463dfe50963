#include "sim/controllers/karpenter.h"

#include <algorithm>

namespace seatrial::controllers {

namespace {

const char* const kKarpenterName = "karpenter";

// The termination controller's queue: 100 ms, doubled up to 10 s; nothing is given up.
RemovalConfig karpenter_removals() {
  RemovalConfig config;
  config.taint = {"karpenter.sh/disrupted", {}, "NoSchedule"};
  config.poll = Duration::seconds(1);
  config.retry_first = Duration::millis(100);
  config.retry_most = Duration::seconds(10);
  return config;
}

}  // namespace

Karpenter::Karpenter(Kernel& kernel, cluster::ApiServer& api, KarpenterConfig config, ComponentId component)
    : config_(std::move(config)),
      component_(component),
      client_(api.add_client(kernel, kKarpenterName, 0, 0)),
      events_(kKarpenterName, {}, client_, {component, kEventPosted, 0xffffffff, 0}),
      removals_(karpenter_removals(), client_, component, kRemovalTick, kAnswer) {
  api.watches().add_consumer(kernel, kKarpenterName, ClusterView::kinds(), component,
                             api.timings().watch_delivery);
  RandomStream phase = kernel.stream("karpenter/phase");
  Event first;
  first.component = component_;
  first.type = kPoll;
  const auto period = static_cast<std::uint64_t>(config_.disruption_poll.count());
  kernel.after(Duration::nanos(static_cast<std::int64_t>(phase.below(period))), first);
}

void Karpenter::on_watch(Kernel& kernel, const cluster::WatchEvent& change) {
  const bool waited = view_.cause_of(change.object->index) != JournalId::kNone;
  view_.on_watch(change);
  if (change.object->kind != api::Kind::kPod) return;
  const auto& pod = static_cast<const api::Pod&>(*change.object);
  if (!pod.node_name.empty()) last_pod_event_[pod.node_name] = kernel.now();
  if (!waited && view_.cause_of(pod.index) != JournalId::kNone) batch(kernel);
}

void Karpenter::handle(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2,
                       const scheduler::ClusterState& cluster, const Event& event) {
  switch (event.type) {
    case kBatchDue:
      if (!batch_.open()) return;
      if (const SimTime due = batch_.due(config_.batch_idle, config_.batch_most); due > kernel.now())
        return kernel.at(due, event);
      batch_.close();
      return provision(kernel, api, ec2, cluster);
    case kRetryPending:
      retry_armed_ = false;
      if (view_.has_pending()) batch(kernel);
      return;
    case kPoll:
      kernel.after(config_.disruption_poll, event);
      return poll(kernel, api, ec2, cluster);
    case kValidate: {
      const std::optional<Command> found = std::exchange(found_, std::nullopt);
      const std::optional<Command> again = look_for_command(kernel, ec2, cluster);
      if (found && again && *found == *again) carry_out(kernel, api, ec2, *again);
      return;
    }
    case kRemovalTick:
      removals_.tick(kernel, api, ec2, view_);
      return;
    case kAnswer:
      return removals_.answered(kernel, api, event);
    case kEventPosted:
      return events_.posted(kernel, api, {static_cast<std::uint32_t>(event.payload)});
  }
  CHECK(false);
}

void Karpenter::batch(Kernel& kernel) {
  const bool was_open = batch_.open();
  batch_.add(kernel.now());
  if (was_open) return;
  Event due;
  due.component = component_;
  due.type = kBatchDue;
  kernel.at(batch_.due(config_.batch_idle, config_.batch_most), due);
}

void Karpenter::on_instance(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2, cloud::InstanceId id,
                            JournalId cause) {
  const cloud::Instance& instance = ec2.instance(id);
  std::erase(upcoming_, id);
  const auto replaced = waiting_for_replacement_.find(instance.node_name);
  switch (instance.state) {
    case cloud::InstanceState::kNoCapacity:
      for (const api::Symbol zone : instance.request.zones)
        unavailable_.add(instance.request.instance_types.front(), zone,
                         kernel.now() + config_.unavailable_for);
      if (replaced != waiting_for_replacement_.end()) waiting_for_replacement_.erase(replaced);
      if (view_.has_pending()) batch(kernel);
      return;
    case cloud::InstanceState::kRunning:
      if (replaced == waiting_for_replacement_.end()) return;
      for (const api::Symbol node : replaced->second.nodes)
        remove(kernel, api, node, replaced->second.reason, cause);
      waiting_for_replacement_.erase(replaced);
      return;
    default:
      removals_.forget(instance.node_name);
  }
}

std::optional<std::size_t> Karpenter::pool_of(const api::Node& node) const {
  const std::string_view name = node.metadata.labels->get(kNodeGroupLabel);
  const auto at =
      std::ranges::find(config_.pools, name, [](const KarpenterPool& p) { return p.name.view(); });
  if (at == config_.pools.end()) return std::nullopt;
  return static_cast<std::size_t>(at - config_.pools.begin());
}

void Karpenter::event(Kernel& kernel, cluster::ApiServer& api, const api::ObjectPtr& object, bool warning,
                      const char* reason, std::string message, JournalId cause) {
  events_.record(kernel, api, {object, warning, reason, std::move(message), {}}, cause);
}

}  // namespace seatrial::controllers
