// kubectl scale, set image, set env, label, annotate, patch. Sources:
// pkg/cmd/{scale,set,label,annotate,patch}.
#include <fmt/format.h>

#include <algorithm>

#include "sim/api/apps.h"
#include "sim/api/kinds.h"
#include "sim/cluster/object_parts.h"
#include "sim/scenario/kubectl/verbs.h"
#include "sim/scenario/kubectl/words.h"

namespace seatrial::scenario::kubectl {

using api::Kind;
using api::Symbol;
using cluster::PatchType;

namespace {

std::optional<std::int32_t> size_of(const api::Object& object) {
  switch (object.kind) {
    case Kind::kDeployment:
      return static_cast<const api::Deployment&>(object).replicas;
    case Kind::kReplicaSet:
      return static_cast<const api::ReplicaSet&>(object).replicas;
    case Kind::kStatefulSet:
      return static_cast<const api::StatefulSet&>(object).replicas;
    default:
      return std::nullopt;
  }
}

// Edits the containers of a copy of an object and sends the difference, if there is one.
template <class Edit>
Turn edit_pods(const api::Object& object, std::string done, std::string context, Edit&& edit) {
  const auto next = api::info(object).clone(object);
  api::PodSpec* spec = nullptr;
  if (object.kind == Kind::kPod)
    spec = &static_cast<api::Pod&>(*next).spec.edit();
  else if (auto* const pods = cluster::template_of(*next))
    spec = &pods->edit().spec.edit();
  if (!spec)
    return std::unexpected(fmt::format("error: {}/{} the object is not a pod or does not have a pod template",
                                       api::info(object).plural, object.metadata.name.str()));
  Step step;
  if (const std::string problem = edit(*spec, step); !problem.empty()) return std::unexpected(problem);
  auto request = patch_request(object, *next, PatchType::kStrategic, "kubectl-set");
  if (!request) return std::unexpected(request.error());
  if (!*request) return step;  // nothing changes: kubectl says nothing
  step.request = std::move(*request);
  step.said = name_text(object) + " " + std::move(done);
  step.context = std::move(context);
  return step;
}

// With * as a wildcard.
bool matches(std::string_view name, std::string_view pattern) {
  if (pattern.empty()) return name.empty();
  if (pattern.front() != '*')
    return !name.empty() && name.front() == pattern.front() && matches(name.substr(1), pattern.substr(1));
  for (std::size_t skip = 0; skip <= name.size(); ++skip) {
    if (matches(name.substr(skip), pattern.substr(1))) return true;
  }
  return false;
}

std::string edit_env(api::Container& container, const SetEnv& verb) {
  const auto named = [](Symbol name) { return [name](const api::EnvVar& e) { return e.name == name; }; };
  for (const auto& [name, value] : verb.env.set) {
    const auto known = std::ranges::find_if(container.env, named(name));
    if (known == container.env.end()) {
      container.env.push_back({name, value, {}, {}});
      continue;
    }
    if (!verb.overwrite && known->value != value)
      return fmt::format("'{}' already has a value ({}), and --overwrite is false", name.str(),
                         known->value.str());
    *known = {name, value, {}, {}};
  }
  for (const Symbol name : verb.env.removed) std::erase_if(container.env, named(name));
  return "";
}

// What kubectl label says against changed values; empty if nothing.
std::string overwritten(const EditLabels& verb, const api::LabelMap& labels) {
  std::string text;
  for (const auto& [key, value] : verb.changes.set) {
    const Symbol* const now = labels.find(key);
    if (!now || *now == value || key == Symbol("kubernetes.io/change-cause")) continue;
    if (verb.annotations) {
      text += fmt::format("{}'{}' already has a value ({})", text.empty() ? "" : "; ", key.str(), now->str());
    } else {
      text += fmt::format("{}error: '{}' already has a value ({}), and --overwrite is false",
                          text.empty() ? "" : "\n", key.str(), now->str());
    }
  }
  if (text.empty() || !verb.annotations) return text;
  return "error: --overwrite is false but found the following declared annotation(s): " + text;
}

const char* label_words(bool added, bool removed) {
  if (added && removed) return "modified";
  return added ? "labeled" : removed ? "unlabeled" : "not labeled";
}

}  // namespace

Plan plan(const Scale& verb, const Store& store) {
  Plan found = plan_of(verb.targets, store);
  if (found.targets.empty() && found.errors.empty())
    found.errors.push_back("error: no objects passed to scale");
  return found;
}

Turn turn(const Scale& verb, const Target& target, int, const Store& store, SimTime) {
  const api::ObjectPtr object = read(store, target);
  if (!object) return std::unexpected(not_found_text(target));
  const auto size = size_of(*object);
  if (size && verb.current_replicas && *verb.current_replicas != *size)
    return std::unexpected(
        fmt::format("error: Expected replicas to be {}, was {}", *verb.current_replicas, *size));
  cluster::ApiRequest made = request(cluster::Verb::kScale, *object);
  made.replicas = verb.replicas;
  made.put = verb.current_replicas.has_value();
  made.field_manager = "kubectl";
  return Step{.request = std::move(made), .said = name_text(*object) + " scaled"};
}

Plan plan(const SetImage& verb, const Store& store) { return plan_of(verb.targets, store); }

Turn turn(const SetImage& verb, const Target& target, int, const Store& store, SimTime) {
  const api::ObjectPtr object = read(store, target);
  if (!object) return std::unexpected(not_found_text(target));
  return edit_pods(
      *object, "image updated",
      "failed to patch image update to pod template: ", [&](api::PodSpec& spec, Step& step) -> std::string {
        for (const auto& [name, image] : verb.images) {
          bool found = false;
          for (auto* list : {&spec.containers, &spec.init_containers}) {
            for (api::Container& c : *list) {
              if (name != Symbol("*") && c.name != name) continue;
              c.image = image;
              found = true;
            }
          }
          if (!found)
            step.errors.push_back(fmt::format("error: unable to find container named \"{}\"", name.str()));
        }
        return "";
      });
}

Plan plan(const SetEnv& verb, const Store& store) { return plan_of(verb.targets, store); }

Turn turn(const SetEnv& verb, const Target& target, int, const Store& store, SimTime) {
  const api::ObjectPtr object = read(store, target);
  if (!object) return std::unexpected(not_found_text(target));
  return edit_pods(
      *object, "env updated",
      "failed to patch env update to pod template: ", [&](api::PodSpec& spec, Step& step) -> std::string {
        bool found = false;
        for (auto* list : {&spec.containers, &spec.init_containers}) {
          for (api::Container& c : *list) {
            if (!matches(c.name.view(), verb.containers)) continue;
            found = true;
            if (const std::string problem = edit_env(c, verb); !problem.empty())
              return fmt::format("error: {}/{} {}", api::info(*object).plural, object->metadata.name.str(),
                                 problem);
          }
        }
        if (!found)
          step.first.push_back(fmt::format("Warning: {}/{} does not have any containers matching \"{}\"",
                                           api::kind_name(*object), object->metadata.name.str(),
                                           verb.containers));
        return "";
      });
}

Plan plan(const EditLabels& verb, const Store& store) { return plan_of(verb.targets, store); }

Turn turn(const EditLabels& verb, const Target& target, int, const Store& store, SimTime) {
  const api::ObjectPtr object = read(store, target);
  if (!object) return std::unexpected(not_found_text(target));
  const auto next = api::info(*object).clone(*object);
  auto& shared = verb.annotations ? next->metadata.annotations : next->metadata.labels;
  api::LabelMap& labels = shared.edit();
  Step step;
  for (const Symbol key : verb.changes.removed) {
    if (!verb.annotations && !labels.contains(key))
      step.first.push_back(fmt::format("label \"{}\" not found.", key.str()));
  }
  if (!verb.overwrite) {
    if (const std::string problem = overwritten(verb, labels); !problem.empty())
      return std::unexpected(problem);
  }
  bool added = false, removed = false;
  for (const auto& [key, value] : verb.changes.set) {
    const Symbol* const now = labels.find(key);
    added |= !now || *now != value;
    labels.set(key, value);
  }
  for (const Symbol key : verb.changes.removed) {
    removed |= labels.contains(key);
    labels.erase(key);
  }
  auto made = patch_request(*object, *next, PatchType::kMerge,
                            verb.annotations ? "kubectl-annotate" : "kubectl-label");
  if (!made) return std::unexpected(made.error());
  step.request = std::move(*made);
  step.said = name_text(*object) + " " + (verb.annotations ? "annotated" : label_words(added, removed));
  return step;
}

Plan plan(const PatchObject& verb, const Store& store) { return plan_of(verb.targets, store); }

Turn turn(const PatchObject& verb, const Target& target, int, const Store& store, SimTime) {
  const api::ObjectPtr object = read(store, target);
  if (!object) return std::unexpected(not_found_text(target));
  cluster::ApiRequest made = request(cluster::Verb::kPatch, *object);
  made.patch_type = verb.type;
  made.document = verb.patch;
  made.field_manager = "kubectl-patch";
  return Step{.request = std::move(made),
              .said = name_text(*object) + " patched",
              .unchanged = name_text(*object) + " patched (no change)"};
}

}  // namespace seatrial::scenario::kubectl
