// Distributions, with the same bits on every platform (see portable_math.h). Values are spans of at least 0
// ns, rounded to the nearest nanosecond; what would exceed about 146 years is cut off there, so that sums
// with an instant are safe. A Distribution is a value: copies share an empirical table.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sim/engine/portable_math.h"
#include "sim/engine/random.h"
#include "sim/engine/time.h"

namespace seatrial {

// Marsaglia and Tsang's ziggurat (Journal of Statistical Software 5, 2000) of the exponential with 256
// layers: a draw U of 53 bits falls into layer i, x = U * scale[i]; below inside[i] it needs no further test.
struct ExponentialZiggurat {
  std::array<double, 256> scale;
  std::array<std::uint64_t, 256> inside;
  std::array<double, 257> density;
};
extern const ExponentialZiggurat kExponentialZiggurat;

double exponential_outside_layers(RandomStream& random, std::uint64_t draw);

// Exponential with mean 1, at least 0. One draw of 64 bits in 98.9% of the cases.
inline double exponential_unit(RandomStream& random) {
  const std::uint64_t draw = random.next_u64(), layer = draw & 255, u = draw >> 11;
  if (u < kExponentialZiggurat.inside[layer]) [[likely]]
    return static_cast<double>(static_cast<std::int64_t>(u)) * kExponentialZiggurat.scale[layer];
  return exponential_outside_layers(random, draw);
}

// Standard normal, by inversion: one draw of 64 bits always.
inline double standard_normal(RandomStream& random) { return normal_quantile(random.next_open_unit()); }

class Distribution {
 public:
  Distribution() = default;  // constant zero

  // REQUIRES of all: no negative span.
  static Distribution constant(Duration value);
  // Every nanosecond of [low, high] is equally likely. REQUIRES: low <= high.
  static Distribution uniform(Duration low, Duration high);
  static Distribution exponential(Duration mean);
  // The sum of k exponentials; squared coefficient of variation 1/k. REQUIRES: k >= 1.
  static Distribution erlang(std::int32_t k, Duration mean);
  // REQUIRES: 0 < median <= p99. Example: median 40 ms, p99 250 ms: sigma = ln(250/40) / 2.3263 = 0.7877.
  static Distribution lognormal(Duration median, Duration p99);
  // P(X > x) = (minimum/x)^alpha. REQUIRES: minimum > 0, alpha > 0.
  static Distribution pareto(Duration minimum, double alpha);
  // Each value with the probability of its weight. REQUIRES: not empty, weights >= 0 and not all 0.
  static Distribution empirical(std::vector<std::pair<Duration, double>> values_and_weights);

  // What every draw of a constant is; none of anything else.
  std::optional<Duration> constant_value() const {
    return kind_ == Kind::kConstant ? std::optional(low_) : std::nullopt;
  }
  // Equal parameters; an empirical one equals its copies only.
  bool operator==(const Distribution&) const = default;

  Duration sample(RandomStream& random) const {
    if (kind_ == Kind::kExponential) return rounded(a_ * exponential_unit(random));
    if (kind_ == Kind::kConstant) return low_;
    return sample_other(random);
  }
  // Of a Pareto with alpha <= 1 (infinite): Duration::max().
  Duration mean() const;

 private:
  enum class Kind : std::uint8_t {
    kConstant,
    kUniform,
    kExponential,
    kErlang,
    kLognormal,
    kPareto,
    kEmpirical
  };
  struct Table {
    std::vector<Duration> values;
    std::vector<double> upto;  // cumulated weights
  };

  static Duration rounded(double nanos) {
    constexpr double kLongest = 0x1p62;
    return Duration::nanos(nanos < kLongest ? static_cast<std::int64_t>(nanos + 0.5) : std::int64_t{1} << 62);
  }
  Duration sample_other(RandomStream& random) const;

  Kind kind_ = Kind::kConstant;
  std::int32_t k_ = 0;   // Erlang
  double a_ = 0;         // mean (Erlang: of one stage), median or minimum, in ns
  double b_ = 0;         // lognormal: sigma; Pareto: alpha
  Duration low_, high_;  // constant, uniform
  std::shared_ptr<const Table> table_;
};

// Ranks 1 … n with probability proportional to 1/rank^s. A value: copies share the table of n doubles.
class Zipf {
 public:
  // REQUIRES: n >= 1, s >= 0.
  Zipf(std::uint32_t n, double s);
  std::uint32_t sample(RandomStream& random) const;

 private:
  std::shared_ptr<const std::vector<double>> upto_;  // [rank - 1]: cumulated weights
};

}  // namespace seatrial
