#include "sim/cluster/kubelet/pod_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

#include "sim/api/kinds.h"
#include "sim/cluster/kubelet/status.h"

namespace seatrial::cluster {

using api::Symbol;
using api::Value;

namespace {

using ConfigData = std::map<Symbol, std::string>;

const Value& member_of(const Value& map, const char* key) {
  static const Value kNull;
  const Value* const found = map.find(key);
  return found ? *found : kNull;
}
bool says_yes(const Value& value) { return value.type == Value::Type::kBool && value.integer != 0; }

// What a pod refers to: the object, and whether it may be missing.
class ConfigReference {
 public:
  ConfigReference(const Store& store, Symbol namespace_, bool is_secret, const Value& at,
                  const char* name_key = "name")
      : is_secret_(is_secret),
        optional_(says_yes(member_of(at, "optional"))),
        namespace_(namespace_),
        name_(member_of(at, name_key).text) {
    if (is_secret) {
      if (const auto* const secret = store.find<api::Secret>(namespace_, name_)) data_ = &secret->data;
    } else if (const auto* const map = store.find<api::ConfigMap>(namespace_, name_)) {
      data_ = &map->data;
      binary_data_ = &map->binary_data;
    }
  }

  std::string missing() const {
    if (data_ || optional_) return {};
    return fmt::format("{} \"{}\" not found", is_secret_ ? "secret" : "configmap", name_.str());
  }
  std::string missing_variable(Symbol key) const {
    if (!data_ || optional_ || data_->contains(key)) return missing();
    return fmt::format("couldn't find key {} in {} {}/{}", key.str(), is_secret_ ? "Secret" : "ConfigMap",
                       namespace_.str(), name_.str());
  }
  // The first of a volume's `items` that is not there.
  std::string missing_file(const Value& items) const {
    if (!data_ || optional_) return missing();
    for (const Value& item : items.list) {
      const Symbol key(member_of(item, "key").text);
      if (data_->contains(key) || (binary_data_ && binary_data_->contains(key))) continue;
      return fmt::format(
          "{} key: {}",
          is_secret_ ? "references non-existent secret" : "configmap references non-existent config",
          key.str());
    }
    return {};
  }

 private:
  bool is_secret_, optional_;
  Symbol namespace_, name_;
  const ConfigData *data_ = nullptr, *binary_data_ = nullptr;
};

struct ReferenceKind {
  bool is_secret;
  const char *all, *variable, *volume, *volume_name;
};
constexpr ReferenceKind kReferenceKinds[] = {{false, "configMapRef", "configMapKeyRef", "configMap", "name"},
                                             {true, "secretRef", "secretKeyRef", "secret", "secretName"}};

std::string environment_problem(const Value& container, Symbol namespace_, const Store& store) {
  for (const Value& source : member_of(container, "envFrom").list) {
    for (const ReferenceKind& kind : kReferenceKinds) {
      const Value& at = member_of(source, kind.all);
      if (at.is_null()) continue;
      std::string problem = ConfigReference(store, namespace_, kind.is_secret, at).missing();
      if (!problem.empty()) return problem;
    }
  }
  for (const Value& variable : member_of(container, "env").list) {
    for (const ReferenceKind& kind : kReferenceKinds) {
      const Value& at = member_of(member_of(variable, "valueFrom"), kind.variable);
      if (at.is_null()) continue;
      std::string problem = ConfigReference(store, namespace_, kind.is_secret, at)
                                .missing_variable(Symbol(member_of(at, "key").text));
      if (!problem.empty()) return problem;
    }
  }
  return {};
}

std::string user_problem(const api::Pod& pod, const Value& spec, const Value& container) {
  const Value &of_pod = member_of(spec, "securityContext"), &own = member_of(container, "securityContext");
  const auto effective = [&](const char* key) -> const Value& {
    const Value& value = member_of(own, key);
    return value.is_null() ? member_of(of_pod, key) : value;
  };
  const Value& user = effective("runAsUser");
  if (!says_yes(effective("runAsNonRoot")) || user.is_null() || user.integer != 0) return {};
  const api::ObjectMeta& meta = pod.metadata;
  return fmt::format("container's runAsUser breaks non-root policy (pod: \"{}_{}({})\", container: {})",
                     meta.name.str(), meta.namespace_.str(), meta.uid.str(),
                     member_of(container, "name").text);
}

// Reading the document costs; most containers have nothing in it that could be wrong.
bool may_lack_config(const api::PodSpec& spec, const api::Container& container) {
  return !container.env_from_secrets.empty() || !container.env_from_config_maps.empty() ||
         std::ranges::any_of(container.env,
                             [](const api::EnvVar& variable) {
                               return !variable.secret_name.empty() || !variable.config_map_name.empty();
                             }) ||
         (spec.other.view().contains("runAsNonRoot") && spec.other.view().contains("runAsUser"));
}

const Value& container_document(const api::PodSpec& spec, const Value& document, std::size_t index) {
  const std::size_t init = spec.init_containers.size();
  return index < init ? member_of(document, "initContainers").list.at(index)
                      : member_of(document, "containers").list.at(index - init);
}

std::optional<std::size_t> who_mounts(const api::PodSpec& spec, const Value& document,
                                      const std::string& volume) {
  for (std::size_t i = 0; i < container_count(spec); ++i) {
    for (const Value& mount : member_of(container_document(spec, document, i), "volumeMounts").list) {
      if (member_of(mount, "name").text == volume) return i;
    }
  }
  return std::nullopt;
}

std::vector<std::string> problems_of_volume(const Value& volume, Symbol namespace_, const Store& store) {
  std::vector<std::string> problems;
  const auto look = [&](const Value& holder, const ReferenceKind& kind, const char* name_key) {
    const Value& at = member_of(holder, kind.volume);
    if (at.is_null()) return;
    std::string problem =
        ConfigReference(store, namespace_, kind.is_secret, at, name_key).missing_file(member_of(at, "items"));
    if (!problem.empty() && std::ranges::count(problems, problem) == 0)
      problems.push_back(std::move(problem));
  };
  for (const ReferenceKind& kind : kReferenceKinds) look(volume, kind, kind.volume_name);
  for (const Value& source : member_of(member_of(volume, "projected"), "sources").list) {
    for (const ReferenceKind& kind : kReferenceKinds) look(source, kind, "name");
  }
  return problems;
}

}  // namespace

std::string container_config_problem(const api::Pod& pod, std::size_t container, const Store& store) {
  if (!may_lack_config(*pod.spec, container_at(*pod.spec, container))) return {};
  const Value document = api::document_of(*pod.spec);
  const Value& of_container = container_document(*pod.spec, document, container);
  std::string problem = environment_problem(of_container, pod.metadata.namespace_, store);
  return problem.empty() ? user_problem(pod, document, of_container) : problem;
}

std::vector<VolumeProblem> volume_problems(const api::Pod& pod, const Store& store) {
  if (pod.spec->volume_secrets.empty() && pod.spec->volume_config_maps.empty()) return {};
  std::vector<VolumeProblem> found;
  const Value document = api::document_of(*pod.spec);
  for (const Value& volume : member_of(document, "volumes").list) {
    const std::string& name = member_of(volume, "name").text;
    const auto container = who_mounts(*pod.spec, document, name);
    if (!container) continue;
    const std::vector<std::string> problems = problems_of_volume(volume, pod.metadata.namespace_, store);
    if (problems.empty()) continue;
    found.push_back(
        {Symbol(name), *container,
         problems.size() == 1 ? problems.front() : fmt::format("[{}]", fmt::join(problems, ", "))});
  }
  return found;
}

}  // namespace seatrial::cluster
