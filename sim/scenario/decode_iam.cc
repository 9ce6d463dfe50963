// `iam:` the roles of service accounts; `credentials:` of a platform; and the fault of STS.
#include <algorithm>
#include <set>

#include "sim/scenario/decode_entry.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {
namespace {

bool is_resource_with_roles(std::string_view name) {
  return name.starts_with("sqs/") || name.starts_with("external/");
}

// What is written twice is one problem, where it stands the second time.
void require_once(const Reader& at, const std::string& text, std::set<std::string>& seen) {
  if (!text.empty() && !seen.insert(text).second) at.problem("\"" + text + "\" is named twice");
}

std::vector<std::string> service_accounts(const Inventory& inventory) {
  std::vector<std::string> names;
  for (const auto& object : inventory.objects()) {
    const std::string name = object->metadata.name.str();
    if (object->kind == api::Kind::kServiceAccount)
      names.push_back(object->metadata.namespace_.str() + "/" + name);
    if (object->kind == api::Kind::kNamespace) names.push_back(name + "/default");  // each has one
  }
  names.emplace_back("default/default");
  return names;
}

// my-application-prod/worker
cloud::ServiceAccountName read_trusted(const Reader& at, const Parts& parts) {
  const std::string text = at.text();
  const std::size_t slash = text.find('/');
  if (text.empty()) return {};
  if (slash == std::string::npos || slash == 0 || slash + 1 == text.size()) {
    at.problem("expected NAMESPACE/SERVICEACCOUNT, got \"" + text + "\"");
    return {};
  }
  const std::vector<std::string> known = service_accounts(parts.inventory);
  if (!parts.inventory.incomplete && std::ranges::count(known, text) == 0) {
    at.problem("no ServiceAccount \"" + text.substr(slash + 1) + "\" in namespace \"" +
               text.substr(0, slash) + "\" is applied" + did_you_mean(text, known));
  }
  return {text.substr(0, slash), text.substr(slash + 1)};
}

api::Symbol read_allowed(const Reader& at, const Platform& platform) {
  const std::string text = at.text();
  if (text.starts_with("sqs/"))
    require_queue(at, text, platform);
  else if (is_resource_with_roles(text))
    require_resource(at, text, platform);
  else if (!text.empty())
    at.problem("expected sqs/NAME or external/NAME of `resources`, got \"" + text +
               "\": others are not called with credentials of AWS");
  return text;
}

// worker: {trusts: my-application-prod/worker, allows: [sqs/jobs, external/s3]}
cloud::IamRole read_role(const std::string& name, Reader map, const Parts& parts) {
  cloud::IamRole role;
  role.name = name;
  role.source = map.where();
  if (!map.expect_map()) return role;
  std::set<std::string> seen;
  for (const Reader& item : map.required("trusts").items_or_one()) {
    role.trusts.push_back(read_trusted(item, parts));
    require_once(item, item.is_scalar() ? item.value().text : "", seen);
  }
  for (const Reader& item : map.required("allows").items_or_one()) {
    role.allows.push_back(read_allowed(item, parts.scenario.platform));
    require_once(item, item.is_scalar() ? item.value().text : "", seen);
  }
  map.done();
  return role;
}

}  // namespace

void read_iam(Reader map, Parts& parts) {
  if (!map || !map.expect_map()) return;
  std::vector<cloud::IamRole>& roles = parts.scenario.iam;
  for (auto& [name, role] : map.entries()) {
    for (const cloud::IamRole& other : roles)
      if (other.name.view() == cloud::role_name(name) || cloud::role_name(other.name.view()) == name)
        role.problem("is the role \"" + other.name.str() + "\" as well: say it once");
    if (name.starts_with("arn:") && cloud::role_name(name) == name)
      role.problem("expected the ARN of a role, arn:aws:iam::ACCOUNT:role/NAME");
    roles.push_back(read_role(name, role, parts));
  }
}

// {life: 1h, renewBefore: 5m}. STS gives them for 900 to 43,200 seconds.
void read_credential_rules(Reader map, Platform& platform) {
  if (!map || !map.expect_map()) return;
  cloud::CredentialRules& rules = platform.credentials;
  const Reader life = map.field("life"), renew = map.field("renewBefore");
  rules.life = life.duration(rules.life, Duration::seconds(900));
  if (rules.life > Duration::seconds(43'200)) life.problem("must be at most 12h");
  rules.renew_before = renew.duration(rules.renew_before);
  if (rules.renew_before >= rules.life) {
    renew.problem("must be less than they live, " + to_string(rules.life));
    rules.renew_before = Duration();
  }
  map.done();
}

// {sts: unavailable, for: 90m}
Action read_lose_sts(Entry& entry, std::string& text) {
  LoseSts action;
  entry.verb.choice({"unavailable"}, 0);
  if (entry.parts.scenario.iam.empty())
    entry.verb.problem(
        "nobody depends on STS: the scenario describes no role (iam: {ROLE: {trusts, allows}})");
  action.lasts = read_lasts(entry);
  text = "STS is unavailable" + lasts_text(action.lasts);
  return action;
}

}  // namespace seatrial::scenario
