#include "sim/scheduler/pod_counts.h"

#include <algorithm>

namespace seatrial::scheduler {

namespace {

constexpr std::size_t kMaxCells = 16U << 20;  // counts by slot that are kept, over all rows
constexpr std::size_t kMaxRows = 8192, kMaxMatched = 8192;

bool matches(const PodQuestion& question, const PodInfo& info, const NamespaceLabels& namespaces) {
  return std::ranges::all_of(question.all_of, [&](const PodFilter& filter) {
    return filter.matches(info.namespace_, *info.labels, namespaces);
  });
}

}  // namespace

std::size_t PodCounts::QuestionHash::operator()(const PodQuestion& question) const {
  std::size_t hash = question.with_terminating ? 1 : 2;
  for (const PodFilter& filter : question.all_of) hash = hash * 31 + hash_of(filter);
  return hash;
}

PodRow& PodCounts::row(const PodQuestion& question, std::size_t slots, const NamespaceLabels& namespaces,
                       const EachPod& each_pod) {
  const auto known = numbers_.find(question);
  if (known != numbers_.end()) {
    PodRow& row = *rows_[known->second];
    row.last_used = ++questions_;
    return row;
  }
  numbers_.emplace(question, static_cast<std::uint32_t>(rows_.size()));
  PodRow& row = *rows_.emplace_back(std::make_unique<PodRow>());
  row.question = question;
  row.by_slot.resize(slots);
  row.last_used = ++questions_;
  each_pod([&](const PodInfo& info, std::uint32_t slot, bool terminating) {
    if (terminating && !question.with_terminating) return;
    if (matches(question, info, namespaces)) ++row.by_slot[slot];
  });
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

const PodCounts::Matched& PodCounts::matched(const PodInfoPtr& info, const NamespaceLabels& namespaces) {
  if (matched_.size() > kMaxMatched) matched_.clear();
  Matched& known = matched_[info.get()];
  known.info = info;
  for (; known.looked_at < rows_.size(); ++known.looked_at) {
    if (matches(rows_[known.looked_at]->question, *info, namespaces))
      known.rows.push_back(static_cast<std::uint32_t>(known.looked_at));
  }
  return known;
}

void PodCounts::count(const PodInfoPtr& info, std::uint32_t slot, bool terminating, std::int32_t sign,
                      const Topology& topology, const NamespaceLabels& namespaces) {
  if (rows_.empty()) return;
  for (const std::uint32_t number : matched(info, namespaces).rows) {
    PodRow& row = *rows_[number];
    if (terminating && !row.question.with_terminating) continue;
    row.by_slot[slot] += sign;
    for (PodRow::ByDomain& by : row.by_domain) {
      if (by.version != topology.version()) continue;
      const std::int32_t domain = by.column->domain[slot];
      if (domain >= 0) by.counts[static_cast<std::size_t>(domain)] += sign;
    }
  }
}

void PodCounts::add_slot() {
  for (const auto& row : rows_) row->by_slot.push_back(0);
}

void PodCounts::trim() {
  const std::size_t slots = rows_.empty() ? 0 : rows_.front()->by_slot.size();
  if (rows_.size() <= kMaxRows && rows_.size() * slots <= kMaxCells) return;
  std::ranges::sort(rows_, std::ranges::greater(), [](const auto& row) { return row->last_used; });
  rows_.resize(rows_.size() / 2);
  matched_.clear();
  numbers_.clear();
  for (std::size_t i = 0; i < rows_.size(); ++i)
    numbers_.emplace(rows_[i]->question, static_cast<std::uint32_t>(i));
}

void PodCounts::clear() {
  rows_.clear();
  matched_.clear();
  numbers_.clear();
}

}  // namespace seatrial::scheduler
