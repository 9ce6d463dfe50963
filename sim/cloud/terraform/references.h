// Names that nothing declares. Internal to sim/cloud/terraform.
#pragma once

#include <functional>
#include <string_view>

#include "sim/cloud/hcl/evaluate.h"

namespace seatrial::cloud::terraform {

// Is there such a variable ("var", name), local ("local", name), module ("module", name), data source
// ("data", "TYPE.NAME") or resource ("resource", "TYPE.NAME")?
using IsDeclared = std::function<bool(std::string_view kind, std::string_view name)>;

// Reports every reference of the file to something that is not declared, in terraform's words.
void check_references(const hcl::File& file, const IsDeclared& is_declared, hcl::Evaluator& reporter);

}  // namespace seatrial::cloud::terraform
