#include "sim/scheduler/pod_counts.h"

#include <algorithm>

#include "sim/engine/check.h"

namespace seatrial::scheduler {

namespace {

constexpr std::size_t kMaxCounts = 16U << 20, kMaxRows = 8192, kMaxEmptyTemplates = 4096;

bool matches(const PodRow& row, const PodInfo& info, const NamespaceLabels& namespaces) {
  return std::ranges::all_of(row.all_of, [&](const PodFilter& filter) {
    return filter.matches(info.namespace_, *info.labels, namespaces);
  });
}

std::size_t hash_of(const PodQuestion& question) {
  std::size_t hash = question.with_terminating ? 1 : 2;
  for (const PodFilter* const filter : question.all_of) hash = hash * 31 + hash_of(*filter);
  return hash;
}
std::size_t hash_of(const PodRow& row) {
  std::vector<const PodFilter*> all;
  for (const PodFilter& filter : row.all_of) all.push_back(&filter);
  return hash_of(PodQuestion{all, row.with_terminating});
}

bool asks(const PodRow& row, const PodQuestion& question) {
  return row.with_terminating == question.with_terminating &&
         std::ranges::equal(row.all_of, question.all_of,
                            [](const PodFilter& a, const PodFilter* b) { return a == *b; });
}

}  // namespace

void PodCounts::follow(std::size_t slots) {
  following_ = true;
  slots_ = slots;
}

PodRow& PodCounts::row(const PodQuestion& question, const NamespaceLabels& namespaces) {
  CHECK(following_);
  const std::size_t hash = hash_of(question);
  const auto [from, to] = row_numbers_.equal_range(hash);
  for (auto at = from; at != to; ++at) {
    PodRow& known = *rows_[at->second];
    if (!asks(known, question)) continue;
    known.last_used = ++questions_;
    return known;
  }
  row_numbers_.emplace(hash, static_cast<std::uint32_t>(rows_.size()));
  PodRow& row = *rows_.emplace_back(std::make_unique<PodRow>());
  for (const PodFilter* const filter : question.all_of) row.all_of.push_back(*filter);
  row.with_terminating = question.with_terminating;
  row.by_slot.resize(slots_);
  row.last_used = ++questions_;
  for (const auto& known : templates_) {
    if (known->pods.empty() || !matches(row, *known->info, namespaces)) continue;
    for (const auto& [slot, pods] : known->pods)
      row.by_slot[slot] += pods.alive + (row.with_terminating ? pods.terminating : 0);
  }
  return row;
}

const std::vector<std::int32_t>& PodCounts::by_domain(PodRow& row, api::Symbol key, Topology& topology) {
  auto at = std::ranges::find(row.by_domain, key, &PodRow::ByDomain::key);
  if (at == row.by_domain.end()) at = row.by_domain.insert(at, {key, &topology.column(key), 0, {}});
  if (at->version == topology.version() && at->counts.size() == at->column->size()) return at->counts;
  at->version = topology.version();
  at->counts.assign(at->column->size(), 0);
  for (std::size_t slot = 0; slot < row.by_slot.size(); ++slot) {
    const std::int32_t domain = row.by_slot[slot] == 0 ? -1 : at->column->domain[slot];
    if (domain >= 0) at->counts[static_cast<std::size_t>(domain)] += row.by_slot[slot];
  }
  return at->counts;
}

PodCounts::Template& PodCounts::template_of(const PodInfoPtr& info, const NamespaceLabels& namespaces) {
  const auto number = static_cast<std::uint32_t>(templates_.size());
  const auto [at, is_new] = template_numbers_.try_emplace(info.get(), number);
  if (is_new) {
    templates_.push_back(std::make_unique<Template>(Template{info, {}, 0, {}}));
    ++empty_templates_;
  }
  Template& known = *templates_[at->second];
  for (; known.looked_at < rows_.size(); ++known.looked_at) {
    if (matches(*rows_[known.looked_at], *info, namespaces))
      known.rows.push_back(static_cast<std::uint32_t>(known.looked_at));
  }
  return known;
}

void PodCounts::count(const PodInfoPtr& info, std::uint32_t slot, bool terminating, std::int32_t sign,
                      const Topology& topology, const NamespaceLabels& namespaces) {
  if (!following_) return;
  Template& known = template_of(info, namespaces);
  if (known.pods.empty()) --empty_templates_;
  const auto at = known.pods.try_emplace(slot).first;
  (terminating ? at->second.terminating : at->second.alive) += sign;
  if (at->second.alive == 0 && at->second.terminating == 0) known.pods.erase(at);
  if (known.pods.empty()) ++empty_templates_;
  for (const std::uint32_t number : known.rows) {
    PodRow& row = *rows_[number];
    if (terminating && !row.with_terminating) continue;
    row.by_slot[slot] += sign;
    for (PodRow::ByDomain& by : row.by_domain) {
      if (by.version != topology.version()) continue;
      const std::int32_t domain = by.column->domain[slot];
      if (domain >= 0) by.counts[static_cast<std::size_t>(domain)] += sign;
    }
  }
}

void PodCounts::add_slot() {
  ++slots_;
  for (const auto& row : rows_) row->by_slot.push_back(0);
}

// Everything where templates have gone in numbers: they are added anew; else the rows that were used longer
// ago.
void PodCounts::trim() {
  if (empty_templates_ > kMaxEmptyTemplates) return clear();
  if (rows_.size() <= kMaxRows && rows_.size() * slots_ <= kMaxCounts) return;
  std::ranges::sort(rows_, std::ranges::greater(), [](const auto& row) { return row->last_used; });
  rows_.resize(rows_.size() / 2);
  row_numbers_.clear();
  for (std::size_t i = 0; i < rows_.size(); ++i)
    row_numbers_.emplace(hash_of(*rows_[i]), static_cast<std::uint32_t>(i));
  for (const auto& known : templates_) {
    known->looked_at = 0;
    known->rows.clear();
  }
}

}  // namespace seatrial::scheduler
