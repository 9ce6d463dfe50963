// Admission: what the API server changes in, or refuses of, a write before it is stored, as one ordered table
// of plugins. Mutating plugins run before validation, ResourceQuota last. Sources:
// pkg/kubeapiserver/options/plugins.go (order); reference/kubernetes-policy.md; observed.md 32-33.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "sim/cluster/api_request.h"
#include "sim/cluster/store.h"
#include "sim/engine/time.h"

namespace seatrial::cluster {

// What admission keeps between requests: which admitted spec belongs to which submitted one, so that the pods
// of a template go on sharing one spec after ServiceAccount, tolerations and LimitRange defaults are filled
// in.
struct AdmissionState {
  struct Admitted {
    api::Shared<api::PodSpec> submitted, admitted;
    std::uint64_t policies = 0;  // resourceVersions of the LimitRanges that were applied, mixed
  };
  std::map<api::Symbol, std::vector<Admitted>> by_namespace;
};

struct AdmissionRequest {
  Verb verb;
  SimTime now;
  api::Object& object;  // the draft; plugins may change it
  const api::Object* old = nullptr;
};

// A change of another object that the request entails (the quota's `used`); committed with the request.
using SideEffects = std::vector<std::shared_ptr<api::Object>>;

struct AdmissionPlugin {
  std::string_view name;
  // Changes the draft, or refuses. Null where a plugin does not mutate (or validate).
  std::optional<ApiError> (*mutate)(const Store&, AdmissionState&, AdmissionRequest&);
  std::optional<ApiError> (*validate)(const Store&, const AdmissionRequest&, SideEffects&);
};
std::span<const AdmissionPlugin> admission_plugins();

}  // namespace seatrial::cluster
