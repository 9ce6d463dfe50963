// Logarithm, exponential and normal quantile with the same bits on every platform and compiler: only + - * /
// and sqrt of IEEE doubles, which are exactly rounded everywhere, and no contraction (-ffp-contract=off). Not
// correctly rounded: relative errors are a few units in the last place.
//
// Sources: log by the series of 2 artanh((m-1)/(m+1)); exp by its Taylor polynomial on |r| <= ln(2)/2; the
// normal quantile is Wichura's PPND16 (Algorithm AS 241, Applied Statistics 37, 1988).
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

namespace seatrial {

inline constexpr double kLn2High =
    0x1.62e42fee00000p-1;  // 32 bits, so that its product with an exponent is exact
inline constexpr double kLn2Low = 0x1.a39ef35793c76p-33;

// Natural logarithm. REQUIRES: x is positive, normal and finite.
// Example: x = 10 = 1.25 * 2^3: t = 0.25/2.25, log = 2 artanh(t) + 3 ln 2 = 0.22314… + 2.07944… = 2.302585…
constexpr double portable_log(double x) {
  constexpr std::array<double, 11> kOverOdd{1.0,      1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9, 1.0 / 11,
                                            1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21};
  const auto bits = std::bit_cast<std::uint64_t>(x);
  auto exponent = static_cast<std::int64_t>(bits >> 52) - 1023;
  auto m = std::bit_cast<double>((bits & 0xfffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    ++exponent;
  }
  const double t = (m - 1) / (m + 1), t2 = t * t;
  double sum = 0;
  for (std::size_t i = kOverOdd.size(); i-- > 0;) sum = sum * t2 + kOverOdd[i];
  const auto e = static_cast<double>(exponent);
  return e * kLn2High + (2 * t * sum + e * kLn2Low);
}

// e to the x. Beyond the range of doubles: infinity above, 0 below.
constexpr double portable_exp(double x) {
  constexpr std::array<double, 14> kOverFactorial{1.0,
                                                  1.0,
                                                  1.0 / 2,
                                                  1.0 / 6,
                                                  1.0 / 24,
                                                  1.0 / 120,
                                                  1.0 / 720,
                                                  1.0 / 5040,
                                                  1.0 / 40320,
                                                  1.0 / 362880,
                                                  1.0 / 3628800,
                                                  1.0 / 39916800,
                                                  1.0 / 479001600,
                                                  1.0 / 6227020800};
  if (x > 709) return std::numeric_limits<double>::infinity();
  if (x < -708) return 0;
  const auto n = static_cast<std::int64_t>(x * 1.4426950408889634 + (x < 0 ? -0.5 : 0.5));
  const auto e = static_cast<double>(n);
  const double r = (x - e * kLn2High) - e * kLn2Low;
  double sum = 0;
  for (std::size_t i = kOverFactorial.size(); i-- > 0;) sum = sum * r + kOverFactorial[i];
  return sum * std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52);
}

// The x below which a standard normal variable lies with probability p. REQUIRES: 0 < p < 1.
double normal_quantile(double p);

}  // namespace seatrial
