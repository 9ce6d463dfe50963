#include "sim/engine/distributions.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace seatrial {

double portable_log(double x) {
  auto bits = std::bit_cast<std::uint64_t>(x);
  auto e = static_cast<std::int64_t>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0xfffffffffffffULL) | 0x3ff0000000000000ULL);
  if (m > 1.4142135623730951) { m *= 0.5; ++e; }
  const double t = (m - 1) / (m + 1), t2 = t * t;
  double sum = 0;
  for (int n = 21; n >= 1; n -= 2) sum = sum * t2 + 1.0 / n;
  return 2 * t * sum + static_cast<double>(e) * 0.6931471805599453;
}
double portable_exp(double x) {
  const auto n = static_cast<std::int64_t>(x * 1.4426950408889634 + (x < 0 ? -0.5 : 0.5));
  const double r = x - static_cast<double>(n) * 0.6931471805599453;
  double sum = 1;
  for (int i = 16; i >= 1; --i) sum = 1 + sum * r / i;
  return sum * std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52);
}
double exponential_unit(RandomStream& random) { return -portable_log(1 - random.next_unit()); }
double standard_normal(RandomStream& random) {
  for (;;) {
    const double u = 2 * random.next_unit() - 1, v = 2 * random.next_unit() - 1, s = u * u + v * v;
    if (s > 0 && s < 1) return u * std::sqrt(-2 * portable_log(s) / s);
  }
}
namespace {
Duration nanos(double value) { return Duration::nanos(static_cast<std::int64_t>(value + 0.5)); }
double count(Duration d) { return static_cast<double>(d.count()); }
}  // namespace
Distribution Distribution::constant(Duration v) { Distribution d; d.a_ = count(v); return d; }
Distribution Distribution::uniform(Duration l, Duration h) { Distribution d; d.kind_ = Kind::kUniform; d.a_ = count(l); d.b_ = count(h); return d; }
Distribution Distribution::exponential(Duration m) { Distribution d; d.kind_ = Kind::kExponential; d.a_ = count(m); return d; }
Distribution Distribution::erlang(std::int32_t k, Duration m) { Distribution d; d.kind_ = Kind::kErlang; d.k_ = k; d.a_ = count(m) / k; return d; }
Distribution Distribution::lognormal(Duration m, Duration p) {
  Distribution d; d.kind_ = Kind::kLognormal; d.a_ = count(m); d.b_ = portable_log(count(p) / count(m)) / 2.3263478740408408; return d;
}
Distribution Distribution::pareto(Duration m, double alpha) { Distribution d; d.kind_ = Kind::kPareto; d.a_ = count(m); d.b_ = alpha; return d; }
Distribution Distribution::empirical(std::vector<std::pair<Duration, double>> values) {
  double sum = 0;
  for (auto& [value, weight] : values) weight = sum += weight;
  Distribution d; d.kind_ = Kind::kEmpirical; d.table_ = std::make_shared<const std::vector<std::pair<Duration, double>>>(std::move(values)); return d;
}
Duration Distribution::sample(RandomStream& random) const {
  switch (kind_) {
    case Kind::kConstant: return nanos(a_);
    case Kind::kUniform: return nanos(a_ + (b_ - a_) * random.next_unit());
    case Kind::kExponential: return nanos(a_ * exponential_unit(random));
    case Kind::kErlang: { double sum = 0; for (int i = 0; i < k_; ++i) sum += exponential_unit(random); return nanos(a_ * sum); }
    case Kind::kLognormal: return nanos(a_ * portable_exp(b_ * standard_normal(random)));
    case Kind::kPareto: return nanos(a_ * portable_exp(exponential_unit(random) / b_));
    case Kind::kEmpirical: {
      const double u = random.next_unit() * table_->back().second;
      return std::ranges::upper_bound(*table_, u, {}, &std::pair<Duration, double>::second)->first;
    }
  }
  return {};
}
Duration Distribution::mean() const {
  switch (kind_) {
    case Kind::kConstant: case Kind::kExponential: return nanos(a_);
    case Kind::kUniform: return nanos((a_ + b_) / 2);
    case Kind::kErlang: return nanos(a_ * k_);
    case Kind::kLognormal: return nanos(a_ * portable_exp(b_ * b_ / 2));
    case Kind::kPareto: return b_ > 1 ? nanos(a_ * b_ / (b_ - 1)) : Duration::max();
    case Kind::kEmpirical: {
      double sum = 0, before = 0;
      for (const auto& [value, upto] : *table_) { sum += count(value) * (upto - before); before = upto; }
      return nanos(sum / before);
    }
  }
  return {};
}

}  // namespace seatrial
