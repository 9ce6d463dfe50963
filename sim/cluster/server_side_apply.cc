#include "sim/cluster/server_side_apply.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/api/kinds.h"

namespace seatrial::cluster {

using api::FieldSet;
using api::Json;
using api::Symbol;

namespace {

constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";
constexpr const char* kLastAppliedPath =
    ".metadata.annotations.kubectl.kubernetes.io/last-applied-configuration";
const Symbol kKubectl = "kubectl";

// "kubectl" with subresource "scale" using apps/v1
std::string owner_text(const FieldOwner& owner) {
  std::string text = "\"" + owner.manager.str() + "\"";
  if (!owner.subresource.empty()) text += " with subresource \"" + owner.subresource.str() + "\"";
  if (!owner.applied) text += " using " + owner.api_version.str();
  return text;
}

struct Conflict {
  const FieldOwner* owner;
  std::vector<std::string> paths;
};

ApiError conflict_error(const std::vector<Conflict>& conflicts) {
  std::size_t count = 0;
  for (const Conflict& conflict : conflicts) count += conflict.paths.size();
  ApiError error{409, "Conflict", "", {}, 0};
  for (const Conflict& conflict : conflicts) {
    for (const std::string& path : conflict.paths)
      error.causes.push_back(path + ": conflict with " + owner_text(*conflict.owner));
  }
  if (count == 1) {
    error.message = fmt::format("Apply failed with 1 conflict: conflict with {}: {}",
                                owner_text(*conflicts.front().owner), conflicts.front().paths.front());
    return error;
  }
  error.message = fmt::format("Apply failed with {} conflicts: ", count);
  for (const Conflict& conflict : conflicts) {
    if (&conflict != &conflicts.front()) error.message += "\n";
    error.message += fmt::format("conflicts with {}:", owner_text(*conflict.owner));
    for (const std::string& path : conflict.paths) error.message += "\n- " + path;
  }
  return error;
}

std::string last_applied_of(const Json& live) {
  if (!live.is_object() || !live.contains("metadata")) return "";
  const Json& metadata = live["metadata"];
  if (!metadata.contains("annotations") || !metadata["annotations"].contains(kLastApplied)) return "";
  return metadata["annotations"][kLastApplied].get<std::string>();
}

// kubectl may take over what its client-side apply wrote last and nobody has changed since.
FieldSet allowed_conflicts(const Json& live) {
  const Json last = Json::parse(last_applied_of(live), nullptr, false);
  if (!last.is_object()) return {};
  FieldSet allowed = api::fields_of(last);
  const api::FieldChanges changes = api::compare_fields(last, live);
  take(allowed, changes.changed);
  take(allowed, changes.removed);
  return allowed;
}

std::vector<Conflict> conflicts_of(const std::vector<FieldOwner>& owners, const FieldOwner& self,
                                   const FieldSet& changed) {
  std::vector<Conflict> conflicts;
  for (const FieldOwner& owner : owners) {
    if (is_same(owner, self)) continue;
    Conflict conflict{&owner, {}};
    std::ranges::set_intersection(owner.fields, changed, std::back_inserter(conflict.paths));
    if (!conflict.paths.empty()) conflicts.push_back(std::move(conflict));
  }
  std::ranges::stable_sort(conflicts, {}, [](const Conflict& c) { return c.owner->manager; });
  return conflicts;
}

bool all_allowed(const std::vector<Conflict>& conflicts, const FieldSet& allowed) {
  return std::ranges::all_of(conflicts, [&](const Conflict& conflict) {
    return std::ranges::all_of(conflict.paths,
                               [&](const std::string& path) { return allowed.contains(path); });
  });
}

// kubectl's first server-side apply after client-side ones: what those wrote counts as applied from then on,
// and the annotation has an owner of its own.
void migrate(std::vector<FieldOwner>& owners, FieldSet& previous) {
  std::erase_if(owners, [&](FieldOwner& owner) {
    if (owner.applied || !owner.fields.contains(kLastAppliedPath)) return false;
    owner.fields.erase(kLastAppliedPath);
    previous.merge(owner.fields);
    return true;
  });
}

// The field, or one inside it: an empty map that was owned stays as the parent of what it has now.
bool owns(const FieldSet& fields, const std::string& path) {
  const auto inside = [&](char next) {
    const std::string prefix = path + next;
    const auto at = fields.lower_bound(prefix);
    return at != fields.end() && at->starts_with(prefix);
  };
  return fields.contains(path) || inside('.') || inside('[');
}

// What the manager applied before, does not apply now, and nobody else owns.
FieldSet dropped(const FieldSet& previous, const FieldSet& now, const std::vector<FieldOwner>& others) {
  FieldSet gone;
  for (const std::string& path : previous) {
    const bool owned = owns(now, path) ||
                       std::ranges::any_of(others, [&](const FieldOwner& o) { return owns(o.fields, path); });
    if (!owned) gone.insert(path);
  }
  return gone;
}

}  // namespace

std::expected<Applied, ApiError> server_side_apply(const Json& live, const Json& config,
                                                   std::vector<FieldOwner> owners,
                                                   const ApiRequest& request) {
  const FieldOwner self{
      request.field_manager, {}, Symbol(api::api_version_of(*request.object)), true, api::fields_of(config)};
  if (!live.is_object()) return Applied{config, {self}};
  Json merged = api::merge_applied(live, config);
  const FieldSet changed = api::compare_fields(live, merged).changed;
  const std::vector<Conflict> conflicts = conflicts_of(owners, self, changed);
  const bool by_kubectl = self.manager == kKubectl;
  const bool forced = request.force || (by_kubectl && all_allowed(conflicts, allowed_conflicts(live)));
  if (!conflicts.empty() && !forced) return std::unexpected(conflict_error(conflicts));

  FieldSet previous;
  std::erase_if(owners, [&](const FieldOwner& owner) {
    if (!is_same(owner, self)) return false;
    previous = owner.fields;
    return true;
  });
  for (FieldOwner& owner : owners) take(owner.fields, changed);
  if (by_kubectl && !last_applied_of(live).empty()) {
    migrate(owners, previous);
    owner_among(owners, {"kubectl-last-applied", {}, self.api_version, true, {}}).fields = {kLastAppliedPath};
    Json applied = config;
    if (applied.contains("metadata") && applied["metadata"].contains("annotations"))
      applied["metadata"]["annotations"].erase(kLastApplied);
    merged["metadata"]["annotations"][kLastApplied] = applied.dump() + "\n";
  }
  const FieldSet gone = dropped(previous, self.fields, owners);
  merged = api::without_fields(merged, gone);
  owners.push_back(self);
  drop_empty(owners);
  return Applied{std::move(merged), std::move(owners)};
}

}  // namespace seatrial::cluster
