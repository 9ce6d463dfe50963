#include "sim/engine/distributions.h"

#include <algorithm>
#include <span>

#include "sim/engine/check.h"

namespace seatrial {
namespace {

constexpr double kZigguratTail = 7.69711747013104972;       // where the bottom layer's rectangle ends
constexpr double kZigguratArea = 0.0039496598225815571993;  // of each layer

// Edges x[0] > x[1] = tail > … > x[256] = 0 so that all 256 layers have the same area. Layer 0 is the
// rectangle up to the tail together with the tail, as if it were a rectangle of width x[0].
constexpr ExponentialZiggurat make_ziggurat() {
  ExponentialZiggurat z{};
  std::array<double, 257> x{};
  z.density[0] = 0;
  z.density[1] = portable_exp(-kZigguratTail);
  x[0] = kZigguratArea / z.density[1];
  x[1] = kZigguratTail;
  for (std::size_t i = 2; i < 256; ++i) {
    z.density[i] = z.density[i - 1] + kZigguratArea / x[i - 1];
    x[i] = -portable_log(z.density[i]);
  }
  z.density[256] = 1;
  for (std::size_t i = 0; i < 256; ++i) {
    z.scale[i] = x[i] * 0x1p-53;
    z.inside[i] = static_cast<std::uint64_t>(x[i + 1] / x[i] * 0x1p53);
  }
  return z;
}

double in_nanos(Duration d) { return static_cast<double>(d.count()); }

// The index of the interval of cumulated weights into which a uniform draw falls.
std::size_t pick(std::span<const double> upto, RandomStream& random) {
  const double u = random.next_unit() * upto.back();
  const auto index = static_cast<std::size_t>(std::ranges::upper_bound(upto, u) - upto.begin());
  return std::min(index, upto.size() - 1);
}

}  // namespace

constexpr ExponentialZiggurat kExponentialZiggurat = make_ziggurat();

double exponential_outside_layers(RandomStream& random, std::uint64_t draw) {
  const ExponentialZiggurat& z = kExponentialZiggurat;
  double beyond = 0;
  for (;; draw = random.next_u64()) {
    const std::uint64_t layer = draw & 255, u = draw >> 11;
    const double x = static_cast<double>(static_cast<std::int64_t>(u)) * z.scale[layer];
    if (u < z.inside[layer]) return beyond + x;
    if (layer == 0) {
      beyond += kZigguratTail;  // the tail of an exponential is an exponential
      continue;
    }
    const double y = z.density[layer] + random.next_unit() * (z.density[layer + 1] - z.density[layer]);
    if (y < portable_exp(-x)) return beyond + x;
  }
}

Distribution Distribution::constant(Duration value) {
  CHECK(value >= Duration());
  Distribution d;
  d.low_ = value;
  return d;
}

Distribution Distribution::uniform(Duration low, Duration high) {
  CHECK(Duration() <= low && low <= high);
  Distribution d;
  d.kind_ = Kind::kUniform;
  d.low_ = low;
  d.high_ = high;
  return d;
}

Distribution Distribution::exponential(Duration mean) {
  CHECK(mean >= Duration());
  Distribution d;
  d.kind_ = Kind::kExponential;
  d.a_ = in_nanos(mean);
  return d;
}

Distribution Distribution::erlang(std::int32_t k, Duration mean) {
  CHECK(k >= 1 && mean >= Duration());
  Distribution d;
  d.kind_ = Kind::kErlang;
  d.k_ = k;
  d.a_ = in_nanos(mean) / k;
  return d;
}

Distribution Distribution::lognormal(Duration median, Duration p99) {
  CHECK(Duration() < median && median <= p99);
  constexpr double kNormalP99 = 2.3263478740408408;
  Distribution d;
  d.kind_ = Kind::kLognormal;
  d.a_ = in_nanos(median);
  d.b_ = portable_log(in_nanos(p99) / in_nanos(median)) / kNormalP99;
  return d;
}

Distribution Distribution::pareto(Duration minimum, double alpha) {
  CHECK(minimum > Duration() && alpha > 0);
  Distribution d;
  d.kind_ = Kind::kPareto;
  d.a_ = in_nanos(minimum);
  d.b_ = alpha;
  return d;
}

Distribution Distribution::empirical(std::vector<std::pair<Duration, double>> values_and_weights) {
  Table table;
  double sum = 0;
  for (const auto& [value, weight] : values_and_weights) {
    CHECK(value >= Duration() && weight >= 0);
    table.values.push_back(value);
    table.upto.push_back(sum += weight);
  }
  CHECK(sum > 0);
  Distribution d;
  d.kind_ = Kind::kEmpirical;
  d.table_ = std::make_shared<const Table>(std::move(table));
  return d;
}

Duration Distribution::sample_other(RandomStream& random) const {
  switch (kind_) {
    case Kind::kUniform:
      return low_ + Duration::nanos(static_cast<std::int64_t>(
                        random.below(static_cast<std::uint64_t>((high_ - low_).count()) + 1)));
    case Kind::kErlang: {
      double sum = 0;
      for (std::int32_t stage = 0; stage < k_; ++stage) sum += exponential_unit(random);
      return rounded(a_ * sum);
    }
    case Kind::kLognormal:
      return rounded(a_ * portable_exp(b_ * standard_normal(random)));
    case Kind::kPareto:
      return rounded(a_ * portable_exp(exponential_unit(random) / b_));
    case Kind::kEmpirical:
      return table_->values[pick(table_->upto, random)];
    case Kind::kConstant:
      return low_;
    case Kind::kExponential:
      return rounded(a_ * exponential_unit(random));
  }
  CHECK_MSG(false, "unknown kind of distribution");
}

Duration Distribution::mean() const {
  switch (kind_) {
    case Kind::kConstant:
      return low_;
    case Kind::kUniform:
      return low_ + (high_ - low_) / 2;
    case Kind::kExponential:
      return rounded(a_);
    case Kind::kErlang:
      return rounded(a_ * k_);
    case Kind::kLognormal:
      return rounded(a_ * portable_exp(b_ * b_ / 2));
    case Kind::kPareto:
      return b_ > 1 ? rounded(a_ * b_ / (b_ - 1)) : Duration::max();
    case Kind::kEmpirical: {
      double sum = 0, before = 0;
      for (std::size_t i = 0; i < table_->values.size(); ++i) {
        sum += in_nanos(table_->values[i]) * (table_->upto[i] - before);
        before = table_->upto[i];
      }
      return rounded(sum / before);
    }
  }
  CHECK_MSG(false, "unknown kind of distribution");
}

Zipf::Zipf(std::uint32_t n, double s) {
  CHECK(n >= 1 && s >= 0);
  std::vector<double> upto;
  upto.reserve(n);
  double sum = 0;
  for (std::uint32_t rank = 1; rank <= n; ++rank)
    upto.push_back(sum += portable_exp(-s * portable_log(rank)));
  upto_ = std::make_shared<const std::vector<double>>(std::move(upto));
}

std::uint32_t Zipf::sample(RandomStream& random) const {
  return static_cast<std::uint32_t>(pick(*upto_, random) + 1);
}

}  // namespace seatrial
