#include "sim/controllers/statefulset_claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/api/kinds.h"
#include "sim/controllers/steps.h"

namespace seatrial::controllers {

using api::PersistentVolumeClaim;
using api::Symbol;
using nlohmann::ordered_json;

namespace {

ordered_json templates_of(const api::StatefulSet& set) {
  if (set.volume_claim_templates.empty()) return ordered_json::array();
  return ordered_json::parse(set.volume_claim_templates.view());
}

std::string template_name(const ordered_json& claim) {
  return claim.value("metadata", ordered_json::object()).value("name", "");
}

std::string claim_name(const api::StatefulSet& set, const std::string& of_template, std::int32_t ordinal) {
  return fmt::format("{}-{}-{}", of_template, set.metadata.name.view(), ordinal);
}

}  // namespace

std::vector<std::shared_ptr<PersistentVolumeClaim>> claims_of(const api::StatefulSet& set,
                                                              std::int32_t ordinal) {
  std::vector<std::shared_ptr<PersistentVolumeClaim>> claims;
  const auto& kind = api::info(api::Kind::kPersistentVolumeClaim);
  for (ordered_json& document : templates_of(set)) {
    document["apiVersion"] = kind.api_version;
    document["kind"] = kind.name;
    const auto decoded = kind.decode(api::from_json(document));
    if (!decoded) continue;  // the set's validation lets it pass; the API server would refuse the claim
    auto claim =
        std::make_shared<PersistentVolumeClaim>(static_cast<const PersistentVolumeClaim&>(**decoded));
    claim->metadata.name = claim_name(set, template_name(document), ordinal);
    claim->metadata.namespace_ = set.metadata.namespace_;
    for (const auto& [key, value] : set.selector.match_labels) claim->metadata.labels.edit().set(key, value);
    if (set.claims_when_deleted == api::PersistentVolumeClaimRetentionPolicyType::kDelete)
      claim->metadata.owner_references = {controller_reference(set)};
    claim->source = set.source;
    claims.push_back(std::move(claim));
  }
  return claims;
}

void use_claims(const api::StatefulSet& set, std::int32_t ordinal, api::PodSpec& spec) {
  const ordered_json templates = templates_of(set);
  if (templates.empty()) return;
  ordered_json other = spec.other.empty() ? ordered_json::object() : ordered_json::parse(spec.other.view());
  ordered_json volumes = ordered_json::array();
  for (const ordered_json& claim : templates) {
    const std::string name = template_name(claim), claimed = claim_name(set, name, ordinal);
    volumes.push_back({{"name", name}, {"persistentVolumeClaim", {{"claimName", claimed}}}});
    spec.volume_claims.push_back(claimed);
  }
  for (const ordered_json& volume : other.value("volumes", ordered_json::array())) {
    const bool replaced = std::ranges::any_of(templates, [&](const ordered_json& claim) {
      return template_name(claim) == volume.value("name", "");
    });
    if (!replaced) volumes.push_back(volume);
  }
  other["volumes"] = std::move(volumes);
  spec.other = other.dump();
}

}  // namespace seatrial::controllers
