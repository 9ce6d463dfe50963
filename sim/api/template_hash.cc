#include "sim/api/template_hash.h"

#include "sim/api/fields_core.h"
#include "sim/api/shown_pod.h"

namespace seatrial::api {
namespace {

class Fnv1a {
 public:
  void add(unsigned char byte) { hash_ = (hash_ ^ byte) * 16777619u; }
  std::uint32_t value() const { return hash_; }

 private:
  std::uint32_t hash_ = 2166136261u;
};

LabelMap without_hash(const LabelMap& labels) {
  static const Symbol key(kPodTemplateHash);
  LabelMap result = labels;
  result.erase(key);
  return result;
}

}  // namespace

std::string template_hash(const PodTemplateSpec& t, std::optional<std::int32_t> collision_count) {
  PodTemplateSpec plain = t;
  plain.labels = without_hash(*t.labels);
  Value value = encode_value(plain);
  for (auto& [key, part] : value.map) {
    if (key == Symbol("spec")) hide_pod_defaults(part);
  }
  sort_keys(value);
  Fnv1a hash;
  for (const char c : compact_json(value)) hash.add(static_cast<unsigned char>(c));
  if (collision_count) {
    const auto count = static_cast<std::uint64_t>(*collision_count);
    for (int shift = 0; shift < 64; shift += 8) hash.add(static_cast<unsigned char>(count >> shift));
  }
  return safe_encode(hash.value());
}

bool equal_ignoring_hash(const PodTemplateSpec& a, const PodTemplateSpec& b) {
  if (!(a.spec == b.spec) || !(a.annotations == b.annotations)) return false;
  return a.labels.same_as(b.labels) || without_hash(*a.labels) == without_hash(*b.labels);
}

std::string safe_encode(std::uint32_t number) {
  std::string text = std::to_string(number);
  for (char& c : text) c = kSafeAlphabet[static_cast<unsigned char>(c) % 27];
  return text;
}

}  // namespace seatrial::api
