// The names of updateStrategy.type, which StatefulSets and DaemonSets share. Internal to sim/api.
#pragma once

#include "sim/api/apps.h"
#include "sim/api/fields_meta.h"

namespace seatrial::api {

template <>
struct EnumNames<UpdateStrategyType> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{"RollingUpdate"sv, "OnDelete"sv};
  static constexpr std::string_view kMustBe = "must be 'RollingUpdate' or 'OnDelete'";
};

}  // namespace seatrial::api
