#include "sim/network/policy/pod_classes.h"

#include <algorithm>

#include "sim/engine/check.h"

namespace seatrial::network {

using api::LabelMap;
using api::Symbol;

namespace {

LabelMap seen_of(const LabelMap& labels, const std::set<Symbol>& keys) {
  LabelMap seen;
  for (const auto& [key, value] : labels) {
    if (keys.contains(key)) seen.set(key, value);
  }
  return seen;
}

Signature signature_of(const PodClass& of) {
  Signature signature;
  append(signature, of.namespace_);
  append(signature, of.cell);
  append(signature, of.account);
  append(signature, of.labels);
  append(signature, of.account_labels);
  for (const NamedPort& port : of.ports) {
    append(signature, port.name);
    append(signature, port.protocol);
    append(signature, static_cast<std::uint64_t>(port.number));
  }
  return signature;
}

// What of `fresh` is not in `known`.
template <class T>
std::set<T> without(const std::set<T>& fresh, const std::set<T>& known) {
  std::set<T> rest;
  std::ranges::set_difference(fresh, known, std::inserter(rest, rest.end()));
  return rest;
}

}  // namespace

PodFacts facts_of(const api::Pod& pod) {
  PodFacts facts{pod.metadata.namespace_,
                 pod.metadata.name,
                 pod.metadata.labels,
                 pod.spec->service_account_name,
                 {},
                 api::IpAddress::parse(pod.status.pod_ip.view()),
                 pod.spec->host_network};
  for (const auto* const containers : {&pod.spec->containers, &pod.spec->init_containers}) {
    for (const api::Container& container : *containers) {
      for (const api::ContainerPort& port : container.ports) {
        if (!port.name.empty()) facts.ports.push_back({port.name, port.protocol, port.container_port});
      }
    }
  }
  return facts;
}

PodClasses::PodClasses() { sort_anew(); }

// ---- Classes

EndpointLabels PodClasses::labels_of(const PodClass& of) const {
  const NamespaceFacts& facts = namespaces_[of.namespace_];
  return {of.labels, facts.name, *facts.labels, of.account, &of.account_labels};
}

PodClass PodClasses::look(const PodFacts& facts, std::uint32_t namespace_) const {
  PodClass seen;
  seen.is_pod = true;
  seen.namespace_ = namespace_;
  seen.labels = seen_of(*facts.labels, sight_.labels);
  seen.cell = cells_.find(facts.address);
  if (sight_.accounts || !sight_.account_labels.empty()) seen.account = facts.service_account;
  if (!sight_.account_labels.empty()) {
    const auto& accounts = namespaces_[namespace_].accounts;
    const auto account = accounts.find(facts.service_account);
    if (account != accounts.end()) seen.account_labels = seen_of(*account->second, sight_.account_labels);
  }
  for (const NamedPort& port : facts.ports) {
    if (sight_.ports.contains(port.name)) seen.ports.push_back(port);
  }
  std::ranges::sort(seen.ports);
  const auto repeated = std::ranges::unique(seen.ports);
  seen.ports.erase(repeated.begin(), repeated.end());
  return seen;
}

ClassId PodClasses::add_class(PodClass made, ClassId parent) {
  const ClassId id{static_cast<std::uint32_t>(classes_.size())};
  if (made.is_pod) namespaces_[made.namespace_].classes.push_back(id);
  for (const NamedPort& port : made.ports) named_ports_[port].set(id);
  classes_.push_back(std::move(made));
  new_classes_.push_back({id, parent});
  return id;
}

ClassId PodClasses::find_class(const PodFacts& facts, ClassId parent) {
  if (facts.host_network) return outside_[cells_.find(facts.address)];
  PodClass seen = look(facts, namespace_index(facts.namespace_));
  const auto [entry, is_new] = by_signature_.try_emplace(signature_of(seen));
  if (is_new) entry->second = add_class(std::move(seen), parent);
  return entry->second;
}

void PodClasses::move(PodId id, ClassId to) {
  ClassId& current = class_of_pod_[id.index];
  if (current == to) return;
  if (current.index != ClassId::kNone) {
    std::vector<PodId>& members = classes_[current.index].members;
    const std::uint32_t place = place_[id.index];
    members[place] = members.back();
    place_[members[place].index] = place;
    members.pop_back();
  }
  current = to;
  if (to.index == ClassId::kNone) return;
  std::vector<PodId>& members = classes_[to.index].members;
  place_[id.index] = static_cast<std::uint32_t>(members.size());
  members.push_back(id);
}

// ---- Changes

bool PodClasses::is_affected(const PodFacts& facts, const Sight& fresh, CellId first_new_cell) const {
  const auto has_label = [&](Symbol key) { return facts.labels->contains(key); };
  const auto is_named = [&](const NamedPort& port) { return fresh.ports.contains(port.name); };
  return fresh.accounts || !fresh.account_labels.empty() || std::ranges::any_of(fresh.labels, has_label) ||
         (!fresh.ports.empty() && std::ranges::any_of(facts.ports, is_named)) ||
         (first_new_cell < cells_.size() && cells_.find(facts.address) >= first_new_cell);
}

// Adds it to what is looked at; new cells become classes.
void PodClasses::see(const Sight& fresh) {
  sight_.labels.insert(fresh.labels.begin(), fresh.labels.end());
  sight_.account_labels.insert(fresh.account_labels.begin(), fresh.account_labels.end());
  sight_.ports.insert(fresh.ports.begin(), fresh.ports.end());
  sight_.nets.insert(fresh.nets.begin(), fresh.nets.end());
  sight_.accounts |= fresh.accounts;
  for (const api::Cidr& net : fresh.nets) {
    const auto added = cells_.add(net);
    if (!added || deferred_) continue;  // the same one with other bits of a host
    PodClass outside;
    outside.cell = added->cell;
    outside_.push_back(add_class(std::move(outside), outside_[added->parent]));
  }
}

void PodClasses::look_at(const Sight& sight) {
  const Sight fresh{without(sight.labels, sight_.labels),
                    without(sight.account_labels, sight_.account_labels), without(sight.ports, sight_.ports),
                    sight.accounts && !sight_.accounts, without(sight.nets, sight_.nets)};
  const auto first_new_cell = static_cast<CellId>(cells_.size());
  const bool nothing_new = fresh.labels.empty() && fresh.account_labels.empty() && fresh.ports.empty() &&
                           !fresh.accounts && fresh.nets.empty();
  if (nothing_new) return;
  see(fresh);
  if (deferred_) return;
  for (std::uint32_t i = 0; i < pods_.size(); ++i) {
    if (class_of_pod_[i].index == ClassId::kNone || !is_affected(pods_[i], fresh, first_new_cell)) continue;
    move(PodId{i}, find_class(pods_[i], class_of_pod_[i]));
  }
}

std::uint32_t PodClasses::namespace_index(Symbol name) {
  const auto [entry, is_new] =
      namespace_indexes_.try_emplace(name, static_cast<std::uint32_t>(namespaces_.size()));
  if (is_new) namespaces_.push_back({name, {}, {}, {}});
  return entry->second;
}

bool PodClasses::set_namespace(Symbol name, const api::Shared<LabelMap>& labels) {
  NamespaceFacts& facts = namespaces_[namespace_index(name)];
  if (facts.labels == labels) return false;
  facts.labels = labels;
  return true;
}

std::vector<PodId> PodClasses::set_service_account(Symbol namespace_, Symbol name,
                                                   const api::Shared<LabelMap>& labels) {
  std::vector<PodId> moved;
  NamespaceFacts& facts = namespaces_[namespace_index(namespace_)];
  if (facts.accounts[name] == labels) return moved;
  facts.accounts[name] = labels;
  if (sight_.account_labels.empty() || deferred_) return moved;
  const std::vector<ClassId> classes = facts.classes;
  for (const ClassId id : classes) {
    if (classes_[id.index].account != name) continue;
    const std::vector<PodId> members = classes_[id.index].members;
    for (const PodId pod : members) {
      move(pod, find_class(pods_[pod.index], {}));
      if (class_of(pod) != id) moved.push_back(pod);
    }
  }
  return moved;
}

PodId PodClasses::set_pod(const PodFacts& facts) {
  const auto [entry, is_new] = pod_ids_.try_emplace({facts.namespace_, facts.name});
  PodId& id = entry->second;
  if (is_new && !free_.empty()) {
    id = free_.back();
    free_.pop_back();
  } else if (is_new) {
    id.index = static_cast<std::uint32_t>(pods_.size());
    pods_.emplace_back();
    class_of_pod_.emplace_back();
    place_.emplace_back();
  }
  pods_[id.index] = facts;
  if (!deferred_) move(id, find_class(facts, {}));
  return id;
}

void PodClasses::remove_pod(PodId id) {
  PodFacts& facts = pods_[id.index];
  const std::size_t erased = pod_ids_.erase({facts.namespace_, facts.name});
  CHECK(erased == 1);
  move(id, {});
  facts = {};
  free_.push_back(id);
}

void PodClasses::sort_anew() {
  deferred_ = false;
  classes_.clear();
  outside_.clear();
  by_signature_.clear();
  named_ports_.clear();
  new_classes_.clear();
  for (NamespaceFacts& facts : namespaces_) facts.classes.clear();
  for (CellId cell = 0; cell < cells_.size(); ++cell) {
    PodClass outside;
    outside.cell = cell;
    outside_.push_back(add_class(std::move(outside), {}));
  }
  std::ranges::fill(class_of_pod_, ClassId{});
  for (std::uint32_t i = 0; i < pods_.size(); ++i) {
    if (!pods_[i].name.empty()) move(PodId{i}, find_class(pods_[i], {}));
  }
}

// ---- Questions

std::optional<PodId> PodClasses::find(Symbol namespace_, Symbol name) const {
  const auto found = pod_ids_.find({namespace_, name});
  return found == pod_ids_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace seatrial::network
