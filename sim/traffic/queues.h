// SQS queues and the pods that work them off.
//
// A message is received by the worker that has waited longest, and is invisible to others for the queue's
// visibility timeout. Who has done the work deletes it. If nobody has by then (the worker was killed with the
// message in its hands, or takes longer) it is visible again and received once more; the first worker, if it
// is still at it, does the same work a second time, and its receipt deletes nothing any more. A message that
// has been received `maxReceiveCount` times goes to the dead-letter queue instead of to another worker.
// Workers receive while their process accepts requests; one that drains finishes what it holds. A worker that
// may not use the queue (credentials.h) receives nothing, and what it finishes it cannot delete. Source: SQS
// developer guide ("Amazon SQS visibility timeout": 30 s by default; "Dead-letter queues"), API reference
// (DeleteMessage: the most recent receipt handle counts). Order: as it became visible, which a standard queue
// only tries to keep. Left out: the limits of 120,000 messages in flight and of API calls, retention, batches
// (a worker receives one message at a time), and what messages use of memory and CPU.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "sim/api/meta.h"
#include "sim/cluster/calls.h"
#include "sim/engine/kernel.h"
#include "sim/traffic/arrivals.h"
#include "sim/traffic/histogram.h"

namespace seatrial::traffic {

struct QueueConfig {
  api::Symbol name;  // sqs/jobs; names the stream queue/NAME/arrivals
  Arrivals arrivals;
  Duration visibility_timeout = Duration::seconds(30);
  std::int32_t max_receive_count = 0;  // 0: no dead-letter queue
  api::SourcePosition source;
};

using QueueIndex = std::uint16_t;

// A message became visible again before anybody had deleted it.
struct Redelivery {
  SimTime at;
  api::PodKey pod;  // that had it
  // The end of its process, or why it could not delete the message; none: it is still at it.
  JournalId record = JournalId::kNone;
};

struct QueueTotals {
  std::uint64_t sent = 0, done = 0;
  std::uint64_t repeated = 0;  // work that was done for nothing: another had the message, or it stayed
  std::uint64_t dead_lettered = 0;
  std::vector<Redelivery> redeliveries;
  std::size_t waiting = 0, most_waiting = 0;  // visible, now and at most
  Histogram age;                              // from sending to deletion
};

class Queues {
 public:
  // The component's events from `first_type` on are for handle(); there are kEventTypes of them.
  Queues(ComponentId component, std::uint8_t first_type) : component_(component), first_type_(first_type) {}
  static constexpr std::uint8_t kEventTypes = 3;

  QueueIndex add(Kernel& kernel, QueueConfig config);
  // The process of a pod begins to receive, unless that record denies it; stops receiving, and says how many
  // messages it still holds; is gone. REQUIRES of begin(): the queue exists.
  void begin(Kernel& kernel, api::PodKey pod, const cluster::Consumer& consumer,
             JournalId denied = JournalId::kNone);
  std::int64_t stop(api::PodKey pod);
  void end(api::PodKey pod, JournalId record);
  std::int64_t held(api::PodKey pod) const;
  // Whether it receives, unless it is denied, or is at work still; and from which queue. REQUIRES of the
  // others: works().
  bool works(api::PodKey pod) const;
  QueueIndex queue_of(api::PodKey pod) const { return workers_[pod.index].queue; }
  // By which record it may not use the queue; kNone: it may.
  JournalId denied(api::PodKey pod) const { return workers_[pod.index].denied; }
  void deny(api::PodKey pod, JournalId record);
  void allow(Kernel& kernel, api::PodKey pod);

  // The pod that holds its last message no more after it was stopped, if that was this event.
  std::optional<api::PodKey> handle(Kernel& kernel, const Event& event);

  std::size_t size() const { return queues_.size(); }
  const QueueConfig& config(QueueIndex queue) const { return queues_[queue].config; }
  const QueueTotals& totals(QueueIndex queue) const { return queues_[queue].totals; }
  // CHECKs that no message is lost: sent = done + dead-lettered + waiting + received.
  void check_invariants() const;

 private:
  enum EventType : std::uint8_t { kArrives, kDone, kVisibleAgain };
  struct Queue {
    QueueConfig config;
    RandomStream arrivals;
    std::deque<std::uint32_t> visible;  // messages
    std::deque<std::pair<std::uint32_t, std::uint32_t>>
        pollers;  // worker and its generation, for each free hand
    QueueTotals totals;
  };
  struct Message {
    std::uint64_t id = 0;
    SimTime sent;
    QueueIndex queue = 0;
    std::uint16_t receives = 0;
    bool alive = false;
    api::PodKey pod;                   // who received it last …
    JournalId end = JournalId::kNone;  // … and ended with it in its hands
  };
  struct Worker {
    std::uint32_t generation = 0;
    std::int32_t busy = 0;
    bool receives = false;
    JournalId denied = JournalId::kNone;
    QueueIndex queue = 0;
    std::size_t consumer = 0;
  };
  struct Consumers {
    cluster::Consumer consumer;
    RandomStream stream;
  };
  struct Delivery {
    std::uint32_t message, worker, generation;
    std::uint64_t id;
    std::uint16_t receives;
    bool alive;
  };

  void schedule_arrival(Kernel& kernel, QueueIndex queue);
  void arrives(Kernel& kernel, QueueIndex queue);
  void becomes_visible(Kernel& kernel, std::uint32_t message);
  void hand_out(Kernel& kernel, QueueIndex queue);
  void receive(Kernel& kernel, std::uint32_t message, std::uint32_t worker);
  std::optional<api::PodKey> done(Kernel& kernel, std::uint32_t delivery);
  void visible_again(Kernel& kernel, const Event& event);
  void offer_hands(Kernel& kernel, std::uint32_t worker);
  void forget(std::uint32_t message);
  Event event_of(EventType type, std::uint32_t subject) const;
  bool polls(const std::pair<std::uint32_t, std::uint32_t>& poller) const {
    return workers_[poller.first].generation == poller.second && workers_[poller.first].receives;
  }

  ComponentId component_;
  std::uint8_t first_type_;
  std::uint64_t next_id_ = 0;
  std::vector<Queue> queues_;
  std::vector<Consumers> consumers_;  // each once
  std::vector<Worker> workers_;       // by PodKey; as long as workers need
  std::vector<Message> messages_;
  std::vector<Delivery> deliveries_;
  std::vector<std::uint32_t> free_messages_, free_deliveries_;
};

}  // namespace seatrial::traffic
