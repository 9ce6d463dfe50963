#include "sim/network/policy/term.h"

#include <algorithm>

namespace seatrial::network {

using api::CalicoSelector;
using api::LabelSelector;
using api::Symbol;

namespace {

void add_keys(const LabelSelector& selector, std::set<Symbol>& keys) {
  for (const auto& [key, value] : selector.match_labels) keys.insert(key);
  for (const auto& requirement : selector.match_expressions) keys.insert(requirement.key);
}

void add_account_key(Symbol key, Sight& sight) {
  if (key == Symbol(kCalicoName))
    sight.accounts = true;
  else
    sight.account_labels.insert(key);
}

// Of one that asks a pod's labels. A label of a pod hides one of that name that it would inherit.
void add_keys(const CalicoSelector& selector, Sight& sight) {
  for (const Symbol key : selector.keys()) {
    sight.labels.insert(key);
    if (key == Symbol(kCalicoAccount)) sight.accounts = true;
    if (key.view().starts_with(kAccountPrefix))
      add_account_key(key.view().substr(kAccountPrefix.size()), sight);
  }
}

void append_selector(Signature& to, const std::optional<LabelSelector>& selector) {
  append(to, std::uint64_t{selector.has_value()});
  if (!selector) return;
  append(to, selector->match_labels);
  append(to, selector->match_expressions.size());
  for (const auto& requirement : selector->match_expressions) {
    append(to, requirement.key);
    append(to, static_cast<std::uint64_t>(requirement.op));
    append(to, requirement.values);
  }
}

void append_nets(Signature& to, const std::vector<api::Cidr>& nets) {
  append(to, nets.size());
  for (const api::Cidr& net : nets) {
    std::uint64_t halves[2] = {};
    for (std::size_t i = 0; i < net.base.bytes.size(); ++i)
      halves[i / 8] = halves[i / 8] << 8 | net.base.bytes[i];
    append(to, halves[0]);
    append(to, halves[1]);
    append(to, static_cast<std::uint64_t>(net.length) * 2 + net.base.v4);
  }
}

bool selects(const CalicoSelector& selector, const EndpointLabels& labels) {
  return selector.matches([&](Symbol key) { return labels.find(key); });
}

bool holds_of_namespace(const Term& term, const EndpointLabels& labels) {
  if (!term.in_namespace.empty() && term.in_namespace != labels.namespace_) return false;
  if (term.namespaces && !term.namespaces->matches(labels.namespace_labels)) return false;
  return term.calico_namespaces.matches([&](Symbol key) { return labels.find_of_namespace(key); });
}

bool holds_of_pod(const Term& term, const EndpointLabels& labels) {
  if (term.pod_labels && !term.pod_labels->matches(labels.pod)) return false;
  if (!selects(term.calico_pods, labels)) return false;
  if (!term.accounts.empty()) {
    const Symbol* const account = labels.find(kCalicoAccount);
    if (!account || std::ranges::count(term.accounts, *account) == 0) return false;
  }
  return term.calico_accounts.matches([&](Symbol key) { return labels.find_of_account(key); });
}

bool holds_of_address(const Term& term, const PodClass& of, const CidrTrie& cells) {
  const auto is_in = [&](const api::Cidr& net) { return cells.holds(net, of.cell); };
  if (term.asks_nets && of.is_pod && term.nets_spare_pods) return false;
  if (term.asks_nets && std::ranges::none_of(term.nets, is_in)) return false;
  if (std::ranges::any_of(term.not_nets, is_in)) return false;
  return term.ip_version == 0 || term.ip_version == (cells.is_v6(of.cell) ? 6 : 4);
}

// All but what is asked of the namespace.
bool holds_within(const Term& term, const PodClass& of, const PodClasses& classes) {
  if (!holds_of_address(term, of, classes.cells())) return false;
  if (!of.is_pod) return !term.pods;
  if (!term.pods && term.not_pods.empty()) return true;
  const EndpointLabels labels = classes.labels_of(of);
  if (!term.not_pods.empty() && selects(term.not_pods, labels)) return false;
  return !term.pods || holds_of_pod(term, labels);
}

}  // namespace

void add_sight(const Term& term, Sight& sight) {
  if (term.pod_labels) add_keys(*term.pod_labels, sight.labels);
  add_keys(term.calico_pods, sight);
  add_keys(term.not_pods, sight);
  for (const Symbol key : term.calico_accounts.keys()) add_account_key(key, sight);
  if (!term.accounts.empty()) {
    sight.accounts = true;
    sight.labels.insert(kCalicoAccount);
  }
  sight.nets.insert(term.nets.begin(), term.nets.end());
  sight.nets.insert(term.not_nets.begin(), term.not_nets.end());
}

Signature signature_of(const Term& term) {
  Signature signature;
  append(signature, static_cast<std::uint64_t>(term.pods) + 2 * static_cast<std::uint64_t>(term.asks_nets) +
                        4 * static_cast<std::uint64_t>(term.nets_spare_pods) +
                        8 * static_cast<std::uint64_t>(term.ip_version));
  append(signature, term.in_namespace);
  append_selector(signature, term.namespaces);
  append_selector(signature, term.pod_labels);
  for (const auto* const selector :
       {&term.calico_namespaces, &term.calico_pods, &term.calico_accounts, &term.not_pods})
    append(signature, selector->text());
  append(signature, term.accounts);
  append_nets(signature, term.nets);
  append_nets(signature, term.not_nets);
  return signature;
}

bool holds(const Term& term, const PodClass& of, const PodClasses& classes) {
  if (term.pods && of.is_pod && !holds_of_namespace(term, classes.labels_of(of))) return false;
  return holds_within(term, of, classes);
}

ClassSet classes_of(const Term& term, PodClasses& classes) {
  ClassSet set;
  const auto add_namespace = [&](std::uint32_t index) {
    for (const ClassId id : classes.classes_of(index)) {
      if (holds(term, classes[id], classes)) set.set(id);
    }
  };
  if (!term.pods) {
    for (std::uint32_t i = 0; i < classes.classes().size(); ++i) {
      if (holds_within(term, classes[ClassId{i}], classes)) set.set(ClassId{i});
    }
  } else if (!term.in_namespace.empty()) {
    add_namespace(classes.namespace_index(term.in_namespace));
  } else {
    // Each namespace is asked once.
    for (std::uint32_t i = 0; i < classes.namespaces(); ++i) {
      const auto& ids = classes.classes_of(i);
      if (ids.empty() || !holds_of_namespace(term, classes.labels_of(classes[ids.front()]))) continue;
      for (const ClassId id : ids) {
        if (holds_within(term, classes[id], classes)) set.set(id);
      }
    }
  }
  return set;
}

}  // namespace seatrial::network
