// Terraform's functions, one row each. Internal to sim/cloud/hcl.
//
// A function that needs a disk, a clock, chance or a cryptographic library has a row without code: its result
// is unknown, and its name is no mistake. Source: terraform's language documentation, "Built-in Functions".
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "sim/cloud/hcl/value.h"

namespace seatrial::cloud::hcl {

using FunctionResult = std::expected<Value, std::string>;
using Arguments = std::span<const Value>;

struct Function {
  std::string_view name;
  std::size_t least, most;  // arguments
  FunctionResult (*code)(Arguments arguments);
  // Otherwise the result is unknown as soon as something in an argument is. One that takes unknowns answers
  // with an unknown of no sources where it cannot say: the caller fills them in.
  bool takes_unknowns = false;
};
inline constexpr std::size_t kAny = 1000;

const Function* find_function(std::string_view name);

// The parts of the table: functions_text.cc, functions_collection.cc.
std::span<const Function> text_functions();
std::span<const Function> collection_functions();

}  // namespace seatrial::cloud::hcl
