// Names that nothing declares, and outputs that a module does not have. Internal to sim/cloud/terraform.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sim/cloud/hcl/evaluate.h"

namespace seatrial::cloud::terraform {

// Is there such a variable ("var", name), local ("local", name), module ("module", name), data source
// ("data", "TYPE.NAME") or resource ("resource", "TYPE.NAME")?
using IsDeclared = std::function<bool(std::string_view kind, std::string_view name)>;

// The output that a reference to one of a declared module was meant to be; empty where there is nothing
// against it (module_interface.h).
using MeantOutput = std::function<std::string(std::string_view module, std::string_view output)>;

// Reports every reference of the file to something that is not declared, in terraform's words, and every one
// to an output that its module does not have; as in terraform, not the latter within try() and can().
void check_references(const hcl::File& file, const IsDeclared& is_declared, const MeantOutput& meant_output,
                      hcl::Evaluator& reporter);

}  // namespace seatrial::cloud::terraform
