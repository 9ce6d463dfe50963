// kubectl apply: on the client's side a three-way patch of the manifest, what was applied last (an
// annotation) and what is there; with --server-side the manifest itself. Sources: pkg/cmd/apply/{apply,
// patcher}.go, pkg/util/apply.go.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/api/builtin_kinds.h"
#include "sim/api/kinds.h"
#include "sim/api/patch.h"
#include "sim/scenario/kubectl/verbs.h"
#include "sim/scenario/kubectl/words.h"

namespace seatrial::scenario::kubectl {

using api::Json;
using cluster::PatchType;
using cluster::Verb;

namespace {

constexpr const char* kClientSide = "kubectl-client-side-apply";

// The manifest as kubectl sends it: with its namespace, and with annotations even where there are none.
Json config_of(const Manifest& manifest) {
  Json config = api::to_json(*manifest.document);
  const api::ObjectMeta& meta = manifest.object->metadata;
  if (!meta.namespace_.empty()) config["metadata"]["namespace"] = meta.namespace_.str();
  if (!config["metadata"].contains("annotations") || !config["metadata"]["annotations"].is_object())
    config["metadata"]["annotations"] = Json::object();
  config["metadata"]["annotations"].erase(kLastApplied);
  return config;
}

cluster::ApiRequest creation(const Manifest& manifest, const std::string& annotation) {
  const auto object = api::info(*manifest.object).clone(*manifest.object);
  object->metadata.annotations.edit().set(kLastApplied, annotation);
  cluster::ApiRequest made;
  made.verb = Verb::kCreate;
  made.object = object;
  made.field_manager = kClientSide;
  return made;
}

Turn client_side(const Manifest& manifest, const api::ObjectPtr& live) {
  const api::Object& wanted = *manifest.object;
  const std::string& file = wanted.source.file.str();
  Json config = config_of(manifest);
  const std::string annotation = config.dump() + "\n";
  if (!live)
    return Step{.request = creation(manifest, annotation),
                .said = name_text(wanted) + " created",
                .source = fmt::format("error when creating \"{}\": ", file)};
  Step step;
  const std::string last(live->metadata.annotations->get(kLastApplied));
  if (last.empty())
    step.first.push_back(fmt::format(
        "Warning: resource {}/{} is missing the {} annotation which is required by kubectl apply. "
        "kubectl apply should only be used on resources created declaratively by either kubectl "
        "create --save-config or kubectl apply. The missing annotation will be patched "
        "automatically.",
        api::info(*live).plural, live->metadata.name.str(), kLastApplied));
  config["metadata"]["annotations"][kLastApplied] = annotation;
  const Json original = last.empty() ? Json() : Json::parse(last, nullptr, false);
  const Json current = api::info(*live).encode(*live);
  // Lists of custom resources have no merge keys.
  const bool strategic = !api::served_kinds(api::api_version_of(*live)).empty();
  const api::Patched patch = strategic ? api::three_way_patch(original, config, current)
                                       : api::three_way_merge_patch(original, config, current);
  if (!patch)
    return std::unexpected(
        fmt::format("error: error when applying patch for \"{}\": {}", file, patch.error()));
  if (patch->empty()) {
    step.said = name_text(wanted) + " unchanged";
    return step;
  }
  step.request = request(Verb::kPatch, *live);
  step.request->object = manifest.object;
  step.request->patch_type = strategic ? PatchType::kStrategic : PatchType::kMerge;
  step.request->document = std::make_shared<const api::Value>(api::from_json(*patch));
  step.request->field_manager = kClientSide;
  step.said = name_text(wanted) + " configured";
  step.source = fmt::format(
      "error when applying patch:\n{0}\nto:\n{1}\nfor: \"{2}\": error when patching \"{2}\": ", patch->dump(),
      object_text(*live), file);
  return step;
}

}  // namespace

Plan plan(const Apply& verb, const Store&) { return plan_of(verb.manifests); }

Turn turn(const Apply& verb, const Target& target, int, const Store& store, SimTime) {
  const Manifest& manifest = verb.manifests[target.item];
  if (!verb.server_side) return client_side(manifest, read(store, target));
  cluster::ApiRequest made;
  made.verb = Verb::kApply;
  made.object = manifest.object;
  made.document = manifest.document;
  made.field_manager = verb.field_manager;
  made.force = verb.force_conflicts;
  return Step{.request = std::move(made), .said = name_text(*manifest.object) + " serverside-applied"};
}

}  // namespace seatrial::scenario::kubectl
