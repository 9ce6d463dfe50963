#include "sim/scenario/kubectl.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/api/apps.h"
#include "sim/api/kinds.h"
#include "sim/api/template_hash.h"
#include "sim/api/time_text.h"
#include "sim/scenario/user.h"

namespace seatrial::scenario {

using api::Kind;
using cluster::ApiRequest;
using cluster::Store;
using cluster::Verb;
using Result = std::expected<Requests, std::string>;

namespace {

ApiRequest request(Verb verb) {
  ApiRequest made;
  made.verb = verb;
  made.user = "kubectl";
  return made;
}

std::unexpected<std::string> missing(const ObjectName& name) {
  return std::unexpected(fmt::format("Error from server (NotFound): {} \"{}\" not found",
                                     api::info(name.kind).qualified_resource(), name.name.str()));
}

const api::Deployment* deployment(const Store& store, const ObjectName& name) {
  return name.kind == Kind::kDeployment ? store.find<api::Deployment>(name.namespace_, name.name) : nullptr;
}

Requests one(ApiRequest only) {
  Requests requests;
  requests.push_back(std::move(only));
  return requests;
}

Requests update(std::shared_ptr<const api::Object> object) {
  ApiRequest made = request(Verb::kUpdate);
  made.object = std::move(object);
  return one(std::move(made));
}

std::int64_t revision_of(const api::ReplicaSet& rs) {
  const std::string text(rs.metadata.annotations->get("deployment.kubernetes.io/revision"));
  return text.empty() ? 0 : std::strtoll(text.c_str(), nullptr, 10);
}

// The ReplicaSets that a Deployment owns, by revision.
std::map<std::int64_t, const api::ReplicaSet*> history(const Store& store, const api::Deployment& d) {
  std::map<std::int64_t, const api::ReplicaSet*> revisions;
  for (const api::ObjectPtr& object : store.all(Kind::kReplicaSet)) {
    if (!object) continue;
    const api::OwnerReference* owner = object->metadata.controller_ref();
    if (owner == nullptr || owner->uid != d.metadata.uid) continue;
    const auto& rs = static_cast<const api::ReplicaSet&>(*object);
    revisions[revision_of(rs)] = &rs;
  }
  return revisions;
}

Result undo(const api::Deployment& d, const Store& store, std::int64_t to_revision) {
  if (d.paused) {
    return std::unexpected(
        fmt::format("error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout "
                    "resume' and try again"));
  }
  const auto revisions = history(store, d);
  const api::ReplicaSet* target = nullptr;
  if (to_revision != 0) {
    const auto it = revisions.find(to_revision);
    if (it == revisions.end())
      return std::unexpected(
          fmt::format("error: unable to find specified revision {} in history", to_revision));
    target = it->second;
  } else {
    if (revisions.size() < 2)
      return std::unexpected(std::string("error: no rollout history found for deployment \"") +
                             d.metadata.name.str() + "\"");
    target = std::next(revisions.rbegin())->second;
  }
  auto next = api::clone(d);
  api::PodTemplateSpec restored = *target->template_;
  restored.labels.edit().erase(api::kPodTemplateHash);
  if (api::equal_ignoring_hash(*d.template_, restored))
    return Requests();  // "skipped rollback": already there
  next->template_ = restored;
  return update(std::move(next));
}

}  // namespace

Result requests_for(const Apply& verb, const Store&, SimTime) {
  Requests requests;
  for (const Manifest& manifest : verb.manifests) {
    ApiRequest made = request(Verb::kApply);
    made.object = manifest.object;
    made.document = manifest.document;
    requests.push_back(std::move(made));
  }
  return requests;
}

Result requests_for(const Delete& verb, const Store& store, SimTime) {
  Requests requests;
  for (const ObjectName& name : verb.targets) {
    ApiRequest made = request(Verb::kDelete);
    made.ref = store.find(name.kind, name.namespace_, name.name);
    if (!made.ref.valid()) return missing(name);
    made.grace_period_seconds = verb.grace_period_seconds;
    requests.push_back(std::move(made));
  }
  return requests;
}

Result requests_for(const Scale& verb, const Store& store, SimTime) {
  ApiRequest made = request(Verb::kScale);
  made.ref = store.find(verb.target.kind, verb.target.namespace_, verb.target.name);
  if (!made.ref.valid()) return missing(verb.target);
  made.replicas = verb.replicas;
  return one(std::move(made));
}

Result requests_for(const SetImage& verb, const Store& store, SimTime) {
  const api::Deployment* d = deployment(store, verb.target);
  if (d == nullptr) return missing(verb.target);
  auto next = api::clone(*d);
  api::PodTemplateSpec edited = *d->template_;
  api::PodSpec& spec = edited.spec.edit();
  for (const auto& [container, image] : verb.images) {
    bool found = false;
    for (auto* list : {&spec.containers, &spec.init_containers}) {
      for (api::Container& c : *list) {
        if (container != api::Symbol("*") && c.name != container) continue;
        c.image = image;
        found = true;
      }
    }
    if (!found)
      return std::unexpected(fmt::format("error: unable to find container named \"{}\"", container.str()));
  }
  next->template_ = edited;
  return update(std::move(next));
}

Result requests_for(const Rollout& verb, const Store& store, SimTime now) {
  const api::Deployment* d = deployment(store, verb.target);
  if (d == nullptr) return missing(verb.target);
  if (verb.verb == Rollout::Verb::kUndo) return undo(*d, store, verb.to_revision);
  auto next = api::clone(*d);
  if (verb.verb == Rollout::Verb::kRestart) {
    if (d->paused)
      return std::unexpected("error: deployments.apps \"" + d->metadata.name.str() +
                             "\" can't restart paused deployment (run rollout resume first)");
    api::PodTemplateSpec edited = *d->template_;
    edited.annotations.edit().set("kubectl.kubernetes.io/restartedAt", api::time_text(now));
    next->template_ = edited;
  } else {
    const bool pause = verb.verb == Rollout::Verb::kPause;
    if (d->paused == pause) {
      return std::unexpected(fmt::format("error: deployments.apps \"{}\" is {}", d->metadata.name.str(),
                                         pause ? "already paused" : "not paused"));
    }
    next->paused = pause;
  }
  return update(std::move(next));
}

Result requests_for(const Cordon& verb, const Store& store, SimTime) {
  Requests requests;
  for (const auto& node : User::chosen(store, verb.nodes)) {
    if (node->unschedulable == verb.unschedulable) continue;
    auto next = api::clone(*node);
    next->unschedulable = verb.unschedulable;
    ApiRequest made = request(Verb::kUpdate);
    made.object = std::move(next);
    requests.push_back(std::move(made));
  }
  return requests;
}

Result requests_for(const Drain& verb, const Store& store, SimTime now) {
  Result requests = requests_for(Cordon{verb.nodes, true}, store, now);
  for (const auto& node : User::chosen(store, verb.nodes)) {
    for (const api::ObjectPtr& object : store.list(Kind::kPod)) {
      const auto& pod = static_cast<const api::Pod&>(*object);
      if (pod.node_name != node->metadata.name || api::is_pod_terminal(pod)) continue;
      ApiRequest made = request(Verb::kEvict);
      made.ref = pod.ref();
      made.grace_period_seconds = verb.grace_period_seconds;
      requests->push_back(std::move(made));
    }
  }
  return requests;
}

}  // namespace seatrial::scenario
