#include "sim/api/int_or_string.h"

#include <charconv>

namespace seatrial::api {
namespace {

constexpr const char* kInvalid = "invalid value for IntOrString: ";

// Atoi of the digits before the per cent sign. Go's strconv accepts a sign, validation does not.
std::expected<std::int64_t, std::string> percent_of(const std::string& text) {
  if (text.empty() || text.back() != '%') {
    return std::unexpected(std::string(kInvalid) + "invalid type: string is not a percentage");
  }
  std::int64_t percent = 0;
  const char* const end = text.data() + text.size() - 1;
  const char* const begin = text.data() + (text[0] == '+' ? 1 : 0);
  const auto result = std::from_chars(begin, end, percent);
  if (result.ec != std::errc() || result.ptr != end || percent > 0x7fffffff || percent < -0x7fffffff) {
    return std::unexpected(std::string(kInvalid) + "invalid value \"" + text +
                           "\": strconv.Atoi: parsing \"" + text.substr(0, text.size() - 1) +
                           "\": invalid syntax");
  }
  return percent;
}

}  // namespace

// 25% of 10 is 2.5: 3 up, 2 down. Go computes value*total/100 in floating point and takes ceil or floor; the
// integer division below gives the same for every int32.
std::expected<std::int32_t, std::string> scaled_value(const IntOrString& value, std::int32_t total,
                                                      bool round_up) {
  if (!value.is_string()) return value.number;
  const auto percent = percent_of(value.text.str());
  if (!percent) return std::unexpected(percent.error());
  const std::int64_t product = *percent * total;
  std::int64_t quotient = product / 100;
  const std::int64_t rest = product % 100;
  if (round_up && rest > 0) ++quotient;
  if (!round_up && rest < 0) --quotient;
  constexpr std::int64_t kMax = 0x7fffffff;
  return static_cast<std::int32_t>(quotient > kMax ? kMax : quotient < -kMax ? -kMax : quotient);
}

}  // namespace seatrial::api
