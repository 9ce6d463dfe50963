#include "sim/scenario/conform/control_plane.h"

#include <fmt/format.h>

#include <deque>
#include <nlohmann/json.hpp>

#include "sim/api/conversion.h"
#include "sim/api/kinds.h"
#include "sim/cluster/controller_runtime.h"
#include "sim/cluster/hollow_kubelet.h"
#include "sim/controllers/table.h"
#include "sim/scenario/conform/names.h"
#include "sim/scenario/conform/summary.h"
#include "sim/scheduler/scheduler.h"

namespace seatrial::scenario {

using api::Kind;
using api::ObjectPtr;
using cluster::ApiRequest;
using cluster::Verb;
using nlohmann::json;

namespace {

constexpr const char* kNamespace = "ns";

using Done = std::expected<void, std::string>;

// A control plane over hollow nodes, and a log of everything that its store committed.
class Rehearsal {
 public:
  Rehearsal(const Recording& recording, std::uint64_t seed, Machine machine)
      : kernel_(seed, SimTime::at(Duration::seconds(-30))),
        api_(kernel_, timings_on(machine)),
        controllers_(kernel_, api_, controllers::controller_rows()),
        scheduler_(kernel_, api_, scheduler_on(machine)),
        hollow_(kernel_, api_,
                {Distribution::constant(recording.start), Distribution::constant(recording.ready),
                 Distribution::constant(recording.term), Duration::millis(20)}),
        client_(api_.add_client(kernel_, "player", 0, 0)) {
    std::vector<Kind> kinds;
    for (const api::KindInfo& kind : api::kinds()) kinds.push_back(kind.kind);
    api_.watches().add_consumer(kernel_, "log", kinds, cluster::kChecksComponent,
                                Distribution::constant(Duration()));
    api_.create_system_namespaces(kernel_);
    auto ns = std::make_shared<api::Namespace>();
    ns->metadata.name = kNamespace;
    ns->metadata.labels = recording.namespace_labels;
    if (recording.selects_nodes) {
      api_.admission().enabled = {"PodNodeSelector"};
      ns->metadata.annotations.edit().set("scheduler.alpha.kubernetes.io/node-selector",
                                          std::string("pool=") + kNamespace);
    }
    execute(Verb::kCreate, ns);
    for (const auto& node : recording.nodes) execute(Verb::kCreate, in_pool(*node));
  }

  void run_until(SimTime end) {
    kernel_.run_until(end, [this](const Event& event) { handle(event); });
  }

  Done act(const json& action) {
    const auto verb = action.at("do").get<std::string>();
    if (verb == "apply" || verb == "create") return write(verb, action.at("object"));
    if (verb == "patch") return patch(action);
    if (verb == "scale") return scale(action);
    if (verb == "delete") return remove(action);
    if (verb == "delete-pod") return remove_pod(action);
    if (verb == "evict") return evict(action);
    if (verb == "stop-heartbeat") return set_heartbeat(action, false);
    if (verb == "start-heartbeat") return set_heartbeat(action, true);
    if (verb == "delete-node") return delete_node(action);
    if (verb == "drain") return drain(action);
    if (verb == "cordon") return cordon(action, true);
    if (verb == "uncordon") return cordon(action, false);
    if (verb == "annotate-pod") return annotate(action);
    if (verb == "ungate") return ungate(action);
    if (verb == "set-ready") return set_ready(action);
    if (verb == "add-node") return add_node(action);
    if (verb == "taint") return taint(action);
    if (verb == "label-node") return label_node(action);
    if (verb == "metrics") return set_metrics(action);
    return std::unexpected("action " + verb);
  }

  const std::vector<Commit>& commits() const { return commits_; }
  // The answers to evictions, and refusals: [action, target, code, reason, message].
  const json& responses() const { return responses_; }

