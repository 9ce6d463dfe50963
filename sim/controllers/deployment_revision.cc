#include "sim/controllers/deployment_revision.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "sim/api/template_hash.h"

namespace seatrial::controllers {

using api::Symbol;

namespace {

constexpr std::size_t kMaxHistoryLength = 2000;

// Not copied between a Deployment and its sets.
bool is_bookkeeping(Symbol annotation) {
  static const std::array<Symbol, 6> kSkipped = {"kubectl.kubernetes.io/last-applied-configuration",
                                                 kRevision,
                                                 kRevisionHistory,
                                                 kDesiredReplicas,
                                                 kMaxReplicas,
                                                 kRollbackTo};
  return std::ranges::count(kSkipped, annotation) > 0;
}

bool set_annotation(api::ObjectMeta& meta, Symbol key, Symbol value) {
  const Symbol* present = meta.annotations->find(key);
  if (present && *present == value) return false;
  meta.annotations.edit().set(key, value);
  return true;
}

// "1,3" and 5 make "1,3,5"; entries at the front go when the text would get longer than the limit.
std::string longer_history(std::string history, std::string_view revision) {
  if (history.empty()) return std::string(revision);
  while (!history.empty() && history.size() + 1 + revision.size() > kMaxHistoryLength) {
    const std::size_t comma = history.find(',');
    history = comma == std::string::npos ? std::string() : history.substr(comma + 1);
  }
  return history.empty() ? std::string(revision) : history + "," + std::string(revision);
}

}  // namespace

std::optional<std::int64_t> number_annotation(const api::Object& object, Symbol key) {
  const std::string_view text = object.metadata.annotations->get(key);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::int64_t max_revision(std::span<const ReplicaSetPtr> sets) {
  std::int64_t highest = 0;
  for (const ReplicaSetPtr& rs : sets) highest = std::max(highest, revision(*rs));
  return highest;
}

std::int64_t last_revision(std::span<const ReplicaSetPtr> sets) {
  std::int64_t highest = 0, second = 0;
  for (const ReplicaSetPtr& rs : sets) {
    const std::int64_t v = revision(*rs);
    if (v >= highest) {
      second = highest;
      highest = v;
    } else {
      second = std::max(second, v);
    }
  }
  return second;
}

bool is_older(const ReplicaSetPtr& a, const ReplicaSetPtr& b) {
  const api::ObjectMeta &x = a->metadata, &y = b->metadata;
  return x.creation_timestamp != y.creation_timestamp ? x.creation_timestamp < y.creation_timestamp
                                                      : x.name < y.name;
}

ReplicaSetPtr find_new_replica_set(const api::Deployment& d, std::span<const ReplicaSetPtr> sets) {
  ReplicaSetPtr found;
  for (const ReplicaSetPtr& rs : sets) {
    if ((!found || is_older(rs, found)) && api::equal_ignoring_hash(*rs->template_, *d.template_)) found = rs;
  }
  return found;
}

std::vector<ReplicaSetPtr> surplus_history(const api::Deployment& d,
                                           std::span<const ReplicaSetPtr> old_sets) {
  if (!has_revision_history_limit(d)) return {};
  std::vector<ReplicaSetPtr> sets;
  for (const ReplicaSetPtr& rs : old_sets) {
    if (!rs->metadata.deletion_timestamp) sets.push_back(rs);
  }
  const auto limit = static_cast<std::size_t>(std::max(0, *d.revision_history_limit));
  if (sets.size() <= limit) return {};
  std::ranges::stable_sort(sets, [](const ReplicaSetPtr& a, const ReplicaSetPtr& b) {
    return revision(*a) != revision(*b) ? revision(*a) < revision(*b) : is_older(a, b);
  });
  sets.resize(sets.size() - limit);
  std::erase_if(sets, [](const ReplicaSetPtr& rs) {
    return rs->status.replicas != 0 || rs->replicas != 0 ||
           rs->metadata.generation > rs->status.observed_generation;
  });
  return sets;
}

bool set_new_replica_set_annotations(const api::Deployment& d, api::ReplicaSet& new_rs,
                                     std::int64_t new_revision) {
  bool changed = false;
  for (const auto& [key, value] : *d.metadata.annotations) {
    if (!is_bookkeeping(key) && set_annotation(new_rs.metadata, key, value)) changed = true;
  }
  const std::string before{new_rs.metadata.annotations->get(kRevision)};
  const std::optional<std::int64_t> number = number_annotation(new_rs, kRevision);
  if (!before.empty() && !number) return false;
  if (number.value_or(0) >= new_revision) return changed;
  set_annotation(new_rs.metadata, kRevision, std::to_string(new_revision));
  if (number) {
    // It had a revision before: this is a roll-back to it, and its earlier numbers are kept.
    std::string history{new_rs.metadata.annotations->get(kRevisionHistory)};
    set_annotation(new_rs.metadata, kRevisionHistory, longer_history(std::move(history), before));
  }
  return true;
}

bool set_replicas_annotations(api::ReplicaSet& rs, std::int32_t desired, std::int32_t max) {
  const bool desired_changed = set_annotation(rs.metadata, kDesiredReplicas, std::to_string(desired));
  return set_annotation(rs.metadata, kMaxReplicas, std::to_string(max)) || desired_changed;
}

bool set_deployment_revision(api::Deployment& d, std::int64_t revision) {
  return revision != 0 && set_annotation(d.metadata, kRevision, std::to_string(revision));
}

void roll_back_to(api::Deployment& d, const api::ReplicaSet& rs) {
  api::PodTemplateSpec template_ = *rs.template_;
  template_.labels.edit().erase(api::kPodTemplateHash);
  d.template_ = std::move(template_);
  api::LabelMap annotations;
  for (const auto& [key, value] : *d.metadata.annotations) {
    if (is_bookkeeping(key)) annotations.set(key, value);
  }
  for (const auto& [key, value] : *rs.metadata.annotations) {
    if (!is_bookkeeping(key)) annotations.set(key, value);
  }
  d.metadata.annotations = std::move(annotations);
}

}  // namespace seatrial::controllers
