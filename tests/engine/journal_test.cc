#include "sim/engine/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sim/engine/fingerprint.h"

namespace seatrial {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

JournalRecord record_of(std::int64_t value, JournalId cause = JournalId::kNone) {
  JournalRecord record;
  record.value = value;
  record.cause = cause;
  return record;
}

TEST(Journal, NumbersItsRecordsFromOne) {
  Journal journal;
  EXPECT_EQ(journal.size(), 0u);
  EXPECT_EQ(journal.append(record_of(10)), JournalId{1});
  EXPECT_EQ(journal.append(record_of(20)), JournalId{2});
  EXPECT_EQ(journal.size(), 2u);
  EXPECT_EQ(journal.record(JournalId{2}).value, 20);
  EXPECT_EQ(journal.record(JournalId::kNone).value, 0);
  EXPECT_THROW((void)journal.record(JournalId{3}), CheckFailure);
}

TEST(Journal, FollowsTheChainOfCausesToItsBeginning) {
  Journal journal;
  const JournalId first = journal.append(record_of(1));
  journal.append(record_of(2));
  const JournalId third = journal.append(record_of(3, first));
  const JournalId fourth = journal.append(record_of(4, third));
  EXPECT_THAT(journal.cause_chain(fourth), ElementsAre(fourth, third, first));
  EXPECT_THAT(journal.cause_chain(JournalId::kNone), IsEmpty());
}

TEST(Journal, RefusesACauseThatDoesNotExistYet) {
  Journal journal;
  EXPECT_THROW(journal.append(record_of(1, JournalId{1})), CheckFailure);
}

TEST(Journal, GivesTheSameTextTheSameNumber) {
  Journal journal;
  const std::uint32_t none = journal.text("");
  EXPECT_EQ(none, 0u);
  EXPECT_EQ(journal.text(none), "");
  std::vector<std::uint32_t> numbers;
  for (int i = 0; i < 1000; ++i) numbers.push_back(journal.text("text " + std::to_string(i)));
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(journal.text("text " + std::to_string(i)), numbers[i]);
    EXPECT_EQ(journal.text(numbers[i]), "text " + std::to_string(i));
    EXPECT_EQ(journal.hash_of_text(numbers[i]), text_hash("text " + std::to_string(i)));
  }
}

TEST(Journal, ACopyAndItsOriginalGoOnApart) {
  Journal original;
  for (int i = 1; i <= 5000; ++i) original.append(record_of(i));
  original.text("both");
  Journal copy = original;
  original.append(record_of(-1));
  copy.append(record_of(-2));
  for (int i = 1; i <= 3000; ++i) copy.append(record_of(-2 - i));
  const std::uint32_t number = copy.text("copy only");
  EXPECT_EQ(original.text("original only"), number);
  EXPECT_EQ(original.size(), 5001u);
  EXPECT_EQ(copy.size(), 8001u);
  for (std::uint32_t i = 1; i <= 5000; ++i) {
    ASSERT_EQ(original.record(JournalId{i}).value, i);
    ASSERT_EQ(copy.record(JournalId{i}).value, i);
  }
  EXPECT_EQ(original.record(JournalId{5001}).value, -1);
  EXPECT_EQ(copy.record(JournalId{5001}).value, -2);
  EXPECT_EQ(copy.record(JournalId{8001}).value, -3002);
  EXPECT_EQ(copy.text(number), "copy only");
}

TEST(Fingerprint, ChangesWithEveryFieldOfARecord) {
  const auto of = [](const JournalRecord& record, std::string_view text) {
    Fingerprint fingerprint;
    fingerprint.mix(record, text_hash(text));
    return fingerprint.value();
  };
  const JournalRecord base = record_of(5);
  std::vector<std::uint64_t> values{of(base, ""), of(base, "text")};
  const auto changed = [&](auto change) {
    JournalRecord record = base;
    change(record);
    values.push_back(of(record, ""));
  };
  changed([](JournalRecord& r) { r.at += Duration::nanos(1); });
  changed([](JournalRecord& r) { r.value = 6; });
  changed([](JournalRecord& r) { r.cause = JournalId{1}; });
  changed([](JournalRecord& r) { r.subject = 1; });
  changed([](JournalRecord& r) { r.other = 1; });
  changed([](JournalRecord& r) { r.type = 1; });
  changed([](JournalRecord& r) { r.subject_kind = 1; });
  changed([](JournalRecord& r) { r.other_kind = 1; });
  std::ranges::sort(values);
  EXPECT_EQ(std::ranges::adjacent_find(values), values.end());
}

TEST(Fingerprint, TakesTheContentOfATextAndNotItsNumber) {
  Journal one, other;
  other.text("something before");
  JournalRecord a = record_of(1), b = record_of(1);
  a.text = one.text("OOMKilled");
  b.text = other.text("OOMKilled");
  ASSERT_NE(a.text, b.text);
  Fingerprint first, second;
  first.mix(a, one.hash_of_text(a.text));
  second.mix(b, other.hash_of_text(b.text));
  EXPECT_EQ(first, second);
}

TEST(Fingerprint, DependsOnTheOrderAndIsTheSameOnEveryMachine) {
  Fingerprint ab, ba;
  ab.mix(1);
  ab.mix(2);
  ba.mix(2);
  ba.mix(1);
  EXPECT_NE(ab, ba);
  Fingerprint golden;
  golden.mix(std::string_view("seatrial"));
  EXPECT_EQ(golden.hex(), "4eff1caed2eca6c1");
}

}  // namespace
}  // namespace seatrial
