#include "sim/cluster/kubelet/kubelet.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/api/resources.h"
#include "sim/cluster/kubelet/eviction_math.h"
#include "sim/cluster/node_status.h"

namespace seatrial::cluster {

using api::Symbol;

Kubelet::Kubelet(const Kernel& kernel, ApiServer& api, KubeletConfig config)
    : config_(std::move(config)), registries_(config_.registries) {
  api.watches().add_consumer(kernel, "kubelets", {api::Kind::kPod}, kKubeletComponent,
                             api.timings().watch_delivery, true);
}

void Kubelet::add_node(Kernel& kernel, ApiServer& api, Symbol name, Symbol address) {
  const auto* object = api.store().find<api::Node>({}, name);
  CHECK(object != nullptr && !has_node(name));
  const auto number = static_cast<std::uint32_t>(nodes_.size());
  const ClientId client = api.add_client(kernel, "kubelet/" + name.str(), 50, 100);
  const ClientId events = api.add_client(kernel, "kubelet-events/" + name.str(), 50, 100);
  const ReplyTo posted{kKubeletComponent, static_cast<std::uint8_t>(KubeletEvent::kEventPosted), number, 0};
  nodes_.emplace_back(name, client, EventRecorder("kubelet", name, events, posted),
                      kernel.stream("kubelet/" + name.str()));
  node_numbers_[name] = number;
  KubeletNode& node = nodes_.back();
  node.host_ip = address.empty() ? fmt::format("172.20.{}.{}", number / 250, number % 250 + 4) : address;
  node.public_address = cloud::public_address(config_.egress, *object);
  node.images = NodeImages(config_.max_parallel_pulls);
  // Measured on two CPUs, of which starts kept about one busy.
  const std::int64_t cpu = api::amount(object->capacity, "cpu").milli();
  node.cpu = SharedRate(std::max<std::int64_t>(1000, cpu / 2));
  node.memory.limit = pods_memory(*object, config_.eviction_hard_memory.value());
  node.memory.capacity = api::amount(object->capacity, "memory").value();
  node.relist_phase =
      kernel.now() + Duration::nanos(static_cast<std::int64_t>(node.random.below(1'000'000'000)));
  node.cpu_timer = kernel.queue().new_timer();
  node.pull_timer = kernel.queue().new_timer();
  node.status_timer = kernel.queue().new_timer();
  for (const Symbol image : config_.images_present) {
    const auto at = config_.images.find(image);
    node.images.add(image, at == config_.images.end() ? config_.unknown_image : at->second);
  }
  if (config_.all_images_present) {
    for (const auto& [image, behaviour] : config_.images) {
      if (behaviour.pull_error.empty()) node.images.add(image, behaviour);
    }
  }
  if (config_.heartbeat == Duration()) return;
  const auto phase =
      static_cast<std::int64_t>(node.random.below(static_cast<std::uint64_t>(config_.heartbeat.count())));
  arm({kernel, api, nullptr}, node.status_timer, number, KubeletEvent::kRenewal, Duration::nanos(phase));
}

void Kubelet::on_watch(Kernel& kernel, ApiServer& api, const WatchEvent& change) {
  auto object = std::static_pointer_cast<const api::Pod>(change.object);
  const auto at = node_numbers_.find(object->node_name);
  if (at == node_numbers_.end()) return;
  const Step step{kernel, api, nullptr};
  const std::uint32_t index = object->index;
  if (pods_.size() <= index) pods_.resize(index + 1);
  KubeletPod& p = pods_[index];
  if (!p.object) {
    if (change.type == ChangeType::kDeleted || api::is_pod_terminal(*object) || nodes_[at->second].failed)
      return;
    if (const auto why = refusal_of(step, nodes_[at->second], *object))
      return reject(step, index, at->second, change, *why);
    admit(step, index, at->second, change);
  }
  const bool has_new_deadline =
      p.object->spec->active_deadline_seconds != object->spec->active_deadline_seconds;
  p.object = object;
  if (has_new_deadline) arm_deadline(step, index);
  if (nodes_[p.node].failed) return;
  if (change.type == ChangeType::kDeleted) {
    p.object_gone = true;
    if (p.removed) return forget(step, index);
    if (!p.stopping) p.cause = change.cause;
    return terminate(step, index, 1);  // deleted by force: what runs is stopped all the same
  }
  if (!object->metadata.deletion_timestamp) return;
  if (!p.deleted) p.cause = change.cause;
  p.deleted = true;
  wake_probes(step, index);
  if (p.removed) return delete_when_reported(step, index);
  terminate(step, index, object->metadata.deletion_grace_period_seconds.value_or(30));
}

void Kubelet::admit(const Step& step, std::uint32_t index, std::uint32_t node_number,
                    const WatchEvent& change) {
  KubeletPod& p = pods_[index];
  KubeletNode& node = nodes_[node_number];
  p.object = std::static_pointer_cast<const api::Pod>(change.object);
  p.node = node_number;
  p.cause = change.cause;
  p.status = p.object->status;
  p.start_time = step.now();
  p.containers.resize(container_count(*p.object->spec));
  p.resync = step.kernel.queue().new_timer();
  node.pods.insert(index);
  p.worker = KubeletPod::Worker::kSyncing;
  ++p.epoch;
  update_status(step, index);
  later(step, index, KubeletEvent::kVolumesMounted, draw(p.node, config_.timings.volumes_mounted), p.epoch);
  arm_deadline(step, index);
}

void Kubelet::forget(const Step& step, std::uint32_t index) {
  KubeletPod& p = pods_[index];
  stop_probes(step, index);
  if (p.resync != TimerId::kNone) step.kernel.queue().free_timer(p.resync);
  nodes_[p.node].pods.erase(index);
  p = KubeletPod{};
}

void Kubelet::later(const Step& step, std::uint32_t pod, KubeletEvent type, Duration delay,
                    std::uint64_t payload, Index container) {
  Event event;
  event.component = kKubeletComponent;
  event.type = static_cast<std::uint8_t>(type);
  event.subject = pod;
  event.payload = payload;
  event.aux = container;
  step.kernel.after(delay, event);
}

void Kubelet::arm(const Step& step, TimerId timer, std::uint32_t subject, KubeletEvent type, Duration delay,
                  Index aux) {
  Event event;
  event.component = kKubeletComponent;
  event.type = static_cast<std::uint8_t>(type);
  event.subject = subject;
  event.aux = aux;
  step.kernel.arm(timer, delay, event);
}

SimTime Kubelet::next_relist(const KubeletNode& node, SimTime now) const {
  if (now < node.relist_phase) return node.relist_phase;
  const std::int64_t done = (now - node.relist_phase) / kRelistPeriod;
  return node.relist_phase + kRelistPeriod * (done + 1);
}

const ImageBehaviour& Kubelet::behaviour_of(const KubeletPod& p, std::size_t container) const {
  const auto at = config_.images.find(container_at(*p.object->spec, container).image);
  return at == config_.images.end() ? config_.unknown_image : at->second;
}

JournalId Kubelet::record(const Step& step, std::uint32_t pod, RecordType type, JournalId cause,
                          std::int64_t value, std::string_view text, std::uint32_t other) {
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(type);
  record.subject_kind = static_cast<std::uint8_t>(api::Kind::kPod);
  record.subject = pod;
  record.value = value;
  record.other = other;
  record.cause = cause;
  record.text = step.kernel.journal().text(text);
  return step.kernel.record(record);
}

void Kubelet::report(const Step& step, const KubeletPod& p, Index container, bool warning, const char* reason,
                     std::string message) {
  const api::PodSpec& spec = *p.object->spec;
  EventSpec event{p.object, warning, reason, std::move(message), {}};
  event.field_path = fmt::format("spec.{}{{{}}}", is_init(spec, container) ? "initContainers" : "containers",
                                 container_at(spec, container).name.str());
  nodes_[p.node].events.record(step.kernel, step.api, event, p.cause);
}

void Kubelet::report_pod(const Step& step, const KubeletPod& p, bool warning, api::Symbol reason,
                         std::string message) {
  nodes_[p.node].events.record(step.kernel, step.api, {p.object, warning, reason, std::move(message), {}},
                               p.cause);
}

void Kubelet::report_about_node(const Step& step, std::uint32_t number, bool warning, std::string_view reason,
                                std::string message) {
  KubeletNode& node = nodes_[number];
  const api::ObjectPtr object = step.api.store().get(step.api.store().find(api::Kind::kNode, {}, node.name));
  node.events.record(step.kernel, step.api, {object, warning, reason, std::move(message), {}},
                     node.shutdown.cause);
}

// Source: pkg/kubelet/pod_workers.go (killPodNow).
void Kubelet::end_pod(const Step& step, std::uint32_t pod, std::int64_t grace, PodEnding ending,
                      JournalId cause) {
  KubeletPod& p = pods_[pod];
  p.cause =
      record(step, pod, RecordType::kEndedByKubelet, cause, 0, ending.reason.str() + ": " + ending.message);
  p.ending = std::move(ending);
  terminate(step, pod, grace);
}

void Kubelet::handle(Kernel& kernel, ApiServer& api, ProcessObserver& observer, const Event& event,
                     NodeNetwork network) {
  const Step step{kernel, api, &observer, network};
  if (handle_answer(step, event) || handle_node_event(step, event)) return;
  if (event.subject >= pods_.size()) return;
  const KubeletPod& p = pods_[event.subject];
  if (!p.object || nodes_[p.node].failed) return;
  handle_pod_event(step, event);
}

bool Kubelet::handle_answer(const Step& step, const Event& event) {
  const CallId call{static_cast<std::uint32_t>(event.payload)};
  switch (static_cast<KubeletEvent>(event.type)) {
    case KubeletEvent::kStatusAnswered:
      (void)step.api.take_reply(call);
      if (pods_[event.subject].object) status_answered(step, event.subject);
      return true;
    case KubeletEvent::kDeleteAnswered:
      (void)step.api.take_reply(call);
      return true;
    case KubeletEvent::kNodeAnswered:
      (void)step.api.take_reply(call);
      return true;
    case KubeletEvent::kEventPosted:
      nodes_[event.subject].events.posted(step.kernel, step.api, call);
      return true;
    default:
      return false;
  }
}

bool Kubelet::handle_node_event(const Step& step, const Event& event) {
  switch (static_cast<KubeletEvent>(event.type)) {
    case KubeletEvent::kStartsShared:
      starts_shared(step, event.subject);
      return true;
    case KubeletEvent::kPullsShared:
      pulls_shared(step, event.subject);
      return true;
    case KubeletEvent::kPullAnswered:
      pull_answered(step, event.subject, static_cast<std::uint32_t>(event.payload));
      return true;
    case KubeletEvent::kRenewal:
      if (!nodes_[event.subject].lease.kept_up()) begin_renewals(step, event.subject);
      report_node(step, event.subject);
      return true;
    case KubeletEvent::kMemoryLooked:
      look_at_memory(step, event.subject);
      return true;
    case KubeletEvent::kShutdownGroupOver:
      shutdown_goes_on(step, event.subject, true);
      return true;
    default:
      return false;
  }
}

void Kubelet::handle_pod_event(const Step& step, const Event& event) {
  const std::uint32_t pod = event.subject;
  switch (static_cast<KubeletEvent>(event.type)) {
    case KubeletEvent::kNoticed:
      return notice(step, pod, true);
    case KubeletEvent::kResync:
      return request_sync(step, pod);
    case KubeletEvent::kProbe:
      return probe(step, pod, event.aux);
    case KubeletEvent::kNetworkDown:
      return network_down(step, pod);
    case KubeletEvent::kUnmounted:
      return later(step, pod, KubeletEvent::kCleaned, draw(pods_[pod].node, config_.timings.cleanup));
    case KubeletEvent::kCleaned:
      return cleaned(step, pod);
    case KubeletEvent::kStatusDue:
      return send_status(step, pod);
    case KubeletEvent::kDeadline:
      return deadline_over(step, pod);
    default:
      break;
  }
  if (handle_sync_event(step, event)) return;
  CHECK(handle_process_event(step, event));
}

// Events of a sync: void once it was cancelled.
bool Kubelet::handle_sync_event(const Step& step, const Event& event) {
  const std::uint32_t pod = event.subject;
  KubeletPod& p = pods_[pod];
  const bool is_void = event.payload != p.epoch;
  switch (static_cast<KubeletEvent>(event.type)) {
    case KubeletEvent::kVolumesMounted:
      if (!is_void) mount_volumes(step, pod, event.aux);
      return true;
    case KubeletEvent::kSandboxPrepared:
      if (!is_void) begin_sandbox(step, pod);
      return true;
    case KubeletEvent::kSandboxReady:
      if (!is_void) sandbox_ready(step, pod);
      return true;
    case KubeletEvent::kContainerCreated:
      if (!is_void) container_created(step, pod, event.aux);
      return true;
    case KubeletEvent::kStartReturned:
      if (!is_void) start_returned(step, pod, event.aux);
      return true;
    case KubeletEvent::kPostStartDone:
      if (!is_void) next_in_plan(step, pod);
      return true;
    case KubeletEvent::kRelisted:
      if (is_void) return true;
      p.worker = KubeletPod::Worker::kIdle;
      notice(step, pod, false);
      begin_sync(step, pod);
      return true;
    default:
      return false;
  }
}

// Events of a container's instance: void once it has ended.
bool Kubelet::handle_process_event(const Step& step, const Event& event) {
  const std::uint32_t pod = event.subject;
  KubeletPod& p = pods_[pod];
  if (static_cast<KubeletEvent>(event.type) == KubeletEvent::kDrained) {
    const auto server = static_cast<Index>(p.object->spec->init_containers.size());
    const KubeletContainer& c = p.containers[server];
    if (c.process.running && c.process.draining) process_ends(step, pod, server, 0, false);
    return true;
  }
  if (static_cast<KubeletEvent>(event.type) == KubeletEvent::kOutOfMemory) {
    const auto server = static_cast<Index>(p.object->spec->init_containers.size());
    if (p.containers[server].process.running) out_of_memory(step, pod, server);
    return true;
  }
  KubeletContainer& c = p.containers[event.aux];
  const bool is_void = event.payload != c.run.instance || !c.run.running();
  const bool ended = is_void || !c.process.running;
  switch (static_cast<KubeletEvent>(event.type)) {
    case KubeletEvent::kProcessBegins:
      if (!is_void) process_begins(step, pod, event.aux);
      return true;
    case KubeletEvent::kListening:
      if (!ended) listening(step, pod, event.aux);
      return true;
    case KubeletEvent::kProcessEnds: {
      const ImageBehaviour& b = behaviour_of(p, event.aux);
      if (!ended) process_ends(step, pod, event.aux, b.out_of_memory ? 137 : b.exit_code, b.out_of_memory);
      return true;
    }
    case KubeletEvent::kMemoryGrew:
      if (!ended) memory_grew(step, pod, event.aux);
      return true;
    case KubeletEvent::kLingerOver:
      if (!ended) drain(step, pod, event.aux);
      return true;
    case KubeletEvent::kHookDone:
      if (event.payload == c.run.instance) hook_done(step, pod, event.aux);
      return true;
    case KubeletEvent::kTurnOver:
      if (event.payload == c.run.instance && c.kill.stage == ContainerKill::Stage::kTurn)
        stop_container(step, pod, event.aux);
      return true;
    case KubeletEvent::kSigtermSent: {
      if (is_void) return true;
      later(step, pod, KubeletEvent::kSigtermReceived, draw(p.node, config_.timings.sigterm_received),
            event.payload, event.aux);
      const Duration left =
          std::max(Duration(), c.kill.killed_at - step.now()) + draw(p.node, config_.timings.sigkill_delay);
      later(step, pod, KubeletEvent::kSigkill, left, event.payload, event.aux);
      return true;
    }
    case KubeletEvent::kSigtermReceived:
      if (!is_void) sigterm_received(step, pod, event.aux);
      return true;
    case KubeletEvent::kSigkill:
      if (is_void || c.process.ended || step.now() < c.kill.killed_at) return true;
      c.record = record(step, pod, RecordType::kSigkill, p.cause, event.aux);
      process_ends(step, pod, event.aux, 137, false);
      return true;
    case KubeletEvent::kContainerExited:
      if (!is_void) container_exited(step, pod, event.aux);
      return true;
    case KubeletEvent::kStopReturned:
      if (event.payload == c.run.instance) stop_returned(step, pod, event.aux);
      return true;
    default:
      return false;
  }
}

void Kubelet::begin_renewals(const Step& step, std::uint32_t number) {
  KubeletNode& node = nodes_[number];
  if (!node.failed) node.lease.begin(step.kernel, step.api, node.name, config_.heartbeat);
}

// The node's status is written when it renews its Lease the next time.
void Kubelet::node_status_changed(const Step& step, std::uint32_t number) {
  KubeletNode& node = nodes_[number];
  if (std::exchange(node.status_changed, true) || !node.lease.kept_up()) return;
  arm(step, node.status_timer, number, KubeletEvent::kRenewal, node.lease.until_next(step.now()));
}

// Every five minutes as well, which would change nothing.
void Kubelet::report_node(const Step& step, std::uint32_t number) {
  KubeletNode& node = nodes_[number];
  const auto* object = step.api.store().find<api::Node>({}, node.name);
  if (node.failed || object == nullptr) return;
  auto next = std::make_shared<api::Node>(*object);
  const auto changes = report_conditions(*next, {node.memory.pressure, node.shutdown.begun}, step.now());
  if (!node.status_changed && changes.empty()) return;
  node.status_changed = false;
  for (const std::string_view change : changes)
    report_about_node(step, number, false, change,
                      fmt::format("Node {} status is now: {}", node.name.str(), change));
  next->images.clear();
  for (const Symbol image : node.images.images()) {
    const auto at = config_.images.find(image);
    next->images.push_back(
        {image, (at == config_.images.end() ? config_.unknown_image : at->second).size_bytes});
  }
  ApiRequest patch;
  patch.verb = Verb::kPatchStatus;
  patch.object = std::move(next);
  patch.cause = node.shutdown.cause;
  step.api.submit(step.kernel, node.client, std::move(patch),
                  {kKubeletComponent, static_cast<std::uint8_t>(KubeletEvent::kNodeAnswered), number, 0});
}

}  // namespace seatrial::cluster
