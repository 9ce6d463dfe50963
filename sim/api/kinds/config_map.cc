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

constexpr std::size_t kMaxSize = 1 << 20;
constexpr const char* kImmutable = "field is immutable when `immutable` is set";

// The keys; returns the size.
std::size_t validate_data(Report& report, const Place& at, const std::map<Symbol, std::string>& data) {
  std::size_t total = 0;
  for (const auto& [name, text] : data) {
    report.invalid_all(key(at, name.view()), name.view(), check_config_map_key(name.view()));
    total += text.size();
  }
  return total;
}

Problems validate_config_map(const ConfigMap& c, const ConfigMap* old) {
  Report report;
  const Place root, data = field(root, "data"), binary = field(root, "binaryData");
  validate_metadata(report, c, NameRule::kSubdomain, old);
  std::size_t total = validate_data(report, data, c.data) + validate_data(report, binary, c.binary_data);
  for (const auto& [name, text] : c.binary_data) {
    if (c.data.contains(name))
      report.invalid(key(data, name.view()), name.view(), "duplicate of key present in binaryData");
  }
  if (total > kMaxSize) report.too_long(root, "bytes", kMaxSize);
  if (old && old->immutable) {
    if (!c.immutable) report.forbidden(field(root, "immutable"), kImmutable);
    if (c.data != old->data) report.forbidden(data, kImmutable);
    if (c.binary_data != old->binary_data) report.forbidden(binary, kImmutable);
  }
  return report.take();
}

// stringData is write-only: it is encoded into data.
void default_secret(Secret& s) {
  if (s.type.empty()) s.type = "Opaque";
  for (const auto& [key, text] : s.string_data) s.data[key] = base64(text);
  s.string_data.clear();
}

// What the types of Secrets must have.
void validate_secret_type(Report& report, const Place& root, const Secret& s) {
  const Place data = field(root, "data");
  const auto need = [&](std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
      if (!s.data.contains(name)) report.required(key(data, name), "");
    }
  };
  const std::string_view type = s.type.view();
  if (type == "kubernetes.io/tls") need({"tls.crt", "tls.key"});
  if (type == "kubernetes.io/ssh-auth") need({"ssh-privatekey"});
  if (type == "kubernetes.io/dockercfg") need({".dockercfg"});
  if (type == "kubernetes.io/dockerconfigjson") need({".dockerconfigjson"});
  if (type == "kubernetes.io/basic-auth" && !s.data.contains("username") && !s.data.contains("password"))
    need({"username", "password"});
  constexpr const char* kAccount = "kubernetes.io/service-account.name";
  const Place metadata = field(root, "metadata"), annotations = field(metadata, "annotations");
  if (type == "kubernetes.io/service-account-token" && s.metadata.annotations->get(kAccount).empty())
    report.required(key(annotations, kAccount), "");
}

Problems validate_secret(const Secret& s, const Secret* old) {
  Report report;
  const Place root, data = field(root, "data");
  validate_metadata(report, s, NameRule::kSubdomain, old);
  if (validate_data(report, data, s.data) > kMaxSize) report.too_long(data, "bytes", kMaxSize);
  validate_secret_type(report, root, s);
  if (old && s.type != old->type) report.invalid(field(root, "type"), s.type.view(), "field is immutable");
  if (old && old->immutable) {
    if (!s.immutable) report.forbidden(field(root, "immutable"), kImmutable);
    if (s.data != old->data) report.forbidden(data, kImmutable);
  }
  return report.take();
}

}  // namespace

const KindCode& config_map_code() {
  static const KindCode code =
      kind_code<ConfigMap, no_defaults<ConfigMap>, validate_config_map>(kConfigMapSchema);
  return code;
}
const KindCode& secret_code() {
  static const KindCode code = kind_code<Secret, default_secret, validate_secret>(kSecretSchema);
  return code;
}

}  // namespace seatrial::api
