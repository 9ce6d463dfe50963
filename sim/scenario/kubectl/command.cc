#include "sim/scenario/kubectl/command.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/api/kinds.h"
#include "sim/api/patch.h"
#include "sim/engine/check.h"
#include "sim/scenario/choice.h"
#include "sim/scenario/kubectl/verbs.h"
#include "sim/scenario/kubectl/words.h"

namespace seatrial::scenario::kubectl {

using api::Kind;

namespace {

Target target_of(const api::ObjectPtr& object, std::size_t item = 0) {
  return {{object->kind, object->metadata.namespace_, object->metadata.name}, item, object};
}

}  // namespace

Plan plan(const Action& action, const Store& store) {
  return std::visit(
      [&](const auto& verb) -> Plan {
        if constexpr (requires { plan(verb, store); }) return plan(verb, store);
        CHECK_MSG(false, "no verb of kubectl that works on one object after the other");
      },
      action);
}

Turn turn(const Action& action, const Target& target, int stage, const Store& store, SimTime now) {
  return std::visit(
      [&](const auto& verb) -> Turn {
        if constexpr (requires { turn(verb, target, stage, store, now); })
          return turn(verb, target, stage, store, now);
        CHECK_MSG(false, "no verb of kubectl that works on one object after the other");
      },
      action);
}

Plan plan_of(const Targets& targets, const Store& store, bool ignore_not_found) {
  Plan plan;
  const auto add = [&](Target target) {
    if (read(store, target))
      plan.targets.push_back(std::move(target));
    else if (!ignore_not_found)
      plan.errors.push_back(not_found_text(target));
  };
  for (const ObjectName& name : targets.names) add({name});
  for (const api::ObjectPtr& object : targets.files) add(target_of(object));
  for (const Kind kind : targets.kinds) {
    for (const api::ObjectPtr& object : store.list(kind, targets.namespace_)) {
      if (targets.selector.matches(*object->metadata.labels))
        plan.targets.push_back({{kind, object->metadata.namespace_, object->metadata.name}});
    }
  }
  return plan;
}

Plan plan_of(const std::vector<Manifest>& manifests) {
  Plan plan;
  for (std::size_t i = 0; i < manifests.size(); ++i)
    plan.targets.push_back(target_of(manifests[i].object, i));
  return plan;
}

Plan plan_of(const NodeChoice& nodes, const Store& store) {
  Plan plan;
  for (const auto& node : chosen_nodes(store, nodes))
    plan.targets.push_back({{Kind::kNode, {}, node->metadata.name}});
  for (const api::Symbol name : nodes.names) {
    const auto is_it = [&](const Target& target) { return target.name.name == name; };
    if (std::ranges::none_of(plan.targets, is_it))
      plan.errors.push_back(not_found_text(Target{{Kind::kNode, {}, name}}));
  }
  return plan;
}

api::ObjectPtr read(const Store& store, const Target& target) {
  if (target.like) return store.get(store.find(*target.like));
  return store.get(store.find(target.name.kind, target.name.namespace_, target.name.name));
}

cluster::ApiRequest request(cluster::Verb verb, const api::Object& object) {
  cluster::ApiRequest made;
  made.verb = verb;
  made.ref = object.ref();
  return made;
}

std::expected<std::optional<cluster::ApiRequest>, std::string> patch_request(const api::Object& before,
                                                                             const api::Object& after,
                                                                             cluster::PatchType type,
                                                                             api::Symbol manager) {
  const api::KindInfo& kind = api::info(before);
  const api::Json from = kind.encode(before), to = kind.encode(after);
  const api::Patched patch = type == cluster::PatchType::kStrategic ? api::two_way_patch(from, to)
                                                                    : api::merge_patch_between(from, to);
  if (!patch) return std::unexpected("error: " + patch.error());
  if (patch->empty()) return std::nullopt;
  cluster::ApiRequest made = request(cluster::Verb::kPatch, before);
  made.patch_type = type;
  made.field_manager = manager;
  made.document = std::make_shared<const api::Value>(api::from_json(*patch));
  return made;
}

}  // namespace seatrial::scenario::kubectl
