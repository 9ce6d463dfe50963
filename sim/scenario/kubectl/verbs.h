// The verbs behind command.h, in pairs: which objects, and one step about one of them. Internal to kubectl.
#pragma once

#include "sim/scenario/kubectl/command.h"

namespace seatrial::scenario::kubectl {

using cluster::Store;

// --- What the verbs share
Plan plan_of(const Targets& targets, const Store& store, bool ignore_not_found = false);
Plan plan_of(const NodeChoice& nodes, const Store& store);
Plan plan_of(const std::vector<Manifest>& manifests);
cluster::ApiRequest request(cluster::Verb verb, const api::Object& object);
// A request that makes `after` of `before`, as a patch of that type (strategic or merge) by that field
// manager; none where they are equal.
std::expected<std::optional<cluster::ApiRequest>, std::string> patch_request(const api::Object& before,
                                                                             const api::Object& after,
                                                                             cluster::PatchType type,
                                                                             api::Symbol manager);

// --- The verbs
Plan plan(const Apply& verb, const Store& store);
Turn turn(const Apply& verb, const Target& target, int stage, const Store& store, SimTime now);
Plan plan(const Create& verb, const Store& store);
Turn turn(const Create& verb, const Target& target, int stage, const Store& store, SimTime now);
Plan plan(const Replace& verb, const Store& store);
Turn turn(const Replace& verb, const Target& target, int stage, const Store& store, SimTime now);
Plan plan(const Delete& verb, const Store& store);
Turn turn(const Delete& verb, const Target& target, int stage, const Store& store, SimTime now);
Plan plan(const Scale& verb, const Store& store);
Turn turn(const Scale& verb, const Target& target, int stage, const Store& store, SimTime now);
Plan plan(const SetImage& verb, const Store& store);
Turn turn(const SetImage& verb, const Target& target, int stage, const Store& store, SimTime now);
Plan plan(const SetEnv& verb, const Store& store);
Turn turn(const SetEnv& verb, const Target& target, int stage, const Store& store, SimTime now);
// undo: the template of revision `to_revision` (0: the highest but one) becomes the workload's again.
Plan plan(const Rollout& verb, const Store& store);
Turn turn(const Rollout& verb, const Target& target, int stage, const Store& store, SimTime now);
Plan plan(const EditLabels& verb, const Store& store);
Turn turn(const EditLabels& verb, const Target& target, int stage, const Store& store, SimTime now);
Plan plan(const PatchObject& verb, const Store& store);
Turn turn(const PatchObject& verb, const Target& target, int stage, const Store& store, SimTime now);
Plan plan(const Get& verb, const Store& store);
Turn turn(const Get& verb, const Target& target, int stage, const Store& store, SimTime now);
Plan plan(const EditTaints& verb, const Store& store);
Turn turn(const EditTaints& verb, const Target& target, int stage, const Store& store, SimTime now);
Plan plan(const Cordon& verb, const Store& store);
Turn turn(const Cordon& verb, const Target& target, int stage, const Store& store, SimTime now);
Plan plan(const Drain& verb, const Store& store);
Turn turn(const Drain& verb, const Target& target, int stage, const Store& store, SimTime now);
Plan plan(const Evict& verb, const Store& store);
Turn turn(const Evict& verb, const Target& target, int stage, const Store& store, SimTime now);

}  // namespace seatrial::scenario::kubectl
