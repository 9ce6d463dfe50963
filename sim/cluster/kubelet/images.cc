#include "sim/cluster/kubelet/images.h"

#include <algorithm>

namespace seatrial::cluster {

api::PullPolicy pull_policy(const api::Container& container) {
  if (container.image_pull_policy != api::PullPolicy::kUnset) return container.image_pull_policy;
  const std::string_view image = container.image.view();
  if (image.find('@') != std::string_view::npos) return api::PullPolicy::kIfNotPresent;
  const std::size_t slash = image.rfind('/'), colon = image.rfind(':');
  const bool tagged = colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  return tagged && image.substr(colon + 1) != "latest" ? api::PullPolicy::kIfNotPresent
                                                       : api::PullPolicy::kAlways;
}

void NodeImages::add(api::Symbol image, const ImageBehaviour& behaviour) {
  images_.insert(image);
  for (const auto& [digest, bytes] : behaviour.layers) layers_.insert(digest);
}

std::int64_t NodeImages::missing_bytes(api::Symbol image, const ImageBehaviour& behaviour) const {
  if (images_.contains(image)) return 0;
  if (behaviour.layers.empty()) return behaviour.size_bytes;
  std::int64_t missing = 0;
  for (const auto& [digest, bytes] : behaviour.layers) missing += layers_.contains(digest) ? 0 : bytes;
  return missing;
}

std::uint32_t NodeImages::ask(const Pull& pull) {
  std::uint32_t number;
  if (free_.empty()) {
    number = static_cast<std::uint32_t>(pulls_.size());
    pulls_.push_back(pull);
  } else {
    number = free_.back();
    free_.pop_back();
    pulls_[number] = pull;
  }
  waiting_.push_back(number);
  return number;
}

std::optional<std::uint32_t> NodeImages::take_next() {
  if (waiting_.empty() || std::ssize(active_) >= parallel_) return {};
  const std::uint32_t number = waiting_.front();
  waiting_.pop_front();
  active_.push_back(number);
  return number;
}

void NodeImages::end(std::uint32_t number, SimTime now) {
  link_.remove(now, number);
  std::erase(active_, number);
  free_.push_back(number);
}

void NodeImages::cancel(std::uint32_t pod, SimTime now) {
  for (std::size_t i = waiting_.size(); i-- > 0;) {
    if (pulls_[waiting_[i]].pod != pod) continue;
    free_.push_back(waiting_[i]);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  for (std::size_t i = active_.size(); i-- > 0;) {
    // A pull whose registry has not answered yet ends when that answer comes.
    if (pulls_[active_[i]].pod == pod && pulls_[active_[i]].contacted) end(active_[i], now);
  }
}

}  // namespace seatrial::cluster