 private:
  // A request of the player that is under way: how the recording calls it.
  struct Call {
    std::string verb, target;
    api::ObjectRef pod;            // of an eviction
    bool tries_again = false;      // 5 s after a refusal, as kubectl drain does
    std::deque<std::string> next;  // evicted one after the other
  };
  enum PlayerEvent : std::uint8_t { kAnswer, kTryAgain };
  void handle(const Event& event) {
    switch (event.component) {
      case cluster::kApiServerComponent:
        return api_.handle(kernel_, event);
      case cluster::kControllerComponent:
        return controllers_.handle(kernel_, api_, event);
      case cluster::kSchedulerComponent:
        return scheduler_.handle(kernel_, api_, event);
      case cluster::kHollowKubeletComponent:
        return hollow_.handle(kernel_, api_, event);
      case cluster::kScenarioComponent:
        return event.type == kTryAgain ? send_eviction(calls_[event.subject]) : answered(event);
      case cluster::kWatchComponent:
        return deliver(api_.watches().take(event));
      default:
        CHECK(false);
    }
  }

  void deliver(const cluster::Watches::Delivery& delivery) {
    switch (delivery.component) {
      case cluster::kControllerComponent:
        return controllers_.on_watch(kernel_, api_, delivery.change);
      case cluster::kSchedulerComponent:
        return scheduler_.on_watch(kernel_, api_, delivery.change);
      case cluster::kHollowKubeletComponent:
        return hollow_.on_watch(kernel_, api_, delivery.change);
      case cluster::kChecksComponent:
        return log(delivery.change);
      default:
        CHECK(false);
    }
  }

  void log(const cluster::WatchEvent& change) {
    if (change.object->kind == Kind::kReplicaSet)
      names_.add_replica_set(static_cast<const api::ReplicaSet&>(*change.object));
    if (change.object->kind == Kind::kJob) names_.add_job(static_cast<const api::Job&>(*change.object));
    if (change.object->kind == Kind::kPod && change.type == cluster::ChangeType::kAdded) {
      names_.add_pod(static_cast<const api::Pod&>(*change.object));
      publish_usage();
    }
    commits_.push_back({kernel_.now(), change});
  }

  void execute(Verb verb, ObjectPtr object) {
    ApiRequest request;
    request.verb = verb;
    request.object = std::move(object);
    CHECK(api_.execute(kernel_, request).has_value());
  }

  void send(ApiRequest request, Call call) {
    const auto number = static_cast<std::uint32_t>(calls_.size());
    calls_.push_back(std::move(call));
    api_.submit(kernel_, client_, std::move(request), {cluster::kScenarioComponent, kAnswer, number, 0});
  }
  void send(ApiRequest request, std::string verb, std::string target) {
    send(std::move(request), {std::move(verb), std::move(target), {}, false, {}});
  }
  static std::string target_of(const api::Object& object) {
    return std::string(api::kind_name(object)) + "/" + object.metadata.name.str();
  }

  void answered(const Event& event) {
    const cluster::ApiResult result = api_.take_reply({static_cast<std::uint32_t>(event.payload)});
    const Call call = calls_[event.subject];
    const bool eviction = call.verb == "evict";
    if (!result) {
      const cluster::ApiError& error = result.error();
      const auto text = [](std::string_view t) { return t.empty() ? json() : json(t); };
      responses_.push_back(
          {call.verb, call.target, error.code, text(error.reason.view()), names_.in_text(error.message)});
      if (call.tries_again && error.code == 429) {
        Event again;
        again.component = cluster::kScenarioComponent;
        again.type = kTryAgain;
        again.subject = event.subject;
        kernel_.after(Duration::seconds(5), again);
      }
    } else if (eviction) {
      responses_.push_back({call.verb, call.target, 201, json(), json()});
    }
    if (!call.next.empty()) evict_in_turn(call.next);
  }

  // A node of the pool that PodNodeSelector selects.
  static std::shared_ptr<api::Node> in_pool(const api::Node& node) {
    auto labelled = api::clone(node);
    labelled->metadata.labels.edit().set("pool", kNamespace);
    return labelled;
  }

