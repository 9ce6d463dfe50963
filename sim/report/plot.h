// Small plots for a terminal, in Unicode block and braille characters. Pure functions of their numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace seatrial::report {

// One line of `width` columns, 0 is blank and `top` a full block: "▁▂▄▆█". REQUIRES: width > 0.
// Values are in the order of time; where there are more values than columns, a column shows the largest of
// its values.
std::string bars(const std::vector<std::int64_t>& values, std::size_t width, std::int64_t top);

// Lines drawn in braille dots (two columns and four rows of dots to a character), all series over each other;
// 0 at the bottom, `top` at the top; a gap where a value is negative. `height` lines from the top down.
std::vector<std::string> curves(const std::vector<std::vector<std::int64_t>>& series, std::size_t width,
                                std::size_t height, std::int64_t top);

// The values of a step function at the middle of `count` equal parts of [from, to]; 0 before the first step.
struct Step {
  std::int64_t at, value;
};
std::vector<std::int64_t> sampled(const std::vector<Step>& steps, std::int64_t from, std::int64_t to,
                                  std::size_t count);

// Instants under a plot of that width: "0s      2m30s     5m", as many as fit.
std::string time_axis(std::int64_t from, std::int64_t to, std::size_t width);

}  // namespace seatrial::report
