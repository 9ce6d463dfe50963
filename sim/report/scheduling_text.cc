#include "sim/report/scheduling_text.h"

#include <algorithm>
#include <optional>
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

std::optional<std::int64_t> score_of(const Node& node, const std::string& plugin) {
  const auto at = std::ranges::find(node.scores, plugin, [](const auto& score) { return score.first; });
  return at == node.scores.end() ? std::nullopt : std::optional(at->second);
}

// What all nodes score alike decides nothing: it is said once.
bool is_same_for_all(const std::vector<const Node*>& scored, const std::string& plugin) {
  return std::ranges::all_of(
      scored, [&](const Node* node) { return score_of(*node, plugin) == score_of(*scored.front(), plugin); });
}

std::string score_table(const Scheduling& scheduling, const std::vector<const Node*>& scored) {
  std::vector<std::string> columns{"", "NODE", "TOTAL"}, deciding, alike;
  for (const std::string& plugin : plugins_of(scored)) {
    if (is_same_for_all(scored, plugin))
      alike.push_back(plugin + " " + std::to_string(score_of(*scored.front(), plugin).value_or(0)));
    else
      deciding.push_back(plugin);
  }
  columns.insert(columns.end(), deciding.begin(), deciding.end());
  Table table(columns);
  for (const Node* const node : scored) {
    const bool taken = node->name == scheduling.node;
    std::vector<std::string> row{taken ? "*" : "", node->name, std::to_string(node->total)};
    for (const std::string& plugin : deciding)
      row.push_back(std::to_string(score_of(*node, plugin).value_or(0)));
    table.add(std::move(row));
  }
  std::vector<std::size_t> right;
  for (std::size_t i = 2; i < columns.size(); ++i) right.push_back(i);
  std::string text = table.str(0, right, 2);
  if (!alike.empty()) text += "   the same for all of them: " + joined(alike) + "\n";
  return text;
}

std::string tie_text(const std::vector<const Node*>& scored) {
  const std::int64_t best = (*std::ranges::max_element(scored, {}, &Node::total))->total;
  const auto equal = std::ranges::count(scored, best, &Node::total);
  if (equal < 2) return "";
  return "   " + std::to_string(equal) + " nodes have the highest total; the scheduler takes any of them\n";
}

}  // namespace

// Scores are weighted: what a plugin adds to the total.
std::string explain_scheduling(const Scheduling& scheduling, const Style& style) {
  Table refusals({"NODE", "REFUSED BY", "BECAUSE"});
  std::vector<const Node*> fitting;
  for (const Node* const node : ranked(scheduling)) {
    if (node->refused_by.empty())
      fitting.push_back(node);
    else
      refusals.add({node->name, node->refused_by, joined(node->reasons)});
  }
  std::string text = heading(scheduling, style);
  if (fitting.size() == 1 && fitting.front()->scores.empty())
    text += "   " + fitting.front()->name + " is the only node that fits, so nothing is scored\n";
  else if (!fitting.empty())
    text += score_table(scheduling, fitting) + tie_text(fitting);
  if (!refusals.empty()) text += refusals.str(3);
  return text;
}

}  // namespace seatrial::report
