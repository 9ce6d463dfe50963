// What the terraform of a namespace makes: AWS resources, and objects in Kubernetes. Plain values; plan.h
// makes them.
//
// What a module would decide is in them as data: engine, class, how many instances in which subnets, who may
// reach them, what happens when one fails. Names that only AWS or chance could know are kept as they are
// written, with "${…}" where the unknown part is. No value of a credential is anywhere: a Secret has keys,
// and the outputs that fill them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "sim/api/meta.h"
#include "sim/cloud/hcl/value.h"

namespace seatrial::cloud::terraform {

enum class AwsKind : std::uint8_t {
  kDatabase,         // an RDS instance
  kDatabaseCluster,  // Aurora
  kCache,            // an ElastiCache replication group
  kBucket,
  kQueue,
  kTopic,
  kSubscription,  // of a queue to a topic
  kTable,         // DynamoDB
  kSearchDomain,  // OpenSearch
  kRepository,    // ECR
  kRole,          // of IAM, for a service account (IRSA)
  kDistribution,  // CloudFront
  kReplication,   // a DMS instance
  kBroker,        // Amazon MQ
  kSecret,        // of Secrets Manager
  kParameter,     // of the SSM parameter store
  kZone,          // Route 53
  kOther,         // any other aws_ resource; made_by says which
};
inline constexpr std::size_t kAwsKinds = static_cast<std::size_t>(AwsKind::kOther) + 1;
std::string_view to_string(AwsKind kind);  // "RDS instance"

// What happens when an instance fails, or its zone.
enum class Failover : std::uint8_t {
  kNone,      // it is gone until AWS has brought it back where it was
  kStandby,   // a standby in another zone takes over; the DNS name moves to it
  kReplica,   // a replica becomes the primary; the primary endpoint's DNS name moves to it
  kRegional,  // the service spans zones: nothing is seen of it
};
std::string_view to_string(Failover failover);

// One rule of a security group: the subnets with these tags (SubnetType), all of their addresses.
struct SubnetRule {
  api::Symbol protocol = "-1";  // every protocol and port
  std::int32_t first_port = 0, last_port = 65535;
  std::vector<api::Symbol> subnet_types;
  bool operator==(const SubnetRule&) const = default;
};
struct SecurityGroup {
  std::vector<SubnetRule> ingress, egress;
};

// Where in a VPC.
struct Placement {
  api::Symbol vpc;                                   // its Name tag
  api::Symbol subnet_type = "Private";               // the tag SubnetType of the subnets
  std::int32_t subnets = 0;                          // in so many of them; 0: in all
  std::shared_ptr<const SecurityGroup> own;          // the one that the module makes
  std::vector<api::Symbol> further_security_groups;  // as written
};

// Machines that run something.
struct Instances {
  api::Symbol engine, engine_version, instance_class;
  std::int32_t count = 1;  // primaries, replicas and standbys that answer for nothing left aside
  bool multi_az = false;
  Failover failover = Failover::kNone;
  std::int32_t port = 0;  // 0: none that is known
  std::int64_t storage_gib = 0;
  bool stops_at_night = false;  // 22:00 to 06:00 UTC
  api::Symbol replica_of;       // the reference of what it replicates
  Placement placement;
};

struct Queue {
  std::int32_t visibility_timeout_seconds = 30, retention_seconds = 345600, delay_seconds = 0;
  bool fifo = false;
  api::Symbol dead_letter_queue;       // the address of its module or resource, or as written; empty: none
  std::int32_t max_receive_count = 0;  // 0: not known
};

struct Subscription {
  api::Symbol protocol, endpoint;  // the endpoint's reference: module.queue.sqs_arn
  api::Symbol topic;               // its reference
  api::Symbol topic_name;          // where terraform looks it up by name
  api::Symbol topic_parameter;     // where it looks it up in the SSM parameter of that name
  bool filtered = false;
};

struct ServiceRole {
  api::Symbol namespace_, service_account;
  std::vector<api::Symbol> policies;  // references: module.queue.irsa_policy_arn
};

struct AwsResource {
  AwsKind kind = AwsKind::kOther;
  api::Symbol address;     // module.rds, module.rds["a"], aws_sqs_queue.mine[0]
  api::Symbol made_by;     // rds-instance, aws_sqs_queue
  api::Symbol namespace_;  // whose it is: the folder's
  api::Symbol name;
  api::SourcePosition source;
  bool sure = true;  // false: only the pipeline knows whether, or how often, it is made
  std::optional<Instances> instances;
  std::optional<Queue> queue;
  std::optional<Subscription> subscription;
  std::optional<ServiceRole> role;
  api::Symbol value;  // of kParameter: the reference that it holds
};

struct SecretKey {
  api::Symbol key;
  std::vector<api::Symbol>
      sources;  // references that fill it: module.rds.database_password; none: written out
};

// An object in Kubernetes.
struct MadeObject {
  api::Symbol kind, namespace_, name;
  api::Symbol address, made_by;
  api::SourcePosition source;
  bool sure = true;
  bool has_known_name = true;     // false: in `name` a placeholder stands for what only terraform could know
  hcl::Value document;            // as it would be applied; what is unknown in it is a placeholder
  std::vector<SecretKey> keys;    // of a Secret
  bool has_open_keys = false;     // of a Secret: it has further keys, whose names are not known
  bool filled_elsewhere = false;  // of a Secret: terraform makes it empty, or leaves its values alone
};

// A Secret that terraform reads.
struct SecretRead {
  api::Symbol namespace_, name, address;
  api::SourcePosition source;
};

struct UnknownModule {
  api::Symbol source, address;
  api::SourcePosition where;
};

struct Plan {
  std::vector<AwsResource> aws;
  std::vector<MadeObject> objects;
  std::vector<SecretRead> secrets_read;
  std::vector<UnknownModule> unknown_modules;
  std::map<api::Symbol, int> modules;  // calls, by module; those with count 0 as well
  std::map<api::Symbol, int> others;   // resources of other providers, by type: github_…, random_…
  std::map<api::Symbol, int> data;     // data sources, by type
  api::Symbol namespace_variable;      // the default of variable "namespace"; empty: there is none
  api::SourcePosition namespace_variable_where;
};

}  // namespace seatrial::cloud::terraform
