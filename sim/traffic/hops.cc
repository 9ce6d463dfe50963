#include "sim/traffic/hops.h"

namespace seatrial::traffic {

void Hops::set_random(PlaceId from, PlaceId to, Distribution one_way, std::uint64_t key) {
  CHECK(spreads_.size() < 0xffff);
  spreads_.push_back({std::move(one_way), key});
  Hop hop = get(from, to);
  hop.one_way = Duration();
  hop.drawn_from = static_cast<std::uint16_t>(spreads_.size());
  set(from, to, hop);
}

Duration Hops::draw(std::uint16_t spread, std::uint64_t request) const {
  const Spread& s = spreads_[spread - 1u];
  RandomStream stream(random_draw(s.key, 0, request), "hop");
  return s.one_way.sample(stream);
}

}  // namespace seatrial::traffic
