// The kernel against std::priority_queue, with the same draws in both.
//
// hold/N: N events pending; each event fired schedules one at now + Exp(1 s). An item is an event.
// timer_churn/N: N flows; a step of a flow cancels its pending timeout, schedules one 10 s ahead, and its
// next step at now + Exp(1 s). An item is a step. Both are written as a component would write them:
// Kernel::run_until, 40-byte events.
//
// The baselines hold entries of 24 bytes {time, sequence, payload} in a std::priority_queue with reserved
// memory; the one of timer_churn cancels lazily, by a generation for each flow. They have no journal, no
// causes and no components.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "sim/engine/distributions.h"
#include "sim/engine/kernel.h"

namespace seatrial {
namespace {

using namespace seatrial::literals;

Duration step_of(RandomStream& stream) {
  return Duration::nanos(static_cast<std::int64_t>(exponential_unit(stream) * 1e9));
}

struct Entry {
  SimTime at;
  std::uint64_t sequence;
  std::uint64_t payload;
  bool operator<(const Entry& other) const {
    return at != other.at ? at > other.at : sequence > other.sequence;
  }
};
static_assert(sizeof(Entry) == 24);

class PlainQueue {
 public:
  explicit PlainQueue(std::size_t room) {
    std::vector<Entry> storage;
    storage.reserve(room);
    queue_ = std::priority_queue<Entry>({}, std::move(storage));
  }
  void push(SimTime at, std::uint64_t payload) { queue_.push({at, ++sequence_, payload}); }
  Entry pop() {
    const Entry top = queue_.top();
    queue_.pop();
    return top;
  }

