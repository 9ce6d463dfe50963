// The hash of a pod template that names ReplicaSets and labels pods, and generated names.
// Rules: pkg/controller/controller_utils.go (ComputeHash), k8s.io/apimachinery/pkg/util/rand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/api/core.h"

namespace seatrial::api {

inline constexpr const char* kPodTemplateHash = "pod-template-hash";

// FNV-1a-32 over the template as JSON with sorted keys (label pod-template-hash left out), then over the
// collision count as 8 little-endian bytes if there is one; in the safe alphabet. Equal templates have equal
// hashes; the digits are not those of a real cluster, which hashes another dump.
std::string template_hash(const PodTemplateSpec& t, std::optional<std::int32_t> collision_count);

// Whether two templates make the same pods: equal but for the label pod-template-hash.
bool equal_ignoring_hash(const PodTemplateSpec& a, const PodTemplateSpec& b);

// The characters of generated names: no vowels, no digits that look like letters.
inline constexpr char kSafeAlphabet[] = "bcdfghjklmnpqrstvwxz2456789";
// Decimal, each character c replaced by that number c % 27 of the alphabet: 0 is '4', 9 is 'f'. At most 10
// characters.
std::string safe_encode(std::uint32_t number);

// `length` characters; draw(n) gives a number below n.
template <class Draw>
std::string random_suffix(Draw&& draw, int length = 5) {
  std::string text;
  for (int i = 0; i < length; ++i) text += kSafeAlphabet[static_cast<std::size_t>(draw(27u))];
  return text;
}

}  // namespace seatrial::api
