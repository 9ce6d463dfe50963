#include "sim/network/policy/matrix.h"

namespace seatrial::network {

namespace {

// The classes that share an ingress table; null: none selects them.
struct SharedTable {
  const PolicyTable* table = nullptr;
  ClassSet classes;
};

std::vector<SharedTable> by_ingress(const CompiledPolicies& policies, std::size_t count) {
  std::vector<SharedTable> shared;
  std::unordered_map<const PolicyTable*, std::size_t> places;
  for (std::uint32_t i = 0; i < count; ++i) {
    const PolicyTable* const table = policies.table_of(ClassId{i}, Direction::kIngress);
    const auto [place, is_new] = places.try_emplace(table, shared.size());
    if (is_new) shared.push_back({table, {}});
    shared[place->second].classes.set(ClassId{i});
  }
  return shared;
}

ClassSet everyone_of(std::size_t count) {
  ClassSet everyone;
  for (std::uint32_t i = 0; i < count; ++i) everyone.set(ClassId{i});
  return everyone;
}

}  // namespace

std::vector<std::int32_t> first_ports(const CompiledPolicies& policies, std::size_t protocol) {
  std::set<std::int32_t> firsts{0};
  for (std::uint32_t i = 0; i < policies.classes().classes().size(); ++i) {
    for (const Direction direction : {Direction::kIngress, Direction::kEgress}) {
      const PolicyTable* const table = policies.table_of(ClassId{i}, direction);
      if (!table) continue;
      for (const PolicyTable::Interval& interval : table->intervals[protocol]) firsts.insert(interval.first);
    }
  }
  return {firsts.begin(), firsts.end()};
}

std::vector<ClassSet> reach_matrix(const CompiledPolicies& policies, std::size_t protocol,
                                   std::int32_t port) {
  const std::size_t count = policies.classes().classes().size();
  const ClassSet everyone = everyone_of(count);
  std::vector<ClassSet> rows(count);
  for (const SharedTable& shared : by_ingress(policies, count)) {
    const ClassSet& sources = shared.table ? shared.table->allowed_at(protocol, port) : everyone;
    sources.for_each([&](ClassId source) { rows[source.index] |= shared.classes; });
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const PolicyTable* const egress = policies.table_of(ClassId{i}, Direction::kEgress);
    if (egress) rows[i] &= egress->allowed_at(protocol, port);
  }
  return rows;
}

}  // namespace seatrial::network
