#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "sim/report/port_text.h"
#include "sim/report/reach.h"

namespace seatrial::report {

namespace {

constexpr std::uint32_t kAbsent = 0xffffffff;

using Classes = std::set<std::uint32_t>;  // of one matrix, to which a peer belongs; none: it is absent

// The class of an address outside: that of the smallest block around it.
std::uint32_t class_of(const ReachMatrix& matrix, const api::Cidr& block) {
  std::uint32_t found = kAbsent;
  int length = -1;
  for (const ReachMatrix::Block& known : matrix.outside) {
    const bool holds = known.cidr.length <= block.length && known.cidr.contains(block.base);
    if (!holds || known.cidr.length <= length) continue;
    found = known.of_class;
    length = known.cidr.length;
  }
  return found;
}

// Peers that are of the same classes in both.
struct Refined {
  Classes before, after;
  std::vector<std::string> peers;
};

std::vector<Refined> refine(const ReachMatrix& before, const ReachMatrix& after) {
  std::map<std::string, std::pair<Classes, Classes>> by_name;
  std::map<std::string, api::Cidr> blocks;
  const auto add = [&](const ReachMatrix& matrix, bool is_after) {
    for (std::uint32_t i = 0; i < matrix.classes.size(); ++i) {
      for (const std::string& peer : matrix.classes[i]) {
        auto& [first, second] = by_name[peer];
        (is_after ? second : first).insert(i);
        if (const auto cidr = api::Cidr::parse(peer)) blocks.emplace(peer, *cidr);
      }
    }
  };
  add(before, false);
  add(after, true);
  // A block that only one of the two tells apart belongs to a larger one of the other.
  for (const auto& [peer, cidr] : blocks) {
    auto& [first, second] = by_name[peer];
    if (const std::uint32_t of = class_of(before, cidr); first.empty() && of != kAbsent) first.insert(of);
    if (const std::uint32_t of = class_of(after, cidr); second.empty() && of != kAbsent) second.insert(of);
  }
  std::map<std::pair<Classes, Classes>, std::vector<std::string>> groups;
  for (const auto& [peer, classes] : by_name) groups[classes].push_back(peer);
  std::vector<Refined> refined;
  for (auto& [classes, peers] : groups) refined.push_back({classes.first, classes.second, std::move(peers)});
  return refined;
}

// Where both matrices have one table each.
struct Segment {
  std::string protocol;
  std::int32_t first = 0, last = 0;
  std::uint32_t before = 0, after = 0;
};

std::uint32_t table_at(const ReachMatrix& matrix, const std::string& protocol, std::int32_t port) {
  for (const ReachMatrix::Ports& range : matrix.ports) {
    if (range.protocol == protocol && range.first <= port && port <= range.last) return range.table;
  }
  return kAbsent;
}

std::vector<Segment> segments_of(const ReachMatrix& before, const ReachMatrix& after) {
  std::map<std::string, std::set<std::int32_t>> firsts;
  for (const ReachMatrix* const matrix : {&before, &after}) {
    for (const ReachMatrix::Ports& range : matrix->ports) firsts[range.protocol].insert(range.first);
  }
  std::vector<Segment> segments;
  for (const char* const protocol : {"TCP", "UDP", "SCTP"}) {
    const auto& all = firsts[protocol];
    for (auto at = all.begin(); at != all.end(); ++at) {
      const std::int32_t last = std::next(at) == all.end() ? 65535 : *std::next(at) - 1;
      segments.push_back(
          {protocol, *at, last, table_at(before, protocol, *at), table_at(after, protocol, *at)});
    }
  }
  return segments;
}

// Some pod of the one reaches some pod of the other.
bool is_open(const ReachMatrix& matrix, std::uint32_t table, const Classes& from, const Classes& to) {
  if (table == kAbsent) return false;
  return std::ranges::any_of(from, [&](std::uint32_t source) {
    const ReachRow& row = matrix.tables[table][source];
    return std::ranges::any_of(to, [&](std::uint32_t target) { return row[target]; });
  });
}

}  // namespace

std::vector<ReachChange> reach_changes(const ReachMatrix& before, const ReachMatrix& after) {
  const std::vector<Refined> refined = refine(before, after);
  const std::vector<Segment> segments = segments_of(before, after);
  // Who reaches one peer anew, or no more: first by peer, then peers of which the same is true together.
  using Key = std::tuple<bool, std::string, std::vector<std::string>>;  // closes, ports, sources
  std::map<Key, std::vector<std::string>> found;
  for (const Refined& to : refined) {
    std::map<std::pair<bool, std::string>, std::vector<std::string>> sources;
    for (const Refined& from : refined) {
      std::vector<const Segment*> changed[2];
      for (const Segment& segment : segments) {
        const bool was = is_open(before, segment.before, from.before, to.before);
        const bool is = is_open(after, segment.after, from.after, to.after);
        if (was != is) changed[was ? 1 : 0].push_back(&segment);
      }
      for (const bool closes : {false, true}) {
        if (changed[closes ? 1 : 0].empty()) continue;
        auto& list = sources[{closes, port_text(changed[closes ? 1 : 0])}];
        list.insert(list.end(), from.peers.begin(), from.peers.end());
      }
    }
    for (auto& [key, list] : sources) {
      std::ranges::sort(list);
      auto& targets = found[{key.first, key.second, list}];
      targets.insert(targets.end(), to.peers.begin(), to.peers.end());
    }
  }
  std::vector<ReachChange> changes;
  for (auto& [key, targets] : found) {
    std::ranges::sort(targets);
    changes.push_back({!std::get<0>(key), std::get<2>(key), std::move(targets), std::get<1>(key), {}});
  }
  return changes;
}

}  // namespace seatrial::report
