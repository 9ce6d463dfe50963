// Pods and addresses, sorted into classes that no policy can tell apart.
//
// Two pods are of one class if they agree in their namespace, in the labels (and the labels and the name of
// their service account) that some selector looks at, in the named ports that some policy names, and in the
// cell of their address (cidr_trie.h). What is outside of the cluster, and a pod with its node's network, is
// of the class of its address's cell. A class is kept when its last pod goes: pods like it come back.
#pragma once

#include <map>
#include <set>
#include <span>
#include <unordered_map>

#include "sim/api/core.h"
#include "sim/network/policy/cidr_trie.h"
#include "sim/network/policy/class_set.h"
#include "sim/network/policy/endpoint_labels.h"
#include "sim/network/policy/signature.h"

namespace seatrial::network {

struct NamedPort {
  api::Symbol name, protocol;
  std::int32_t number = 0;
  auto operator<=>(const NamedPort&) const = default;
};

// What policies see of a pod.
struct PodFacts {
  api::Symbol namespace_, name;
  api::Shared<api::LabelMap> labels;
  api::Symbol service_account;
  std::vector<NamedPort> ports;
  std::optional<api::IpAddress> address;
  bool host_network = false;  // then its address is its node's, and nothing else counts
  bool operator==(const PodFacts&) const = default;
};
PodFacts facts_of(const api::Pod& pod);

// Dense; of a pod that went it is given to one that comes.
struct PodId {
  static constexpr std::uint32_t kNone = 0xffffffff;
  std::uint32_t index = kNone;
  auto operator<=>(const PodId&) const = default;
};

// What policies look at.
struct Sight {
  std::set<api::Symbol> labels, account_labels, ports;
  bool accounts = false;  // by name
  std::set<api::Cidr> nets;
};

struct PodClass {
  bool is_pod = false;  // else only `cell` and `members` count
  std::uint32_t namespace_ = 0;
  api::LabelMap labels, account_labels;  // that are looked at
  api::Symbol account;
  std::vector<NamedPort> ports;
  CellId cell = CidrTrie::kNoAddress;
  std::vector<PodId> members;
};

class PodClasses {
 public:
  PodClasses();

  // ---- Changes. Classes that are new appear in new_classes() until they are taken.
  struct NewClass {
    ClassId id;
    ClassId parent;  // it was a part of this one: what was said of that is true of it. None: it is like none
  };
  std::vector<NewClass> take_new_classes() { return std::move(new_classes_); }

  void look_at(const Sight& sight);
  // The index of a namespace, which is made if there is none of the name.
  std::uint32_t namespace_index(api::Symbol name);
  // False if they were the same. Its classes stay; what was said of them may no longer be true.
  bool set_namespace(api::Symbol name, const api::Shared<api::LabelMap>& labels);
  // The pods that are of another class now.
  std::vector<PodId> set_service_account(api::Symbol namespace_, api::Symbol name,
                                         const api::Shared<api::LabelMap>& labels);
  PodId set_pod(const PodFacts& facts);  // a new one, or new facts of the one of this name
  void remove_pod(PodId id);             // REQUIRES: it is there
  // From here on nothing is sorted, until all is sorted anew, into new classes.
  void defer() { deferred_ = true; }
  void sort_anew();

  // ---- Questions
  std::optional<PodId> find(api::Symbol namespace_, api::Symbol name) const;
  const PodFacts& facts(PodId id) const { return pods_[id.index]; }
  ClassId class_of(PodId id) const { return class_of_pod_[id.index]; }
  ClassId class_of(const std::optional<api::IpAddress>& address) const {
    return outside_[cells_.find(address)];
  }
  std::span<const PodClass> classes() const { return classes_; }
  const PodClass& operator[](ClassId id) const { return classes_[id.index]; }
  const std::vector<ClassId>& classes_of(std::uint32_t namespace_) const {
    return namespaces_[namespace_].classes;
  }
  std::size_t namespaces() const { return namespaces_.size(); }
  EndpointLabels labels_of(const PodClass& of) const;  // REQUIRES: of pods
  const CidrTrie& cells() const { return cells_; }
  // Which classes have a port of this name, protocol and number.
  const std::map<NamedPort, ClassSet>& named_ports() const { return named_ports_; }

 private:
  struct NamespaceFacts {
    api::Symbol name;
    api::Shared<api::LabelMap> labels;
    std::map<api::Symbol, api::Shared<api::LabelMap>> accounts;
    std::vector<ClassId> classes;
  };

  PodClass look(const PodFacts& facts, std::uint32_t namespace_) const;
  void see(const Sight& fresh);
  bool is_affected(const PodFacts& facts, const Sight& fresh, CellId first_new_cell) const;
  ClassId add_class(PodClass made, ClassId parent);
  ClassId find_class(const PodFacts& facts, ClassId parent);
  void move(PodId id, ClassId to);

  bool deferred_ = false;
  CidrTrie cells_;
  Sight sight_;
  std::vector<NamespaceFacts> namespaces_;
  std::map<api::Symbol, std::uint32_t> namespace_indexes_;
  std::vector<PodFacts> pods_;  // of a free index: without a name
  std::vector<ClassId> class_of_pod_;
  std::vector<std::uint32_t> place_;  // of a pod among its class's members
  std::vector<PodId> free_;
  std::map<std::pair<api::Symbol, api::Symbol>, PodId> pod_ids_;
  std::vector<PodClass> classes_;
  std::vector<ClassId> outside_;                                        // of each cell
  std::unordered_map<Signature, ClassId, SignatureHash> by_signature_;  // of pods
  std::map<NamedPort, ClassSet> named_ports_;
  std::vector<NewClass> new_classes_;
};

}  // namespace seatrial::network
