// `access:` of a platform, and `as:` of a timeline's entry.
#include "sim/cluster/rbac.h"
#include "sim/scenario/decode.h"
#include "sim/scenario/decode_nodes.h"

namespace seatrial::scenario {
namespace {

void read_oidc(Reader map, Access& access) {
  if (!map || !map.expect_map()) return;
  access.issuer = map.required("issuer").text();
  access.groups_claim = map.field("groupsClaim").text("groups");
  access.groups_prefix = map.field("groupsPrefix").text();
  access.username_prefix = map.field("usernamePrefix").text();
  map.done();
}

// {webops: [alice, bob]}
void read_teams(Reader map, Access& access) {
  if (!map || !map.expect_map()) return;
  for (auto& [team, members] : map.entries()) access.teams[team] = read_symbols(members);
}

// NAMESPACE/NAME
std::optional<cluster::Identity> read_account(const Reader& at) {
  const std::string text = at.text();
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos && slash > 0 && slash + 1 < text.size() &&
      text.find('/', slash + 1) == std::string::npos)
    return cluster::service_account(text.substr(0, slash), text.substr(slash + 1));
  if (!text.empty()) at.problem("expected NAMESPACE/NAME, got \"" + text + "\"");
  return std::nullopt;
}

// {user: alice}, {user: alice, groups: […]} or {serviceAccount: ci/deployer}; none where it is neither.
std::optional<cluster::Identity> read_who(Reader& map, const Access& access) {
  const Reader user = map.field("user"), groups = map.field("groups"), account = map.field("serviceAccount");
  if (bool(user) == bool(account)) {
    map.problem("who? say either \"user\" or \"serviceAccount\"");
    return std::nullopt;
  }
  if (account && groups) groups.problem("a service account has the groups that Kubernetes gives it");
  if (account) return read_account(account);
  const std::string name = user.text();
  if (name.empty()) return std::nullopt;
  return groups ? user_with(access, name, read_symbols(groups)) : user_of(access, name);
}

// --as and --as-group: {user: admin, groups: […]}, both taken as they are.
std::shared_ptr<const cluster::Identity> read_impersonated(Reader map) {
  if (!map || !map.expect_map()) return nullptr;
  cluster::Identity wanted{map.required("user").text(), read_symbols(map.field("groups")), nullptr};
  map.done();
  return std::make_shared<const cluster::Identity>(std::move(wanted));
}

}  // namespace

IdentityPtr read_identity(Reader as, const Access& access) {
  if (!as || !as.expect_map()) return nullptr;
  auto who = read_who(as, access);
  const auto wanted = read_impersonated(as.field("impersonate"));
  as.done();
  if (!who) return nullptr;
  who->impersonates = wanted;
  return std::make_shared<const cluster::Identity>(std::move(*who));
}

void read_access(Reader map, Access& access) {
  if (!map || !map.expect_map()) return;
  read_oidc(map.field("oidc"), access);
  read_teams(map.field("teams"), access);
  access.default_user = read_identity(map.field("defaultUser"), access);
  map.done();
}

}  // namespace seatrial::scenario
