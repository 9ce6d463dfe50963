// kubectl rollout undo, pause, resume, restart. Sources: pkg/cmd/rollout, pkg/polymorphichelpers/{rollback,
// objectpauser,objectresumer,objectrestarter}.go.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/api/apps.h"
#include "sim/api/kinds.h"
#include "sim/api/patch.h"
#include "sim/api/template_hash.h"
#include "sim/api/time_text.h"
#include "sim/cluster/object_parts.h"
#include "sim/scenario/kubectl/verbs.h"
#include "sim/scenario/kubectl/words.h"

namespace seatrial::scenario::kubectl {

using api::Json;
using api::Kind;
using cluster::PatchType;

namespace {

constexpr const char* kRevision = "deployment.kubernetes.io/revision";
// What a Deployment keeps of its own annotations when it is rolled back.
constexpr std::array<const char*, 6> kKept{kLastApplied,
                                           kRevision,
                                           "deployment.kubernetes.io/revision-history",
                                           "deployment.kubernetes.io/desired-replicas",
                                           "deployment.kubernetes.io/max-replicas",
                                           "deprecated.deployment.rollback.to"};

std::int64_t revision_of(const api::Object& object) {
  if (object.kind == Kind::kControllerRevision)
    return static_cast<const api::ControllerRevision&>(object).revision;
  const std::string text(object.metadata.annotations->get(kRevision));
  return text.empty() ? 0 : std::strtoll(text.c_str(), nullptr, 10);
}

// The ReplicaSets or ControllerRevisions that a workload controls, by revision.
std::map<std::int64_t, api::ObjectPtr> history(const Store& store, const api::Object& owner) {
  const Kind kind = owner.kind == Kind::kDeployment ? Kind::kReplicaSet : Kind::kControllerRevision;
  std::map<std::int64_t, api::ObjectPtr> revisions;
  for (const api::ObjectPtr& object : store.all(kind)) {
    const api::OwnerReference* const by = object ? object->metadata.controller_ref() : nullptr;
    if (by && by->uid == owner.metadata.uid) revisions[revision_of(*object)] = object;
  }
  return revisions;
}

std::expected<api::ObjectPtr, std::string> revision_to(const Rollout& verb, const Store& store,
                                                       const api::Object& owner) {
  const auto revisions = history(store, owner);
  if (verb.to_revision != 0) {
    const auto found = revisions.find(verb.to_revision);
    if (found != revisions.end()) return found->second;
    return std::unexpected(
        fmt::format("error: unable to find specified revision {} in history", verb.to_revision));
  }
  if (revisions.size() >= 2) return std::next(revisions.rbegin())->second;
  if (owner.kind != Kind::kDeployment) return std::unexpected("error: no last revision to roll back to");
  return std::unexpected(
      fmt::format("error: no rollout history found for deployment \"{}\"", owner.metadata.name.str()));
}

cluster::ApiRequest patch(const api::Object& object, PatchType type, const Json& document) {
  cluster::ApiRequest made = request(cluster::Verb::kPatch, object);
  made.patch_type = type;
  made.field_manager = "kubectl";
  made.document = std::make_shared<const api::Value>(api::from_json(document));
  return made;
}

// The Deployment's template and annotations, replaced by those of a ReplicaSet.
Json restored(const api::Deployment& d, const api::ReplicaSet& set) {
  Json annotations = Json::object();
  const auto kept = [](const api::Symbol key) {
    return std::ranges::any_of(kKept, [&](const char* name) { return key == api::Symbol(name); });
  };
  for (const auto& [key, value] : *d.metadata.annotations) {
    if (kept(key)) annotations[key.str()] = value.str();
  }
  for (const auto& [key, value] : *set.metadata.annotations) {
    if (!kept(key)) annotations[key.str()] = value.str();
  }
  Json pods = api::info(set).encode(set)["spec"]["template"];
  pods["metadata"]["labels"].erase(std::string(api::kPodTemplateHash));
  return Json::array({{{"op", "replace"}, {"path", "/spec/template"}, {"value", pods}},
                      {{"op", "replace"}, {"path", "/metadata/annotations"}, {"value", annotations}}});
}

Turn undo(const Rollout& verb, const Store& store, const api::Object& object) {
  const auto to = revision_to(verb, store, object);
  if (!to) return std::unexpected(to.error());
  Step step;
  step.context = fmt::format("failed restoring revision {}: ", verb.to_revision);
  step.said = name_text(object) + " rolled back";
  const std::string skipped =
      fmt::format("{} skipped rollback (current template already matches revision {})", name_text(object),
                  verb.to_revision);
  if (object.kind != Kind::kDeployment) {
    const auto& revision = static_cast<const api::ControllerRevision&>(**to);
    if (*revision.template_ == **cluster::template_of(object)) return Step{.said = skipped};
    Json document = api::info(revision).encode(revision)["data"];
    document["spec"]["template"]["$patch"] = "replace";
    step.request = patch(object, PatchType::kStrategic, document);
    return step;
  }
  const auto& d = static_cast<const api::Deployment&>(object);
  const auto& set = static_cast<const api::ReplicaSet&>(**to);
  if (d.paused)
    return std::unexpected(
        "error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and "
        "try again");
  if (api::equal_ignoring_hash(*d.template_, *set.template_)) return Step{.said = skipped};
  step.request = patch(object, PatchType::kJson, restored(d, set));
  return step;
}

std::unexpected<std::string> unable(const api::Object& object, std::string_view why) {
  return std::unexpected(fmt::format("error: {} \"{}\" {}", api::info(object).qualified_resource(),
                                     object.metadata.name.str(), why));
}

Turn edited(const api::Object& before, const api::Object& after, std::string_view done) {
  auto request = patch_request(before, after, PatchType::kStrategic, "kubectl-rollout");
  if (!request) return std::unexpected(request.error());
  if (!*request)
    return std::unexpected(fmt::format(
        "error: failed to create patch for {}: if restart has already been triggered within the past second, "
        "please wait before attempting to trigger another",
        before.metadata.name.str()));
  return Step{.request = std::move(*request),
              .said = fmt::format("{} {}", name_text(before), done),
              .context = "failed to patch: "};
}

Turn restart(const api::Object& object, SimTime now) {
  if (object.kind == Kind::kDeployment && static_cast<const api::Deployment&>(object).paused)
    return unable(object, "can't restart paused deployment (run rollout resume first)");
  const auto next = api::info(object).clone(object);
  api::Shared<api::PodTemplateSpec>* const pods = cluster::template_of(*next);
  if (!pods || object.kind == Kind::kReplicaSet) return unable(object, "restarting is not supported");
  pods->edit().annotations.edit().set("kubectl.kubernetes.io/restartedAt", api::time_text(now));
  return edited(object, *next, "restarted");
}

Turn pause(const api::Object& object, bool paused) {
  if (object.kind != Kind::kDeployment)
    return unable(object, paused ? "pausing is not supported" : "resuming is not supported");
  const auto next = api::clone(static_cast<const api::Deployment&>(object));
  if (next->paused == paused) return unable(object, paused ? "is already paused" : "is not paused");
  next->paused = paused;
  return edited(object, *next, paused ? "paused" : "resumed");
}

}  // namespace

Plan plan(const Rollout& verb, const Store& store) { return plan_of(verb.targets, store); }

Turn turn(const Rollout& verb, const Target& target, int, const Store& store, SimTime now) {
  const api::ObjectPtr object = read(store, target);
  if (!object) return std::unexpected(not_found_text(target));
  if (verb.verb == Rollout::Verb::kRestart) return restart(*object, now);
  if (verb.verb != Rollout::Verb::kUndo) return pause(*object, verb.verb == Rollout::Verb::kPause);
  Turn done = undo(verb, store, *object);
  if (done && object->metadata.annotations->contains(kLastApplied)) {
    done->first.push_back(
        fmt::format("Warning: resource {}/{} was previously managed with 'kubectl apply'. Rolling back will "
                    "not update the {} annotation, which may cause unexpected behavior on future 'kubectl "
                    "apply' operations. Consider using 'kubectl apply' with your previous configuration file "
                    "instead.",
                    api::info(*object).plural, object->metadata.name.str(), kLastApplied));
  }
  return done;
}

}  // namespace seatrial::scenario::kubectl
