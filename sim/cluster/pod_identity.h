// How a pod shows its IAM role: what EKS' pod identity webhook writes
// (sim/cluster/admission/pod_identity.cc), and what the SDKs in its containers read. Both variables are
// needed: without the token there is nothing to show to STS. Sources: as said there; EKS user guide, "IAM
// roles for service accounts".
#pragma once

#include <string_view>

#include "sim/api/core.h"

namespace seatrial::cluster {

inline constexpr std::string_view kRoleAnnotation = "eks.amazonaws.com/role-arn",
                                  kRoleVariable = "AWS_ROLE_ARN",
                                  kTokenVariable = "AWS_WEB_IDENTITY_TOKEN_FILE",
                                  kTokenFile = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token";

// Of its annotation; empty: it has none.
api::Symbol role_of_account(const api::ServiceAccount& account);
// The first of the two that it sets; null: it sets none.
const api::EnvVar* identity_variable(const api::Container& container);
// That a container's process finds; empty: none, or no token.
api::Symbol role_of_container(const api::Container& container);

}  // namespace seatrial::cluster
