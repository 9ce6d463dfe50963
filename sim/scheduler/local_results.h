// What the filters and scores of plugins that look at one node only came to, for each template and node:
// worked out again when the node or the pods on it have changed (NodeInfo::version). Few of a template's
// nodes change between two of its pods, so a cycle looks most of its nodes up.
//
// A cache: it changes no decision, and a copy of its owner begins without it. A template that was asked for
// once only is not remembered, and the sum of all is bounded.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

#include "sim/scheduler/framework.h"

namespace seatrial::scheduler {

struct LocalResult {
  std::uint32_t version = 0;                            // of the node when this was worked out; 0: never
  std::uint32_t refusal = 0;                            // 0: the node passes; else as number_of() gave it
  std::int32_t sum = 0;                                 // of the weighted scores that are not normalized
  std::array<std::int32_t, kMaxLocalNormalized> raw{};  // scores that are still to be normalized
};

struct Refusal {
  const Plugin* by = nullptr;
  PluginSet bit = 0;
  Code code = Code::kSuccess;
  std::vector<api::Symbol> reasons;
  bool operator==(const Refusal&) const = default;
};

class LocalResults {
 public:
  // By slot, `slots` long; null where the template is not remembered (yet).
  LocalResult* of(const PodInfoPtr& info, std::size_t slots);
  std::uint32_t number_of(const Refusal& refusal);
  const Refusal& refusal(std::uint32_t number) const { return refusals_[number - 1]; }

 private:
  struct Template {
    PodInfoPtr info;
    std::uint64_t uses = 0, last_used = 0;
    std::vector<LocalResult> results;
  };
  void make_room();

  std::vector<std::unique_ptr<Template>> templates_;
  std::unordered_map<const PodInfo*, std::uint32_t> numbers_;  // looked up, never iterated
  std::vector<Refusal> refusals_;
  std::size_t cells_ = 0;
  std::uint64_t cycles_ = 0;
};

}  // namespace seatrial::scheduler
