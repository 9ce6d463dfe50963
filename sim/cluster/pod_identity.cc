#include "sim/cluster/pod_identity.h"

#include <algorithm>

namespace seatrial::cluster {

api::Symbol role_of_account(const api::ServiceAccount& account) {
  const api::Symbol* const role = account.metadata.annotations->find(api::Symbol(kRoleAnnotation));
  return role ? *role : api::Symbol();
}

const api::EnvVar* identity_variable(const api::Container& container) {
  const auto found = std::ranges::find_if(container.env, [](const api::EnvVar& variable) {
    return variable.name.view() == kRoleVariable || variable.name.view() == kTokenVariable;
  });
  return found == container.env.end() ? nullptr : &*found;
}

api::Symbol role_of_container(const api::Container& container) {
  const auto variable = [&](std::string_view name) {
    return std::ranges::find(container.env, name, [](const api::EnvVar& v) { return v.name.view(); });
  };
  const auto role = variable(kRoleVariable), token = variable(kTokenVariable);
  return role == container.env.end() || token == container.env.end() ? api::Symbol() : role->value;
}

}  // namespace seatrial::cluster
