#include "sim/cluster/managed_fields.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/api/kinds.h"

namespace seatrial::cluster {

using api::FieldSet;
using api::Json;
using api::Symbol;

bool is_same(const FieldOwner& a, const FieldOwner& b) {
  return a.manager == b.manager && a.subresource == b.subresource && a.applied == b.applied;
}

FieldOwner& owner_among(std::vector<FieldOwner>& owners, FieldOwner wanted) {
  const auto found = std::ranges::find_if(owners, [&](const FieldOwner& o) { return is_same(o, wanted); });
  if (found != owners.end()) return *found;
  return owners.emplace_back(std::move(wanted));
}

void take(FieldSet& from, const FieldSet& fields) {
  for (const std::string& path : fields) from.erase(path);
}

void drop_empty(std::vector<FieldOwner>& owners) {
  std::erase_if(owners, [](const FieldOwner& o) { return o.fields.empty() && !o.applied; });
}

void ManagedFields::set(api::ObjectRef ref, std::vector<FieldOwner> owners) {
  accounts_[ref] = std::make_shared<const Account>(Account{std::move(owners), {}});
}

void ManagedFields::note_update(const api::ObjectPtr& before, const api::ObjectPtr& after,
                                const ApiRequest& request) {
  if (before && before->metadata.resource_version == after->metadata.resource_version) return;
  const Symbol manager = request.field_manager.empty() ? "kube-controller-manager" : request.field_manager;
  const Symbol subresource = request.verb == Verb::kScale ? "scale" : "";
  std::shared_ptr<const Account>& known = accounts_[after->ref()];
  Account account = known ? *known : Account();
  if (!account.since.empty() && account.since.back().manager == manager &&
      account.since.back().subresource == subresource) {
    account.since.back().after = after;
  } else {
    account.since.push_back({manager, subresource, before, after});
  }
  known = std::make_shared<const Account>(std::move(account));
}

std::vector<FieldOwner> ManagedFields::owners(api::ObjectRef ref) const {
  const auto found = accounts_.find(ref);
  if (found == accounts_.end()) return {};
  const auto json = [](const api::ObjectPtr& object) {
    return object ? Json(api::info(*object).encode(*object)) : Json::object();
  };
  std::vector<FieldOwner> owners = found->second->owners;
  for (const Write& write : found->second->since) {
    api::FieldChanges changes = api::compare_fields(json(write.before), json(write.after));
    for (FieldOwner& owner : owners) {
      take(owner.fields, changes.changed);
      take(owner.fields, changes.removed);
    }
    owner_among(owners,
                {write.manager, write.subresource, Symbol(api::api_version_of(*write.after)), false, {}})
        .fields.merge(changes.changed);
    drop_empty(owners);
  }
  return owners;
}

}  // namespace seatrial::cluster
