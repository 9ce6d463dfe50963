#include "sim/scenario/access.h"

#include <algorithm>

namespace seatrial::scenario {
namespace {

constexpr const char* kAuthenticated = "system:authenticated";

bool has_member(const std::vector<api::Symbol>& members, api::Symbol name) {
  return std::ranges::count(members, name) > 0;
}

}  // namespace

cluster::Identity user_of(const Access& access, api::Symbol name) {
  std::vector<api::Symbol> groups;
  for (const auto& [team, members] : access.teams)
    if (has_member(members, name)) groups.emplace_back(access.groups_prefix + team.str());
  return user_with(access, name, std::move(groups));
}

cluster::Identity user_with(const Access& access, api::Symbol name, std::vector<api::Symbol> groups) {
  const bool by_issuer =
      std::ranges::any_of(access.teams, [&](const auto& team) { return has_member(team.second, name); });
  if (std::ranges::count(groups, api::Symbol(kAuthenticated)) == 0) groups.emplace_back(kAuthenticated);
  return {by_issuer ? api::Symbol(access.username_prefix + name.str()) : name, std::move(groups), nullptr};
}

std::string name_text(const cluster::Identity& who) {
  constexpr std::string_view kAccount = "system:serviceaccount:";
  const std::string_view user = who.user.view();
  const std::size_t colon = user.find(':', kAccount.size());
  if (!user.starts_with(kAccount) || colon == std::string_view::npos) return std::string(user);
  return "serviceaccount " + std::string(user.substr(kAccount.size(), colon - kAccount.size())) + "/" +
         std::string(user.substr(colon + 1));
}

}  // namespace seatrial::scenario
