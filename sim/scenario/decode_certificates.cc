// `certificates:` those that are there at time 0, and until when; `issuers:` which of cert-manager's fail;
// and the verbs about them.
#include <algorithm>
#include <array>

#include "sim/api/unstructured.h"
#include "sim/scenario/certificates.h"
#include "sim/scenario/decode_entry.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {
namespace {

std::vector<std::shared_ptr<const api::Object>> certificates_of(const Parts& parts) {
  std::vector<std::shared_ptr<const api::Object>> found;
  for (const auto& object : parts.inventory.objects())
    if (is_certificate(*object)) found.push_back(object);
  return found;
}

// The one Certificate of that name; null, and a problem, if there is none.
std::shared_ptr<const api::Object> find_certificate(const Reader& at, api::Symbol namespace_,
                                                    const std::string& name, const Parts& parts) {
  std::vector<std::string> names;
  for (const auto& object : certificates_of(parts)) {
    if (object->metadata.name == name && object->metadata.namespace_ == namespace_) return object;
    names.push_back(object->metadata.name.str());
  }
  if (name.empty() || parts.inventory.incomplete) return nullptr;
  at.problem("no Certificate \"" + name + "\" in namespace \"" + namespace_.str() + "\" is applied" +
             did_you_mean(name, names));
  return nullptr;
}

void require_cert_manager(const Reader& at, const Parts& parts) {
  if (!parts.scenario.platform.cert_manager) at.problem("the platform has no certManager");
}

// It would have been renewed before now, unless its issuer fails.
void check_renewal(const Reader& at, const api::Object& certificate, const Parts& parts) {
  const traffic::CertificateSpec spec = certificate_spec(certificate, parts.scenario.certificates);
  const auto issuer = parts.scenario.issuers.find(spec.issuer);
  const bool fails = issuer != parts.scenario.issuers.end() && !issuer->second.empty();
  if (fails || !spec.expires || *spec.expires - spec.renewed_before() >= SimTime::at(-parts.scenario.settle))
    return;
  at.problem("cert-manager would have renewed it " + to_string(spec.renewed_before()) +
             " before that, so say why not: issuers: {" + spec.issuer.str() + ": {fails: …}}");
}

// cert-manager renews what a Certificate of the start has.
void check_unmanaged(const Reader& at, const KnownCertificate& known, const Parts& parts) {
  if (!parts.scenario.platform.cert_manager) return;
  api::Problems ignored;
  for (const Manifest& manifest : parts.scenario.apply) {
    if (!is_certificate(*manifest.object)) continue;
    const traffic::CertificateSpec spec = certificate_spec(*manifest.object, ignored);
    if (spec.namespace_ == known.namespace_ && spec.secret == known.secret)
      at.problem("is the Secret of Certificate " + spec.name.str() +
                 ": write certificate: " + spec.name.str());
  }
}

void read_certificate(Reader map, Parts& parts) {
  if (!map.expect_map()) return;
  KnownCertificate known;
  known.source = map.where();
  const Reader certificate = map.field("certificate"), secret = map.field("secret"),
               expires = map.required("expires");
  known.namespace_ = map.field("namespace").text(parts.scenario.default_namespace.view());
  known.certificate = certificate.text();
  known.secret = secret.text();
  known.expires = SimTime::at(expires.duration(Duration(), -parts.scenario.settle));
  map.done();
  if (bool(certificate) == bool(secret)) map.problem("expected either certificate: or secret:");
  parts.scenario.certificates.push_back(known);
  if (secret) check_unmanaged(secret, known, parts);
  if (!certificate) return;
  require_cert_manager(certificate, parts);
  const auto object = find_certificate(certificate, known.namespace_, known.certificate.str(), parts);
  if (object) check_renewal(expires, *object, parts);
}

std::vector<std::string> issuer_names(const Parts& parts) {
  std::vector<std::string> names;
  api::Problems ignored;
  for (const auto& object : certificates_of(parts))
    names.push_back(certificate_spec(*object, ignored).issuer.str());
  return names;
}

void require_issuer(const Reader& at, api::Symbol name, const Parts& parts) {
  require_cert_manager(at, parts);
  const std::vector<std::string> names = issuer_names(parts);
  if (name.empty() || parts.inventory.incomplete || std::ranges::count(names, name.str()) > 0) return;
  at.problem("no Certificate of the manifests has the issuer \"" + name.str() + "\"" +
             did_you_mean(name.view(), names));
}

// {issuer: letsencrypt-production, fails: "429 rateLimited", for: 2h}; without fails it issues again.
Action read_issuer(Entry& entry, std::string& text) {
  ChangeIssuer action;
  action.issuer = entry.verb.text();
  require_issuer(entry.verb, action.issuer, entry.parts);
  action.fails = entry.map.field("fails").text();
  if (const Reader lasts = entry.map.field("for"))
    action.lasts = lasts.duration(Duration::millis(1), Duration::millis(1));
  text = "issuer " + action.issuer.str() +
         (action.fails.empty() ? " issues certificates" : " fails (" + action.fails + ")") +
         (action.lasts ? " for " + to_string(*action.lasts) : "");
  return action;
}

// {renew: certificate/my-application}
Action read_renew(Entry& entry, std::string& text) {
  RenewCertificate action;
  std::string name = entry.verb.text();
  constexpr std::string_view kPrefix = "certificate/";
  if (name.starts_with(kPrefix))
    name = name.substr(kPrefix.size());
  else if (!name.empty())
    entry.verb.problem("expected certificate/NAME, got \"" + name + "\"");
  action.namespace_ = entry.map.field("namespace").text(entry.parts.scenario.default_namespace.view());
  action.name = name;
  require_cert_manager(entry.verb, entry.parts);
  find_certificate(entry.verb, action.namespace_, name, entry.parts);
  text = "cmctl renew " + name;
  return action;
}

constexpr std::array<VerbRow, 2> kCertificateVerbs{{{"issuer", read_issuer}, {"renew", read_renew}}};

}  // namespace

std::span<const VerbRow> certificate_verbs() { return kCertificateVerbs; }

void read_certificates(const Reader& certificates, Reader issuers, Parts& parts) {
  if (parts.scenario.platform.cert_manager) {
    for (const auto& object : certificates_of(parts))
      certificate_spec(*object, certificates.decoding().problems);
  }
  if (issuers) {
    for (auto& [name, issuer] : issuers.entries()) {
      require_issuer(issuer, name, parts);
      if (!issuer.expect_map()) continue;
      parts.scenario.issuers[name] = issuer.required("fails").text();
      issuer.done();
    }
  }
  for (const Reader& one : certificates.items()) read_certificate(one, parts);
}

}  // namespace seatrial::scenario
