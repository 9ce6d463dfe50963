#include "sim/scenario/user.h"

#include <algorithm>

#include "sim/api/apps.h"
#include "sim/scenario/kubectl.h"

namespace seatrial::scenario {

using api::Kind;
using cluster::ApiServer;

namespace {

constexpr Duration kEvictionRetry = Duration::seconds(5);  // kubectl drain: after a 429

const api::LabelSelector* selector_of(const cluster::Store& store, const ObjectName& name) {
  if (const auto* d = store.find<api::Deployment>(name.namespace_, name.name);
      d && name.kind == Kind::kDeployment) {
    return &d->selector;
  }
  if (const auto* r = store.find<api::ReplicaSet>(name.namespace_, name.name);
      r && name.kind == Kind::kReplicaSet) {
    return &r->selector;
  }
  return nullptr;
}

}  // namespace

User::User(const Kernel& kernel, ApiServer& api) : client_(api.add_client(kernel, "kubectl", 0, 0)) {}

void User::act(Kernel& kernel, ApiServer& api, const TimelineEntry& entry, std::size_t index,
               JournalId cause) {
  auto requests = std::visit(
      [&](const auto& verb) -> std::expected<Requests, std::string> {
        if constexpr (requires { requests_for(verb, api.store(), kernel.now()); }) {
          return requests_for(verb, api.store(), kernel.now());
        }
        CHECK_MSG(false, "a fault is not kubectl's");
      },
      entry.action);
  if (!requests) return refuse(kernel, cause, requests.error());
  for (cluster::ApiRequest& request : *requests) request.cause = cause;
  begin(kernel, api, index, std::move(*requests));
}

void User::begin(Kernel& kernel, ApiServer& api, std::size_t entry, Requests requests) {
  const auto free = std::ranges::find(sessions_, false, &Session::active);
  const auto slot = static_cast<std::uint32_t>(free - sessions_.begin());
  if (free == sessions_.end()) sessions_.emplace_back();
  sessions_[slot] = {entry, std::move(requests), {}, true};
  send_next(kernel, api, slot);
}

void User::send_next(Kernel& kernel, ApiServer& api, std::uint32_t slot) {
  Session& session = sessions_[slot];
  if (session.queue.empty()) {
    session.active = false;
    return;
  }
  session.current = std::move(session.queue.front());
  session.queue.pop_front();
  api.submit(kernel, client_, session.current, {cluster::kScenarioComponent, kAnswer, slot, 0});
}

void User::handle(Kernel& kernel, ApiServer& api, const Event& event) {
  if (event.type == kRetryEviction) {
    // The pod of `payload`, evicted once more on behalf of the entry in `subject`.
    cluster::ApiRequest again;
    again.verb = cluster::Verb::kEvict;
    again.ref = {Kind::kPod, static_cast<std::uint32_t>(event.payload)};
    again.user = "kubectl";
    again.cause = event.cause;
    Requests requests;
    requests.push_back(std::move(again));
    return begin(kernel, api, event.subject, std::move(requests));
  }
  Session& session = sessions_[event.subject];
  const cluster::ApiResult result = api.take_reply({static_cast<std::uint32_t>(event.payload)});
  const bool eviction = session.current.verb == cluster::Verb::kEvict;
  if (!result && eviction && result.error().code == 429) {
    Event retry;
    retry.component = cluster::kScenarioComponent;
    retry.type = kRetryEviction;
    retry.subject = static_cast<std::uint32_t>(session.entry);
    retry.payload = session.current.ref.index;
    retry.cause = session.current.cause;
    kernel.after(kEvictionRetry, retry);
  } else if (!result && !(eviction && result.error().code == 404)) {
    refuse(kernel, session.current.cause, result.error().message);
  }
  send_next(kernel, api, event.subject);
}

void User::refuse(Kernel& kernel, JournalId cause, std::string_view message) {
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(cluster::RecordType::kRefused);
  record.cause = cause;
  record.text = kernel.journal().text(message);
  kernel.record(record);
}

std::vector<std::shared_ptr<const api::Node>> User::chosen(const cluster::Store& store,
                                                           const NodeChoice& choice) {
  std::vector<std::shared_ptr<const api::Node>> nodes;
  for (const api::ObjectPtr& object : store.list(Kind::kNode)) {
    const api::LabelMap& labels = *object->metadata.labels;
    if (!choice.node.empty() && object->metadata.name != choice.node) continue;
    if (!choice.node_group.empty() && labels.get("seatrial/node-group") != choice.node_group.view()) continue;
    if (!choice.zone.empty() && labels.get("topology.kubernetes.io/zone") != choice.zone.view()) continue;
    if (choice.nodes > 0 && nodes.size() == static_cast<std::size_t>(choice.nodes)) break;
    nodes.push_back(api::as<api::Node>(object));
  }
  return nodes;
}

std::vector<std::shared_ptr<const api::Pod>> User::pods_of(const cluster::Store& store,
                                                           const ObjectName& workload) {
  std::vector<std::shared_ptr<const api::Pod>> pods;
  const api::LabelSelector* selector = selector_of(store, workload);
  for (const api::ObjectPtr& object : store.list(Kind::kPod, workload.namespace_)) {
    const bool named = workload.kind == Kind::kPod && object->metadata.name == workload.name;
    if (named || (selector != nullptr && selector->matches(*object->metadata.labels))) {
      pods.push_back(api::as<api::Pod>(object));
    }
  }
  return pods;
}

}  // namespace seatrial::scenario
