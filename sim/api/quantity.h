// Quantity: a fixed-point number with a suffix, as resources are written: 500m, 2Gi, 1e3, 0.5.
//
// Held as an integer times a power of ten. That power is -3 (thousandths) for everything that thousandths can
// express; finer amounts go down to nano, what is finer still is rounded up (away from zero), and amounts
// beyond ±9.2e15 take a larger power and are exact to 18 digits. Parsed and printed (in canonical form) as
// Kubernetes does. Source: k8s.io/apimachinery/pkg/api/resource/{quantity,suffix,amount}.go.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace seatrial::api {

class Quantity {
 public:
  enum class Format : std::uint8_t { kDecimalSI, kBinarySI, kDecimalExponent };

  constexpr Quantity() = default;
  static constexpr Quantity from_milli(std::int64_t milli, Format format = Format::kDecimalSI) {
    Quantity q;
    q.mantissa_ = milli;
    q.format_ = format;
    return q;
  }
  static Quantity from_value(std::int64_t value, Format format = Format::kDecimalSI);
  // The error is the API server's: "quantities must match the regular expression '…'" or "unable to parse …".
  static std::expected<Quantity, std::string> parse(std::string_view text);

  // Thousandths, rounded away from zero; saturates at ±2^63.
  constexpr std::int64_t milli() const { return power_ == kMilli ? mantissa_ : milli_of_other_power(); }
  std::int64_t value() const;  // whole units, rounded away from zero
  constexpr bool is_zero() const { return mantissa_ == 0; }
  constexpr bool is_negative() const { return mantissa_ < 0; }
  Format format() const { return format_; }
  std::string str() const;  // canonical
  // Rounded away from zero to a multiple of 10^power (at least -9). 9.01 at -1 is 9.1, -9.01 at 1 is -10.
  Quantity rounded_up(int power) const;
  // The amount as mantissa × 10^power without trailing zeros: 0.05Gi is {536870912, -1}.
  struct Decimal {
    std::int64_t mantissa = 0;
    int power = 0;
    bool operator==(const Decimal&) const = default;
  };
  Decimal decimal() const;

  // Order and equality look at the amount, not at how it was written.
  friend constexpr bool operator==(Quantity a, Quantity b) {
    return a.mantissa_ == b.mantissa_ && a.power_ == b.power_;
  }
  friend std::strong_ordering operator<=>(Quantity a, Quantity b) {
    return a.power_ == b.power_ ? a.mantissa_ <=> b.mantissa_ : compare(a, b);
  }
  friend Quantity operator+(Quantity a,
                            Quantity b);  // saturating; keeps the format of the first non-zero one
  friend Quantity operator-(Quantity a, Quantity b);

 private:
  static constexpr std::int8_t kMilli = -3;
  friend struct QuantityAmount;  // arithmetic on it in 128 bits; quantity.cc
  std::int64_t milli_of_other_power() const;
  static std::strong_ordering compare(Quantity a, Quantity b);

  std::int64_t mantissa_ = 0;
  std::int8_t power_ = kMilli;  // -3 whenever that is exact, so equal amounts are equal members
  Format format_ = Format::kDecimalSI;
};

}  // namespace seatrial::api
