// Volumes, claims, classes and CSINodes in kubectl's columns, without the name. Source:
// pkg/printers/internalversion/printers.go.
#pragma once

#include <string>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/time.h"

namespace seatrial::report {

std::vector<std::string> volume_row(const api::Object& object, SimTime now, bool wide);
std::vector<std::string> claim_row(const api::Object& object, SimTime now, bool wide);
std::vector<std::string> storage_class_row(const api::Object& object, SimTime now, bool wide);
std::vector<std::string> csi_node_row(const api::Object& object, SimTime now, bool wide);
// What stands behind the name: " (default)" of a default class.
std::string name_suffix(const api::Object& object);

}  // namespace seatrial::report
