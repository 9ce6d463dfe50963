// ServiceAccount (v1).
#include "sim/api/core.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"

namespace seatrial::api {
namespace {

struct Reference {
  Symbol name;
};
template <class V>
void fields(V& v, Reference& r) {
  v("name", r.name);
}

template <class V>
void references(V& v, std::string_view key, std::vector<Symbol>& names) {
  std::vector<Reference> list;
  for (const Symbol name : names) list.push_back({name});
  v(key, list);
  if constexpr (V::kDecoding) {
    names.clear();
    for (const Reference& item : list) names.push_back(item.name);
  }
}

}  // namespace

namespace {

const char* const kServiceAccountSchema = R"(
ServiceAccount: apiVersion string, kind string, metadata ObjectMeta, secrets []ObjectReference,
  imagePullSecrets []LocalObjectReference, automountServiceAccountToken bool
)";

}  // namespace

template <class V>
void object_fields(V& v, ServiceAccount& a) {
  v("automountServiceAccountToken", a.automount_service_account_token);
  references(v, "imagePullSecrets", a.image_pull_secrets);
  references(v, "secrets", a.secrets);
}

namespace {

Problems validate(const ServiceAccount& a, const ServiceAccount* old) {
  Report report;
  validate_metadata(report, a, NameRule::kSubdomain, old);
  return report.take();
}

}  // namespace

const KindCode& service_account_code() {
  static const KindCode code =
      kind_code<ServiceAccount, no_defaults<ServiceAccount>, validate>(kServiceAccountSchema);
  return code;
}

}  // namespace seatrial::api
