// What of an object is its spec and what its status: an update keeps the stored status, a status update the
// stored spec, and only a change of spec makes a new generation. Kinds without a status are all spec. Source:
// pkg/registry/*/*/strategy.go (PrepareForUpdate).
#pragma once

#include "sim/api/core.h"

namespace seatrial::cluster {

// REQUIRES: both of one kind, here and below.
void copy_status(const api::Object& from, api::Object& to);
bool same_spec(const api::Object& a, const api::Object& b);
// Spec, status and metadata except resourceVersion.
bool same_object(const api::Object& a, const api::Object& b);

// The pod template of a workload; null for kinds without one.
api::Shared<api::PodTemplateSpec>* template_of(api::Object& object);
const api::Shared<api::PodTemplateSpec>* template_of(const api::Object& object);
// Where the object, its containers (by name) and its rules (equal ones) are written: of what was decoded
// without positions.
void copy_positions(const api::Object& from, api::Object& to);

}  // namespace seatrial::cluster