  Done write(const std::string& verb, const json& document) {
    const auto stored =
        api::to_stored_version(api::from_json(nlohmann::ordered_json::parse(document.dump())));
    if (!stored) return std::unexpected(stored.error().front().str());
    const api::Value& value = *stored;
    const auto kind_name = document.value("kind", ""), version = document.value("apiVersion", "");
    const api::KindInfo* const known = api::find_kind(version, kind_name);
    ApiRequest request;
    auto object = known ? known->decode(value, request.invalid) : api::read_object(value);
    if (!object) {
      const std::string name = document.value("/metadata/name"_json_pointer, "");
      responses_.push_back({verb, kind_name + "/" + name, 400, "BadRequest",
                            api::bad_request_message(version, kind_name, object.error())});
      return {};
    }
    auto placed = api::info((*object)->kind).clone(**object);
    if (api::info(placed->kind).namespaced) placed->metadata.namespace_ = kNamespace;
    request.verb = verb == "apply" ? Verb::kApply : Verb::kCreate;
    request.object = placed;
    request.document = std::make_shared<const api::Value>(value);
    request.field_manager = "recorder";
    request.force = true;
    send(std::move(request), verb, target_of(*placed));
    return {};
  }

  // The object that an action names by kind and name; if there is none the server says so, and the reference
  // is not valid.
  std::expected<api::ObjectRef, std::string> named(const json& action) {
    const auto kind_name = action.at("kind").get<std::string>(), name = action.at("name").get<std::string>();
    const api::KindInfo* kind = api::find_kind_by_resource(kind_name);
    if (kind == nullptr) return std::unexpected("kind " + kind_name);
    return found(kind->kind, name, action.at("do").get<std::string>(), std::string(kind->name) + "/" + name);
  }
  api::ObjectRef found(Kind kind, const std::string& name, const std::string& verb,
                       const std::string& target) {
    const std::string real = names_.real(name);
    const auto ref =
        api_.store().find(kind, api::info(kind).namespaced ? api::Symbol(kNamespace) : api::Symbol(), real);
    if (!ref.valid())
      responses_.push_back({verb, target, 404, "NotFound", cluster::not_found(kind, name).message});
    return ref;
  }

  Done patch_ref(api::ObjectRef ref, const json& patch, const std::string& type, const std::string& target) {
    ApiRequest request;
    request.verb = Verb::kPatch;
    request.ref = ref;
    request.patch_type = type == "merge"  ? cluster::PatchType::kMerge
                         : type == "json" ? cluster::PatchType::kJson
                                          : cluster::PatchType::kStrategic;
    request.document =
        std::make_shared<const api::Value>(api::from_json(nlohmann::ordered_json::parse(patch.dump())));
    send(std::move(request), "patch", target);
    return {};
  }

  Done patch(const json& action) {
    const auto ref = named(action);
    if (!ref) return std::unexpected(ref.error());
    if (!ref->valid()) return {};
    return patch_ref(*ref, action.at("patch"), action.value("type", "strategic"),
                     target_of(*api_.store().get(*ref)));
  }

  Done scale(const json& action) {
    const auto ref = named(action);
    if (!ref) return std::unexpected(ref.error());
    if (!ref->valid()) return {};
    ApiRequest request;
    request.verb = Verb::kScale;
    request.ref = *ref;
    request.replicas = action.at("replicas").get<std::int32_t>();
    send(std::move(request), "scale", target_of(*api_.store().get(*ref)));
    return {};
  }

  Done remove(const json& action) {
    const auto ref = named(action);
    if (!ref) return std::unexpected(ref.error());
    if (!ref->valid()) return {};
    const auto propagation = action.value("propagation", "Background");
    ApiRequest request;
    request.verb = Verb::kDelete;
    request.ref = *ref;
    request.propagation = propagation == "Orphan"       ? cluster::Propagation::kOrphan
                          : propagation == "Foreground" ? cluster::Propagation::kForeground
                                                        : cluster::Propagation::kBackground;
    send(std::move(request), "delete", target_of(*api_.store().get(*ref)));
    return {};
  }

