#include "sim/cloud/credentials.h"

#include <algorithm>

#include "sim/engine/check.h"

namespace seatrial::cloud {

namespace {

bool is_arn(std::string_view text) { return text.starts_with("arn:"); }

}  // namespace

std::string_view role_name(std::string_view text) {
  if (!is_arn(text)) return text;
  const std::size_t role = text.find("role/"), slash = text.rfind('/');
  return role == std::string_view::npos ? text : text.substr(slash + 1);
}

const IamRole* role_of(std::span<const IamRole> roles, api::Symbol arn) {
  const auto same = std::ranges::find(roles, arn, &IamRole::name);
  if (same != roles.end()) return &*same;
  const auto named = std::ranges::find_if(roles, [&](const IamRole& role) {
    return !is_arn(role.name.view()) && role.name.view() == role_name(arn.view());
  });
  return named == roles.end() ? nullptr : &*named;
}

bool needs_credentials(std::span<const IamRole> roles, api::Symbol resource) {
  return std::ranges::any_of(
      roles, [&](const IamRole& role) { return std::ranges::count(role.allows, resource) > 0; });
}

Denial denial_of(std::span<const IamRole> roles, const PodIdentity& identity, api::Symbol resource) {
  if (!needs_credentials(roles, resource)) return Denial::kNone;
  if (identity.role_arn.empty()) return Denial::kNoRole;
  const IamRole* const role = role_of(roles, identity.role_arn);
  if (!role) return Denial::kUnknownRole;
  if (std::ranges::count(role->trusts, identity.account) == 0) return Denial::kNotTrusted;
  return std::ranges::count(role->allows, resource) == 0 ? Denial::kNotAllowed : Denial::kNone;
}

std::optional<CredentialsInHand> credentials_in_hand(const CredentialRules& rules,
                                                     std::span<const StsOutage> outages, SimTime began,
                                                     SimTime now) {
  const Duration period = rules.life - rules.renew_before;
  CHECK(period > Duration() && began <= now);
  std::optional<SimTime> got;
  SimTime due = began;
  for (const StsOutage& outage : outages) {
    if (outage.ended <= due) continue;
    if (due < outage.began) {  // all that are due before it
      const std::int64_t times = (outage.began - due + period - Duration::nanos(1)) / period;
      got = due + period * (times - 1);
      due = due + period * times;
    }
    if (outage.ended > now) {
      due = SimTime::max();
      break;
    }
    due = std::max(due, outage.ended);
  }
  if (due <= now) got = due + period * ((now - due) / period);
  if (!got) return std::nullopt;
  return CredentialsInHand{*got, *got + rules.life};
}

}  // namespace seatrial::cloud
