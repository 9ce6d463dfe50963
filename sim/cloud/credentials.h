// IAM roles for service accounts: who gets credentials, what they allow, and how long they last.
//
// A pod whose environment names a role and a token exchanges the token at STS (AssumeRoleWithWebIdentity) for
// temporary credentials. STS gives them only to the ServiceAccounts that the role's trust policy names
// (system:serviceaccount:NAMESPACE:NAME). They live for an hour unless another DurationSeconds is asked for
// (900 to 43,200), and SDKs ask for new ones some time before they expire. While STS cannot be reached the
// ones in hand go on working; when they have expired, each call fails. A pod without a role falls back on its
// node's instance role, which allows nothing here.
//
// A resource that some role allows needs credentials; one that no role allows is open to everybody.
//
// Worked example, of a life of 1h and renewals 5m before: a process that begins at 0 renews at 55m, 1h50m, …
// If STS is away from 50m to 2h20m, the renewal of 55m fails, what is in hand expires at 1h, and the process
// has none until 2h20m. If STS is away from 57m to 2h27m, the process has renewed at 55m, and has none from
// 1h55m on.
//
// Sources: EKS user guide, "IAM roles for service accounts"; README of aws/amazon-eks-pod-identity-webhook;
// STS API reference, AssumeRoleWithWebIdentity (DurationSeconds: 3600 by default); AWS SDK for Java 2.x,
// prefetchTime of its STS credentials providers (5 minutes). A process is taken to ask when it begins and to
// renew in time, as one does that calls all the time; SDKs wait for the first call. Left out: session
// policies, resource policies, the EKS Pod Identity agent, static access keys, and a role that is named by a
// ConfigMap or a Secret.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/event.h"
#include "sim/engine/time.h"

namespace seatrial::cloud {

struct CredentialRules {
  Duration life = Duration::seconds(3600);
  Duration renew_before = Duration::seconds(300);  // less than `life`
};

struct ServiceAccountName {
  api::Symbol namespace_, name;
  bool operator==(const ServiceAccountName&) const = default;
};

struct IamRole {
  api::Symbol name;  // or its ARN
  std::vector<ServiceAccountName> trusts;
  std::vector<api::Symbol> allows;  // sqs/jobs, external/s3
  api::SourcePosition source;
};

// What a pod shows of itself.
struct PodIdentity {
  ServiceAccountName account;
  api::Symbol role_arn;  // empty: none, or no token
  bool operator==(const PodIdentity&) const = default;
};

// Why somebody may not use a resource.
enum class Denial : std::uint8_t {
  kNone,
  kNoRole,
  kUnknownRole,  // of which nothing is said
  kNotTrusted,   // its trust policy names other ServiceAccounts
  kNotAllowed,   // its policies do not allow this resource
  kExpired,      // there are no credentials, as STS cannot be reached
};

// The last part of an ARN after role/: worker of arn:aws:iam::111122223333:role/team/worker; else the text.
std::string_view role_name(std::string_view name_or_arn);
// The role that an ARN means: by the same ARN, or by a name; null if there is none.
const IamRole* role_of(std::span<const IamRole> roles, api::Symbol arn);
bool needs_credentials(std::span<const IamRole> roles, api::Symbol resource);
// What the roles say, whatever STS does.
Denial denial_of(std::span<const IamRole> roles, const PodIdentity& identity, api::Symbol resource);

// A time in which STS cannot be reached.
struct StsOutage {
  SimTime began, ended = SimTime::max();
  JournalId record = JournalId::kNone;
};

struct CredentialsInHand {
  SimTime got, expires;
  bool operator==(const CredentialsInHand&) const = default;
};

// The latest that a process has got that began then; none: STS has given it none yet. They may have expired.
// REQUIRES: outages lie apart, in order, and none began later than `now`; began <= now.
std::optional<CredentialsInHand> credentials_in_hand(const CredentialRules& rules,
                                                     std::span<const StsOutage> outages, SimTime began,
                                                     SimTime now);

}  // namespace seatrial::cloud
