#include "sim/traffic/queues.h"

#include <algorithm>
#include <utility>

#include "sim/engine/check.h"

namespace seatrial::traffic {

namespace {

// A place in `all`: a free one, or a new one at the end.
template <class T>
std::uint32_t place_for(std::vector<T>& all, std::vector<std::uint32_t>& free, T value) {
  if (free.empty()) {
    all.push_back(std::move(value));
    return static_cast<std::uint32_t>(all.size() - 1);
  }
  const std::uint32_t index = free.back();
  free.pop_back();
  all[index] = std::move(value);
  return index;
}

}  // namespace

Event Queues::event_of(EventType type, std::uint32_t subject) const {
  Event e;
  e.component = component_;
  e.type = static_cast<std::uint8_t>(first_type_ + type);
  e.subject = subject;
  return e;
}

QueueIndex Queues::add(Kernel& kernel, QueueConfig config) {
  RandomStream stream = kernel.stream("queue/" + config.name.str() + "/arrivals");
  queues_.push_back({std::move(config), stream, {}, {}, {}});
  const auto index = static_cast<QueueIndex>(queues_.size() - 1);
  schedule_arrival(kernel, index);
  return index;
}

void Queues::schedule_arrival(Kernel& kernel, QueueIndex index) {
  Queue& queue = queues_[index];
  const SimTime at = queue.config.arrivals.next(queue.arrivals);
  if (at != SimTime::max()) kernel.at(at, event_of(kArrives, index));
}

void Queues::arrives(Kernel& kernel, QueueIndex index) {
  schedule_arrival(kernel, index);
  ++queues_[index].totals.sent;
  Message message;
  message.id = next_id_++;
  message.sent = kernel.now();
  message.queue = index;
  message.alive = true;
  becomes_visible(kernel, place_for(messages_, free_messages_, message));
}

void Queues::becomes_visible(Kernel& kernel, std::uint32_t message) {
  const QueueIndex index = messages_[message].queue;
  Queue& queue = queues_[index];
  queue.visible.push_back(message);
  hand_out(kernel, index);
  queue.totals.waiting = queue.visible.size();
  queue.totals.most_waiting = std::max(queue.totals.most_waiting, queue.totals.waiting);
}

void Queues::hand_out(Kernel& kernel, QueueIndex index) {
  Queue& queue = queues_[index];
  const std::int32_t most = queue.config.max_receive_count;
  while (!queue.visible.empty() && !queue.pollers.empty()) {
    const auto poller = queue.pollers.front();
    if (!polls(poller)) {
      queue.pollers.pop_front();
      continue;
    }
    const std::uint32_t message = queue.visible.front();
    queue.visible.pop_front();
    if (most > 0 && messages_[message].receives >= most) {
      ++queue.totals.dead_lettered;
      kernel.fingerprint().mix(messages_[message].id ^ static_cast<std::uint64_t>(kernel.now().count()));
      forget(message);
      continue;
    }
    queue.pollers.pop_front();
    receive(kernel, message, poller.first);
  }
  queue.totals.waiting = queue.visible.size();
}

void Queues::receive(Kernel& kernel, std::uint32_t index, std::uint32_t by) {
  Message& message = messages_[index];
  Worker& worker = workers_[by];
  ++message.receives;
  message.pod = {by};
  message.end = JournalId::kNone;
  ++worker.busy;
  Consumers& consumer = consumers_[worker.consumer];
  const std::uint32_t delivery = place_for(
      deliveries_, free_deliveries_, {index, by, worker.generation, message.id, message.receives, true});
  kernel.after(consumer.consumer.time.sample(consumer.stream), event_of(kDone, delivery));
  Event again = event_of(kVisibleAgain, index);
  again.payload = message.id;
  again.aux = message.receives;
  kernel.after(queues_[message.queue].config.visibility_timeout, again);
}

std::optional<api::PodKey> Queues::done(Kernel& kernel, std::uint32_t index) {
  const Delivery delivery = deliveries_[index];
  deliveries_[index].alive = false;
  free_deliveries_.push_back(index);
  Worker& worker = workers_[delivery.worker];
  if (worker.generation != delivery.generation) return std::nullopt;  // it did not live to do it
  --worker.busy;
  Queue& queue = queues_[worker.queue];
  Message& message = messages_[delivery.message];
  const bool holds = message.alive && message.id == delivery.id && message.receives == delivery.receives;
  const bool denied = worker.denied != JournalId::kNone;
  if (holds && !denied) {
    const auto visible = std::ranges::find(queue.visible, delivery.message);  // it took too long
    if (visible != queue.visible.end()) queue.visible.erase(visible);
    ++queue.totals.done;
    queue.totals.age.record(kernel.now() - message.sent);
    kernel.fingerprint().mix((message.id * 0xff51afd7ed558ccd) ^
                             static_cast<std::uint64_t>(kernel.now().count()));
    forget(delivery.message);
  } else {
    if (holds) message.end = worker.denied;
    ++queue.totals.repeated;
  }
  if (worker.receives && !denied) {
    queue.pollers.emplace_back(delivery.worker, worker.generation);
    hand_out(kernel, worker.queue);
  }
  if (worker.receives || worker.busy > 0) return std::nullopt;
  return api::PodKey{delivery.worker};
}

void Queues::visible_again(Kernel& kernel, const Event& event) {
  Message& message = messages_[event.subject];
  if (!message.alive || message.id != event.payload || message.receives != event.aux) return;
  queues_[message.queue].totals.redeliveries.push_back({kernel.now(), message.pod, message.end});
  becomes_visible(kernel, event.subject);
}

void Queues::forget(std::uint32_t message) {
  messages_[message].alive = false;
  free_messages_.push_back(message);
}

void Queues::begin(Kernel& kernel, api::PodKey pod, const cluster::Consumer& consumer, JournalId denied) {
  const auto queue = std::ranges::find(queues_, consumer.from, [](const Queue& q) { return q.config.name; });
  CHECK(queue != queues_.end());
  const auto known = std::ranges::find(consumers_, consumer, &Consumers::consumer);
  const auto which = static_cast<std::size_t>(known - consumers_.begin());
  if (known == consumers_.end()) consumers_.push_back({consumer, kernel.stream(consumer.stream)});
  if (pod.index >= workers_.size()) workers_.resize(pod.index + 1);
  Worker& worker = workers_[pod.index];
  ++worker.generation;
  worker.busy = 0;
  worker.receives = true;
  worker.queue = static_cast<QueueIndex>(queue - queues_.begin());
  worker.consumer = which;
  worker.denied = denied;
  if (denied == JournalId::kNone) offer_hands(kernel, pod.index);
}

// Those that are free poll.
void Queues::offer_hands(Kernel& kernel, std::uint32_t index) {
  const Worker& worker = workers_[index];
  for (std::int32_t hand = worker.busy; hand < consumers_[worker.consumer].consumer.concurrency; ++hand)
    queues_[worker.queue].pollers.emplace_back(index, worker.generation);
  hand_out(kernel, worker.queue);
}

bool Queues::works(api::PodKey pod) const {
  return pod.index < workers_.size() && (workers_[pod.index].receives || workers_[pod.index].busy > 0);
}

void Queues::deny(api::PodKey pod, JournalId record) {
  Worker& worker = workers_[pod.index];
  worker.denied = record;
  if (record == JournalId::kNone) return;
  std::erase_if(queues_[worker.queue].pollers, [&](const auto& poller) { return poller.first == pod.index; });
}

void Queues::allow(Kernel& kernel, api::PodKey pod) {
  workers_[pod.index].denied = JournalId::kNone;
  if (workers_[pod.index].receives) offer_hands(kernel, pod.index);
}

std::int64_t Queues::held(api::PodKey pod) const {
  return pod.index < workers_.size() ? workers_[pod.index].busy : 0;
}

std::int64_t Queues::stop(api::PodKey pod) {
  if (pod.index < workers_.size()) workers_[pod.index].receives = false;
  return held(pod);
}

void Queues::end(api::PodKey pod, JournalId record) {
  if (pod.index >= workers_.size()) return;
  Worker& worker = workers_[pod.index];
  worker.receives = false;
  if (worker.busy == 0) return;
  for (const Delivery& delivery : deliveries_) {
    if (!delivery.alive || delivery.worker != pod.index || delivery.generation != worker.generation) continue;
    Message& message = messages_[delivery.message];
    if (message.alive && message.id == delivery.id && message.receives == delivery.receives)
      message.end = record;
  }
  worker.busy = 0;
  ++worker.generation;
}

std::optional<api::PodKey> Queues::handle(Kernel& kernel, const Event& event) {
  switch (static_cast<EventType>(event.type - first_type_)) {
    case kArrives:
      arrives(kernel, static_cast<QueueIndex>(event.subject));
      return std::nullopt;
    case kDone:
      return done(kernel, event.subject);
    case kVisibleAgain:
      visible_again(kernel, event);
      return std::nullopt;
  }
  CHECK(false);
  return std::nullopt;
}

void Queues::check_invariants() const {
  std::vector<std::uint64_t> there(queues_.size(), 0);
  for (const Message& message : messages_) there[message.queue] += message.alive;
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    const QueueTotals& totals = queues_[i].totals;
    CHECK(totals.sent == totals.done + totals.dead_lettered + there[i]);
  }
}

}  // namespace seatrial::traffic
