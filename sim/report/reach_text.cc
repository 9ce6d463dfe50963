#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/report/port_text.h"
#include "sim/report/reach.h"

namespace seatrial::report {

namespace {

std::string place(const api::SourcePosition& where) {
  return where.line == 0 ? "" : fmt::format(" ({}:{}:{})", where.file.str(), where.line, where.column);
}

std::string hop_text(const ReachHop& hop) {
  return (hop.object.empty() ? "" : hop.object + ": ") + hop.why + place(hop.where);
}

std::string path_text(const ReachPath& path, const Style& style) {
  constexpr std::size_t kMark = 6;
  std::size_t kinds = 0;
  for (const ReachHop& hop : path.hops) kinds = std::max(kinds, hop.kind.size());
  const std::size_t indent = 2 + kMark + kinds + 2;
  const std::size_t width = std::max(style.width, indent + 40);
  std::string text;
  for (const ReachHop& hop : path.hops) {
    const std::string mark =
        style.paint(hop.passes ? Colour::kGreen : Colour::kRed, hop.passes ? "pass  " : "stop  ");
    text += "  " + mark + padded(hop.kind, kinds) + "  " + wrapped(hop_text(hop), width, indent) + "\n";
  }
  return text;
}

std::string verdict_word(bool allowed, const Style& style) {
  return style.paint(allowed ? Colour::kGreen : Colour::kRed, allowed ? "reached" : "not reached");
}

// ---- Sets of peers in words

// team-a of team-a/deployment/web and team-a/default; empty of an address.
std::string_view namespace_of(std::string_view peer) {
  const std::size_t slash = peer.find('/');
  const bool is_address = peer.find(':') != std::string_view::npos ||
                          (peer.front() >= '0' && peer.front() <= '9' && peer.find('.') < slash);
  return is_address ? std::string_view() : peer.substr(0, slash);
}

class Names {
 public:
  explicit Names(const std::vector<std::string>& everyone) {
    for (const std::string& peer : everyone) ++counts_[std::string(namespace_of(peer))];
    all_ = everyone.size();
  }

  // "everyone", "team-a/*, team-b/deployment/api, 10.0.0.0/8"
  std::string text(const std::vector<std::string>& peers) const {
    if (peers.size() == all_) return "everyone";
    std::map<std::string, std::vector<std::string>> by_namespace;
    for (const std::string& peer : peers) by_namespace[std::string(namespace_of(peer))].push_back(peer);
    const std::size_t outside = counts_.contains("") ? 1 : 0;
    std::size_t whole = 0;
    for (const auto& [name, list] : by_namespace)
      whole += !name.empty() && list.size() == counts_.at(name) ? 1 : 0;
    std::string words;
    const auto add = [&](const std::string& word) { words += (words.empty() ? "" : ", ") + word; };
    const bool all_pods = whole > 1 && whole + outside == counts_.size();
    if (all_pods) add("all pods");
    for (const auto& [name, list] : by_namespace) {
      if (!name.empty() && all_pods) continue;
      if (!name.empty() && list.size() > 1 && list.size() == counts_.at(name))
        add(name + "/*");
      else
        for (const std::string& peer : list) add(peer);
    }
    return words;
  }

 private:
  std::map<std::string, std::size_t> counts_;  // of peers, by namespace; "": outside
  std::size_t all_ = 0;
};

std::vector<std::string> everyone_of(const ReachMatrix& matrix) {
  std::set<std::string> all;
  for (const auto& peers : matrix.classes) all.insert(peers.begin(), peers.end());
  return {all.begin(), all.end()};
}

}  // namespace

bool ReachVerdict::allowed() const {
  return !paths.empty() && std::ranges::all_of(paths, [](const ReachPath& path) { return path.allowed; });
}

std::string reach_text(const ReachVerdict& verdict, const Style& style) {
  std::string text = fmt::format("{} to {} at {}: {}\n", verdict.from, verdict.to, verdict.at,
                                 verdict_word(verdict.allowed(), style));
  for (const ReachPath& path : verdict.paths) {
    const std::string like = path.like == 0 ? "" : fmt::format(" and {} more alike", path.like);
    if (path.to != verdict.to || path.like > 0)
      text += fmt::format("to {}{}: {}\n", path.to, like, verdict_word(path.allowed, style));
    text += path_text(path, style);
  }
  for (const std::string& note : verdict.notes) text += "note: " + wrapped(note, style.width, 6) + "\n";
  return text;
}

std::string reach_matrix_text(const ReachMatrix& matrix, const Style& style) {
  const Names names(everyone_of(matrix));
  std::string text = fmt::format("{} at {}: {} classes of peers, {} ranges of ports\n", matrix.scenario,
                                 matrix.at, matrix.classes.size(), matrix.ports.size());
  for (std::size_t to = 0; to < matrix.classes.size(); ++to) {
    std::map<std::string, std::vector<std::string>> by_ports;  // the peers that reach it there
    for (std::size_t from = 0; from < matrix.classes.size(); ++from) {
      std::vector<const ReachMatrix::Ports*> open;
      for (const ReachMatrix::Ports& ports : matrix.ports) {
        if (matrix.tables[ports.table][from][to]) open.push_back(&ports);
      }
      auto& peers = by_ports[port_text(open)];
      peers.insert(peers.end(), matrix.classes[from].begin(), matrix.classes[from].end());
    }
    text += "\n" + style.paint(Colour::kBold, wrapped(names.text(matrix.classes[to]), style.width, 2)) + "\n";
    for (const auto& [ports, peers] : by_ports) {
      const std::string line =
          ports.empty() ? "from nobody else" : "from " + names.text(peers) + ": " + ports;
      if (!ports.empty() || by_ports.size() == 1) text += "  " + wrapped(line, style.width, 6) + "\n";
    }
  }
  return text;
}

std::string reach_changes_text(const std::vector<ReachChange>& changes, const Style& style) {
  if (changes.empty()) return "who reaches whom is the same\n";
  const auto list = [](const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, ", "));
  };
  std::string text;
  for (const ReachChange& change : changes) {
    const std::string word =
        style.paint(change.opens ? Colour::kGreen : Colour::kRed, change.opens ? "opens   " : "closes  ");
    text += word +
            wrapped(fmt::format("{} to {}: {}", list(change.from), list(change.to), change.ports),
                    style.width, 8) +
            "\n";
    for (const std::string& why : change.why) text += "        " + wrapped(why, style.width, 10) + "\n";
  }
  return text;
}

}  // namespace seatrial::report
