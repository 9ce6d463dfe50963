// kubectl create, replace, delete, and the eviction of single pods. Sources: pkg/cmd/{create,replace,
// delete}.
#include <fmt/format.h>

#include "sim/api/kinds.h"
#include "sim/scenario/choice.h"
#include "sim/scenario/kubectl/verbs.h"
#include "sim/scenario/kubectl/words.h"

namespace seatrial::scenario::kubectl {

using cluster::Verb;

namespace {

cluster::ApiRequest request_of(Verb verb, const Manifest& manifest) {
  cluster::ApiRequest made;
  made.verb = verb;
  made.object = manifest.object;
  made.document = manifest.document;
  made.field_manager = "kubectl-create";
  return made;
}

std::string when(std::string_view what, const Manifest& manifest) {
  return fmt::format("error when {} \"{}\": ", what, manifest.object->source.file.str());
}

cluster::ApiRequest deletion(const api::Object& object, std::optional<std::int64_t> grace,
                             cluster::Propagation cascade) {
  cluster::ApiRequest made = request(Verb::kDelete, object);
  made.grace_period_seconds = grace;
  made.propagation = cascade;
  return made;
}

std::string deleted_text(const api::Object& object, bool at_once) {
  return fmt::format("{} \"{}\" {}", resource_text(object), object.metadata.name.str(),
                     at_once ? "force deleted" : "deleted");
}

}  // namespace

Plan plan(const Create& verb, const Store&) { return plan_of(verb.manifests); }

Turn turn(const Create& verb, const Target& target, int, const Store&, SimTime) {
  const Manifest& manifest = verb.manifests[target.item];
  return Step{.request = request_of(Verb::kCreate, manifest),
              .said = name_text(*manifest.object) + " created",
              .source = when("creating", manifest)};
}

Plan plan(const Replace& verb, const Store& store) {
  Plan plan = plan_of(verb.manifests);
  if (verb.force) return plan;
  // Read first: without --force there must be something to replace.
  std::erase_if(plan.targets, [&](const Target& target) {
    if (read(store, target)) return false;
    plan.errors.push_back(not_found_text(target));
    return true;
  });
  return plan;
}

Turn turn(const Replace& verb, const Target& target, int stage, const Store& store, SimTime) {
  const Manifest& manifest = verb.manifests[target.item];
  const api::ObjectPtr live = read(store, target);
  if (verb.force) {
    if (stage == 0 && live) {
      const auto grace = verb.grace_period_seconds.value_or(0);
      return Step{.request = deletion(*live, grace, cluster::Propagation::kBackground),
                  .said = deleted_text(*live, grace == 0),
                  .more = true};
    }
    if (live) return Step{.wait = Duration::seconds(1), .more = true};
    return Step{.request = request_of(Verb::kCreate, manifest),
                .said = name_text(*manifest.object) + " replaced"};
  }
  if (!live) return std::unexpected(not_found_text(target));
  const auto next = api::info(*live).clone(*manifest.object);
  next->index = live->index;
  next->metadata.resource_version = 0;  // replaced without looking at what others wrote
  cluster::ApiRequest made;
  made.verb = Verb::kUpdate;
  made.object = next;
  made.field_manager = "kubectl-replace";
  return Step{.request = std::move(made),
              .said = name_text(*manifest.object) + " replaced",
              .source = when("replacing", manifest)};
}

Plan plan(const Delete& verb, const Store& store) {
  Plan plan = plan_of(verb.targets, store, verb.ignore_not_found);
  return plan;
}

Turn turn(const Delete& verb, const Target& target, int, const Store& store, SimTime) {
  const api::ObjectPtr live = read(store, target);
  if (!live && verb.ignore_not_found) return Step{};
  if (!live) return std::unexpected(not_found_text(target));
  // Without --force, 0 is 1: nothing is torn from a kubelet by accident.
  std::optional<std::int64_t> grace = verb.grace_period_seconds;
  if (grace == 0 && !verb.force) grace = 1;
  if (!grace && verb.force) grace = 0;
  Step step;
  if (verb.force)
    step.first.push_back(
        "Warning: Immediate deletion does not wait for confirmation that the running resource has been "
        "terminated. The resource may continue to run on the cluster indefinitely.");
  step.request = deletion(*live, grace, verb.cascade);
  step.said = deleted_text(*live, grace == 0);
  if (target.like) step.source = fmt::format("error when deleting \"{}\": ", target.like->source.file.str());
  return step;
}

Plan plan(const Evict& verb, const Store& store) {
  Plan plan;
  for (const auto& pod : pods_of(store, verb.target)) {
    if (plan.targets.size() == static_cast<std::size_t>(verb.count)) break;
    plan.targets.push_back({{api::Kind::kPod, pod->metadata.namespace_, pod->metadata.name}});
  }
  if (plan.targets.empty()) plan.errors.push_back(not_found_text(Target{verb.target}));
  return plan;
}

Turn turn(const Evict& verb, const Target& target, int, const Store& store, SimTime) {
  const api::ObjectPtr live = read(store, target);
  if (!live) return std::unexpected(not_found_text(target));
  cluster::ApiRequest made = request(Verb::kEvict, *live);
  made.grace_period_seconds = verb.grace_period_seconds;
  return Step{.request = std::move(made), .said = name_text(*live) + " evicted"};
}

}  // namespace seatrial::scenario::kubectl
