#include "sim/scenario/environments/findings/calico_egress.h"

#include <algorithm>
#include <array>
#include <limits>

#include "sim/scenario/environments/facts.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario::environments {
namespace {

// Without `types` a policy is about egress if it has egress rules.
bool is_about_egress(const api::Value& spec) {
  const api::Value* const types = spec.find("types");
  if (!types) return spec.find("egress") != nullptr;
  return std::ranges::any_of(types->list, [](const api::Value& type) { return type.text == "Egress"; });
}

bool denies_everything(const api::Value& rule) {
  static constexpr std::array<std::string_view, 6> kMatches{"protocol",    "notProtocol", "source",
                                                            "destination", "icmp",        "ipVersion"};
  const api::Value* const action = rule.find("action");
  return action && action->text == "Deny" &&
         std::ranges::none_of(kMatches, [&](std::string_view key) { return rule.find(key) != nullptr; });
}

CalicoEgress egress_of_policy(const api::ManifestObject& item, const api::Value& spec) {
  CalicoEgress egress;
  egress.item = &item;
  egress.name = item.object->metadata.name;
  const api::Value* const order = spec.find("order");
  if (order && !order->is_null()) egress.order = order->text;
  egress.rank = parse_decimal(egress.order, 3).value_or(std::numeric_limits<std::int64_t>::max());
  const api::Symbol selector = text_at(spec, "selector");
  egress.of_all_pods = selector.empty() || selector == "all()";
  const api::Value* const rules = spec.find("egress");
  egress.denies_rest = rules && !rules->list.empty() && denies_everything(rules->list.back());
  return egress;
}

}  // namespace

std::vector<CalicoEgress> calico_egress_of(const NamespaceFolder& folder) {
  std::vector<CalicoEgress> policies;
  for (const api::ManifestObject& item : folder.objects) {
    if (!is_kind(item, "NetworkPolicy", "projectcalico.org")) continue;
    const api::Value* const spec = item.document->find("spec");
    if (spec && is_about_egress(*spec)) policies.push_back(egress_of_policy(item, *spec));
  }
  std::ranges::sort(policies, [](const CalicoEgress& a, const CalicoEgress& b) {
    return a.rank != b.rank ? a.rank < b.rank : a.name < b.name;
  });
  return policies;
}

}  // namespace seatrial::scenario::environments
