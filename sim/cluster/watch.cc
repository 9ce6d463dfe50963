#include "sim/cluster/watch.h"

#include <algorithm>

namespace seatrial::cluster {

using api::Kind;

Watches::ConsumerId Watches::add_consumer(const Kernel& kernel, std::string_view name,
                                          std::vector<Kind> kinds, ComponentId component,
                                          const Distribution& latency, bool by_node, std::uint16_t instance) {
  const auto id = static_cast<std::uint16_t>(consumers_.size());
  Consumer consumer{component, instance, by_node, latency, kernel.stream("watch/" + std::string(name)),
                    {},        {}};
  consumer.last_delivery.fill(kernel.now());
  consumers_.push_back(std::move(consumer));
  for (const Kind kind : kinds) by_kind_[static_cast<std::size_t>(kind)].push_back(id);
  return {id};
}

void Watches::publish(Kernel& kernel, const WatchEvent& change) {
  for (const std::uint16_t consumer : by_kind_[static_cast<std::size_t>(change.object->kind)]) {
    send(kernel, consumer, change);
  }
}

void Watches::send(Kernel& kernel, std::uint16_t index, const WatchEvent& change) {
  Consumer& consumer = consumers_[index];
  SimTime* last = &consumer.last_delivery[static_cast<std::size_t>(change.object->kind)];
  if (consumer.by_node && change.object->kind == Kind::kPod) {
    const api::Symbol node = static_cast<const api::Pod&>(*change.object).node_name;
    if (node.empty()) return;
    auto at =
        std::ranges::lower_bound(consumer.last_by_node, node, {}, &std::pair<api::Symbol, SimTime>::first);
    if (at == consumer.last_by_node.end() || at->first != node) {
      at = consumer.last_by_node.insert(at, {node, kernel.now()});
    }
    last = &at->second;
  }
  *last = std::max(*last, kernel.now() + consumer.latency.sample(consumer.random));

  std::uint32_t slot;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(in_flight_.size());
    in_flight_.push_back(change);
  } else {
    slot = free_.back();
    free_.pop_back();
    in_flight_[slot] = change;
  }
  Event event;
  event.component = kWatchComponent;
  event.subject = slot;
  event.aux = index;
  event.cause = change.cause;
  kernel.at(*last, event);
}

Watches::Delivery Watches::take(const Event& event) {
  const Consumer& consumer = consumers_[event.aux];
  free_.push_back(event.subject);
  return {consumer.component, consumer.instance, std::exchange(in_flight_[event.subject], {})};
}

}  // namespace seatrial::cluster
