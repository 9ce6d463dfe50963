// Quantity: a fixed-point number with a suffix, as resources are written: 500m, 2Gi, 1e3, 0.5.
//
// Held as an integer of thousandths; anything finer is rounded up (away from zero), as Quantity.MilliValue() does, and
// values beyond ±9.2e15 saturate. Printed in Kubernetes' canonical form. Source: k8s.io/apimachinery/pkg/api/resource.
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
    q.milli_ = milli;
    q.format_ = format;
    return q;
  }
  static Quantity from_value(std::int64_t value, Format format = Format::kDecimalSI);
  // The error is the API server's: "quantities must match the regular expression '…'" or "unable to parse …".
  static std::expected<Quantity, std::string> parse(std::string_view text);

  constexpr std::int64_t milli() const { return milli_; }
  std::int64_t value() const;                       // rounded up
  constexpr bool is_zero() const { return milli_ == 0; }
  Format format() const { return format_; }
  std::string str() const;                          // canonical

  // Order and equality look at the amount, not at how it was written.
  friend constexpr bool operator==(Quantity a, Quantity b) { return a.milli_ == b.milli_; }
  friend constexpr auto operator<=>(Quantity a, Quantity b) { return a.milli_ <=> b.milli_; }
  friend Quantity operator+(Quantity a, Quantity b);   // saturating; keeps the format of the first non-zero one
  friend Quantity operator-(Quantity a, Quantity b);

 private:
  std::int64_t milli_ = 0;
  Format format_ = Format::kDecimalSI;
};

}  // namespace seatrial::api
