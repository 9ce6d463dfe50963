#include "sim/cloud/terraform/module_call.h"

namespace seatrial::cloud::terraform {

using hcl::Value;

std::string Call::text(std::string_view name, std::string_view fallback) const {
  const Value value = input(name);
  std::string written;
  return hcl::to_text(value, written) ? written : std::string(fallback);
}

std::int64_t Call::number(std::string_view name, std::int64_t fallback) const {
  double number = 0;
  constexpr double kExact = 9007199254740992.0;
  if (!hcl::to_number(input(name), number) || !(number > -kExact && number < kExact)) return fallback;
  return static_cast<std::int64_t>(number);
}

bool Call::flag(std::string_view name, bool fallback) const {
  bool truth = false;
  return hcl::to_bool(input(name), truth) ? truth : fallback;
}

AwsResource& Call::aws(AwsKind kind, std::string name) const {
  AwsResource& resource = plan.aws.emplace_back();
  resource.kind = kind;
  resource.address = instance.address;
  resource.made_by = made_by;
  resource.namespace_ = options.folder_namespace;
  resource.name = std::move(name);
  resource.source = located.where();
  resource.sure = instance.sure;
  return resource;
}

MadeObject& Call::object(std::string_view api_version, std::string_view kind, const std::string& namespace_,
                         const std::string& name) const {
  MadeObject& object = plan.objects.emplace_back();
  object.kind = kind;
  object.namespace_ = with_placeholders(namespace_, options.folder_namespace);
  object.name = with_placeholders(name, options.folder_namespace);
  object.has_known_name = name.find("${") == std::string::npos && namespace_.find("${") == std::string::npos;
  object.address = instance.address;
  object.made_by = made_by;
  object.source = located.where();
  object.sure = instance.sure;
  object.document = object_of({{"apiVersion", text_value(api_version)},
                               {"kind", text_value(kind)},
                               {"metadata", object_of({{"name", text_value(object.name.view())}})}});
  if (!object.namespace_.empty()) {
    Value metadata = *object.document.find("metadata");
    metadata.set("namespace", text_value(object.namespace_.view()));
    object.document.set("metadata", std::move(metadata));
  }
  return object;
}

MadeObject& Call::secret(const std::string& name, const std::string& namespace_, const Value& data) const {
  MadeObject& secret = object("v1", "Secret", namespace_, name);
  Value placeholders = Value::object();
  for (const hcl::Field& field : data.fields) {
    secret.keys.push_back({field.key, sources_of(field.value)});
    placeholders.set(field.key, text_value(kPlaceholder));
  }
  secret.document.set("stringData", std::move(placeholders));
  return secret;
}

MadeObject& Call::service_account(const std::string& name) const {
  return object("v1", "ServiceAccount", name_space().str(), name);
}

Placement Call::private_placement() const {
  static const auto kFromPrivateSubnets = [] {
    const SubnetRule everything{"-1", 0, 65535, {"Private", "EKS-Private"}};
    return std::make_shared<const SecurityGroup>(SecurityGroup{{everything}, {everything}});
  }();
  Placement placement;
  const std::string vpc = text("vpc_name", text("cluster_name"));
  placement.vpc = vpc == "live" ? "live-1" : vpc;
  placement.own = kFromPrivateSubnets;
  for (const Value& group : input("vpc_security_group_ids").items)
    placement.further_security_groups.emplace_back(group.str());
  return placement;
}

}  // namespace seatrial::cloud::terraform
