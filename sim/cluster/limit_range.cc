#include "sim/cluster/limit_range.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/api/resources.h"

namespace seatrial::cluster {

using api::LimitRangeItem;
using api::Quantity;
using api::ResourceList;
using api::Symbol;

namespace {

const Symbol kContainer = "Container", kPod = "Pod", kClaim = "PersistentVolumeClaim";

const Quantity* find(const ResourceList& list, Symbol name) {
  const auto at = list.find(name);
  return at == list.end() ? nullptr : &at->second;
}

// The requests and limits of one thing (a container, the pod) against one item of a range.
struct Checked {
  Symbol type;
  const ResourceList &requests, &limits;
  std::vector<std::string>& problems;

  void minimum(Symbol name, const Quantity& bound) {
    const Quantity *request = find(requests, name), *limit = find(limits, name);
    const std::string rule =
        fmt::format("minimum {} usage per {} is {}", name.str(), type.str(), bound.str());
    if (!request) {
      problems.push_back(rule + ".  No request is specified");
    } else if (*request < bound) {
      problems.push_back(rule + ", but request is " + request->str());
    } else if (limit && *limit < bound) {
      problems.push_back(rule + ", but limit is " + limit->str());
    }
  }
  void maximum(Symbol name, const Quantity& bound) {
    const Quantity *request = find(requests, name), *limit = find(limits, name);
    const std::string rule =
        fmt::format("maximum {} usage per {} is {}", name.str(), type.str(), bound.str());
    if (!limit) {
      problems.push_back(rule + ".  No limit is specified");
    } else if (*limit > bound) {
      problems.push_back(rule + ", but limit is " + limit->str());
    } else if (request && *request > bound) {
      problems.push_back(rule + ", but request is " + request->str());
    }
  }
  // Of a claim only what it requests counts.
  void maximum_request(Symbol name, const Quantity& bound) {
    const Quantity* const request = find(requests, name);
    const std::string rule =
        fmt::format("maximum {} usage per {} is {}", name.str(), type.str(), bound.str());
    if (!request) {
      problems.push_back(rule + ".  No request is specified");
    } else if (*request > bound) {
      problems.push_back(rule + ", but request is " + request->str());
    }
  }
  void ratio(Symbol name, const Quantity& bound) {
    const Quantity *request = find(requests, name), *limit = find(limits, name);
    const std::string rule =
        fmt::format("{} max limit to request ratio per {} is {}", name.str(), type.str(), bound.str());
    if (!request || request->is_zero()) {
      problems.push_back(rule + ", but no request is specified or request is 0");
    } else if (!limit || limit->is_zero()) {
      problems.push_back(rule + ", but no limit is specified or limit is 0");
    } else {
      // Only printed and compared: the quotient decides nothing that is drawn or timed.
      const double observed = static_cast<double>(limit->milli()) / static_cast<double>(request->milli());
      if (observed * 1000 > static_cast<double>(bound.milli())) {
        problems.push_back(rule + fmt::format(", but provided ratio is {:.6f}", observed));
      }
    }
  }
  void all(const LimitRangeItem& item) {
    for (const auto& [name, bound] : item.min) minimum(name, bound);
    for (const auto& [name, bound] : item.max) maximum(name, bound);
    for (const auto& [name, bound] : item.max_limit_request_ratio) ratio(name, bound);
  }
};

template <class Visit>
void for_each_container(auto& spec, Visit&& visit) {
  for (auto& container : spec.containers) visit(container);
  for (auto& container : spec.init_containers) visit(container);
}

}  // namespace

void apply_limit_defaults(const api::LimitRange& range, api::PodSpec& spec) {
  for (const LimitRangeItem& item : range.limits) {
    if (item.type != kContainer) continue;
    for_each_container(spec, [&](api::Container& container) {
      container.resources.limits.insert(item.default_.begin(), item.default_.end());
      container.resources.requests.insert(item.default_request.begin(), item.default_request.end());
    });
  }
}

namespace {

// "cpu, memory request for container web; " for what `after` has and `before` has not.
void note_new(std::string& text, const ResourceList& before, const ResourceList& after, const char* what,
              const api::Container& container) {
  std::string names;
  for (const auto& [name, amount] : after) {
    if (!before.contains(name)) names += (names.empty() ? "" : ", ") + name.str();
  }
  if (names.empty()) return;
  text += fmt::format("{}{} {} {}", text.empty() ? "" : "; ", names, what, container.name.str());
}

}  // namespace

std::string limit_defaults_text(const api::PodSpec& before, const api::PodSpec& after) {
  std::string text;
  const auto compare = [&](const std::vector<api::Container>& old, const std::vector<api::Container>& now,
                           const char* request, const char* limit) {
    for (std::size_t i = 0; i < now.size(); ++i) {
      note_new(text, old[i].resources.requests, now[i].resources.requests, request, now[i]);
      note_new(text, old[i].resources.limits, now[i].resources.limits, limit, now[i]);
    }
  };
  compare(before.containers, after.containers, "request for container", "limit for container");
  compare(before.init_containers, after.init_containers, "request for init container",
          "limit for init container");
  return "LimitRanger plugin set: " + text;
}

bool has_limit_defaults(const api::LimitRange& range) {
  return std::ranges::any_of(range.limits, [](const LimitRangeItem& item) {
    return item.type == kContainer && !(item.default_.empty() && item.default_request.empty());
  });
}

std::vector<std::string> limit_violations(const api::LimitRange& range, const api::PodSpec& spec) {
  std::vector<std::string> problems;
  for (const LimitRangeItem& item : range.limits) {
    if (item.type == kContainer) {
      for_each_container(spec, [&](const api::Container& container) {
        Checked{kContainer, container.resources.requests, container.resources.limits, problems}.all(item);
      });
    } else if (item.type == kPod) {
      // The overhead of the pod's RuntimeClass is not its user's.
      api::PodSpec own = spec;
      own.overhead.clear();
      const ResourceList requests = api::pod_requests(own), limits = api::pod_limits(own);
      Checked{kPod, requests, limits, problems}.all(item);
    }
  }
  return problems;
}

std::vector<std::string> limit_violations(const api::LimitRange& range, const ResourceList& claim_requests) {
  std::vector<std::string> problems;
  const ResourceList no_limits;
  Checked checked{kClaim, claim_requests, no_limits, problems};
  for (const LimitRangeItem& item : range.limits) {
    if (item.type != kClaim) continue;
    for (const auto& [name, bound] : item.min) checked.minimum(name, bound);
    for (const auto& [name, bound] : item.max) checked.maximum_request(name, bound);
  }
  return problems;
}

}  // namespace seatrial::cluster
