// Who may talk to whom, compiled: the same answers as direct.h, in a tenth of a microsecond, kept up to date
// change by change.
//
// Peers are sorted into classes that no policy can tell apart (pod_classes.h); each rule's peers are a set of
// classes (policy_book.h); and each class has a table for each direction (policy_table.h): intervals of
// ports, each with the set of classes that it allows. A question is two look-ups in such tables. A changed
// policy makes the tables of the classes anew that it selects; a pod that comes, goes or is relabelled moves
// from class to class. Only what no policy looked at before splits classes: then all pods are looked at once.
//
// A value: a copy goes its own way. Holds no store and no pods' objects, and shares the policies' ones.
#pragma once

#include "sim/network/policy/policy_table.h"

namespace seatrial::network {

// One end of a flow: a pod, or an address outside of the cluster (also a node's).
struct End {
  PodId pod;
  std::optional<api::IpAddress> address;
  End(PodId id) : pod(id) {}                                // NOLINT: implicit by design
  End(const api::IpAddress& outside) : address(outside) {}  // NOLINT
  bool is_pod() const { return pod.index != PodId::kNone; }
};

struct FlowVerdict {
  Verdict egress, ingress;
  bool allowed() const { return egress.allowed && ingress.allowed; }
};

// Whose verdicts may be others now.
struct PolicyChange {
  std::vector<ClassId> ingress, egress;  // whom changed policies select, ascending
  std::vector<PodId> seen_otherwise;     // pods of which selectors think otherwise
  bool empty() const { return ingress.empty() && egress.empty() && seen_otherwise.empty(); }
};

class CompiledPolicies {
 public:
  explicit CompiledPolicies(const PolicyOptions& options = {});

  // ---- Changes. Each is compiled at once; or many together, between begin and commit.
  void begin();
  void commit();

  PolicyChange set_namespace(api::Symbol name, const api::Shared<api::LabelMap>& labels);
  PolicyChange set_service_account(api::Symbol namespace_, api::Symbol name,
                                   const api::Shared<api::LabelMap>& labels);
  PodId set_pod(const PodFacts& facts);  // by namespace and name; its id stays as long as it is there
  void remove_pod(PodId id);             // REQUIRES: it is there
  // A policy of whatever kind, defaulted, or a Tier; takes the place of the one of its kind and name.
  // Calico's kinds are passed over where it is not the plugin.
  PolicyChange set_policy(const api::ObjectPtr& policy);
  PolicyChange remove_policy(api::Kind kind, api::Symbol namespace_, api::Symbol name);

  // ---- Questions. REQUIRES: not between begin and commit; pods are there.
  // `port` is the destination's, after a Service's port has become the pod's.
  bool allows(const End& from, const End& to, std::int32_t port, api::Symbol protocol = "TCP",
              bool from_own_node = false) const;
  // The same with who says so. Points to policies that are held here, until they change.
  FlowVerdict explain(const End& from, const End& to, std::int32_t port, api::Symbol protocol = "TCP",
                      bool from_own_node = false) const;
  std::optional<PodId> find_pod(api::Symbol namespace_, api::Symbol name) const {
    return classes_.find(namespace_, name);
  }
  const PodFacts& facts(PodId id) const { return classes_.facts(id); }
  // Good until the next change of a policy, which may split classes.
  ClassId class_of(const End& end) const {
    return end.is_pod() ? classes_.class_of(end.pod) : classes_.class_of(end.address);
  }
  const PodClasses& classes() const { return classes_; }
  // The pods of some classes, ascending.
  std::vector<PodId> pods_of(const std::vector<ClassId>& classes) const;
  // Null: no policy of the direction selects the class, so all is allowed.
  const PolicyTable* table_of(ClassId id, Direction direction) const;
  std::size_t tables() const { return tables_.size() - free_tables_.size(); }

 private:
  using TableId = std::uint32_t;
  struct Ends {
    bool itself = false;
    ClassId from, to;
  };

  TableContext context() const { return {book_, classes_, everyone_}; }
  Verdict verdict(ClassId subject, ClassId peer, Direction direction, std::int32_t port,
                  api::Symbol protocol) const;
  bool allows(ClassId subject, ClassId peer, Direction direction, std::int32_t port,
              api::Symbol protocol) const;
  void absorb_new_classes();
  void attach(ClassId id, Direction direction);
  void detach(ClassId id, Direction direction);
  void reattach(const ClassSet& ids, Direction direction);
  PolicyChange set_tier(api::Symbol name, const api::Tier* tier);

  PolicyOptions options_;
  bool deferred_ = false;
  PodClasses classes_;
  PolicyBook book_;
  ClassSet everyone_;
  std::vector<PolicyTable> tables_;
  std::vector<std::uint32_t> users_;  // of each table
  std::vector<Signature> signatures_;
  std::vector<TableId> free_tables_;
  std::unordered_map<Signature, TableId, SignatureHash> table_ids_;
  std::array<std::vector<TableId>, 2> table_of_class_;  // kNoId: none
};

}  // namespace seatrial::network
