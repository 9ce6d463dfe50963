#include "sim/controllers/statefulset_claims.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/api/kinds.h"

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

using ClaimPtr = std::shared_ptr<const PersistentVolumeClaim>;
using ClaimErrors = std::map<std::int32_t, std::string>;
using Policy = api::PersistentVolumeClaimRetentionPolicyType;

// A claim that is to be made, of which pod.
struct MissingClaim {
  ClaimPtr claim;
  std::int32_t ordinal = 0;
};
struct ClaimsToMake {
  std::vector<MissingClaim> missing;
  std::map<std::int32_t, std::vector<std::string>> going;  // those that are being deleted, by ordinal
};

ClaimsToMake claims_to_make(const Cache& cache, const api::StatefulSet& set,
                            const std::vector<std::int32_t>& ordinals) {
  ClaimsToMake found;
  for (const std::int32_t ordinal : ordinals) {
    for (const auto& claim : claims_of(set, ordinal)) {
      const auto known = cache.find<PersistentVolumeClaim>(claim->metadata.namespace_, claim->metadata.name);
      if (!known) {
        found.missing.push_back({claim, ordinal});
      } else if (known->metadata.deletion_timestamp) {
        found.going[ordinal].push_back(fmt::format("pvc {} is being deleted", claim->metadata.name.view()));
      }
    }
  }
  return found;
}

Write claim_write(const std::shared_ptr<const api::StatefulSet>& owner, const MissingClaim& wanted) {
  const std::string set = owner->metadata.name.str(), name = wanted.claim->metadata.name.str(),
                    pod = fmt::format("{}-{}", set, wanted.ordinal);
  Write write;
  write.request.verb = Verb::kCreate;
  write.request.object = wanted.claim;
  write.on_success = {owner,
                      false,
                      "SuccessfulCreate",
                      fmt::format("create Claim {} Pod {} in StatefulSet {} success", name, pod, set),
                      {}};
  write.on_failure = {
      owner,
      true,
      "FailedCreate",
      fmt::format("create Claim {} for Pod {} in StatefulSet {} failed error: {{error}}", name, pod, set),
      {}};
  return write;
}

// What the claim's owners are to be; others than the set and its pod stay.
std::vector<api::OwnerReference> wanted_owners(const api::StatefulSet& set, const api::Pod& pod,
                                               const PersistentVolumeClaim& claim, bool condemned) {
  std::vector<api::OwnerReference> owners = claim.metadata.owner_references;
  std::erase_if(owners, [&](const api::OwnerReference& ref) {
    return ref.uid == set.metadata.uid || ref.uid == pod.metadata.uid;
  });
  if (condemned && set.claims_when_scaled == Policy::kDelete) {
    owners.push_back(controller_reference(pod));
  } else if (set.claims_when_deleted == Policy::kDelete) {
    owners.push_back(controller_reference(set));
  }
  return owners;
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

Step<ClaimErrors> ensure_claims(Sync& sync, const std::shared_ptr<const api::StatefulSet>& set,
                                const std::vector<std::int32_t>& ordinals) {
  if (set->volume_claim_templates.empty() || ordinals.empty()) return ClaimErrors();
  const auto& seen = sync.pin([&] { return claims_to_make(sync.cache(), *set, ordinals); });
  std::map<std::int32_t, std::vector<std::string>> errors = seen.going;
  if (!seen.missing.empty()) {
    const std::vector<ApiResult>* const results = sync.write_all([&] {
      std::vector<Write> writes;
      for (const MissingClaim& wanted : seen.missing) writes.push_back(claim_write(set, wanted));
      return writes;
    });
    if (!results) return pending();
    for (std::size_t i = 0; i < results->size(); ++i) {
      const ApiResult& result = (*results)[i];
      if (result || is_already_exists(result.error())) continue;
      errors[seen.missing[i].ordinal].push_back(fmt::format("failed to create PVC {}: {}",
                                                            seen.missing[i].claim->metadata.name.view(),
                                                            result.error().message));
    }
  }
  ClaimErrors texts;
  for (const auto& [ordinal, list] : errors)
    texts[ordinal] = list.size() == 1 ? list.front() : fmt::format("[{}]", fmt::join(list, ", "));
  return texts;
}

Step<Done> own_claims(Sync& sync, const api::StatefulSet& set, const api::Pod& pod, std::int32_t ordinal,
                      bool condemned) {
  if (set.volume_claim_templates.empty()) return Done();
  const auto& changed = sync.pin([&] {
    std::vector<std::pair<ClaimPtr, std::vector<api::OwnerReference>>> found;
    for (const ordered_json& claim : templates_of(set)) {
      const auto known = sync.cache().find<PersistentVolumeClaim>(
          set.metadata.namespace_, claim_name(set, template_name(claim), ordinal));
      if (!known) continue;
      auto owners = wanted_owners(set, pod, *known, condemned);
      if (owners != known->metadata.owner_references) found.emplace_back(known, std::move(owners));
    }
    return found;
  });
  for (const auto& [claim, owners] : changed) {
    const ApiResult* const result = sync.write([&] { return owners_request(*claim, owners); });
    if (!result) return pending();
    if (!*result && !is_not_found(result->error())) return failed(result->error());
  }
  return Done();
}

}  // namespace seatrial::controllers
