// Hands the kubelet's calls to a Traffic; made for one call, never stored.
#pragma once

#include "sim/traffic/traffic.h"

namespace seatrial::traffic {

class PodEvents : public cluster::ProcessObserver {
 public:
  PodEvents(Traffic& traffic, Kernel& kernel) : traffic_(traffic), kernel_(kernel) {}
  void listening(api::PodKey pod, const cluster::ImageBehaviour& behaviour,
                 const std::vector<std::int32_t>& ports, JournalId cause) override {
    traffic_.listening(kernel_, pod, behaviour, ports, cause);
  }
  std::int64_t stopped_accepting(api::PodKey pod, JournalId cause) override {
    return traffic_.stopped_accepting(kernel_, pod, cause);
  }
  void exited(api::PodKey pod, JournalId cause) override { traffic_.exited(kernel_, pod, cause); }
  void network_down(api::PodKey pod, JournalId cause) override { traffic_.network_down(kernel_, pod, cause); }
  void memory_allows(api::PodKey pod, std::int64_t requests) override {
    traffic_.memory_allows(pod, requests);
  }
  std::int64_t requests_held(api::PodKey pod) const override { return traffic_.requests_held(pod); }
  std::optional<JournalId> unready_because(api::PodKey pod) const override {
    return traffic_.unready_because(pod, kernel_.now());
  }

 protected:
  ~PodEvents() = default;

 private:
  Traffic& traffic_;
  Kernel& kernel_;
};

}  // namespace seatrial::traffic
