#include "sim/cluster/resource_use.h"

#include <gtest/gtest.h>

namespace seatrial::cluster {
namespace {

using namespace literals;

constexpr std::int64_t kMi = 1 << 20;

TEST(ResourceUse, CpuIsIdleStartUpAndRequests) {
  const CpuUse use{10, 500, 100, 120_s};
  EXPECT_EQ(cpu_used(use, 60_s, Duration()), 110 * 60'000'000LL);
  EXPECT_EQ(cpu_used(use, 180_s, Duration()), 10 * 180'000'000LL + 100 * 120'000'000LL);
  EXPECT_EQ(cpu_used(use, 180_s, 4_s), 10 * 180'000'000LL + 100 * 120'000'000LL + 500 * 4'000'000LL);
}

struct UseRow {
  const char* name;
  MemoryUse use;
  Duration age;
  std::int64_t held, used, fit;  // into 128Mi
};

class MemoryUseTable : public testing::TestWithParam<UseRow> {};

TEST_P(MemoryUseTable, SaysWhatIsUsedAndWhatFits) {
  const UseRow& row = GetParam();
  EXPECT_EQ(memory_used(row.use, row.age, row.held), row.used);
  EXPECT_EQ(requests_that_fit(row.use, row.age, 128 * kMi), row.fit);
  // What fits is what may be held without exceeding the limit, and no more.
  if (row.fit >= 0 && row.fit < kMostMemory) {
    EXPECT_LE(memory_used(row.use, row.age, row.fit), 128 * kMi);
    EXPECT_GT(memory_used(row.use, row.age, row.fit + 1), 128 * kMi);
  }
}

const MemoryUse kGrows{100 * kMi, kMi, 2 * kMi, 1_s, 20 * kMi};

INSTANTIATE_TEST_SUITE_P(
    Rows, MemoryUseTable,
    testing::Values(UseRow{"Idle", {100 * kMi, kMi}, 1_h, 0, 100 * kMi, 28},
                    UseRow{"WithRequests", {100 * kMi, kMi}, 1_h, 28, 128 * kMi, 28},
                    UseRow{"OneByteTooMany", {100 * kMi + 1, kMi}, 1_h, 28, 128 * kMi + 1, 27},
                    UseRow{"RequestsNeedNothing", {100 * kMi, 0}, 1_h, 5000, 100 * kMi, kMostMemory},
                    UseRow{"TooMuchByItself", {129 * kMi, kMi}, Duration(), 0, 129 * kMi, -1},
                    UseRow{"TheHeadersExample", kGrows, 3500_ms, 8, 114 * kMi, 22},
                    UseRow{"OneSecondOn", kGrows, 4_s, 8, 116 * kMi, 20},
                    UseRow{"GrownUp", kGrows, 1_h, 8, 128 * kMi, 8},
                    UseRow{"ByTheMinute", {0, kMi, 60 * kMi, 60_s, {}}, 90_s, 0, 90 * kMi, 38},
                    UseRow{"Enormous", {kMi, kMostMemory}, 1_s, 4, kMostMemory, 0}),
    [](const auto& row) { return row.param.name; });

TEST(MemoryUse, SaysFromWhichAgeOnRequestsDoNotFit) {
  const std::int64_t limit = 128 * kMi;
  EXPECT_EQ(too_many_from(kGrows, 22, limit), 4_s);  // 6Mi are left, 8Mi have grown
  EXPECT_EQ(too_many_from(kGrows, 9, limit), 10_s);
  EXPECT_EQ(too_many_from(kGrows, 8, limit), std::nullopt);     // it stops growing before
  EXPECT_EQ(too_many_from(kGrows, 29, limit), Duration());      // at once
  EXPECT_EQ(too_many_from({kMi, 0}, 29, limit), std::nullopt);  // it does not grow
  const MemoryUse slow{0, 0, 1, 60_s, {}};
  EXPECT_EQ(too_many_from(slow, 0, 2), 180_s);  // three bytes are too many
  // At the age that is told, and not before.
  for (std::int64_t requests = 9; requests <= 28; ++requests) {
    const Duration from = *too_many_from(kGrows, requests, limit);
    EXPECT_LT(requests_that_fit(kGrows, from, limit), requests);
    if (from > Duration()) EXPECT_GE(requests_that_fit(kGrows, from - 1_ns, limit), requests);
  }
}

TEST(MemoryUse, IsBoundedByGrowthAndRequests) {
  EXPECT_EQ(most_memory(kGrows, 10), 130 * kMi);
  EXPECT_EQ(most_memory({kMi, kMi, 1, 1_s, {}}, 0), kMostMemory);
  EXPECT_EQ(most_memory({kMi, kMi}, 3), 4 * kMi);
}

TEST(MemoryText, IsInMebibytesOrGibibytes) {
  EXPECT_EQ(memory_text(129 * kMi), "129Mi");
  EXPECT_EQ(memory_text(3 * kMi / 2), "1.5Mi");
  EXPECT_EQ(memory_text(9216 * kMi), "9216Mi");
  EXPECT_EQ(memory_text(12595 * kMi), "12.3Gi");
}

}  // namespace
}  // namespace seatrial::cluster
