// IntOrString: a number, or a string such as "25%" or "http".
// Source: k8s.io/apimachinery/pkg/util/intstr/intstr.go.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "sim/api/symbol.h"

namespace seatrial::api {

struct IntOrString {
  std::int32_t number = 0;
  Symbol text;  // not empty: it is a string
  bool is_string() const { return !text.empty(); }
  std::string str() const { return is_string() ? text.str() : std::to_string(number); }
  bool operator==(const IntOrString&) const = default;
};

// The number itself, or that per cent of `total`, rounded up or down. 25% of 3: 1 up, 0 down.
// Errors as the API does: `invalid value for IntOrString: invalid type: string is not a percentage`.
std::expected<std::int32_t, std::string> scaled_value(const IntOrString& value, std::int32_t total,
                                                      bool round_up);

}  // namespace seatrial::api
