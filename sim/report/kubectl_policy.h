// Kubernetes', administrators' and Calico's network policies in kubectl's columns, without the name. Sources:
// pkg/printers/internalversion/printers.go; the additionalPrinterColumns of the CRDs.
#pragma once

#include <string>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/time.h"

namespace seatrial::report {

std::vector<std::string> policy_row(const api::Object& object, SimTime now, bool wide);
std::vector<std::string> admin_policy_row(const api::Object& object, SimTime now, bool wide);
std::vector<std::string> calico_policy_row(const api::Object& object, SimTime now, bool wide);
std::vector<std::string> global_policy_row(const api::Object& object, SimTime now, bool wide);
std::vector<std::string> tier_row(const api::Object& object, SimTime now, bool wide);

}  // namespace seatrial::report
