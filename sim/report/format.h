// Words and columns for people: durations rounded to what matters, tables aligned by display width, colours
// where wanted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/engine/time.h"

namespace seatrial::report {

// Three significant digits: 35us, 212ms, 1.24s, 45.3s, 2m3s, 10m.
std::string human(Duration d);
std::string human(SimTime t);  // the same with its sign: -9m50s
// As kubectl prints an age: 45s, 3m12s, 12m, 3h20m, 5d, 2y30d. Source: k8s.io/apimachinery/pkg/util/duration.
// More than a second of the future is "<invalid>".
std::string age(Duration d);
std::string rfc1123(SimTime t);                                   // Mon, 05 Jan 2026 00:02:00 +0000
std::string with_thousands(std::uint64_t n);                      // 240,000
std::string share_text(std::uint64_t part, std::uint64_t whole);  // "0.21%"; "" for nothing of nothing

// Columns that the text takes on a terminal; every code point counts as one (no East Asian text is printed).
std::size_t display_width(std::string_view text);
std::string padded(std::string_view text, std::size_t width, bool right = false);
// Broken at spaces to lines of at most `width`, each but the first begun with `indent` spaces.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

enum class Colour : std::uint8_t { kPlain, kBold, kDim, kRed, kGreen, kYellow, kCyan };
struct Style {
  bool colour = false;      // the caller's: a terminal, and NO_COLOR is not set
  std::size_t width = 100;  // columns
  std::string paint(Colour colour, std::string_view text) const;
};

// Rows of cells, aligned with two spaces between columns; right-aligned columns by index.
class Table {
 public:
  explicit Table(std::vector<std::string> heading) : rows_{std::move(heading)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.size() <= 1; }
  std::string str(std::size_t indent = 0, const std::vector<std::size_t>& right = {},
                  std::size_t gap = 2) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace seatrial::report
