#include "sim/network/policy/order.h"

#include <limits>
#include <tuple>

#include "sim/api/admin_network_policy.h"
#include "sim/api/kinds.h"
#include "sim/api/networking.h"

namespace seatrial::network {

using api::Kind;
using api::Symbol;

namespace {

constexpr double kLast = std::numeric_limits<double>::infinity();
constexpr double kKubernetesOrder = 1000;
constexpr const char *kDefaultTier = "default", *kAdminTier = "adminnetworkpolicy",
                     *kBaselineTier = "baselineadminnetworkpolicy";

struct TierAndOrder {
  Symbol tier;
  double order = kLast;
};

TierAndOrder place_of(const api::Object& policy) {
  const auto calico = [](const api::CalicoPolicySpec& spec) {
    return TierAndOrder{spec.tier, spec.order.value_or(kLast)};
  };
  switch (policy.kind) {
    case Kind::kAdminNetworkPolicy:
      return {kAdminTier, static_cast<double>(
                              static_cast<const api::AdminNetworkPolicy&>(policy).spec.priority.value_or(0))};
    case Kind::kBaselineAdminNetworkPolicy:
      return {kBaselineTier, kLast};
    case Kind::kCalicoNetworkPolicy:
      return calico(static_cast<const api::CalicoNetworkPolicy&>(policy).spec);
    case Kind::kGlobalNetworkPolicy:
      return calico(static_cast<const api::GlobalNetworkPolicy&>(policy).spec);
    default:
      return {kDefaultTier, kKubernetesOrder};
  }
}

// As Calico calls it.
std::string_view tie_kind(const api::Object& policy) {
  return policy.kind == Kind::kNetworkPolicy ? "KubernetesNetworkPolicy" : api::kind_name(policy);
}

}  // namespace

Tiers::Tiers() {
  tiers_[kDefaultTier] = {true, 1e6, false};
  tiers_[kAdminTier] = {true, 1e3, true};
  tiers_[kBaselineTier] = {true, 1e7, true};
}

void Tiers::set(const api::Tier& tier) {
  tiers_[tier.metadata.name] = {true, tier.order.value_or(kLast), tier.default_action == Symbol("Pass")};
}

void Tiers::erase(Symbol name) {
  const Tiers original;
  const auto found = original.tiers_.find(name);
  if (found == original.tiers_.end())
    tiers_.erase(name);
  else
    tiers_[name] = found->second;
}

TierFacts Tiers::find(Symbol name) const {
  const auto found = tiers_.find(name);
  return found == tiers_.end() ? TierFacts{false, kLast, false} : found->second;
}

bool PolicyRank::operator<(const PolicyRank& other) const {
  const auto key = [](const PolicyRank& r) {
    return std::tuple(!r.facts.known, r.facts.order, r.tier.view(), r.order, std::string_view(r.tie));
  };
  return key(*this) < key(other);
}

PolicyRank rank_of(const api::Object& policy, const Tiers& tiers) {
  const auto [tier, order] = place_of(policy);
  return {tier, tiers.find(tier), order,
          policy.metadata.name.str() + "/" + policy.metadata.namespace_.str() + "/" +
              std::string(tie_kind(policy))};
}

bool is_enforced_policy(Kind kind, bool calico) {
  return kind == Kind::kNetworkPolicy || kind == Kind::kAdminNetworkPolicy ||
         kind == Kind::kBaselineAdminNetworkPolicy ||
         (calico && (kind == Kind::kCalicoNetworkPolicy || kind == Kind::kGlobalNetworkPolicy));
}

}  // namespace seatrial::network
