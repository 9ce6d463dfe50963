// Admission: what the API server changes in, or refuses of, a write before it is stored, as one ordered table
// of plugins, each in a file of sim/cluster/admission/. All of them change the draft before validation, then
// all of them judge it; ResourceQuota comes last, so that nothing is charged for what another refuses.
// Sources: pkg/kubeapiserver/options/plugins.go (order); reference/kubernetes-policy.md §10; observed.md
// 32-33.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "sim/api/core.h"
#include "sim/cluster/api_request.h"
#include "sim/cluster/store.h"
#include "sim/cluster/webhooks.h"
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
  // Plugins that are on besides those that are on by default (kube-apiserver --enable-admission-plugins).
  std::vector<api::Symbol> enabled;
};

// What admission has to say besides yes or no.
struct AdmissionOutcome {
  // Changes of other objects that the request entails (the quota's `used`); committed with the request.
  std::vector<std::shared_ptr<api::Object>> effects;
  std::vector<std::string> warnings;  // for the client: kubectl prints them as "Warning: …"
  std::vector<std::string> audit;     // for the audit log
};

struct AdmissionRequest {
  Verb verb;
  SimTime now;
  api::Object& object;  // the draft; plugins may change it
  const api::Object* old = nullptr;
  bool generated_name = false;       // by metadata.generateName, with this request
  const Reviews* reviews = nullptr;  // by the webhooks that were called for it; null: none
};

// The defaults of a new object; those of a pod once for all that were submitted with one and the same spec.
void default_new(AdmissionState& state, api::Object& object);

using Refusal = std::optional<ApiError>;

struct AdmissionPlugin {
  std::string_view name;
  // Changes the draft, or refuses. Null where a plugin does not mutate (or validate).
  Refusal (*mutate)(const Store&, AdmissionState&, AdmissionRequest&);
  Refusal (*validate)(const Store&, AdmissionState&, const AdmissionRequest&, AdmissionOutcome&);
  bool by_default = true;
};
std::span<const AdmissionPlugin> admission_plugins();

// The chain: the first refusal ends it.
Refusal mutate(const Store& store, AdmissionState& state, AdmissionRequest& request);
Refusal validate(const Store& store, AdmissionState& state, const AdmissionRequest& request,
                 AdmissionOutcome& outcome);

}  // namespace seatrial::cluster
