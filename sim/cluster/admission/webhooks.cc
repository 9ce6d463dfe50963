// The webhooks were called while the request waited (sim/cluster/webhooks.h); here their answers count.
#include "sim/cluster/admission/plugins.h"

namespace seatrial::cluster {

Refusal ask_mutating_webhooks(const Store&, AdmissionState&, AdmissionRequest& request) {
  return request.reviews ? request.reviews->mutating : std::nullopt;
}

Refusal ask_validating_webhooks(const Store&, AdmissionState&, const AdmissionRequest& request,
                                AdmissionOutcome& outcome) {
  if (!request.reviews) return std::nullopt;
  for (const std::string& name : request.reviews->failed_open)
    outcome.audit.push_back("failed-open.validation.webhook.admission.k8s.io/" + name);
  return request.reviews->validating;
}

}  // namespace seatrial::cluster
