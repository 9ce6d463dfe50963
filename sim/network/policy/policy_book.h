// The policies there are, which classes each of them selects, and whom each of their rules names: as sets of
// classes, one for each term that occurs, however many rules share it. Internal to the compiled evaluator.
#pragma once

#include "sim/network/policy/order.h"
#include "sim/network/policy/policy_form.h"

namespace seatrial::network {

using TermId = std::uint32_t;
using PolicyId = std::uint32_t;  // of one that went it is given to one that comes
inline constexpr std::uint32_t kNoId = 0xffffffff;

// A rule whose terms are in the book.
struct BookRule {
  RuleAction action = RuleAction::kAllow;
  std::int32_t rule = 0;
  api::SourcePosition where;
  api::Symbol protocol, not_protocol;
  std::vector<PortTerm> ports, not_ports;
  std::vector<TermId> peers;
  TermId subject = kNoId;  // kNoId: it asks nothing of the subject
};

struct BookPolicy {
  api::ObjectPtr object;  // null: the id is free
  PolicyRank rank;
  TermId subject = kNoId;
  std::uint32_t namespace_ = kNoId;  // the only one of which it selects pods; kNoId: of any
  std::array<bool, 2> applies{};
  std::array<std::vector<BookRule>, 2> rules;
  std::array<bool, 2> names_ports{}, asks_subject{};  // some rule of the direction does
};

class PolicyBook {
 public:
  // ---- Changes. While nothing is sorted (PodClasses::defer), terms are not evaluated, until they are all.
  // REQUIRES: the classes look at what the form asks; there is none of this kind and name.
  PolicyId add(const api::ObjectPtr& policy, const PolicyForm& form, PodClasses& classes, bool deferred);
  void remove(PolicyId id);  // REQUIRES: it is there
  void set_tier(const api::Tier& tier);
  void remove_tier(api::Symbol name);
  void evaluate_all(PodClasses& classes);
  void add_class(const PodClasses::NewClass& added, const PodClasses& classes);
  void renew_class(ClassId id, const PodClasses& classes);  // its namespace has other labels

  // ---- Questions
  std::optional<PolicyId> find(api::Kind kind, api::Symbol namespace_, api::Symbol name) const;
  const BookPolicy& operator[](PolicyId id) const { return policies_[id]; }
  const ClassSet& classes_of(TermId id) const { return terms_[id].classes; }
  // The classes that it selects for the direction.
  ClassSet selected(PolicyId id, Direction direction) const;
  std::vector<PolicyId> of_tier(api::Symbol tier) const;
  // Those that select the class, in their order.
  std::vector<PolicyId> selecting(ClassId id, Direction direction, const PodClasses& classes) const;

 private:
  struct TermEntry {
    Term term;
    std::uint32_t namespace_ = kNoId;  // the only one it can be true of
    ClassSet classes;
    std::uint32_t users = 0;
    Signature signature;
  };

  TermId intern(const Term& term, PodClasses& classes, bool deferred);
  void release(TermId id);
  BookRule enter(const RuleForm& form, PodClasses& classes, bool deferred);
  void rank_again();
  std::vector<PolicyId>& list_of(std::uint32_t namespace_);

  Tiers tiers_;
  std::vector<TermEntry> terms_;
  std::vector<TermId> free_terms_;
  std::unordered_map<Signature, TermId, SignatureHash> term_ids_;
  std::vector<BookPolicy> policies_;
  std::vector<PolicyId> free_policies_;
  std::map<std::tuple<api::Kind, api::Symbol, api::Symbol>, PolicyId> policy_ids_;
  std::vector<PolicyId> of_any_;               // that select pods of any namespace
  std::vector<std::vector<PolicyId>> of_one_;  // by namespace
};

}  // namespace seatrial::network