 private:
  std::priority_queue<Entry> queue_;
  std::uint64_t sequence_ = 0;
};

std::int64_t items_at_once(std::int64_t n) { return std::max<std::int64_t>(n, 100'000); }

// Several turn-overs of the pending events, so that what is measured is the steady state.
constexpr int kWarmUp = 4;

void hold(benchmark::State& state) {
  Kernel kernel(1);
  RandomStream stream = kernel.stream("hold");
  Event event;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    event.payload = static_cast<std::uint64_t>(i);
    kernel.after(step_of(stream), event);
  }
  std::int64_t left = 0;
  const auto handler = [&](const Event& fired) {
    Event next;
    next.payload = fired.payload;
    kernel.after(step_of(stream), next);
    if (--left == 0) kernel.stop();
  };
  const auto run = [&](std::int64_t events) {
    left = events;
    kernel.run_until(SimTime::max(), handler);
  };
  run(kWarmUp * state.range(0));
  for (auto _ : state) run(items_at_once(state.range(0)));
  state.SetItemsProcessed(state.iterations() * items_at_once(state.range(0)));
}

void hold_baseline(benchmark::State& state) {
  PlainQueue queue(static_cast<std::size_t>(state.range(0)) + 1);
  RandomStream stream(1, "hold");
  for (std::int64_t i = 0; i < state.range(0); ++i)
    queue.push(SimTime() + step_of(stream), static_cast<std::uint64_t>(i));
  const auto run = [&](std::int64_t events) {
    for (; events > 0; --events) {
      const Entry fired = queue.pop();
      queue.push(fired.at + step_of(stream), fired.payload);
    }
  };
  run(kWarmUp * state.range(0));
  for (auto _ : state) run(items_at_once(state.range(0)));
  state.SetItemsProcessed(state.iterations() * items_at_once(state.range(0)));
}

enum class FlowEvent : std::uint8_t { kStep, kTimeout };

class Flows {
 public:
  explicit Flows(std::uint32_t n) {
    for (std::uint32_t flow = 0; flow < n; ++flow) {
      timeouts_.push_back(kernel_.queue().new_timer());
      kernel_.after(step_of(stream_), event_of(FlowEvent::kStep, flow));
    }
  }
  void run(std::int64_t steps) {
    left_ = steps;
    kernel_.run_until(SimTime::max(), [this](const Event& event) { handle(event); });
  }
  std::uint64_t timed_out() const { return timed_out_; }

 private:
  static Event event_of(FlowEvent type, std::uint32_t flow) {
    Event event;
    event.type = static_cast<std::uint8_t>(type);
    event.subject = flow;
    return event;
  }
  void handle(const Event& event) {
    if (event.type == static_cast<std::uint8_t>(FlowEvent::kTimeout)) {
      ++timed_out_;
      return;
    }
    kernel_.queue().cancel(timeouts_[event.subject]);
    kernel_.queue().arm_lane(lane_, timeouts_[event.subject], kernel_.now(),
                             event_of(FlowEvent::kTimeout, event.subject));
    kernel_.after(step_of(stream_), event_of(FlowEvent::kStep, event.subject));
    if (--left_ == 0) kernel_.stop();
  }

  Kernel kernel_{1};
  RandomStream stream_ = kernel_.stream("timer_churn");
  LaneId lane_ = kernel_.queue().add_lane(10_s);
  std::vector<TimerId> timeouts_;
  std::int64_t left_ = 0;
  std::uint64_t timed_out_ = 0;
};

// The payload is the flow, above it the generation of its timeout; 0 is a step.
class PlainFlows {
 public:
  explicit PlainFlows(std::uint32_t n) : queue_(16 * std::size_t{n}), generations_(n) {
    for (std::uint32_t flow = 0; flow < n; ++flow) queue_.push(SimTime() + step_of(stream_), flow);
  }
  void run(std::int64_t steps) {
    while (steps > 0) {
      const Entry fired = queue_.pop();
      const auto flow = static_cast<std::uint32_t>(fired.payload);
      const auto generation = static_cast<std::uint32_t>(fired.payload >> 32);
      if (generation != 0) {
        timed_out_ += generation == generations_[flow];
        continue;
      }
      queue_.push(fired.at + 10_s, std::uint64_t{++generations_[flow]} << 32 | flow);
      queue_.push(fired.at + step_of(stream_), flow);
      --steps;
    }
  }
  std::uint64_t timed_out() const { return timed_out_; }

 private:
  PlainQueue queue_;
  RandomStream stream_{1, "timer_churn"};
  std::vector<std::uint32_t> generations_;
  std::uint64_t timed_out_ = 0;
};

template <class AnyFlows>
void churn(benchmark::State& state) {
  AnyFlows flows(static_cast<std::uint32_t>(state.range(0)));
  flows.run(12 * state.range(0));  // until timeouts fall due as fast as they are scheduled
  for (auto _ : state) flows.run(items_at_once(state.range(0)));
  state.SetItemsProcessed(state.iterations() * items_at_once(state.range(0)));
}
void timer_churn(benchmark::State& state) { churn<Flows>(state); }
void timer_churn_baseline(benchmark::State& state) { churn<PlainFlows>(state); }

void draw_exponential(benchmark::State& state) {
  RandomStream stream(1, "draws");
  for (auto _ : state) benchmark::DoNotOptimize(exponential_unit(stream));
  state.SetItemsProcessed(state.iterations());
}
void draw_lognormal(benchmark::State& state) {
  RandomStream stream(1, "draws");
  const Distribution distribution = Distribution::lognormal(40_ms, 250_ms);
  for (auto _ : state) benchmark::DoNotOptimize(distribution.sample(stream));
  state.SetItemsProcessed(state.iterations());
}

constexpr std::int64_t kMillion = 1'000'000;
BENCHMARK(hold)
    ->Arg(10)
    ->Arg(1000)
    ->Arg(100'000)
    ->Arg(kMillion)
    ->Arg(10 * kMillion)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(hold_baseline)
    ->Arg(10)
    ->Arg(1000)
    ->Arg(100'000)
    ->Arg(kMillion)
    ->Arg(10 * kMillion)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(timer_churn)->Arg(1000)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(timer_churn_baseline)->Arg(1000)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(draw_exponential);
BENCHMARK(draw_lognormal);

}  // namespace
}  // namespace seatrial
