#include "sim/report/kubectl_policy.h"

#include <fmt/format.h>

#include "sim/api/admin_network_policy.h"
#include "sim/api/calico.h"
#include "sim/api/networking.h"
#include "sim/api/selector_text.h"
#include "sim/report/format.h"

namespace seatrial::report {

namespace {

// As JSON prints a number: 50 of 50.0. Nothing if there is none.
std::string order_text(const std::optional<double>& order) {
  constexpr double kExact = 1LL << 53;
  if (!order) return "";
  const bool small = -kExact < *order && *order < kExact;
  const std::int64_t whole = small ? static_cast<std::int64_t>(*order) : 0;
  return static_cast<double>(whole) == *order ? std::to_string(whole) : fmt::format("{}", *order);
}

std::string age_of(const api::Object& object, SimTime now) {
  return age(now - object.metadata.creation_timestamp);
}

}  // namespace

std::vector<std::string> policy_row(const api::Object& object, SimTime now, bool) {
  const std::string selector =
      api::selector_text(static_cast<const api::NetworkPolicy&>(object).pod_selector);
  return {selector.empty() ? "<none>" : selector, age_of(object, now)};
}

std::vector<std::string> admin_policy_row(const api::Object& object, SimTime now, bool) {
  const auto& policy = static_cast<const api::AdminNetworkPolicy&>(object);
  return {std::to_string(policy.spec.priority.value_or(0)), age_of(object, now)};
}

std::vector<std::string> calico_policy_row(const api::Object& object, SimTime, bool) {
  const api::CalicoPolicySpec& spec = static_cast<const api::CalicoNetworkPolicy&>(object).spec;
  return {spec.tier.str(), order_text(spec.order)};
}

std::vector<std::string> global_policy_row(const api::Object& object, SimTime now, bool) {
  const api::CalicoPolicySpec& spec = static_cast<const api::GlobalNetworkPolicy&>(object).spec;
  return {spec.tier.str(), order_text(spec.order), age_of(object, now)};
}

std::vector<std::string> tier_row(const api::Object& object, SimTime, bool) {
  const api::Tier& tier = static_cast<const api::Tier&>(object);
  return {order_text(tier.order), tier.default_action.str()};
}

}  // namespace seatrial::report
