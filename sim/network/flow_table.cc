#include "sim/network/flow_table.h"

#include <algorithm>

namespace seatrial::network {

void FlowTable::forget(SimTime now) {
  for (std::deque<Entry>& of_class : lingering_) {
    while (!of_class.empty() && of_class.front().until <= now) {
      hold(of_class.front().user, -1);
      of_class.pop_front();
    }
  }
}

void FlowTable::forget_closed() {
  for (std::deque<Entry>& of_class : lingering_) {
    for (const Entry& entry : of_class) hold(entry.user, -1);
    of_class.clear();
  }
}

std::uint64_t FlowTable::refused() const {
  std::uint64_t all = 0;
  for (const Shortage& shortage : shortages_) all += shortage.refused;
  return all;
}

void FlowTable::hold(std::uint32_t user, std::int32_t more) {
  if (user == kNobody) return;
  if (user >= held_.size()) held_.resize(user + std::size_t{1});
  held_[user] += more;
}

bool FlowTable::has_room(SimTime now) {
  if (!is_full(now)) return true;
  if (!is_short(now)) {
    Shortage begins{now, now, 0, kNobody, 0};
    const auto most = std::ranges::max_element(held_);
    if (most != held_.end() && *most > 0) {
      begins.most = static_cast<std::uint32_t>(most - held_.begin());
      begins.most_held = *most;
    }
    shortages_.push_back(begins);
    short_ = true;
  }
  shortages_.back().last = now;
  ++shortages_.back().refused;
  return false;
}

void FlowTable::note_peak(SimTime now) {
  ++opened_;
  if (count() <= peak_) return;
  forget(now);
  if (count() <= peak_) return;
  peak_ = count();
  peak_at_ = now;
}

}  // namespace seatrial::network
