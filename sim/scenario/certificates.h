// cert-manager's Certificates as manifests write them, and what a scenario says of certificates that are
// there at time 0. Source: cert-manager pkg/apis/certmanager/v1/types_certificate.go and its validation.
#pragma once

#include <optional>
#include <vector>

#include "sim/api/meta.h"
#include "sim/api/problem.h"
#include "sim/traffic/certificates.h"

namespace seatrial::scenario {

// How long a certificate that was there before still lives: that of a Certificate, or of a plain Secret.
struct KnownCertificate {
  api::Symbol namespace_, certificate, secret;  // one of the two names
  SimTime expires;
  api::SourcePosition source;
};

// Is it a Certificate of cert-manager?
bool is_certificate(const api::Object& object);
// What it asks for. Wrong fields are reported, and count as not written. REQUIRES: is_certificate().
traffic::CertificateSpec certificate_spec(const api::Object& object, api::Problems& problems);
// The same with the expiry that is known of it. REQUIRES: it has no problems.
traffic::CertificateSpec certificate_spec(const api::Object& object,
                                          const std::vector<KnownCertificate>& known);

}  // namespace seatrial::scenario
