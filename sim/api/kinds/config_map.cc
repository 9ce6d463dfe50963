// ConfigMap and Secret (v1).
#include "sim/api/core.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"

namespace seatrial::api {
namespace {

const char* const kConfigMapSchema = R"(
ConfigMap: apiVersion string, kind string, metadata ObjectMeta, immutable bool, data {}string, binaryData {}bytes
)";

const char* const kSecretSchema = R"(
Secret: apiVersion string, kind string, metadata ObjectMeta, immutable bool, data {}bytes, stringData {}string,
  type string
)";

}  // namespace

template <class V>
void object_fields(V& v, ConfigMap& c) {
  v("binaryData", c.binary_data);
  v("data", c.data);
  v("immutable", c.immutable);
}
template <class V>
void object_fields(V& v, Secret& s) {
  v("data", s.data);
  v("immutable", s.immutable);
  v("stringData", s.string_data);
  v("type", s.type);
}

namespace {

Problems validate_config_map(const ConfigMap& c, const ConfigMap* old) {
  Report report;
  validate_metadata(report, c, NameRule::kSubdomain, old);
  return report.take();
}

// stringData is write-only: it is encoded into data.
void default_secret(Secret& s) {
  if (s.type.empty()) s.type = "Opaque";
  for (const auto& [key, text] : s.string_data) s.data[key] = base64(text);
  s.string_data.clear();
}

Problems validate_secret(const Secret& s, const Secret* old) {
  Report report;
  validate_metadata(report, s, NameRule::kSubdomain, old);
  return report.take();
}

}  // namespace

const KindCode& config_map_code() {
  static const KindCode code = kind_code<ConfigMap, no_defaults<ConfigMap>, validate_config_map>(kConfigMapSchema);
  return code;
}
const KindCode& secret_code() {
  static const KindCode code = kind_code<Secret, default_secret, validate_secret>(kSecretSchema);
  return code;
}

}  // namespace seatrial::api
