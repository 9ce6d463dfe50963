// kubectl cordon, uncordon, taint. Sources: pkg/cmd/drain/drain.go, pkg/drain/cordon.go, pkg/cmd/taint.
#include <fmt/format.h>

#include <algorithm>

#include "sim/scenario/kubectl/verbs.h"
#include "sim/scenario/kubectl/words.h"

namespace seatrial::scenario::kubectl {

using cluster::PatchType;

namespace {

std::string taint_text(const api::Taint& taint) {
  if (taint.effect.empty()) return taint.key.str();
  return taint.key.str() + (taint.value.empty() ? "" : "=" + taint.value.str()) + ":" + taint.effect.str();
}

bool matches(const api::Taint& taint, const api::Taint& pattern) {
  return taint.key == pattern.key && (pattern.effect.empty() || taint.effect == pattern.effect);
}

// The taints that the node already has with the same effect; empty if none.
std::string known_taints(const EditTaints& verb, const std::vector<api::Taint>& taints) {
  std::string keys;
  for (const api::Taint& taint : verb.added) {
    if (std::ranges::any_of(taints, [&](const api::Taint& old) { return matches(old, taint); }))
      keys += (keys.empty() ? "" : ",") + taint.key.str();
  }
  return keys;
}

}  // namespace

Plan plan(const EditTaints& verb, const Store& store) { return plan_of(verb.nodes, store); }

Turn turn(const EditTaints& verb, const Target& target, int, const Store& store, SimTime) {
  const api::ObjectPtr object = read(store, target);
  if (!object) return std::unexpected(not_found_text(target));
  const auto next = api::clone(static_cast<const api::Node&>(*object));
  const std::vector<api::Taint> before = next->taints;
  const std::string known = known_taints(verb, before);
  if (!verb.overwrite && !known.empty())
    return std::unexpected(
        fmt::format("error: node {} already has {} taint(s) with same effect(s) and --overwrite is false",
                    target.name.name.str(), known));
  next->taints = verb.added;
  for (const api::Taint& old : before) {
    if (std::ranges::none_of(next->taints, [&](const api::Taint& taint) { return matches(old, taint); }))
      next->taints.push_back(old);
  }
  const bool added = before.size() != next->taints.size();
  bool removed = false;
  std::vector<std::string> missing;
  for (const api::Taint& pattern : verb.removed) {
    removed = std::erase_if(next->taints, [&](const api::Taint& t) { return matches(t, pattern); }) > 0;
    if (!removed) missing.push_back(fmt::format("taint \"{}\" not found", taint_text(pattern)));
  }
  if (!missing.empty()) return std::unexpected(final_text(missing));
  const char* const done = (added && removed) || verb.overwrite ? "modified"
                           : added                              ? "tainted"
                                                                : "untainted";
  auto made = patch_request(*object, *next, PatchType::kStrategic, "kubectl-taint");
  if (!made) return std::unexpected(made.error());
  return Step{.request = std::move(*made), .said = fmt::format("{} {}", name_text(*object), done)};
}

Plan plan(const Cordon& verb, const Store& store) { return plan_of(verb.nodes, store); }

Turn turn(const Cordon& verb, const Target& target, int, const Store& store, SimTime) {
  const api::ObjectPtr object = read(store, target);
  if (!object) return std::unexpected(not_found_text(target));
  const auto next = api::clone(static_cast<const api::Node&>(*object));
  const char* const word = verb.unschedulable ? "cordon" : "uncordon";
  if (next->unschedulable == verb.unschedulable)
    return Step{.said = fmt::format("{} already {}ed", name_text(*object), word)};
  next->unschedulable = verb.unschedulable;
  auto made = patch_request(*object, *next, PatchType::kStrategic, "kubectl");
  if (!made) return std::unexpected(made.error());
  return Step{.request = std::move(*made),
              .said = fmt::format("{} {}ed", name_text(*object), word),
              .context = fmt::format("unable to {} node \"{}\": ", word, target.name.name.str())};
}

Plan plan(const Drain& verb, const Store& store) { return plan_of(verb.nodes, store); }

Turn turn(const Drain& verb, const Target& target, int stage, const Store& store, SimTime now) {
  return turn(Cordon{verb.nodes, true}, target, stage, store, now);
}

}  // namespace seatrial::scenario::kubectl
