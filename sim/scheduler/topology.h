// The values of node labels as small numbers: which domain of a topology key each node is in.
//
// Source: what plugins/podtopologyspread and plugins/interpodaffinity look up by label for each node.
#pragma once

#include <map>
#include <vector>

#include "sim/api/core.h"

namespace seatrial::scheduler {

struct TopologyColumn {
  std::vector<std::int32_t> domain;             // by slot; -1: the node lacks the label, or there is no node
  std::map<api::Symbol, std::int32_t> numbers;  // of the values
  std::vector<std::int32_t> nodes;              // by domain
  std::int32_t nodes_without = 0;               // that lack the label
  std::size_t size() const { return nodes.size(); }  // values ever seen
};

class Topology {
 public:
  // `node`: null if there is none in that slot (any more).
  void set(std::uint32_t slot, const api::Node* node);
  // Followed from the first question on; stays where it is.
  const TopologyColumn& column(api::Symbol key);
  // Grows when a node comes, goes, or is labelled anew.
  std::uint64_t version() const { return version_; }

 private:
  struct Labels {
    bool present = false;
    api::Shared<api::LabelMap> labels;
  };
  std::map<api::Symbol, TopologyColumn> columns_;
  std::vector<Labels> labels_;  // by slot
  std::uint64_t version_ = 0;
};

}  // namespace seatrial::scheduler
