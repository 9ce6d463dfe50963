#include "sim/api/tolerations.h"

#include <algorithm>

namespace seatrial::api {

bool tolerates(const Toleration& toleration, const Taint& taint) {
  static const Symbol kEqual = "Equal", kExists = "Exists";
  if (!toleration.effect.empty() && toleration.effect != taint.effect) return false;
  if (!toleration.key.empty() && toleration.key != taint.key) return false;
  if (toleration.op.empty() || toleration.op == kEqual) return toleration.value == taint.value;
  return toleration.op == kExists;
}

bool tolerates(const std::vector<Toleration>& tolerations, const Taint& taint) {
  return std::ranges::any_of(tolerations, [&](const Toleration& t) { return tolerates(t, taint); });
}

}  // namespace seatrial::api
