// kubectl get: one table for each kind.
#include <map>

#include "sim/report/kubectl_table.h"
#include "sim/scenario/kubectl/verbs.h"

namespace seatrial::scenario::kubectl {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = std::min(text.find('\n', from), text.size());
    lines.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return lines;
}

}  // namespace

Plan plan(const Get& verb, const Store& store) {
  Plan plan = plan_of(verb.targets, store);
  if (!plan.targets.empty()) plan.targets.resize(1);  // all are printed at once
  return plan;
}

Turn turn(const Get& verb, const Target&, int, const Store& store, SimTime now) {
  std::map<api::Kind, std::vector<api::ObjectPtr>> by_kind;
  for (const Target& target : plan_of(verb.targets, store).targets)
    by_kind[target.name.kind].push_back(read(store, target));
  Step step;
  for (const auto& [kind, objects] : by_kind)
    for (std::string& line :
         lines_of(report::kubectl_table(objects, now, {verb.wide, false, by_kind.size() > 1})))
      step.first.push_back(std::move(line));
  return step;
}

}  // namespace seatrial::scenario::kubectl
