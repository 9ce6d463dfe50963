#include "sim/report/tab_writer.h"

#include <algorithm>
#include <vector>

#include "sim/report/format.h"

namespace seatrial::report {
namespace {

constexpr std::size_t kPadding = 2;
using Line = std::vector<std::string_view>;

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find(at, from), text.size());
    parts.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

class Aligner {
 public:
  explicit Aligner(std::vector<Line> lines) : lines_(std::move(lines)) {}

  std::string run() {
    format(0, lines_.size());
    return std::move(out_);
  }

 private:
  // Lines [from, to) agree in the columns whose widths are known.
  void format(std::size_t from, std::size_t to) {
    const std::size_t column = widths_.size();
    for (std::size_t at = from; at < to; ++at) {
      if (column + 1 >= lines_[at].size()) continue;
      write(from, at);
      from = at;
      std::size_t width = 0;
      for (; at < to && column + 1 < lines_[at].size(); ++at)
        width = std::max(width, display_width(lines_[at][column]) + kPadding);
      widths_.push_back(width);
      format(from, at);
      widths_.pop_back();
      from = at--;
    }
    write(from, to);
  }

  void write(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      for (std::size_t c = 0; c < lines_[i].size(); ++c)
        out_ += c < widths_.size() ? padded(lines_[i][c], widths_[c]) : std::string(lines_[i][c]);
      if (i + 1 < lines_.size()) out_ += "\n";
    }
  }

  std::vector<Line> lines_;
  std::vector<std::size_t> widths_;
  std::string out_;
};

}  // namespace

std::string tabbed(std::string_view text) {
  std::vector<Line> lines;
  for (const std::string_view line : split(text, '\n')) lines.push_back(split(line, '\t'));
  return Aligner(std::move(lines)).run();
}

}  // namespace seatrial::report
