#include "sim/cluster/role_aggregation.h"

#include <algorithm>

namespace seatrial::cluster {

std::vector<api::PolicyRule> aggregated_rules(
    const api::ClusterRole& role, std::span<const std::shared_ptr<const api::ClusterRole>> roles) {
  std::vector<api::PolicyRule> all;
  for (const api::LabelSelector& selector : role.aggregation_rule->cluster_role_selectors) {
    for (const auto& other : roles) {
      if (other->metadata.name == role.metadata.name || !selector.matches(*other->metadata.labels)) continue;
      for (const api::PolicyRule& rule : other->rules)
        if (std::ranges::find(all, rule) == all.end()) all.push_back(rule);
    }
  }
  return all;
}

}  // namespace seatrial::cluster
