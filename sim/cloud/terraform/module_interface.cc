#include "sim/cloud/terraform/module_interface.h"

#include <algorithm>
#include <array>
#include <vector>

#include "sim/api/nearest.h"
#include "sim/cloud/terraform/module_call.h"

namespace seatrial::cloud::terraform {
namespace {

constexpr auto kInterfaces = std::to_array<ModuleInterface>({
    {"amq-broker",
     "application aws_region business-unit cluster_name cluster_state_bucket cluster_state_key "
     "deployment_mode engine_type engine_version environment-name host_instance_type "
     "infrastructure-support is-production namespace team_name",
     "password primary_amqp_ssl_endpoint primary_stomp_ssl_endpoint username"},
    {"cloudfront",
     "aliases aliases_cert_arn application attach_bucket_policy bucket_domain_name bucket_id "
     "business_unit custom_error_response default_cache_behavior default_root_object "
     "enable_ordered_cache_behavior environment_name geo_restriction infrastructure_support "
     "ip_allow_listing_environment is_production namespace opt_in_xsiam_logging "
     "ordered_cache_behavior origin price_class service_area team_name trusted_public_keys",
     "cloudfront_hosted_zone_id cloudfront_public_keys cloudfront_url"},
    {"dms",
     "allocated_storage application aws_region business-unit business_unit cluster_name "
     "engine_type engine_version environment-name environment_name infrastructure-support "
     "infrastructure_support instance_type is-production is_production namespace "
     "source_database_host source_database_name source_database_password source_database_username "
     "target_database_host target_database_name target_database_password target_database_username "
     "team_name vpc_name",
     "access_key_id irsa_policy_arn replication_instance_arn secret_access_key"},
    {"dynamodb-cluster",
     "application attributes autoscale_max_read_capacity autoscale_max_write_capacity "
     "autoscale_min_read_capacity autoscale_min_write_capacity autoscale_read_target "
     "autoscale_write_target aws_region billing_mode business-unit business_unit enable_autoscaler "
     "enable_encryption environment-name environment_name global_secondary_indexes hash_key "
     "hash_key_type infrastructure-support infrastructure_support is-production is_production "
     "namespace range_key range_key_type team_name ttl_attribute",
     "access_key_id irsa_policy_arn secret_access_key table_arn table_name"},
    {"ecr-credentials",
     "application aws_region business_unit canned_lifecycle_policy deletion_protection "
     "enable_policy environment_name github_actions_prefix github_actions_secret_ecr_access_key "
     "github_actions_secret_ecr_name github_actions_secret_ecr_secret_key "
     "github_actions_secret_ecr_url github_environments github_repositories infrastructure_support "
     "is_production lifecycle_policy namespace oidc_providers repo_name scan_on_push team_name",
     "access_key_id irsa_policy_arn repo_arn repo_url secret_access_key"},
    {"elasticache-cluster",
     "application auth_token_rotated_date aws_region business-unit business_unit cluster_name "
     "cluster_state_bucket ec_engine enable_irsa engine_version environment-name environment_name "
     "infrastructure-support infrastructure_support is-production is_production maintenance_window "
     "namespace node_type number_cache_clusters number_of_nodes parameter_group_name port "
     "preferred_cache_cluster_azs snapshot_window team_name transit_encryption_enabled vpc_name",
     "access_key_id auth_token cache_nodes irsa_policy_arn member_clusters "
     "primary_endpoint_address reader_endpoint_address replication_group_id secret_access_key"},
    {"hmpps-egress-controls",
     "enable_egress_controls enable_envoy_setup envoy_connect_timeout "
     "envoy_default_allowed_hosts_exact envoy_default_allowed_hosts_suffixes envoy_dns_host_ttl "
     "envoy_extra_allowed_hosts_exact envoy_extra_allowed_hosts_suffixes envoy_image "
     "envoy_log_level envoy_proxy_name envoy_proxy_port envoy_proxy_replicas namespace "
     "resource_name_prefix vpc_name",
     "envoy_proxy_env_secret_name envoy_proxy_service_name"},
    {"hmpps-template",
     "application application_insights_instance custom_token_rotation_date environment "
     "force_rotate_token github_owner github_repo github_team github_token is_production "
     "kubernetes_cluster namespace prevent_self_review protected_branches_only reviewer_teams "
     "selected_branch_patterns serviceaccount_name source_template_repo",
     "application"},
    {"irsa",
     "application business_unit eks_cluster eks_cluster_name environment_name "
     "infrastructure_support is_production namespace role_policy_arns service_account "
     "service_account_name team_name",
     "aws_iam_role_arn aws_iam_role_name role_arn role_name service_account service_account_name"},
    {"opensearch",
     "advanced_options application auto_tune_config auto_tune_enabled business_unit cluster_config "
     "ebs_enabled ebs_options eks_cluster_name engine_version environment_name "
     "infrastructure_support is_production namespace proxy_count snapshot_bucket_arn team_name "
     "vpc_name",
     "domain_arn domain_name endpoint irsa_role_arn proxy_url service_account_name "
     "snapshot_role_arn"},
    {"opensearch-alert",
     "action_name alert_query alert_throttle_enabled aws_iam_role aws_opensearch_domain "
     "environment_name index monitor_period_interval monitor_period_unit opensearch_alert_enabled "
     "opensearch_alert_name query_source secret_key secret_name serverity slack_channel_name "
     "slack_channel_name_description slack_message_subject slack_message_template throttle_unit "
     "throttle_value trigger_name",
     ""},
    {"pushgateway", "enable_service_monitor namespace", ""},
    {"rds-aurora",
     "allow_major_version_upgrade application apply_immediately auto_minor_version_upgrade "
     "backtrack_window backup_retention_period business-unit business_unit ca_cert_identifier "
     "cluster_name cluster_state_bucket copy_tags_to_snapshot db_cluster_parameter_group_name "
     "db_name db_parameter_group_name deletion_protection enable_http_endpoint "
     "enabled_cloudwatch_logs_exports engine engine_mode engine_version environment-name "
     "environment_name iam_database_authentication_enabled infrastructure-support "
     "infrastructure_support instance_type instance_type_replica instances_parameters "
     "is-production is_production namespace opt_in_xsiam_logging performance_insights_enabled "
     "performance_insights_kms_key_id port preferred_backup_window preferred_maintenance_window "
     "publicly_accessible rds_name replica_count replica_scale_connections replica_scale_cpu "
     "replica_scale_enabled replica_scale_max replica_scale_min replicate_source_db "
     "replication_source_identifier scaling_configuration serverlessv2_scaling_configuration "
     "skip_final_snapshot skip_setting_when_migrated snapshot_identifier storage_encrypted "
     "team_name vpc_name",
     "access_key_id database_name database_password database_username db_cluster_identifier "
     "irsa_policy_arn rds_cluster_endpoint rds_cluster_port rds_cluster_reader_endpoint "
     "rds_instance_endpoint resource_id secret_access_key"},
    {"rds-instance",
     "allow_major_version_upgrade allow_minor_version_upgrade application apply_method aws_region "
     "backup_window business-unit business_unit ca_cert_identifier character_set_name cluster_name "
     "cluster_state_bucket db_allocated_storage db_backup_retention_period db_db_subnet_groups "
     "db_engine db_engine_version db_instance_class db_iops db_max_allocated_storage db_name "
     "db_parameter db_password_rotated_date db_storage_type db_vpc_security_group_ids "
     "deletion_protection enable_irsa enable_rds_auto_start_stop environment-name environment_name "
     "force_ssl infrastructure-support infrastructure_support is-production is_migration "
     "is_production license_model maintenance_window namespace opt_in_xsiam_logging "
     "option_group_name performance_insights_enabled prepare_for_major_upgrade rds_family rds_name "
     "replicate_source_db skip_final_snapshot snapshot_identifier storage_type team_name vpc_name "
     "vpc_security_group_ids",
     "access_key_id database_name database_password database_subnet_group_arn database_username "
     "db_identifier irsa_policy_arn kms_key_arn kms_key_id rds_instance_address rds_instance_arn "
     "rds_instance_endpoint rds_instance_id rds_instance_port resource_id secret_access_key"},
    {"s3-bucket",
     "acl application aws-s3-region bucket_name bucket_policy business-unit business_unit "
     "cors_rule enable_allow_block_pub_access environment-name environment_name "
     "github_actions_prefix github_environments github_repositories infrastructure-support "
     "infrastructure_support is-production is_production lifecycle_rule log_path log_target_bucket "
     "logging_enabled namespace oidc_providers team_name user_policy versioning",
     "access_key_id bucket_arn bucket_domain_name bucket_name github_oidc_role_arn irsa_policy_arn "
     "secret_access_key"},
    {"secrets-manager",
     "application business_unit eks_cluster_name environment environment_name "
     "infrastructure_support is_production namespace secrets serviceaccount_name team_name",
     "irsa_policy_arn"},
    {"service-pod", "namespace override_deployment_name service_account_name service_pod_count", ""},
    {"serviceaccount",
     "github_actions_secret_kube_cert github_actions_secret_kube_cluster "
     "github_actions_secret_kube_namespace github_actions_secret_kube_token github_environments "
     "github_repositories kubernetes_cluster namespace role_name rolebinding_name "
     "serviceaccount_name serviceaccount_rules serviceaccount_token_rotated_date",
     "default_secret_name service_account"},
    {"sns-topic",
     "additional_topic_clients application aws_region business_unit content_based_deduplication "
     "encrypt_sns_kms environment_name fifo_topic infrastructure_support is_production namespace "
     "team_name topic_display_name",
     "access_key_id additional_access_keys irsa_policy_arn secret_access_key topic_arn topic_name "
     "user_name"},
    {"sqs",
     "application aws_region business-unit business_unit content_based_deduplication "
     "deduplication_scope delay_seconds encrypt_sqs_kms environment-name environment_name "
     "existing_user_name fifo_queue fifo_throughput_limit github_team infrastructure-support "
     "infrastructure_support is-production is_production kms_data_key_reuse_period_seconds "
     "kms_external_access kms_master_key_id max_message_size message_retention_seconds namespace "
     "receive_wait_time_seconds redrive_policy sqs_name team_name visibility_timeout_seconds",
     "access_key_id irsa_policy_arn secret_access_key sqs_arn sqs_id sqs_name user_name"},
});

std::vector<std::string> words_of(std::string_view names) {
  std::vector<std::string> words;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(' '), names.size());
    words.emplace_back(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return words;
}

}  // namespace

const ModuleInterface* interface_of(std::string_view source) {
  if (source.find("cloud-platform-terraform-") == std::string_view::npos) return nullptr;
  const auto row = std::ranges::find(kInterfaces, module_name(source), &ModuleInterface::name);
  return row == kInterfaces.end() ? nullptr : &*row;
}

std::string meant_by(std::string_view word, std::string_view names) {
  const std::vector<std::string> words = words_of(names);
  return std::ranges::find(words, word) == words.end() ? api::nearest(word, words) : std::string();
}

}  // namespace seatrial::cloud::terraform
