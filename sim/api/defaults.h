// Defaulting that several kinds share. Source: pkg/apis/core/v1/defaults.go. Internal to sim/api.
#pragma once

#include "sim/api/core.h"

namespace seatrial::api {

// Of pods and templates; and what a pod gets besides: requests from limits, a host's ports.
void default_pod_spec(PodSpec& spec);
void default_pod(PodSpec& spec);
void default_template(PodTemplateSpec& t);
inline void default_template(Shared<PodTemplateSpec>& t) {
  PodTemplateSpec changed = *t;
  default_template(changed);
  if (!(changed == *t)) t = Shared<PodTemplateSpec>(std::move(changed));
}

}  // namespace seatrial::api
