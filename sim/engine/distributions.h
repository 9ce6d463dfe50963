// Distributions with the same bits on every platform: only + - * / and sqrt of IEEE doubles, never libm.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "sim/engine/random.h"
#include "sim/engine/time.h"

namespace seatrial {

// Natural logarithm and exponential by arithmetic alone.
double portable_log(double x);
double portable_exp(double x);
double exponential_unit(RandomStream& random);      // mean 1
double standard_normal(RandomStream& random);

class Distribution {
 public:
  Distribution() = default;                         // constant zero
  static Distribution constant(Duration value);
  static Distribution uniform(Duration low, Duration high);
  static Distribution exponential(Duration mean);
  static Distribution erlang(std::int32_t k, Duration mean);
  static Distribution lognormal(Duration median, Duration p99);
  static Distribution pareto(Duration minimum, double alpha);
  static Distribution empirical(std::vector<std::pair<Duration, double>> values_and_weights);

  Duration sample(RandomStream& random) const;
  Duration mean() const;

 private:
  enum class Kind : std::uint8_t { kConstant, kUniform, kExponential, kErlang, kLognormal, kPareto, kEmpirical };
  Kind kind_ = Kind::kConstant;
  std::int32_t k_ = 0;
  double a_ = 0, b_ = 0;
  std::shared_ptr<const std::vector<std::pair<Duration, double>>> table_;   // value, cumulated weight
};

}  // namespace seatrial
