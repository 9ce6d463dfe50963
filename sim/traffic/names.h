// What the resolvers of a load's clients keep of the DNS answer for its host.
//
// A resolver keeps an address for the record's time to live and the answer "no such name" for the zone's
// negative one, counted from the instant at which it asked, and then asks again: a load that sends all the
// time has every resolver ask as soon as its copy has expired. Before the first change each copy expires at
// an instant that is uniform over its time to live; what is kept after that follows from it. Which resolver a
// request uses is a draw of its own, the same for all of its attempts. An answer may be several ways with
// weights: then another draw of it chooses. Before a load's first request nobody has asked. Sources: RFC 1035
// 3.2.1 and 7.4, RFC 2308 5 (negative answers); Route 53 developer guide, "Weighted routing".
//
// Example: ttl 60 s, the answer changes from A to B at 100 s. At 115 s a quarter of the requests go to B, at
// 160 s all. Does the name go at 100 s (negative ttl 900 s) and come back at 130 s, half of the resolvers
// have heard that it is gone when it comes back, and believe so until 1000 s to 1030 s.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sim/engine/event.h"
#include "sim/engine/time.h"

namespace seatrial::traffic {

struct NameAnswer {
  SimTime from;                                               // the servers' answer since then
  std::vector<std::pair<std::uint16_t, std::uint64_t>> ways;  // loads, and their weights; none: no such name
  JournalId record = JournalId::kNone;                        // why it is so
  std::optional<Duration> ttl;                                // of records that have one of their own
};

class ResolverCopies {
 public:
  // `key`: of the draws.
  ResolverCopies(Duration ttl, Duration negative_ttl, std::uint64_t key, NameAnswer first)
      : ttl_(ttl), negative_ttl_(negative_ttl), key_(key), first_(first), answers_{std::move(first)} {}

  // `asked`: somebody has asked before.
  void change(NameAnswer answer, bool asked);
  // That there is no such name has another reason from now on.
  void explain(JournalId record) { answers_.back().record = record; }
  const NameAnswer& latest() const { return answers_.back(); }
  // The servers' answers since the first, in order.
  const std::vector<NameAnswer>& changes() const { return changes_; }
  // What the resolver of that request has at that time.
  const NameAnswer& kept(SimTime now, std::uint64_t request) const { return held(now, draw(request)); }
  // The same of the resolver at that place of all, as a share of 2^64.
  const NameAnswer& held(SimTime now, std::uint64_t place) const;
  // The way of that request. REQUIRES: the answer has one.
  std::uint16_t way(const NameAnswer& answer, std::uint64_t request) const;
  Duration negative_ttl() const { return negative_ttl_; }
  // How long a resolver keeps an answer.
  Duration kept_for(const NameAnswer& answer) const {
    return answer.ways.empty() ? negative_ttl_ : answer.ttl.value_or(ttl_);
  }
  // What the servers answered before that time.
  const NameAnswer& answer_before(SimTime time) const;

 private:
  std::uint64_t draw(std::uint64_t request) const;

  Duration ttl_, negative_ttl_;
  std::uint64_t key_;
  NameAnswer first_;
  std::vector<NameAnswer> answers_;  // in order; those that somebody may still have
  std::vector<NameAnswer> changes_;
  SimTime settled_ = SimTime::at(-Duration::max());  // from then on all have the latest
};

}  // namespace seatrial::traffic
