#include "sim/scheduler/local_results.h"

#include <algorithm>

namespace seatrial::scheduler {

namespace {

constexpr std::size_t kMaxCells = 4U << 20, kMaxTemplates = 8192;

}  // namespace

LocalResult* LocalResults::of(const PodInfoPtr& info, std::size_t slots) {
  if (templates_.size() >= kMaxTemplates || cells_ > kMaxCells) make_room();
  const auto [at, is_new] = numbers_.try_emplace(info.get(), static_cast<std::uint32_t>(templates_.size()));
  if (is_new) templates_.push_back(std::make_unique<Template>(Template{info, 0, 0, {}}));
  Template& known = *templates_[at->second];
  known.last_used = ++cycles_;
  if (++known.uses < 2) return nullptr;
  if (known.results.size() < slots) {
    cells_ += slots - known.results.size();
    known.results.resize(slots);
  }
  return known.results.data();
}

std::uint32_t LocalResults::number_of(const Refusal& refusal) {
  const auto at = std::ranges::find(refusals_, refusal);
  const auto number = static_cast<std::uint32_t>(at - refusals_.begin()) + 1;
  if (at == refusals_.end()) refusals_.push_back(refusal);
  return number;
}

// Forgets the half that was used longer ago.
void LocalResults::make_room() {
  std::ranges::sort(templates_, std::ranges::greater(), [](const auto& known) { return known->last_used; });
  templates_.resize(templates_.size() / 2);
  numbers_.clear();
  cells_ = 0;
  for (std::size_t i = 0; i < templates_.size(); ++i) {
    numbers_.emplace(templates_[i]->info.get(), static_cast<std::uint32_t>(i));
    cells_ += templates_[i]->results.size();
  }
}

}  // namespace seatrial::scheduler
