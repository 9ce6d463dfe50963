#include "sim/traffic/names.h"

#include <algorithm>

#include "sim/engine/random.h"

namespace seatrial::traffic {
namespace {

// That share of 2^64 of it.
std::uint64_t share_of(std::uint64_t whole, std::uint64_t place) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(Wide{whole} * place >> 64);
}

}  // namespace

void ResolverCopies::change(NameAnswer answer, bool asked) {
  changes_.push_back(answer);
  if (!asked || answer.from >= settled_) answers_.erase(answers_.begin(), answers_.end() - 1);
  if (!asked) {
    answers_.back() = std::move(answer);
    return;
  }
  settled_ = std::max(settled_, answer.from + kept_for(answers_.back()));
  answers_.push_back(std::move(answer));
}

const NameAnswer& ResolverCopies::answer_before(SimTime time) const {
  const NameAnswer* latest = &first_;
  for (const NameAnswer& answer : changes_)
    if (answer.from < time) latest = &answer;
  return *latest;
}

const NameAnswer& ResolverCopies::held(SimTime now, std::uint64_t place) const {
  if (now >= settled_ || answers_.size() == 1) return answers_.back();
  const auto whole = static_cast<std::uint64_t>(kept_for(answers_.front()).count());
  SimTime expires = answers_[1].from + Duration::nanos(static_cast<std::int64_t>(share_of(whole, place)));
  std::size_t have = 0;
  while (expires <= now) {
    while (have + 1 < answers_.size() && answers_[have + 1].from <= expires) ++have;
    expires = expires + kept_for(answers_[have]);
  }
  return answers_[have];
}

std::uint16_t ResolverCopies::way(const NameAnswer& answer, std::uint64_t request) const {
  if (answer.ways.size() == 1) return answer.ways.front().first;
  std::uint64_t all = 0;
  for (const auto& [way, weight] : answer.ways) all += weight;
  std::uint64_t at = share_of(all, random_draw(key_, 1, request));
  for (const auto& [way, weight] : answer.ways) {
    if (at < weight) return way;
    at -= weight;
  }
  return answer.ways.back().first;
}

std::uint64_t ResolverCopies::draw(std::uint64_t request) const { return random_draw(key_, 0, request); }

}  // namespace seatrial::traffic
