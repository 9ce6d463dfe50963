#include "sim/report/scheduling_text.h"

#include <algorithm>
#include <tuple>

namespace seatrial::report {

namespace {

using Node = Scheduling::Node;

std::vector<const Node*> ranked(const Scheduling& scheduling) {
  std::vector<const Node*> nodes;
  for (const Node& node : scheduling.nodes) nodes.push_back(&node);
  const auto rank = [&](const Node* node) {
    return std::tuple(node->name != scheduling.node, !node->refused_by.empty(), -node->total);
  };
  std::ranges::stable_sort(nodes, {}, rank);
  return nodes;
}

// The plugins that scored, in the order of the first node's scores.
std::vector<std::string> plugins_of(const std::vector<const Node*>& nodes) {
  std::vector<std::string> names;
  for (const Node* const node : nodes) {
    for (const auto& [plugin, score] : node->scores) {
      if (std::ranges::find(names, plugin) == names.end()) names.push_back(plugin);
    }
  }
  return names;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string heading(const Scheduling& scheduling, const Style& style) {
  std::string text = "scheduling at " + human(scheduling.at) + ": ";
  text += scheduling.node.empty() ? style.paint(Colour::kRed, "no node")
                                  : style.paint(Colour::kGreen, scheduling.node);
  const std::size_t seen = scheduling.nodes.size();
  if (seen < scheduling.all_nodes) {
    text +=
        "; " + std::to_string(seen) + " of " + std::to_string(scheduling.all_nodes) + " nodes were looked at";
  }
  text += "\n";
  if (!scheduling.message.empty()) text += "  " + wrapped(scheduling.message, style.width, 2) + "\n";
  if (!scheduling.nominated.empty()) {
    text += "  nominated for " + scheduling.nominated;
    if (!scheduling.victims.empty()) text += ", evicting " + joined(scheduling.victims);
    text += "\n";
  }
  return text;
}

}  // namespace

std::string explain_scheduling(const Scheduling& scheduling, const Style& style) {
  const std::vector<const Node*> nodes = ranked(scheduling);
  const std::vector<std::string> plugins = plugins_of(nodes);
  std::vector<std::string> columns{"NODE", "TOTAL"};
  columns.insert(columns.end(), plugins.begin(), plugins.end());
  Table scores(columns), refusals({"NODE", "REFUSED BY", "BECAUSE"});
  for (const Node* const node : nodes) {
    if (!node->refused_by.empty()) {
      refusals.add({node->name, node->refused_by, joined(node->reasons)});
      continue;
    }
    std::vector<std::string> row{node->name, node->scores.empty() ? "fits" : std::to_string(node->total)};
    for (const std::string& plugin : plugins) {
      const auto at = std::ranges::find(node->scores, plugin, [](const auto& score) { return score.first; });
      row.push_back(at == node->scores.end() ? "" : std::to_string(at->second));
    }
    scores.add(std::move(row));
  }
  std::vector<std::size_t> right;
  for (std::size_t i = 1; i < columns.size(); ++i) right.push_back(i);
  std::string text = heading(scheduling, style);
  if (!scores.empty()) text += scores.str(2, right);
  if (!refusals.empty()) text += refusals.str(2);
  return text;
}

}  // namespace seatrial::report
