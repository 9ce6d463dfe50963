#include "sim/scenario/certificates.h"

#include "sim/api/unstructured.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {

bool is_certificate(const api::Object& object) {
  if (object.kind != api::Kind::kUnstructured) return false;
  const auto& unstructured = static_cast<const api::Unstructured&>(object);
  return unstructured.kind_name == "Certificate" &&
         unstructured.api_version.view().starts_with("cert-manager.io/");
}

namespace {

const api::Value* value_at(const api::Value& document, std::initializer_list<std::string_view> path) {
  const api::Value* at = &document;
  for (const std::string_view key : path)
    if (at) at = at->find(key);
  return at;
}

class CertificateFields {
 public:
  CertificateFields(const api::Value& document, api::Problems& problems)
      : document_(document), problems_(problems) {}

  std::string text(std::initializer_list<std::string_view> path, const char* shown) {
    const api::Value* const value = value_at(document_, path);
    if (value && !value->text.empty()) return value->text;
    add(document_.position_of(shown), shown, "Required value");
    return {};
  }
  std::optional<Duration> duration(const char* key, Duration least) {
    const api::Value* const value = value_at(document_, {"spec", key});
    if (!value) return std::nullopt;
    const std::string path = std::string("spec.") + key;
    const auto parsed = parse_duration(value->text);
    if (!parsed) {
      add(value->where, path, parsed.error());
    } else if (*parsed < least) {
      add(value->where, path, "must be at least " + to_string(least));
    } else {
      return *parsed;
    }
    return std::nullopt;
  }
  void add(api::SourcePosition where, const std::string& path, std::string message) {
    problems_.push_back({where, path, std::move(message), api::Problem::Reason::kInvalid});
  }

 private:
  const api::Value& document_;
  api::Problems& problems_;
};

}  // namespace

traffic::CertificateSpec certificate_spec(const api::Object& object, api::Problems& problems) {
  const auto& unstructured = static_cast<const api::Unstructured&>(object);
  CertificateFields fields(*unstructured.document, problems);
  traffic::CertificateSpec spec;
  spec.namespace_ = object.metadata.namespace_;
  spec.name = object.metadata.name;
  spec.secret = fields.text({"spec", "secretName"}, "spec.secretName");
  spec.issuer = fields.text({"spec", "issuerRef", "name"}, "spec.issuerRef.name");
  spec.duration = fields.duration("duration", Duration::seconds(3600)).value_or(spec.duration);
  spec.renew_before = fields.duration("renewBefore", Duration::seconds(300));
  if (spec.renewed_before() >= spec.duration) {
    fields.add(unstructured.document->position_of("spec.renewBefore"), "spec.renewBefore",
               "must be shorter than the duration, " + to_string(spec.duration));
  }
  return spec;
}

traffic::CertificateSpec certificate_spec(const api::Object& object,
                                          const std::vector<KnownCertificate>& known) {
  api::Problems none;
  traffic::CertificateSpec spec = certificate_spec(object, none);
  for (const KnownCertificate& one : known)
    if (one.namespace_ == spec.namespace_ && one.certificate == spec.name) spec.expires = one.expires;
  return spec;
}

}  // namespace seatrial::scenario
