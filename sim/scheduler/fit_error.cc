#include "sim/scheduler/fit_error.h"

#include <fmt/format.h>

#include <algorithm>

namespace seatrial::scheduler {

void ReasonCounts::add(api::Symbol reason, std::int64_t nodes) {
  for (auto& [known, count] : counts_) {
    if (known == reason) {
      count += nodes;
      return;
    }
  }
  counts_.emplace_back(reason, nodes);
}

std::string ReasonCounts::text() const {
  std::vector<std::string> lines;
  for (const auto& [reason, count] : counts_) lines.push_back(fmt::format("{} {}", count, reason.view()));
  std::ranges::sort(lines);
  return fmt::format("{}", fmt::join(lines, ", "));
}

std::string fit_error(std::int64_t nodes, const ReasonCounts& reasons, const std::string& pre_filter,
                      const std::string& post_filter) {
  std::string text = fmt::format("0/{} nodes are available:", nodes);
  if (!pre_filter.empty()) {
    text += " " + pre_filter + ".";
  } else if (!reasons.empty()) {
    text += " " + reasons.text() + ".";
  }
  if (!post_filter.empty()) text += " " + post_filter;
  return text;
}

std::string post_filter_text(const std::string& preemption, bool devices) {
  std::string text = devices ? "no new claims to deallocate" : "";
  if (preemption.empty()) return text;
  return text + (devices ? ", " : "") + "preemption: " + preemption;
}

}  // namespace seatrial::scheduler
