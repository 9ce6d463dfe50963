#include "sim/report/tab_writer.h"

#include <gtest/gtest.h>

namespace seatrial::report {
namespace {

TEST(Tabbed, AlignsNeighbouringLinesAndNothingElse) {
  EXPECT_EQ(tabbed("Name:\tweb\nNamespace:\tdefault\n"), "Name:       web\nNamespace:  default\n");
  // The line without a cell ends the column.
  EXPECT_EQ(tabbed("a:\tx\nlong line\nabcdef:\ty\n"), "a:  x\nlong line\nabcdef:  y\n");
}

TEST(Tabbed, ColumnsWithinAColumnAreAlignedByThemselves) {
  EXPECT_EQ(tabbed("a\tb\tc\naaa\td\nx\tyyyy\tz\n"), "a    b  c\naaa  d\nx    yyyy  z\n");
}

TEST(Tabbed, AnEmptyCellIsAsWideAsItsColumn) {
  EXPECT_EQ(tabbed("Labels:\ta=b\n\tc=d\n"), "Labels:  a=b\n         c=d\n");
  EXPECT_EQ(tabbed("Name\t\tCPU\nweb-0\t\t1\n"), "Name     CPU\nweb-0    1\n");
}

TEST(Tabbed, KeepsTextWithoutTabs) {
  EXPECT_EQ(tabbed(""), "");
  EXPECT_EQ(tabbed("one\n\ntwo"), "one\n\ntwo");
}

}  // namespace
}  // namespace seatrial::report
