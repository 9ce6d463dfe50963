#include "sim/checks/spread.h"

#include <algorithm>

namespace seatrial::checks {

std::int64_t Spread::skew() const {
  if (pods.empty()) return 0;
  const auto [fewest, most] =
      std::ranges::minmax_element(pods, [](const auto& a, const auto& b) { return a.second < b.second; });
  return most->second - fewest->second;
}

std::string Spread::str() const {
  std::string text;
  for (const auto& [domain, count] : pods)
    text += (text.empty() ? "" : ", ") + domain + " " + std::to_string(count);
  return text;
}

Spread spread_of(const Evidence& evidence, const ObjectName& workload, api::Symbol topology_key, SimTime at) {
  Spread spread;
  std::map<api::Symbol, std::string> domain_of;  // by node
  for (const api::ObjectPtr& node : evidence.store.list(api::Kind::kNode)) {
    const api::Symbol* const domain = node->metadata.labels->find(topology_key);
    if (!domain) continue;
    domain_of[node->metadata.name] = domain->str();
    spread.pods.emplace(domain->str(), 0);
  }
  for (const PodLife& life : evidence.pods) {
    if (!life.pod || !(life.workload == workload) || !life.bound || *life.bound > at) continue;
    if ((life.deletion && *life.deletion <= at) || (life.gone && *life.gone <= at)) continue;
    if (const auto domain = domain_of.find(life.pod->node_name); domain != domain_of.end())
      ++spread.pods[domain->second];
  }
  return spread;
}

}  // namespace seatrial::checks
