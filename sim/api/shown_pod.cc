#include "sim/api/shown_pod.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sim/api/codec.h"
#include "sim/api/template_hash.h"

namespace seatrial::api {
namespace {

constexpr std::string_view kTokenVolume = "kube-api-access-";
constexpr std::string_view kTokenPath = "/var/run/secrets/kubernetes.io/serviceaccount";

struct Shown {
  std::string_view field;
  Value value;
};

const std::array<Shown, 3>& of_spec() {
  static const std::array<Shown, 3> rows = {{{"dnsPolicy", text_value("ClusterFirst")},
                                             {"enableServiceLinks", bool_value(true)},
                                             {"securityContext", map_value()}}};
  return rows;
}
const std::array<Shown, 2>& of_container() {
  static const std::array<Shown, 2> rows = {{{"terminationMessagePath", text_value("/dev/termination-log")},
                                             {"terminationMessagePolicy", text_value("File")}}};
  return rows;
}

Value* find(Value& map, std::string_view key) {
  for (auto& [name, value] : map.map) {
    if (name.view() == key) return &value;
  }
  return nullptr;
}

bool same_scalar(const Value& a, const Value& b) { return a.type == b.type && a.text == b.text; }

void show(Value& map, const auto& rows) {
  for (const Shown& row : rows) {
    if (!map.find(row.field)) set(map, row.field, row.value);
  }
}

void hide(Value& map, const auto& rows) {
  for (const Shown& row : rows) {
    std::erase_if(map.map, [&](const MapEntry& entry) {
      if (entry.first.view() != row.field) return false;
      return row.value.is_map() ? entry.second.is_map() && entry.second.map.empty()
                                : same_scalar(entry.second, row.value);
    });
  }
  map.key_where.clear();
}

const std::array<Shown, 1>& of_files() {
  static const std::array<Shown, 1> rows = {{{"defaultMode", int_value(420)}}};
  return rows;
}
const std::array<Shown, 1>& of_host_path() {
  static const std::array<Shown, 1> rows = {{{"type", text_value("")}}};
  return rows;
}
const std::array<Shown, 1>& of_account_token() {
  static const std::array<Shown, 1> rows = {{{"expirationSeconds", int_value(3600)}}};
  return rows;
}
const std::array<Shown, 1>& of_field_ref() {
  static const std::array<Shown, 1> rows = {{{"apiVersion", text_value("v1")}}};
  return rows;
}
const std::array<Shown, 1>& of_resource_ref() {
  static const std::array<Shown, 1> rows = {{{"divisor", text_value("0")}}};
  return rows;
}

template <class Visit>
void for_each_item(Value& map, std::string_view list, Visit&& visit) {
  Value* const found = find(map, list);
  if (!found) return;
  for (Value& item : found->list) {
    if (item.is_map()) visit(item);
  }
}

// References to the pod's own fields: a variable's valueFrom, or one file of a downwardAPI volume.
template <class Visit>
void visit_references(Value& from, Visit&& visit) {
  if (Value* const ref = find(from, "fieldRef"); ref && ref->is_map()) visit(*ref, of_field_ref());
  if (Value* const ref = find(from, "resourceFieldRef"); ref && ref->is_map()) visit(*ref, of_resource_ref());
}

// SetDefaults_SecretVolumeSource and its like.
template <class Visit>
void visit_volumes(Value& spec, Visit&& visit) {
  for_each_item(spec, "volumes", [&](Value& volume) {
    for (const std::string_view kind : {"secret", "configMap", "downwardAPI", "projected"}) {
      Value* const files = find(volume, kind);
      if (!files || !files->is_map()) continue;
      visit(*files, of_files());
      for_each_item(*files, "items", [&](Value& item) { visit_references(item, visit); });
      for_each_item(*files, "sources", [&](Value& source) {
        if (Value* const token = find(source, "serviceAccountToken"); token && token->is_map())
          visit(*token, of_account_token());
        if (Value* const own = find(source, "downwardAPI"); own && own->is_map())
          for_each_item(*own, "items", [&](Value& item) { visit_references(item, visit); });
      });
    }
    if (Value* const path = find(volume, "hostPath"); path && path->is_map()) visit(*path, of_host_path());
  });
}

template <class Visit>
void for_each_container(Value& spec, Visit&& visit) {
  for (const std::string_view name : {"initContainers", "containers"}) {
    Value* const list = find(spec, name);
    if (!list) continue;
    for (Value& container : list->list) {
      if (container.is_map()) visit(container);
    }
  }
}

std::string_view shown_text(const Value& map, std::string_view key) {
  const Value* const value = map.find(key);
  return value && value->is_string() ? std::string_view(value->text) : std::string_view();
}

bool is_token_volume(const Value& volume) { return shown_text(volume, "name").starts_with(kTokenVolume); }

Value& list_at(Value& map, std::string_view key) {
  if (!find(map, key)) set(map, key, list_value());
  return *find(map, key);
}

std::string token_volume_name(Uid uid) {
  std::uint64_t digits = uid.low;
  return std::string(kTokenVolume) + random_suffix([&](std::uint32_t n) {
           const std::uint64_t digit = digits % n;
           digits /= n;
           return digit;
         });
}

Value token_sources() {
  static const Value sources = from_json(nlohmann::ordered_json::parse(R"([
    {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    {"downwardAPI": {"items": [
      {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}}])"));
  return sources;
}

}  // namespace

void show_pod_defaults(Value& spec) {
  show(spec, of_spec());
  const auto visit = [](Value& map, const auto& rows) { show(map, rows); };
  for_each_container(spec, [&](Value& container) {
    show(container, of_container());
    for_each_item(container, "env", [&](Value& variable) {
      if (Value* const from = find(variable, "valueFrom"); from && from->is_map())
        visit_references(*from, visit);
    });
  });
  visit_volumes(spec, visit);
}

void hide_pod_defaults(Value& spec) {
  hide(spec, of_spec());
  const auto visit = [](Value& map, const auto& rows) { hide(map, rows); };
  for_each_container(spec, [&](Value& container) {
    hide(container, of_container());
    for_each_item(container, "env", [&](Value& variable) {
      if (Value* const from = find(variable, "valueFrom"); from && from->is_map())
        visit_references(*from, visit);
    });
  });
  visit_volumes(spec, visit);
}

bool has_token_volume(const Value& spec) {
  const Value* const volumes = spec.find("volumes");
  return volumes && std::ranges::any_of(volumes->list, is_token_volume);
}

void add_token_volume(Value& spec, Uid uid) {
  const std::string name = token_volume_name(uid);
  Value projected = map_value(), volume = map_value();
  set(projected, "defaultMode", int_value(420));
  set(projected, "sources", token_sources());
  set(volume, "name", text_value(name));
  set(volume, "projected", std::move(projected));
  list_at(spec, "volumes").list.push_back(std::move(volume));
  for_each_container(spec, [&](Value& container) {
    Value& mounts = list_at(container, "volumeMounts");
    const auto is_there = [](const Value& mount) { return shown_text(mount, "mountPath") == kTokenPath; };
    if (std::ranges::any_of(mounts.list, is_there)) return;
    Value mount = map_value();
    set(mount, "mountPath", text_value(kTokenPath));
    set(mount, "name", text_value(name));
    set(mount, "readOnly", bool_value(true));
    mounts.list.push_back(std::move(mount));
  });
}

void remove_token_volume(Value& spec) {
  std::erase_if(find(spec, "volumes")->list, is_token_volume);
  for_each_container(spec, [](Value& container) {
    if (Value* const mounts = find(container, "volumeMounts")) std::erase_if(mounts->list, is_token_volume);
  });
}

}  // namespace seatrial::api
