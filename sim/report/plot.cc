#include "sim/report/plot.h"

#include <algorithm>
#include <array>

#include "sim/report/format.h"

namespace seatrial::report {
namespace {

constexpr std::array<const char*, 9> kBlocks{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

// The largest of the values that fall into each column; where values are fewer than columns they repeat.
std::vector<std::int64_t> by_column(const std::vector<std::int64_t>& values, std::size_t columns) {
  std::vector<std::int64_t> all(columns, -1);
  for (std::size_t c = 0; c < columns && !values.empty(); ++c) {
    const std::size_t from = c * values.size() / columns;
    const std::size_t to = std::max(from + 1, (c + 1) * values.size() / columns);
    for (std::size_t i = from; i < to; ++i) all[c] = std::max(all[c], values[i]);
  }
  return all;
}

std::string braille(unsigned dots) {
  const unsigned code = 0x2800 + dots;
  return {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 63)),
          static_cast<char>(0x80 | (code & 63))};
}

class DotGrid {
 public:
  DotGrid(std::size_t width, std::size_t height)
      : columns_(width * 2), rows_(height * 4), dots_(width * height) {}
  // Row 0 is the lowest.
  void set(std::size_t column, std::size_t row) {
    constexpr std::array<std::array<unsigned, 2>, 4> kDots{
        {{0x40, 0x80}, {0x04, 0x20}, {0x02, 0x10}, {0x01, 0x08}}};
    if (column >= columns_ || row >= rows_) return;
    const std::size_t line = (rows_ - 1 - row) / 4;
    dots_[line * (columns_ / 2) + column / 2] |= kDots[row % 4][column % 2];
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> all(rows_ / 4);
    for (std::size_t i = 0; i < dots_.size(); ++i) all[i / (columns_ / 2)] += braille(dots_[i]);
    return all;
  }

 private:
  std::size_t columns_, rows_;
  std::vector<unsigned> dots_;
};

}  // namespace

std::string bars(const std::vector<std::int64_t>& values, std::size_t width, std::int64_t top) {
  std::string line;
  for (const std::int64_t value : by_column(values, width)) {
    // Anything above zero is to be seen: one eighth at least.
    const std::int64_t eighths =
        top <= 0 || value <= 0 ? 0 : std::clamp<std::int64_t>((value * 8 + top / 2) / top, 1, 8);
    line += kBlocks[static_cast<std::size_t>(eighths)];
  }
  return line;
}

std::vector<std::string> curves(const std::vector<std::vector<std::int64_t>>& series, std::size_t width,
                                std::size_t height, std::int64_t top) {
  DotGrid grid(width, height);
  const auto rows = static_cast<std::int64_t>(height) * 4;
  for (const std::vector<std::int64_t>& values : series) {
    std::int64_t before = -1;
    const std::vector<std::int64_t> columns = by_column(values, width * 2);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (columns[c] < 0 || top <= 0) {
        before = -1;
        continue;
      }
      const std::int64_t row = std::min(rows - 1, columns[c] * (rows - 1) / top);
      const std::int64_t low = before < 0 ? row : std::min(row, before),
                         high = before < 0 ? row : std::max(row, before);
      for (std::int64_t r = low; r <= high; ++r) grid.set(c, static_cast<std::size_t>(r));
      before = row;
    }
  }
  return grid.lines();
}

std::vector<std::int64_t> sampled(const std::vector<Step>& steps, std::int64_t from, std::int64_t to,
                                  std::size_t count) {
  std::vector<std::int64_t> values(count, 0);
  std::size_t next = 0;
  std::int64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto part = static_cast<std::int64_t>(2 * i + 1);
    const std::int64_t at = from + (to - from) / static_cast<std::int64_t>(2 * count) * part;
    while (next < steps.size() && steps[next].at <= at) value = steps[next++].value;
    values[i] = value;
  }
  return values;
}

std::string time_axis(std::int64_t from, std::int64_t to, std::size_t width) {
  constexpr auto kSteps = std::to_array<std::int64_t>(
      {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200});
  const std::int64_t second = 1'000'000'000, span = std::max<std::int64_t>(1, to - from);
  const auto places = static_cast<std::int64_t>(width / 12);
  constexpr std::int64_t kDay = 86400;
  std::int64_t step = (span / (kDay * second) / std::max<std::int64_t>(1, places) + 1) * kDay;
  for (const std::int64_t candidate : kSteps) {
    if (span / (candidate * second) > places) continue;
    step = candidate;
    break;
  }
  std::string line(width, ' ');
  for (std::int64_t at = (from + step * second - 1) / (step * second) * (step * second); at <= to;
       at += step * second) {
    const std::string label = human(Duration::nanos(at));
    auto column = static_cast<std::size_t>(static_cast<double>(at - from) / static_cast<double>(span) *
                                           static_cast<double>(width));
    if (column + label.size() > width) column = width >= label.size() ? width - label.size() : 0;
    if (column > 0 && line[column - 1] != ' ') continue;
    line.replace(column, std::min(label.size(), width - column), label);
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

}  // namespace seatrial::report
