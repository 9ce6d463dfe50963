// Resources of the AWS provider that are understood; others are counted by type.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sim/cloud/terraform/module_call.h"
#include "sim/cloud/terraform/queues.h"

namespace seatrial::cloud::terraform {
namespace {

using hcl::Value;

// "module.dlq" of "${module.dlq.sqs_arn}".
std::string address_in(const std::string& text) {
  if (!text.starts_with("${") || !text.ends_with('}')) return text;
  std::string reference = text.substr(2, text.size() - 3);
  const std::size_t dot = reference.rfind('.');
  return dot == std::string::npos ? reference : reference.substr(0, dot);
}

void read_redrive(const std::string& policy, Queue& queue) {
  const auto json = nlohmann::json::parse(policy, nullptr, false);
  if (!json.is_object()) return;
  if (const auto target = json.find("deadLetterTargetArn"); target != json.end() && target->is_string())
    queue.dead_letter_queue = address_in(target->get<std::string>());
  const auto count = json.find("maxReceiveCount");
  if (count == json.end()) return;
  double number = 0;
  const Value written = count->is_string()   ? Value::of(count->get<std::string>())
                        : count->is_number() ? Value::of(count->get<double>())
                                             : Value();
  if (hcl::to_number(written, number) && number >= 1 && number <= 1000)
    queue.max_receive_count = static_cast<std::int32_t>(number);
}

// A data source's own argument, by a reference to it: data.aws_sns_topic.mine.arn -> its name.
std::string name_behind(const Call& call, const std::vector<std::string>& sources, std::string_view type) {
  for (const std::string& source : sources) {
    const std::string prefix = "data." + std::string(type) + ".";
    if (!source.starts_with(prefix)) continue;
    const std::string name =
        source.substr(prefix.size(), source.find_first_of(".[", prefix.size()) - prefix.size());
    for (const Located& data : call.configuration.data()) {
      if (data.address != prefix + name) continue;
      const Value value = call.configuration.argument(data,
                                                      call.configuration.instances_of(data).empty()
                                                          ? call.instance
                                                          : call.configuration.instances_of(data).front(),
                                                      "name");
      return value.str();
    }
  }
  return {};
}

void make_subscription(const Call& call) {
  AwsResource& resource = call.aws(AwsKind::kSubscription, call.instance.address);
  Subscription& subscription = resource.subscription.emplace();
  const Value topic = call.input("topic_arn"), endpoint = call.input("endpoint");
  const auto reference = [](const Value& value) {
    return value.sources.size() == 1 ? value.sources[0] : value.str();
  };
  subscription.protocol = call.text("protocol");
  subscription.endpoint = reference(endpoint);
  subscription.topic = reference(topic);
  subscription.topic_name = name_behind(call, topic.sources, "aws_sns_topic");
  subscription.topic_parameter = name_behind(call, topic.sources, "aws_ssm_parameter");
  subscription.filtered = !call.input("filter_policy").is_null();
}

void make_queue(const Call& call) {
  call.aws(AwsKind::kQueue, call.text("name", call.made_up("name"))).queue = read_queue(call);
}
void make_topic(const Call& call) { call.aws(AwsKind::kTopic, call.text("name", call.made_up("name"))); }
void make_bucket(const Call& call) {
  call.aws(AwsKind::kBucket, call.text("bucket", call.made_up("bucket")));
}
void make_table(const Call& call) { call.aws(AwsKind::kTable, call.text("name", call.made_up("name"))); }
void make_zone(const Call& call) { call.aws(AwsKind::kZone, call.text("name", call.made_up("name"))); }
void make_repository(const Call& call) {
  call.aws(AwsKind::kRepository, call.text("name", call.made_up("name")));
}
void make_stored_secret(const Call& call) {
  call.aws(AwsKind::kSecret, call.text("name", call.made_up("name")));
}
void make_parameter(const Call& call) {
  const Value value = call.input("value");
  call.aws(AwsKind::kParameter, call.text("name", call.made_up("name"))).value =
      value.sources.size() == 1 ? value.sources[0] : std::string();
}

struct AwsType {
  std::string_view type;
  void (*make)(const Call& call);
};
constexpr auto kAwsTypes = std::to_array<AwsType>({
    {"aws_dynamodb_table", make_table},
    {"aws_ecr_repository", make_repository},
    {"aws_route53_zone", make_zone},
    {"aws_s3_bucket", make_bucket},
    {"aws_secretsmanager_secret", make_stored_secret},
    {"aws_sns_topic", make_topic},
    {"aws_sns_topic_subscription", make_subscription},
    {"aws_sqs_queue", make_queue},
    {"aws_ssm_parameter", make_parameter},
});

}  // namespace

Queue read_queue(const Call& call) {
  Queue queue;
  const auto number = [&](std::string_view name, std::int32_t fallback) {
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(call.number(name, fallback), 0, 2'000'000'000));
  };
  queue.visibility_timeout_seconds = number("visibility_timeout_seconds", 30);
  queue.retention_seconds = number("message_retention_seconds", 345600);
  queue.delay_seconds = number("delay_seconds", 0);
  queue.fifo = call.flag("fifo_queue", false);
  const std::string policy = call.text("redrive_policy");
  if (!policy.empty()) read_redrive(policy, queue);
  return queue;
}

bool make_aws_resource(const Call& call, std::string_view type) {
  if (!type.starts_with("aws_")) return false;
  const auto row = std::ranges::find(kAwsTypes, type, &AwsType::type);
  if (row != kAwsTypes.end())
    row->make(call);
  else
    call.aws(AwsKind::kOther, call.instance.address);
  return true;
}

}  // namespace seatrial::cloud::terraform
