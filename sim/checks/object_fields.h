// The numbers of an object that `always:` and `eventually:` may compare, by the names that its status gives
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/api/meta.h"

namespace seatrial::checks {

struct FieldInfo {
  api::Kind kind;
  std::string_view key;  // readyReplicas
  std::int64_t (*get)(const api::Object& object);
};

std::vector<FieldInfo> fields_of(api::Kind kind);  // in a fixed order
std::optional<std::int64_t> field(const api::Object& object, std::string_view key);
// Of kinds that have conditions; else null.
const std::vector<api::Condition>* conditions_of(const api::Object& object);

}  // namespace seatrial::checks
