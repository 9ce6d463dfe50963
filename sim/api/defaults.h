// Defaulting that several kinds share. Source: pkg/apis/core/v1/defaults.go. Internal to sim/api.
#pragma once

#include "sim/api/core.h"

namespace seatrial::api {

void default_pod_spec(PodSpec& spec);
void default_template(PodTemplateSpec& t);
inline void default_template(Shared<PodTemplateSpec>& t) {
  PodTemplateSpec changed = *t;
  default_template(changed);
  if (!(changed == *t)) t = Shared<PodTemplateSpec>(std::move(changed));
}

}  // namespace seatrial::api
