// Modules of queues, topics and images. Sources: main.tf and variables.tf of cloud-platform-terraform-NAME.
#include "sim/cloud/terraform/module_call.h"
#include "sim/cloud/terraform/queues.h"

namespace seatrial::cloud::terraform {

namespace {

std::string queue_name(const Call& call) {
  return call.text("team_name") + "-" + call.text("environment_name") + "-" + call.text("sqs_name") +
         (call.flag("fifo_queue", false) ? ".fifo" : "");
}

}  // namespace

void make_sqs(const Call& call) {
  AwsResource& resource = call.aws(AwsKind::kQueue, queue_name(call));
  resource.queue = read_queue(call);
}

std::optional<hcl::Value> output_of_sqs(const Call& call, std::string_view name) {
  const std::string known = queue_name(call);
  if (name != "sqs_name" || known.find("${") != std::string::npos) return std::nullopt;
  return text_value(known);
}

void make_sns_topic(const Call& call) {
  call.aws(AwsKind::kTopic, "cloud-platform-" + call.text("team_name") + "-" + call.made_up("id") +
                                (call.flag("fifo_topic", false) ? ".fifo" : ""));
}

void make_ecr(const Call& call) {
  const std::string repository = call.text("repo_name");
  call.aws(AwsKind::kRepository, call.text("team_name") + "/" + repository);
  // What CircleCI needs is put into a ConfigMap.
  for (const hcl::Value& provider : call.input("oidc_providers").items) {
    if (provider.str() != "circleci") continue;
    std::string name = repository;
    for (char& c : name) c = c == '_' ? '-' : c;
    const auto of = [&](std::string_view what) {
      return hcl::Value::unknown(call.instance.address + "." + std::string(what));
    };
    call.object("v1", "ConfigMap", call.name_space().str(), name + "-circleci")
        .document.set("data", object_of({{"ecr_role_to_assume", of("role")},
                                         {"ecr_region", of("region")},
                                         {"ecr_repository", text_value(repository)},
                                         {"ecr_registry_id", of("registry")}}));
  }
}

}  // namespace seatrial::cloud::terraform
