#include "sim/api/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace seatrial::api {

__extension__ typedef __int128 Int128;

namespace {

constexpr const char* kFormatWrong =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
constexpr const char* kSuffixWrong = "unable to parse quantity's suffix";
constexpr std::int64_t kMax64 = std::numeric_limits<std::int64_t>::max();
constexpr int kNano = -9;
// Far above every amount that is told apart (9.2e18 × 10^18), far below overflow of 128 bits.
constexpr int kDigits = 37;

constexpr Int128 power_of_ten(int n) {
  Int128 result = 1;
  for (int i = 0; i < n; ++i) result *= 10;
  return result;
}
const Int128 kLimit = power_of_ten(kDigits);  // of nanos: amounts saturate at 1e28

Int128 clamp(Int128 nanos) { return std::clamp(nanos, -kLimit, kLimit); }

Int128 divide_away_from_zero(Int128 n, Int128 by) {
  const Int128 quotient = n / by;
  return n % by == 0 ? quotient : n > 0 ? quotient + 1 : quotient - 1;
}

// n × 10^shift, rounded away from zero where shift is negative; saturating.
Int128 shift_decimal(Int128 n, int shift) {
  for (; shift > 0 && n != 0; --shift) n = clamp(n * 10);
  if (shift >= 0) return n;
  return divide_away_from_zero(n, power_of_ten(std::min(-shift, kDigits)));
}

bool is_figure(char c) { return c >= '0' && c <= '9'; }

struct Parts {
  bool negative = false;
  std::string_view whole, fraction, suffix;
};

// The scanner of parseQuantityString, which is laxer than the regular expression that its error quotes.
bool split(std::string_view text, Parts& parts) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t start = at;
    while (at < text.size() && is_figure(text[at])) ++at;
    return text.substr(start, at - start);
  };
  if (text.empty()) return false;
  if (text[0] == '-' || text[0] == '+') {
    parts.negative = text[0] == '-';
    at = 1;
  }
  parts.whole = digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    parts.fraction = digits();
  }
  const std::size_t suffix = at;
  while (at < text.size() && std::string_view("eEinumkKMGTP").find(text[at]) != std::string_view::npos) ++at;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  digits();
  parts.suffix = text.substr(suffix);
  return at == text.size();
}

struct Suffix {
  std::string_view text;
  Quantity::Format format;
  int base, exponent;
};
constexpr auto kDecimal = Quantity::Format::kDecimalSI;
constexpr auto kBinary = Quantity::Format::kBinarySI;
constexpr std::array<Suffix, 16> kSuffixes{{
    {"Ki", kBinary, 2, 10},
    {"Mi", kBinary, 2, 20},
    {"Gi", kBinary, 2, 30},
    {"Ti", kBinary, 2, 40},
    {"Pi", kBinary, 2, 50},
    {"Ei", kBinary, 2, 60},
    {"n", kDecimal, 10, -9},
    {"u", kDecimal, 10, -6},
    {"m", kDecimal, 10, -3},
    {"", kDecimal, 10, 0},
    {"k", kDecimal, 10, 3},
    {"M", kDecimal, 10, 6},
    {"G", kDecimal, 10, 9},
    {"T", kDecimal, 10, 12},
    {"P", kDecimal, 10, 15},
    {"E", kDecimal, 10, 18},
}};

bool interpret(std::string_view text, Suffix& suffix) {
  for (const Suffix& candidate : kSuffixes) {
    if (candidate.text == text) {
      suffix = candidate;
      return true;
    }
  }
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return false;
  std::string_view digits = text.substr(1);
  if (digits[0] == '+') digits.remove_prefix(1);
  std::int32_t exponent = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (digits.empty() || result.ec != std::errc() || result.ptr != digits.data() + digits.size()) return false;
  suffix = {text, Quantity::Format::kDecimalExponent, 10, std::clamp(exponent, -1000, 1000)};
  return true;
}

// The digits as an integer, at most kDigits of them: those that did not fit are counted (from the whole part)
// or, if not zero, noted, since they round the result up.
struct Digits {
  Int128 number = 0;
  int dropped = 0, fraction = 0;
  bool inexact = false;
};

Digits read_digits(std::string_view whole, std::string_view fraction) {
  constexpr Int128 kRoom = power_of_ten(27);
  Digits result;
  for (const char c : whole) {
    if (result.number < kRoom) {
      result.number = result.number * 10 + (c - '0');
    } else {
      ++result.dropped;
      result.inexact |= c != '0';
    }
  }
  for (const char c : fraction) {
    if (result.dropped == 0 && result.number < kRoom) {
      result.number = result.number * 10 + (c - '0');
      ++result.fraction;
    } else {
      result.inexact |= c != '0';
    }
  }
  return result;
}

Int128 nanos_of(const Digits& digits, const Suffix& suffix) {
  if (suffix.base == 10) {
    const Int128 nanos =
        shift_decimal(digits.number, digits.dropped - digits.fraction + suffix.exponent - kNano);
    return nanos == 0 && digits.inexact ? 1 : nanos;
  }
  // Binary: the factor first while it fits, so that 0.000000000001Ki keeps its digits.
  Int128 number = digits.number;
  int exponent = suffix.exponent;
  const Int128 room = kLimit / 4;
  for (; exponent > 0 && number <= room; --exponent) number *= 2;
  Int128 nanos = shift_decimal(number, digits.dropped - digits.fraction - kNano);
  for (; exponent > 0; --exponent) nanos = clamp(nanos * 2);
  return std::min(nanos, static_cast<Int128>(kMax64) * power_of_ten(9));
}

}  // namespace

// A quantity as a number of nanos, and back.
struct QuantityAmount {
  static Int128 nanos(Quantity q) { return shift_decimal(q.mantissa_, q.power_ - kNano); }

