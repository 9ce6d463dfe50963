// The pod model of reference §W4 on the ns-3 core: what seatrial's traffic is measured against.
//
// One service is 10 pods × concurrency 2, queue capacity 32, round robin, service Exp(0.1 s), Poisson 160/s,
// a client timeout of 1 s and one immediate retry on timeout or on a full queue. Same work as seatrial does
// for it, in ns-3's own terms: Simulator::Schedule and EventId::Cancel; random numbers are a xoshiro256++ and
// std::log, which cost less than ns-3's own. It keeps counts and a latency sum only.
//
// Usage: ns3_pods_peer SERVICES REQUESTS map|priority-queue. Prints one line: requests per second (of CPU
// time within Simulator::Run), mean latency in seconds, timeouts per request.
#include <ns3/core-module.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

namespace {

class Xoshiro {
 public:
  explicit Xoshiro(std::uint64_t seed) {
    for (std::uint64_t& s : state_) {
      seed += 0x9e3779b97f4a7c15;
      std::uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
      z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
      s = z ^ (z >> 31);
    }
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  static std::uint64_t rotate(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
  std::uint64_t next() {
    const std::uint64_t result = rotate(state_[0] + state_[3], 23) + state_[0], t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate(state_[3], 45);
    return result;
  }
  std::uint64_t state_[4];
};

constexpr int kPods = 10, kConcurrency = 2, kQueue = 32;
constexpr std::uint32_t kNone = 0xffffffff;

struct Attempt {
  std::int64_t sent = 0;  // of the request's first attempt, ns
  ns3::EventId timeout;
  std::uint32_t pod = 0, service = 0, next = kNone;
  bool second = false, abandoned = false;
};
struct Pod {
  int busy = 0, queued = 0;
  std::uint32_t head = kNone, tail = kNone;
};

class Model {
 public:
  Model(std::uint32_t services, std::uint64_t requests)
      : random_(1), pods_(services * kPods), turn_(services, 0), requests_(requests) {}

  void start() {
    for (std::uint32_t s = 0; s < turn_.size(); ++s) schedule_arrival(s);
  }
  std::uint64_t sent = 0, ok = 0, timeouts = 0;
  double latency_sum = 0;

 private:
  ns3::Time draw(double mean_ns) {
    return ns3::NanoSeconds(static_cast<std::int64_t>(-mean_ns * std::log(1 - random_.unit())));
  }
  void schedule_arrival(std::uint32_t service) {
    ns3::Simulator::Schedule(draw(1e9 / 160), &Model::arrive, this, service);
  }

  void arrive(std::uint32_t service) {
    if (sent == requests_) return ns3::Simulator::Stop();
    ++sent;
    schedule_arrival(service);
    try_pod(service, ns3::Simulator::Now().GetNanoSeconds(), false);
  }
  void try_pod(std::uint32_t service, std::int64_t sent_at, bool second) {
    const std::uint32_t pod_index = service * kPods + turn_[service];
    turn_[service] = (turn_[service] + 1) % kPods;
    Pod& pod = pods_[pod_index];
    if (pod.busy == kConcurrency && pod.queued == kQueue) {
      if (!second) try_pod(service, sent_at, true);
      return;
    }
    const std::uint32_t slot = acquire();
    Attempt& a = attempts_[slot];
    a.sent = sent_at;
    a.pod = pod_index;
    a.service = service;
    a.second = second;
    a.abandoned = false;
    a.timeout = ns3::Simulator::Schedule(ns3::Seconds(1), &Model::time_out, this, slot);
    if (pod.busy < kConcurrency) return serve(slot, pod);
    a.next = kNone;
    if (pod.queued++ == 0)
      pod.head = slot;
    else
      attempts_[pod.tail].next = slot;
    pod.tail = slot;
  }
  void serve(std::uint32_t slot, Pod& pod) {
    ++pod.busy;
    ns3::Simulator::Schedule(draw(1e8), &Model::complete, this, slot);
  }
  void complete(std::uint32_t slot) {
    Attempt& a = attempts_[slot];
    Pod& pod = pods_[a.pod];
    --pod.busy;
    while (pod.queued > 0) {
      const std::uint32_t next = pod.head;
      pod.head = attempts_[next].next;
      --pod.queued;
      if (!attempts_[next].abandoned) {
        serve(next, pod);
        break;
      }
      release(next);
    }
    if (!a.abandoned) {
      a.timeout.Cancel();
      ++ok;
      latency_sum += static_cast<double>(ns3::Simulator::Now().GetNanoSeconds() - a.sent) / 1e9;
    }
    release(slot);
  }
  void release(std::uint32_t slot) {
    attempts_[slot].next = free_;
    free_ = slot;
  }
  void time_out(std::uint32_t slot) {
    ++timeouts;
    attempts_[slot].abandoned = true;
    if (!attempts_[slot].second) try_pod(attempts_[slot].service, attempts_[slot].sent, true);
  }
  std::uint32_t acquire() {
    if (free_ == kNone) {
      attempts_.emplace_back();
      return static_cast<std::uint32_t>(attempts_.size() - 1);
    }
    const std::uint32_t slot = free_;
    free_ = attempts_[slot].next;
    return slot;
  }

  Xoshiro random_;
  std::vector<Pod> pods_;
  std::vector<std::uint32_t> turn_;
  std::vector<Attempt> attempts_;
  std::uint32_t free_ = kNone;
  std::uint64_t requests_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s SERVICES REQUESTS map|priority-queue\n", argv[0]);
    return 2;
  }
  ns3::ObjectFactory factory(std::strcmp(argv[3], "map") == 0 ? "ns3::MapScheduler"
                                                              : "ns3::PriorityQueueScheduler");
  ns3::Simulator::SetScheduler(factory);
  Model model(static_cast<std::uint32_t>(std::strtoul(argv[1], nullptr, 10)),
              std::strtoull(argv[2], nullptr, 10));
  model.start();
  const std::clock_t begin = std::clock();
  ns3::Simulator::Run();
  const double took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  const double sent = static_cast<double>(model.sent);
  std::printf("%.0f %.6f %.6f\n", sent / took, model.latency_sum / static_cast<double>(model.ok),
              static_cast<double>(model.timeouts) / sent);
  ns3::Simulator::Destroy();
  return 0;
}
