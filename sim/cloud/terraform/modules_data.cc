// Modules of databases, caches, files and search. Sources: main.tf and variables.tf of
// cloud-platform-terraform-NAME.
#include <algorithm>
#include <array>

#include "sim/cloud/terraform/module_call.h"

namespace seatrial::cloud::terraform {
namespace {

struct EnginePort {
  std::string_view engine;  // the beginning of its name
  std::int32_t port;
};
// The ports that AWS gives engines by default.
constexpr auto kEnginePorts = std::to_array<EnginePort>({
    {"aurora-postgresql", 5432},
    {"aurora", 3306},
    {"mariadb", 3306},
    {"mysql", 3306},
    {"oracle", 1521},
    {"postgres", 5432},
    {"sqlserver", 1433},
});

std::int32_t port_of(std::string_view engine) {
  const auto row =
      std::ranges::find_if(kEnginePorts, [&](const EnginePort& r) { return engine.starts_with(r.engine); });
  return row == kEnginePorts.end() ? 0 : row->port;
}

// The reference in an unknown value; as written otherwise.
api::Symbol reference_of(const hcl::Value& value) {
  return value.sources.size() == 1 ? api::Symbol(value.sources[0]) : api::Symbol(value.str());
}

}  // namespace

void make_rds_instance(const Call& call) {
  const std::string name = call.text("rds_name");
  AwsResource& resource =
      call.aws(AwsKind::kDatabase, name.empty() ? "cloud-platform-" + call.made_up("id") : name);
  Instances& database = resource.instances.emplace();
  database.engine = call.text("db_engine", "postgres");
  database.engine_version = call.text("db_engine_version", "10");
  database.instance_class = call.text("db_instance_class", "db.t2.small");
  database.storage_gib = call.number("db_allocated_storage", 20);
  const std::string_view engine = database.engine.view();
  database.multi_az = engine != "sqlserver-web" && engine != "sqlserver-ex";
  database.failover = database.multi_az ? Failover::kStandby : Failover::kNone;
  database.port = port_of(engine);
  database.stops_at_night = call.flag("enable_rds_auto_start_stop", false);
  if (const hcl::Value source = call.input("replicate_source_db"); !source.is_null())
    database.replica_of = reference_of(source);
  database.placement = call.private_placement();
}

void make_rds_aurora(const Call& call) {
  AwsResource& resource = call.aws(AwsKind::kDatabaseCluster, "cloud-platform-" + call.made_up("id"));
  Instances& database = resource.instances.emplace();
  database.engine = call.text("engine", "aurora");
  database.engine_version = call.text("engine_version");
  database.instance_class = call.text("instance_type", "db.t3.medium");
  const bool scales = call.flag("replica_scale_enabled", false);
  database.count = static_cast<std::int32_t>(scales ? call.number("replica_scale_min", 2)
                                                    : call.number("replica_count", 1));
  database.multi_az = database.count > 1;
  database.failover = database.multi_az ? Failover::kReplica : Failover::kNone;
  database.port = static_cast<std::int32_t>(call.number("port", port_of(database.engine.view())));
  database.placement = call.private_placement();
}

void make_elasticache(const Call& call) {
  AwsResource& resource = call.aws(AwsKind::kCache, "cp-" + call.made_up("id"));
  Instances& cache = resource.instances.emplace();
  cache.engine = "redis";
  cache.engine_version = call.text("engine_version");
  cache.instance_class = call.text("node_type");
  cache.count = static_cast<std::int32_t>(call.number("number_cache_clusters", 2));
  cache.multi_az = cache.count > 1;  // one node in each of the first zones
  cache.failover = cache.multi_az ? Failover::kReplica : Failover::kNone;
  cache.port = 6379;
  cache.placement = call.private_placement();
}

void make_opensearch(const Call& call) {
  static const auto kTlsOnly = std::make_shared<const SecurityGroup>(SecurityGroup{
      {{"tcp", 443, 443, {"Private", "EKS-Private"}}}, {{"-1", 0, 65535, {"Private", "EKS-Private"}}}});
  const std::string id = call.made_up("id");
  AwsResource& resource = call.aws(AwsKind::kSearchDomain, "cloud-platform-" + id);
  Instances& domain = resource.instances.emplace();
  domain.engine = "opensearch";
  domain.engine_version = call.text("engine_version");
  const hcl::Value cluster = call.input("cluster_config");
  double count = 1;
  if (const hcl::Value* const nodes = cluster.find("instance_count")) hcl::to_number(*nodes, count);
  domain.count = static_cast<std::int32_t>(std::clamp(count, 1.0, 1000.0));
  if (const hcl::Value* const type = cluster.find("instance_type")) domain.instance_class = type->str();
  domain.multi_az = domain.count >= 2;
  domain.failover = domain.multi_az ? Failover::kReplica : Failover::kNone;
  domain.port = 443;
  domain.placement = call.private_placement();
  domain.placement.own = kTlsOnly;
  domain.placement.subnets = domain.count < 3 ? 2 : 0;

  // A proxy that signs requests stands in the namespace.
  const std::string account = "cloud-platform-" + id + "-opensearch",
                    app = "opensearch-proxy-cloud-platform-" + id;
  const std::string namespace_ = call.name_space().str();
  call.aws(AwsKind::kRole, "cloud-platform-irsa-" + id).role = ServiceRole{call.name_space(), account, {}};
  call.service_account(account);
  const hcl::Value labels = object_of({{"app", text_value(app)}});
  const hcl::Value container =
      object_of({{"name", text_value("opensearch-proxy")},
                 {"image", text_value("public.ecr.aws/aws-observability/aws-sigv4-proxy:1.7")},
                 {"ports", list_of({object_of({{"containerPort", hcl::Value::of(8080.0)}})})}});
  call.object("apps/v1", "Deployment", namespace_, app)
      .document.set(
          "spec", object_of({{"replicas", hcl::Value::of(static_cast<double>(call.number("proxy_count", 1)))},
                             {"selector", object_of({{"matchLabels", labels}})},
                             {"template",
                              object_of({{"metadata", object_of({{"labels", labels}})},
                                         {"spec", object_of({{"serviceAccountName", text_value(account)},
                                                             {"containers", list_of({container})}})}})}}));
  call.object("v1", "Service", namespace_, "opensearch-proxy-service-cloud-platform-" + id)
      .document.set("spec",
                    object_of({{"selector", labels},
                               {"ports", list_of({object_of({{"port", hcl::Value::of(8080.0)},
                                                             {"targetPort", hcl::Value::of(8080.0)}})})}}));
}

void make_dynamodb(const Call& call) { call.aws(AwsKind::kTable, "cp-" + call.made_up("id")); }

void make_s3_bucket(const Call& call) {
  const std::string name = call.text("bucket_name");
  call.aws(AwsKind::kBucket, name.empty() ? "cloud-platform-" + call.made_up("id") : name);
}

void make_dms(const Call& call) {
  AwsResource& resource =
      call.aws(AwsKind::kReplication, call.text("team_name") + "-dms-" + call.made_up("id"));
  Instances& instance = resource.instances.emplace();
  instance.engine = "dms";
  instance.engine_version = call.text("engine_version", "3.5.4");
  instance.instance_class = call.text("instance_type", "dms.t3.medium");
  instance.storage_gib = call.number("allocated_storage", 32);
  instance.placement = call.private_placement();
  instance.placement.own = nullptr;  // the VPC's default one
}

void make_amq_broker(const Call& call) {
  AwsResource& resource = call.aws(AwsKind::kBroker, "cloud-platform-" + call.made_up("id"));
  Instances& broker = resource.instances.emplace();
  broker.engine = call.text("engine_type", "ActiveMQ");
  broker.engine_version = call.text("engine_version", "5.15.6");
  broker.instance_class = call.text("host_instance_type", "mq.t2.micro");
  broker.multi_az = call.text("deployment_mode", "SINGLE_INSTANCE") == "ACTIVE_STANDBY_MULTI_AZ";
  broker.failover = broker.multi_az ? Failover::kStandby : Failover::kNone;
  broker.placement = call.private_placement();
  const SubnetRule everything{"-1", 0, 65535, {"Private"}};
  broker.placement.own = std::make_shared<const SecurityGroup>(SecurityGroup{{everything}, {everything}});
  broker.placement.subnets = broker.multi_az ? 0 : 1;
}

void make_cloudfront(const Call& call) { call.aws(AwsKind::kDistribution, call.made_up("id")); }

}  // namespace seatrial::cloud::terraform
