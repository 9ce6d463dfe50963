// Who brings which nodes back.
#include "sim/scenario/nodes_down.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace seatrial::scenario {
namespace {

using api::Symbol;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr JournalId kOne{1}, kOther{2};

TEST(NodesDown, AnEntryBringsBackWhatItTookDownInThatOrder) {
  NodesDown down;
  down.begin(kOne, Symbol("default-2"));
  down.begin(kOne, Symbol("default-1"));
  EXPECT_THAT(down.end(kOther), IsEmpty());
  EXPECT_THAT(down.end(kOne), ElementsAre(Symbol("default-2"), Symbol("default-1")));
  EXPECT_THAT(down.end(kOne), IsEmpty());
}

TEST(NodesDown, TheLastOfSeveralEntriesBringsANodeBack) {
  NodesDown down;
  down.begin(kOne, Symbol("default-1"));
  down.begin(kOther, Symbol("default-1"));
  down.begin(kOther, Symbol("default-2"));
  EXPECT_THAT(down.end(kOther), ElementsAre(Symbol("default-2")));
  EXPECT_THAT(down.end(kOne), ElementsAre(Symbol("default-1")));
}

}  // namespace
}  // namespace seatrial::scenario
