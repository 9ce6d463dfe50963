// The Pod Security Standards: what a namespace's labels ask for, and what of a pod breaks it. Pure functions;
// admission asks them (sim/cluster/admission/pod_security.cc).
//
// A policy is a level and a version: "v1.24" judges as v1.24 did, "latest" (and anything newer than v1.36) as
// v1.36 does. Source: k8s.io/pod-security-admission/{api/helpers.go,policy}; reference/kubernetes-policy.md
// §4.
#pragma once

#include <string>
#include <vector>

#include "sim/api/meta.h"
#include "sim/api/problem.h"
#include "sim/api/value.h"

namespace seatrial::cluster {

enum class PodSecurityLevel : std::uint8_t { kPrivileged, kBaseline, kRestricted };

struct PodSecurityPolicy {
  static constexpr int kLatest = 1 << 30;  // the minor version that "latest" is
  PodSecurityLevel level = PodSecurityLevel::kPrivileged;
  int minor = kLatest;
  std::string str() const;  // baseline:latest, restricted:v1.24
  bool operator==(const PodSecurityPolicy&) const = default;
};

// Of a namespace. What is not labelled is privileged; warn follows a stricter enforce. Labels that cannot be
// read are problems, and stand for: enforce restricted, audit and warn privileged, version latest.
struct PodSecurityPolicies {
  PodSecurityPolicy enforce, audit, warn;
  api::Problems problems;
};
PodSecurityPolicies pod_security_policies(const api::LabelMap& namespace_labels);

struct PodSecurityViolation {
  std::string reason, detail;  // `hostPort`, `container "web" uses hostPort 80`
};
using PodSecurityViolations = std::vector<PodSecurityViolation>;

// Everything in the pod that the policy forbids, in the order of the API server. `spec` is the pod's spec as
// the API prints it, `annotations` are the pod's.
PodSecurityViolations pod_security_violations(const PodSecurityPolicy& policy,
                                              const api::LabelMap& annotations, const api::Value& spec);
// `privileged, hostPort`; and with what is wrong: `privileged (container "web" must not set
// securityContext.privileged=true), hostPort (container "web" uses hostPort 80)`.
std::string reasons(const PodSecurityViolations& violations);
std::string details(const PodSecurityViolations& violations);

}  // namespace seatrial::cluster