  // Calls it with each pod of the action that there is, and its name in the recording.
  template <class Act>
  Done each_pod(const json& action, Act&& act) {
    for (const json& pod : one_or_more(action.at("pod"))) {
      const auto name = pod.get<std::string>();
      const auto ref = found(Kind::kPod, name, action.at("do").get<std::string>(), name);
      if (!ref.valid()) continue;
      if (const Done done = act(ref, name); !done) return done;
    }
    return {};
  }

  Done remove_pod(const json& action) {
    return each_pod(action, [&](api::ObjectRef ref, const std::string& name) -> Done {
      ApiRequest request;
      request.verb = Verb::kDelete;
      request.ref = ref;
      send(std::move(request), "delete-pod", name);
      return {};
    });
  }

  void send_eviction(Call call) {
    ApiRequest request;
    request.verb = Verb::kEvict;
    request.ref = call.pod;
    send(std::move(request), std::move(call));
  }

  // The first of them; each of the others when the one before it is answered.
  Done evict_in_turn(std::deque<std::string> pods) {
    const std::string name = pods.front();
    pods.pop_front();
    const auto ref = found(Kind::kPod, name, "evict", name);
    if (!ref.valid()) return pods.empty() ? Done() : evict_in_turn(std::move(pods));
    send_eviction({"evict", name, ref, false, std::move(pods)});
    return {};
  }

  Done evict(const json& action) {
    std::deque<std::string> pods;
    for (const json& pod : one_or_more(action.at("pod"))) pods.push_back(pod.get<std::string>());
    return evict_in_turn(std::move(pods));
  }

  Done set_heartbeat(const json& action, bool beats) {
    for (const json& name : one_or_more(action.at("node")))
      hollow_.set_heartbeat(kernel_, api_, name.get<std::string>(), beats);
    return {};
  }

  Done delete_node(const json& action) {
    for (const json& name : one_or_more(action.at("node"))) {
      ApiRequest request;
      request.verb = Verb::kDelete;
      request.ref = api_.store().find(Kind::kNode, {}, name.get<std::string>());
      if (!request.ref.valid()) return std::unexpected("no node " + name.get<std::string>());
      send(std::move(request), "delete-node", "Node/" + name.get<std::string>());
    }
    return {};
  }

  Done drain(const json& action) {
    if (Done done = cordon(action, true); !done) return done;
    for (const json& name : one_or_more(action.at("node"))) {
      for (const ObjectPtr& object : api_.store().list(Kind::kPod)) {
        const auto& pod = static_cast<const api::Pod&>(*object);
        if (pod.node_name.view() != name.get<std::string>() || api::is_pod_terminal(pod)) continue;
        send_eviction({"evict", names_.pod(pod.metadata.name.str()), pod.ref(), true, {}});
      }
    }
    return {};
  }

  static json one_or_more(const json& value) { return value.is_array() ? value : json::array({value}); }

  Done annotate(const json& action) {
    return each_pod(action, [&](api::ObjectRef ref, const std::string& name) {
      return patch_ref(ref, {{"metadata", {{"annotations", action.at("annotations")}}}}, "merge", name);
    });
  }

  Done ungate(const json& action) {
    return each_pod(action, [&](api::ObjectRef ref, const std::string& name) {
      return patch_ref(ref, {{"spec", {{"schedulingGates", nullptr}}}}, "merge", name);
    });
  }

  Done set_ready(const json& action) {
    return each_pod(action, [&](api::ObjectRef ref, const std::string&) -> Done {
      hollow_.set_ready(kernel_, api_, {ref.index}, action.at("ready").get<bool>());
      return {};
    });
  }

  Done add_node(const json& action) {
    const auto node = in_pool(*node_of(action.at("spec")));
    ApiRequest request;
    request.object = node;
    send(std::move(request), "add-node", target_of(*node));
    return {};
  }

  // Writes the named nodes, changed.
  template <class Edit>
  Done edit_nodes(const json& action, Edit&& edit) {
    for (const json& name : one_or_more(action.at("node"))) {
      const auto* const node = api_.store().find<api::Node>({}, name.get<std::string>());
      if (node == nullptr) return std::unexpected("no node " + name.get<std::string>());
      auto next = api::clone(*node);
      edit(*next);
      next->metadata.resource_version = 0;
      ApiRequest request;
      request.verb = Verb::kUpdate;
      request.object = std::move(next);
      send(std::move(request), action.at("do").get<std::string>(), target_of(*node));
    }
    return {};
  }