  static Quantity quantity(Int128 nanos, Quantity::Format format) {
    Quantity q;
    q.format_ = format;
    nanos = clamp(nanos);
    const Int128 million = 1'000'000;
    if (nanos % million != 0) {
      for (const int power : {-9, -6}) {
        const Int128 mantissa = divide_away_from_zero(nanos, power_of_ten(power - kNano));
        if (mantissa <= kMax64 && mantissa >= -kMax64 && mantissa % 1000 != 0)
          return with(q, mantissa, power);
      }
    }
    for (int power = -3; power <= 18; power += 3) {
      const Int128 mantissa = divide_away_from_zero(nanos, power_of_ten(power - kNano));
      if (mantissa <= kMax64 && mantissa >= -kMax64) return with(q, mantissa, power);
    }
    return with(q, nanos > 0 ? kMax64 : -kMax64, 18);
  }

 private:
  static Quantity with(Quantity q, Int128 mantissa, int power) {
    q.mantissa_ = static_cast<std::int64_t>(mantissa);
    q.power_ = static_cast<std::int8_t>(power);
    return q;
  }
};

Quantity Quantity::from_value(std::int64_t value, Format format) {
  return QuantityAmount::quantity(static_cast<Int128>(value) * power_of_ten(9), format);
}

std::expected<Quantity, std::string> Quantity::parse(std::string_view text) {
  Parts parts;
  if (!split(text, parts)) return std::unexpected(kFormatWrong);
  Suffix suffix{};
  if (!interpret(parts.suffix, suffix)) return std::unexpected(kSuffixWrong);
  const Int128 nanos = nanos_of(read_digits(parts.whole, parts.fraction), suffix);
  Format format = suffix.format;
  if (format == Format::kBinarySI && nanos < power_of_ten(9) && nanos > 0) format = Format::kDecimalSI;
  return QuantityAmount::quantity(parts.negative ? -nanos : nanos, format);
}

std::int64_t Quantity::milli_of_other_power() const {
  const Int128 milli = shift_decimal(mantissa_, power_ - kMilli);
  return static_cast<std::int64_t>(std::clamp<Int128>(milli, -kMax64, kMax64));
}

std::int64_t Quantity::value() const {
  if (power_ == kMilli) {
    const std::int64_t quotient = mantissa_ / 1000, rest = mantissa_ % 1000;
    return rest == 0 ? quotient : rest > 0 ? quotient + 1 : quotient - 1;
  }
  return static_cast<std::int64_t>(std::clamp<Int128>(shift_decimal(mantissa_, power_), -kMax64, kMax64));
}

std::strong_ordering Quantity::compare(Quantity a, Quantity b) {
  const Int128 left = QuantityAmount::nanos(a), right = QuantityAmount::nanos(b);
  return left < right   ? std::strong_ordering::less
         : left > right ? std::strong_ordering::greater
                        : std::strong_ordering::equal;
}

Quantity operator+(Quantity a, Quantity b) {
  const Quantity::Format format = a.is_zero() ? b.format_ : a.format_;
  std::int64_t sum = 0;
  if (a.power_ == Quantity::kMilli && b.power_ == Quantity::kMilli &&
      !__builtin_add_overflow(a.mantissa_, b.mantissa_, &sum)) {
    return Quantity::from_milli(sum, format);
  }
  return QuantityAmount::quantity(QuantityAmount::nanos(a) + QuantityAmount::nanos(b), format);
}

Quantity operator-(Quantity a, Quantity b) {
  const Quantity::Format format = a.is_zero() ? b.format_ : a.format_;
  return QuantityAmount::quantity(QuantityAmount::nanos(a) - QuantityAmount::nanos(b), format);
}

Quantity Quantity::rounded_up(int power) const {
  if (power <= kNano) return *this;
  const Int128 unit = power_of_ten(std::min(power - kNano, kDigits));
  return QuantityAmount::quantity(divide_away_from_zero(QuantityAmount::nanos(*this), unit) * unit, format_);
}

Quantity::Decimal Quantity::decimal() const {
  Decimal result{mantissa_, power_};
  if (mantissa_ == 0) return {0, 0};
  for (; result.mantissa % 10 == 0; ++result.power) result.mantissa /= 10;
  return result;
}

// Canonical: no fraction, the largest suffix that leaves an integer. BinarySI below 1024 or with a fraction
// is printed as DecimalSI: 0.5Gi is 512Mi, 1.5Ki is 1536, 1023 stays.
std::string Quantity::str() const {
  if (mantissa_ == 0) return "0";
  static constexpr std::array<const char*, 7> kBinarySuffixes{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  static constexpr std::array<const char*, 10> kDecimalSuffixes{"n", "u", "m", "",  "k",
                                                                "M", "G", "T", "P", "E"};
  const Int128 nanos = QuantityAmount::nanos(*this);
  const Int128 unit = power_of_ten(9);
  if (format_ == Format::kBinarySI && nanos % unit == 0 && (nanos >= unit * 1024 || nanos <= unit * -1024)) {
    std::int64_t number = value();
    std::size_t suffix = 0;
    for (; suffix + 1 < kBinarySuffixes.size() && number % 1024 == 0; ++suffix) number /= 1024;
    return std::to_string(number) + kBinarySuffixes[suffix];
  }
  auto [number, power] = decimal();
  for (; power % 3 != 0; --power) number *= 10;
  if (format_ == Format::kDecimalExponent)
    return std::to_string(number) + (power ? "e" + std::to_string(power) : "");
  for (; power > 18; --power) number *= 10;
  return std::to_string(number) + kDecimalSuffixes[static_cast<std::size_t>((power - kNano) / 3)];
}

}  // namespace seatrial::api
