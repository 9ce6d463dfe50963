// Text whose cells end with tabs, aligned as kubectl aligns it: a column is a run of lines that have a cell
// there, and is as wide as its widest cell and two spaces; the last cell of a line belongs to no column.
// Source: Go's text/tabwriter with padding 2.
#pragma once

#include <string>
#include <string_view>

namespace seatrial::report {

std::string tabbed(std::string_view text);

}  // namespace seatrial::report
