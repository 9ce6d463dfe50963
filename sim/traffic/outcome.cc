#include "sim/traffic/outcome.h"

#include <array>

namespace seatrial::traffic {
namespace {

struct Row {
  Outcome outcome;
  std::string_view name;
  int behind_ingress, direct;
};

constexpr std::array<Row, kOutcomeCount> kRows{{
    {Outcome::kOk, "ok", 200, 200},
    {Outcome::kConnectRefused, "connect refused", 502, 0},
    {Outcome::kConnectTimeout, "connect timeout", 504, 0},
    {Outcome::kReset, "connection reset", 502, 0},
    {Outcome::kUpstreamTimeout, "upstream timeout", 504, 0},
    {Outcome::kClientTimeout, "client timeout", 499, 0},
    {Outcome::kNoEndpoints, "no endpoints", 503, 0},
    {Outcome::kQueueFull, "queue full", 503, 503},
    {Outcome::kUnreachable, "unreachable", 504, 0},
    {Outcome::kDependencyFailed, "dependency failed", 500, 500},
    {Outcome::kCutShort, "cut short", 0, 0},
    {Outcome::kTlsFailed, "TLS failed", 0, 0},
    {Outcome::kWrongService, "wrong service", 404, 404},
    {Outcome::kNotResolved, "not resolved", 0, 0},
    {Outcome::kNoRoute, "no route", 404, 0},
}};

constexpr bool rows_in_order() {
  for (int i = 0; i < kOutcomeCount; ++i)
    if (static_cast<int>(kRows[static_cast<std::size_t>(i)].outcome) != i) return false;
  return true;
}
static_assert(rows_in_order());

}  // namespace

std::string_view to_string(Outcome outcome) { return kRows[static_cast<std::size_t>(outcome)].name; }

int http_code(Outcome outcome, bool behind_ingress) {
  const Row& row = kRows[static_cast<std::size_t>(outcome)];
  return behind_ingress ? row.behind_ingress : row.direct;
}

}  // namespace seatrial::traffic
