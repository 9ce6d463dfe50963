// Who people are to the API server: what a platform's `access:` says of it, as plain values.
//
// People come by OpenID Connect: the issuer's token names a user, and a claim of it their groups, each with a
// prefix. A member of a team (`teams`) is known to the issuer; anybody else is who they are called.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/cluster/api_request.h"

namespace seatrial::scenario {

using IdentityPtr = std::shared_ptr<const cluster::Identity>;

struct Access {
  std::string issuer, groups_claim;  // as --oidc-issuer-url and --oidc-groups-claim
  std::string username_prefix, groups_prefix;
  std::map<api::Symbol, std::vector<api::Symbol>> teams;  // members, by team
  // Who runs the timeline's commands that do not say `as`; null: a cluster administrator, whom access control
  // does not ask.
  IdentityPtr default_user;
};

// A user by name, with the groups of their teams, or with `groups` instead; system:authenticated in any case.
cluster::Identity user_of(const Access& access, api::Symbol name);
cluster::Identity user_with(const Access& access, api::Symbol name, std::vector<api::Symbol> groups);
// "alice", "serviceaccount ci/deployer".
std::string name_text(const cluster::Identity& who);

}  // namespace seatrial::scenario