  Done cordon(const json& action, bool unschedulable) {
    return edit_nodes(action, [&](api::Node& node) { node.unschedulable = unschedulable; });
  }

  // Those that the node has of other keys stay; without any to add the cluster's own do.
  Done taint(const json& action) {
    const std::vector<api::Taint> taints = taints_of(action);
    return edit_nodes(action, [&](api::Node& node) {
      if (taints.empty()) {
        std::erase_if(node.taints,
                      [](const api::Taint& t) { return !t.key.view().starts_with("node.kubernetes.io/"); });
      }
      for (const api::Taint& taint : taints) {
        std::erase_if(node.taints, [&](const api::Taint& t) { return t.key == taint.key; });
        node.taints.push_back(taint);
      }
    });
  }

  Done label_node(const json& action) {
    return edit_nodes(action, [&](api::Node& node) {
      for (const auto& [key, value] : action.at("labels").items()) {
        if (value.is_null()) {
          node.metadata.labels.edit().erase(key);
        } else {
          node.metadata.labels.edit().set(key, value.get<std::string>());
        }
      }
    });
  }

  // What the metrics API answers from now on. Pods go by their names in the recording, also those that are
  // yet to come.
  Done set_metrics(const json& action) {
    usage_ = action;
    publish_usage();
    return {};
  }

  void publish_usage() {
    if (usage_.is_null()) return;
    cluster::UsageRule rule;
    const auto amount = [&](const char* field, std::int64_t unit) {
      return usage_.contains(field) ? std::optional(usage_[field].get<std::int64_t>() * unit) : std::nullopt;
    };
    rule.cpu_per_pod = amount("per_pod_m", 1);
    rule.cpu_in_total = amount("total_m", 1);
    rule.memory_per_pod = amount("per_pod_mi", (std::int64_t{1} << 20) * 1000);
    rule.down = usage_.value("down", false);
    for (const auto& [name, milli] : usage_.value("pod_m", json::object()).items())
      rule.cpu_of[names_.real(name)] = milli.get<std::int64_t>();
    for (const json& name : usage_.value("missing", json::array()))
      rule.missing.insert(names_.real(name.get<std::string>()));
    api_.metrics().set_rule(std::move(rule));
  }

  Kernel kernel_;
  cluster::ApiServer api_;
  cluster::ControllerManager controllers_;
  scheduler::Scheduler scheduler_;
  cluster::HollowKubelet hollow_;
  cluster::ClientId client_;
  Names names_;
  std::vector<Commit> commits_;
  std::vector<Call> calls_;
  json responses_ = json::array();
  json usage_;  // the last action on metrics
};

}  // namespace

std::expected<json, std::string> play(const Recording& recording, std::uint64_t seed, Duration phase,
                                      Machine machine) {
  Rehearsal rehearsal(recording, seed, machine);
  const Duration offset = phase + recording.into_minute;
  SimTime first = SimTime::max(), last;
  for (const Recording::Action& action : recording.input) {
    const SimTime at = action.at + offset;
    rehearsal.run_until(at);
    if (const Done done = rehearsal.act(action.what); !done) return std::unexpected(done.error());
    if (action.at > SimTime() && first == SimTime::max()) first = at;
    last = at;
  }
  // To the end of the recording and what may come later than there; that nothing more comes is seen as well.
  const bool gone = std::ranges::any_of(
      recording.input, [](const Recording::Action& action) { return action.what.at("do") == "delete-node"; });
  rehearsal.run_until(std::max(SimTime::at(recording.length + recording.into_minute), last) +
                      Duration::seconds(5) + (gone ? period_of(recording) : Duration()));
  json summary = summarize(rehearsal.commits(), kNamespace, first, last, recording.zone_of_node);
  summary["responses"] = rehearsal.responses();
  return summary;
}

}  // namespace seatrial::scenario
