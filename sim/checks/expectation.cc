#include "sim/checks/expectation.h"

#include <array>

#include "sim/api/kinds.h"

namespace seatrial::checks {

std::string ObjectName::str() const {
  if (name.empty()) return "?";
  return std::string(api::info(kind).singular) + "/" + name.str();
}

std::string_view to_string(Comparison comparison) {
  constexpr std::array<std::string_view, 6> kTexts{"<", "<=", "=", "!=", ">=", ">"};
  return kTexts[static_cast<std::size_t>(comparison)];
}

bool holds(std::int64_t seen, Comparison comparison, std::int64_t bound) {
  switch (comparison) {
    case Comparison::kLess:
      return seen < bound;
    case Comparison::kLessEqual:
      return seen <= bound;
    case Comparison::kEqual:
      return seen == bound;
    case Comparison::kNotEqual:
      return seen != bound;
    case Comparison::kGreaterEqual:
      return seen >= bound;
    case Comparison::kGreater:
      return seen > bound;
  }
  return false;
}

const std::vector<MeasureInfo>& measures() {
  static const std::vector<MeasureInfo> rows{
      {Measure::kTotal, "total", Unit::kCount, -1},
      {Measure::kOk, "ok", Unit::kCount, -1},
      {Measure::kFailed, "failed", Unit::kCount, -1},
      {Measure::kForbidden, "forbidden", Unit::kCount, -1},
      {Measure::kOkShare, "okRate", Unit::kShare, -1},
      {Measure::kFailedShare, "failedRate", Unit::kShare, -1},
      {Measure::kMean, "mean", Unit::kDuration, -1},
      {Measure::kP50, "p50", Unit::kDuration, 500'000},
      {Measure::kP90, "p90", Unit::kDuration, 900'000},
      {Measure::kP99, "p99", Unit::kDuration, 990'000},
      {Measure::kP999, "p99.9", Unit::kDuration, 999'000},
      {Measure::kMax, "max", Unit::kDuration, 1'000'000},
  };
  return rows;
}

std::string bound_text(Unit unit, std::int64_t value) {
  if (unit == Unit::kCount) return std::to_string(value);
  if (unit == Unit::kDuration) return to_string(Duration::nanos(value));
  std::string decimals = std::to_string(1'000'0 + value % 10'000).substr(1);
  while (!decimals.empty() && decimals.back() == '0') decimals.pop_back();
  return std::to_string(value / 10'000) + (decimals.empty() ? "" : "." + decimals) + "%";
}

}  // namespace seatrial::checks
