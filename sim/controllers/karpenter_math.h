// The arithmetic of Karpenter: when a batch of pods is complete, which type is the cheapest that holds them,
// how many nodes may be disrupted now, and which of them first. Pure.
//
// Sources: karpenter v1.14.1, pkg/controllers/provisioning/batcher.go, provisioning/scheduling,
// pkg/apis/v1/nodepool.go (budgets), pkg/utils/disruption; reference, part B, §8.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/api/core.h"
#include "sim/api/int_or_string.h"
#include "sim/scheduler/resources.h"

namespace seatrial::controllers {

// Pods that come one soon after the other are looked at together: once none has come for `idle`, but at most
// `most` after the first.
class Batch {
 public:
  void add(SimTime now) {
    if (!first_) first_ = now;
    last_ = now;
  }
  bool open() const { return first_.has_value(); }
  SimTime due(Duration idle, Duration most) const { return std::min(last_ + idle, *first_ + most); }
  void close() { first_.reset(); }

 private:
  std::optional<SimTime> first_;
  SimTime last_;
};

// A type that a pool may launch, and where.
struct InstanceOffer {
  api::Symbol instance_type;
  std::int64_t price = 0;  // of an hour, in millionths of a dollar
  scheduler::Resources allocatable;
  std::int64_t pods = 0;  // how many it takes
  std::shared_ptr<const api::Node> model;
};

// Type and zone that could not be had lately are not asked for again before that instant.
class UnavailableOffers {
 public:
  void add(api::Symbol instance_type, api::Symbol zone, SimTime until) {
    until_[{instance_type, zone}] = until;
  }
  bool contains(api::Symbol instance_type, api::Symbol zone, SimTime now) const {
    const auto at = until_.find({instance_type, zone});
    return at != until_.end() && now < at->second;
  }

 private:
  std::map<std::pair<api::Symbol, api::Symbol>, SimTime> until_;
};

// Of those that hold `requests` and `pods` pods the cheapest, then the first; null: none does.
const InstanceOffer* cheapest(std::span<const InstanceOffer> offers, const scheduler::Resources& requests,
                              std::int64_t pods);

// How many more nodes of a pool may be disrupted: a number or a percentage of all, rounded up, less those
// that are on their way out or not ready. 10% of 6 is 1.
std::int64_t disruptions_allowed(const api::IntOrString& budget, std::int64_t nodes, std::int64_t disrupted);

// What disrupting a node costs: its pods, weighted by their deletion cost and priority, times the share of
// its life that is left. Nodes go in ascending order of it.
double disruption_cost(std::span<const std::shared_ptr<const api::Pod>> pods, Duration age,
                       std::optional<Duration> expire_after);

}  // namespace seatrial::controllers
