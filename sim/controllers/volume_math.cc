#include "sim/controllers/volume_math.h"

#include <algorithm>
#include <charconv>

namespace seatrial::controllers {

namespace {

constexpr std::string_view kZone = "topology.kubernetes.io/zone", kEbsZone = "topology.ebs.csi.aws.com/zone";

std::uint32_t fnv1(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash * 16777619U) ^ static_cast<unsigned char>(c);
  return hash;
}

}  // namespace

api::Symbol zone_for_claim(std::string_view claim, const std::vector<api::Symbol>& zones) {
  std::string_view hashed = claim;
  std::uint32_t ordinal = 0;
  if (const auto dash = claim.rfind('-'); dash != std::string_view::npos) {
    const std::string_view digits = claim.substr(dash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), ordinal);
    const bool is_number = error == std::errc() && end == digits.data() + digits.size() && !digits.empty();
    if (is_number) hashed = claim.substr(0, dash);
    if (!is_number) ordinal = 0;
  }
  if (const auto dash = hashed.rfind('-'); dash != std::string_view::npos) hashed = hashed.substr(dash + 1);
  return zones[(fnv1(hashed) + ordinal) % zones.size()];
}

std::vector<api::Symbol> allowed_zones(const api::StorageClass& storage_class,
                                       std::vector<api::Symbol> zones) {
  const auto& terms = storage_class.allowed_topologies;
  if (terms.empty()) return zones;
  std::erase_if(zones, [&](api::Symbol zone) {
    const api::LabelMap labels{{kZone, zone}, {kEbsZone, zone}};
    return std::ranges::none_of(terms, [&](const auto& term) { return term.matches(labels); });
  });
  return zones;
}

api::Quantity whole_gibibytes(const api::Quantity& requested) {
  constexpr std::int64_t kGibibyte = 1LL << 30;
  const std::int64_t number = std::max<std::int64_t>((requested.value() + kGibibyte - 1) / kGibibyte, 1);
  return *api::Quantity::parse(std::to_string(number) + "Gi");
}

}  // namespace seatrial::controllers
