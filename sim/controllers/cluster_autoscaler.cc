#include "sim/controllers/cluster_autoscaler.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/api/kinds.h"

namespace seatrial::controllers {

namespace {

const char* const kAutoscalerName = "cluster-autoscaler";

cluster::ReplyTo reply(ComponentId component, std::uint8_t type) { return {component, type, 0xffffffff, 0}; }

// Defaults of --max-pod-eviction-time and of the actuator: one eviction each 10 s, for 2 minutes.
RemovalConfig autoscaler_removals() {
  RemovalConfig config;
  config.taint = {"ToBeDeletedByClusterAutoscaler", {}, "NoSchedule"};
  config.poll = Duration::seconds(5);
  config.retry_first = config.retry_most = Duration::seconds(10);
  config.evict_for = Duration::seconds(120);
  return config;
}

// ConfigMap kube-system/cluster-autoscaler-status.
api::ObjectPtr make_status(Kernel& kernel, cluster::ApiServer& api) {
  auto map = std::make_shared<api::ConfigMap>();
  map->metadata.name = "cluster-autoscaler-status";
  map->metadata.namespace_ = "kube-system";
  cluster::ApiRequest request;
  request.object = std::move(map);
  return api.execute(kernel, request).value_or(nullptr);
}

std::string symbols_text(const std::vector<api::Symbol>& symbols) {
  std::string text;
  for (const api::Symbol symbol : symbols) text += (text.empty() ? "" : ", ") + symbol.str();
  return text;
}

}  // namespace

ClusterAutoscaler::ClusterAutoscaler(Kernel& kernel, cluster::ApiServer& api, ClusterAutoscalerConfig config,
                                     std::vector<NodeGroupConfig> groups, ComponentId component)
    : config_(config),
      component_(component),
      client_(api.add_client(kernel, kAutoscalerName, 0, 0)),
      events_(kAutoscalerName, {}, client_, reply(component, kEventPosted)),
      removals_(autoscaler_removals(), client_, component, kRemovalTick, kAnswer) {
  for (NodeGroupConfig& group : groups) groups_.push_back({std::move(group), {}});
  api.watches().add_consumer(kernel, kAutoscalerName, ClusterView::kinds(), component,
                             api.timings().watch_delivery);
  RandomStream phase = kernel.stream("cluster-autoscaler/phase");
  Event first;
  first.component = component_;
  first.type = kScan;
  kernel.after(Duration::nanos(static_cast<std::int64_t>(
                   phase.below(static_cast<std::uint64_t>(config_.scan_interval.count())))),
               first);
}

void ClusterAutoscaler::handle(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2,
                               const scheduler::ClusterState& cluster, const Event& event) {
  switch (event.type) {
    case kScan: {
      Event next = event;
      kernel.after(config_.scan_interval, next);
      return scan(kernel, api, ec2, cluster);
    }
    case kRemovalTick:
      if (!removals_.tick(kernel, api, ec2, view_).empty()) last_scale_down_failure_ = kernel.now();
      return;
    case kAnswer:
      return removals_.answered(kernel, api, event);
    case kEventPosted:
      return events_.posted(kernel, api, {static_cast<std::uint32_t>(event.payload)});
  }
  CHECK(false);
}

void ClusterAutoscaler::scan(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2,
                             const scheduler::ClusterState& cluster) {
  if (!status_) status_ = make_status(kernel, api);
  give_up_on_late_instances(kernel, api, ec2);
  std::int64_t unready = 0;
  for (const std::uint32_t slot : cluster.order()) {
    const api::Condition* const ready = find_condition(cluster.at(slot).node->conditions, "Ready");
    unready += !ready || ready->status != api::ConditionStatus::kTrue;
  }
  if (!is_cluster_healthy(unready, static_cast<std::int64_t>(cluster.order().size()))) return;
  if (view_.has_pending() && scale_up(kernel, api, ec2, cluster)) return;
  if (view_.version() != judged_version_) find_unneeded(kernel, cluster, ec2);
  remove_unneeded(kernel, api, cluster, ec2);
}

bool ClusterAutoscaler::scales(api::Symbol group) const {
  return std::ranges::any_of(groups_, [&](const Group& each) { return each.config.name == group; });
}

void ClusterAutoscaler::set_model(api::Symbol group, std::shared_ptr<const api::Node> model) {
  for (Group& each : groups_)
    if (each.config.name == group) each.config.model = model;
}

std::int32_t ClusterAutoscaler::target_size(const cloud::Ec2& ec2, std::size_t group) const {
  std::int32_t size = 0;
  for (cloud::InstanceId id = 0; id < ec2.size(); ++id) {
    const cloud::Instance& instance = ec2.instance(id);
    size += instance.request.owner == groups_[group].config.name && instance.alive();
  }
  return size;
}

void ClusterAutoscaler::give_up_on_late_instances(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2) {
  std::erase_if(upcoming_, [&](const Upcoming& upcoming) {
    const cloud::Instance& instance = ec2.instance(upcoming.instance);
    if (kernel.now() - instance.requested < config_.max_node_provision_time) return false;
    Group& group = groups_[upcoming.group];
    event(kernel, api, status_, true, "ScaleUpTimedOut",
          fmt::format("Nodes added to group {} failed to register within {}", group.config.name.str(),
                      to_string(kernel.now() - instance.requested)),
          instance.request.cause);
    group.backoff.failed(kernel.now());
    ec2.terminate(kernel, upcoming.instance, instance.request.cause);
    return true;
  });
}

void ClusterAutoscaler::on_instance(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2,
                                    cloud::InstanceId id, JournalId cause) {
  const cloud::Instance& instance = ec2.instance(id);
  const auto upcoming = std::ranges::find(upcoming_, id, &Upcoming::instance);
  if (instance.state == cloud::InstanceState::kTerminated) removals_.forget(instance.node_name);
  if (upcoming == upcoming_.end()) return;
  Group& group = groups_[upcoming->group];
  if (instance.state == cloud::InstanceState::kRunning) {
    group.backoff.succeeded();
  } else if (instance.state == cloud::InstanceState::kNoCapacity) {
    group.backoff.failed(kernel.now());
    event(kernel, api, status_, true, "FailedToScaleUpGroup",
          fmt::format("Scale-up failed for group {}: no capacity for {} in {}", group.config.name.str(),
                      symbols_text(instance.request.instance_types), symbols_text(instance.request.zones)),
          cause);
  }
  upcoming_.erase(upcoming);
}

void ClusterAutoscaler::event(Kernel& kernel, cluster::ApiServer& api, const api::ObjectPtr& object,
                              bool warning, const char* reason, std::string message, JournalId cause) {
  events_.record(kernel, api, {object, warning, reason, std::move(message), {}}, cause);
}

}  // namespace seatrial::controllers
