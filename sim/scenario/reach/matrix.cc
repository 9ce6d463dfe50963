#include "sim/scenario/reach/matrix.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "sim/network/policy/matrix.h"
#include "sim/scenario/reach/flow.h"

namespace seatrial::scenario {

using network::ClassId;
using network::ClassSet;
using report::ReachMatrix;
using report::ReachRow;

namespace {

constexpr const char* kProtocols[] = {"TCP", "UDP", "SCTP"};

// Those of the evaluator's classes that somebody belongs to, with their peers.
struct Peers {
  std::vector<ClassId> ids;
  std::vector<std::vector<std::string>> names;
};

Peers peers_of(const ReachState& state, ReachMatrix& matrix) {
  Peers peers;
  const auto classes = state.policies.classes().classes();
  const network::CidrTrie& cells = state.policies.classes().cells();
  for (std::uint32_t i = 0; i < classes.size(); ++i) {
    std::set<std::string> names;
    for (const network::PodId pod : classes[i].members) names.insert(state.workload_of(pod));
    if (const auto cidr = classes[i].is_pod ? std::nullopt : cells.cidr_of(classes[i].cell)) {
      matrix.outside.push_back({*cidr, static_cast<std::uint32_t>(peers.ids.size())});
      names.insert(cidr->str());
    }
    if (names.empty()) continue;
    peers.ids.push_back(ClassId{i});
    peers.names.emplace_back(names.begin(), names.end());
  }
  return peers;
}

std::vector<ReachRow> table_of(const std::vector<ClassSet>& rows, const std::vector<ClassId>& ids) {
  std::vector<ReachRow> table;
  for (const ClassId from : ids) {
    ReachRow& row = table.emplace_back(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) row[i] = rows[from.index].test(ids[i]);
  }
  return table;
}

void add_ports(const ReachState& state, const std::vector<ClassId>& ids, std::size_t protocol,
               ReachMatrix& matrix) {
  const std::vector<std::int32_t> firsts = network::first_ports(state.policies, protocol);
  for (std::size_t i = 0; i < firsts.size(); ++i) {
    const std::int32_t first = std::max(firsts[i], 1);
    const std::int32_t last = i + 1 < firsts.size() ? firsts[i + 1] - 1 : 65535;
    if (last < first) continue;
    auto table = table_of(network::reach_matrix(state.policies, protocol, first), ids);
    const auto known = std::ranges::find(matrix.tables, table);
    const auto number = static_cast<std::uint32_t>(known - matrix.tables.begin());
    if (known == matrix.tables.end()) matrix.tables.push_back(std::move(table));
    auto& ports = matrix.ports;
    const bool goes_on =
        !ports.empty() && ports.back().protocol == kProtocols[protocol] && ports.back().table == number;
    if (goes_on)
      ports.back().last = last;
    else
      ports.push_back({kProtocols[protocol], first, last, number});
  }
}

// Makes one of classes that reach, and are reached by, the same ones: `merged` says which of the new ones
// each is.
std::vector<std::uint32_t> merge_classes(const ReachMatrix& matrix, std::size_t count) {
  std::map<ReachRow, std::uint32_t> by_signature;
  std::vector<std::uint32_t> merged;
  for (std::size_t i = 0; i < count; ++i) {
    ReachRow signature;
    for (const auto& table : matrix.tables) {
      signature.insert(signature.end(), table[i].begin(), table[i].end());
      for (std::size_t k = 0; k < count; ++k) signature.push_back(table[k][i]);
    }
    merged.push_back(by_signature.emplace(std::move(signature), by_signature.size()).first->second);
  }
  return merged;
}

void merge(ReachMatrix& matrix, const Peers& peers) {
  const std::vector<std::uint32_t> merged = merge_classes(matrix, peers.ids.size());
  std::vector<std::size_t> first_of;
  for (std::size_t i = 0; i < merged.size(); ++i) {
    if (merged[i] == first_of.size()) first_of.push_back(i);
    matrix.classes.resize(first_of.size());
    auto& names = matrix.classes[merged[i]];
    names.insert(names.end(), peers.names[i].begin(), peers.names[i].end());
  }
  for (auto& names : matrix.classes) {
    std::ranges::sort(names);
    const auto repeated = std::ranges::unique(names);
    names.erase(repeated.begin(), repeated.end());
  }
  for (auto& table : matrix.tables) {
    std::vector<ReachRow> rows;
    for (const std::size_t from : first_of) {
      ReachRow& row = rows.emplace_back();
      for (const std::size_t to : first_of) row.push_back(table[from][to]);
    }
    table = std::move(rows);
  }
  for (ReachMatrix::Block& block : matrix.outside) block.of_class = merged[block.of_class];
}

// ---- Why

std::optional<network::End> end_of(const ReachState& state, const std::string& peer) {
  if (const auto cidr = api::Cidr::parse(peer)) return outside_of(state, *cidr);
  const auto& classes = state.policies.classes();
  for (const network::PodClass& of : classes.classes()) {
    for (const network::PodId pod : of.members) {
      if (state.workload_of(pod) == peer) return pod;
    }
  }
  return std::nullopt;
}

// "TCP 80, 8080-8090, UDP all": the first of them.
std::pair<std::string, std::int32_t> first_port(const std::string& ports) {
  const std::size_t space = ports.find(' ');
  std::int32_t number = 1;
  std::from_chars(ports.data() + space + 1, ports.data() + ports.size(), number);
  return {ports.substr(0, space), number};
}

std::string why_of(const ReachState& state, const report::ReachChange& change, bool allowed) {
  const auto from = end_of(state, change.from.front()), to = end_of(state, change.to.front());
  if (!from || !to) return {};
  const auto [protocol, port] = first_port(change.ports);
  const network::FlowVerdict verdict = state.policies.explain(*from, *to, port, protocol);
  if (verdict.allowed() != allowed) return {};  // another pod of the workload
  std::string text;
  using network::Direction;
  if (allowed == verdict.egress.allowed) text = network::verdict_text(verdict.egress, Direction::kEgress);
  if (allowed == verdict.ingress.allowed) {
    text += text.empty() ? "" : "; ";
    text += network::verdict_text(verdict.ingress, Direction::kIngress);
  }
  return text;
}

}  // namespace

ReachMatrix reach_matrix(const ReachState& state) {
  ReachMatrix matrix;
  matrix.scenario = state.world.scenario().full_name();
  matrix.at = to_string(state.world.cluster().kernel().now().since_start());
  const Peers peers = peers_of(state, matrix);
  for (std::size_t protocol = 0; protocol < network::kPortProtocols; ++protocol)
    add_ports(state, peers.ids, protocol, matrix);
  merge(matrix, peers);
  return matrix;
}

void explain_changes(std::vector<report::ReachChange>& changes, const ReachState* before,
                     const ReachState* after) {
  for (report::ReachChange& change : changes) {
    const auto add = [&](const char* when, const ReachState* state, bool allowed) {
      const std::string text = state ? why_of(*state, change, allowed) : "";
      if (!text.empty()) change.why.push_back(when + text);
    };
    add("before: ", before, !change.opens);
    add("after:  ", after, change.opens);
  }
}

}  // namespace seatrial::scenario
