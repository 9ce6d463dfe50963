#include "sim/scenario/environments/inventory.h"

#include <algorithm>

#include "sim/api/kinds.h"

namespace seatrial::scenario::environments {
namespace {

using cloud::terraform::AwsResource;
using cloud::terraform::MadeObject;

bool carries(const MadeObject& secret, std::string_view address) {
  return std::ranges::any_of(secret.keys, [&](const cloud::terraform::SecretKey& key) {
    return std::ranges::any_of(
        key.sources, [&](const api::Symbol source) { return is_reference_to(source.view(), address); });
  });
}

void add_resources(const NamespaceFolder& folder, NamespaceRow& row) {
  for (const MadeObject& made : folder.plan.objects) {
    ++row.made[made.kind.str()];
    if (made.kind == "Secret") row.secrets.push_back(&made);
  }
  for (const AwsResource& resource : folder.plan.aws) {
    ResourceRow& of_resource = row.aws.emplace_back();
    of_resource.resource = &resource;
    for (const MadeObject* const secret : row.secrets) {
      if (carries(*secret, resource.address.view())) of_resource.secrets.push_back(secret);
    }
  }
}

void add_word(std::string& text, std::string_view word) {
  if (word.empty()) return;
  if (!text.empty()) text += ", ";
  text += word;
}

std::string instances_text(const cloud::terraform::Instances& instances) {
  std::string text = instances.engine.str();
  if (!instances.engine_version.empty()) text += " " + instances.engine_version.str();
  add_word(text, instances.instance_class.view());
  if (instances.count > 1) add_word(text, std::to_string(instances.count) + " instances");
  if (instances.multi_az) add_word(text, "multi-AZ");
  if (!instances.replica_of.empty()) add_word(text, "replica of " + instances.replica_of.str());
  if (instances.stops_at_night) add_word(text, "stops at night");
  if (!instances.placement.further_security_groups.empty()) add_word(text, "further security groups");
  return text;
}

std::string queue_text(const cloud::terraform::Queue& queue) {
  std::string text = "visible again after " + std::to_string(queue.visibility_timeout_seconds) + "s";
  if (queue.fifo) add_word(text, "FIFO");
  if (!queue.dead_letter_queue.empty())
    add_word(text,
             "dead letters" +
                 (queue.max_receive_count > 0 ? " after " + std::to_string(queue.max_receive_count) + " tries"
                                              : std::string()) +
                 " to " + queue.dead_letter_queue.str());
  return text;
}

std::string topic_text(const cloud::terraform::Subscription& subscription) {
  for (const api::Symbol topic :
       {subscription.topic_parameter, subscription.topic_name, subscription.topic, api::Symbol("a topic")})
    if (!topic.empty())
      return topic.str() + " to " + subscription.endpoint.str() + (subscription.filtered ? ", filtered" : "");
  return "";
}

}  // namespace

bool is_reference_to(std::string_view reference, std::string_view address) {
  return reference.starts_with(address) &&
         (reference.size() == address.size() || reference[address.size()] == '.');
}

int NamespaceRow::policies() const {
  const auto found = applied.find("NetworkPolicy");
  return found == applied.end() ? 0 : found->second;
}

std::string details_of(const AwsResource& resource) {
  std::string text;
  if (resource.instances) text = instances_text(*resource.instances);
  if (resource.queue) text = queue_text(*resource.queue);
  if (resource.subscription) text = topic_text(*resource.subscription);
  if (resource.role) text = "for ServiceAccount " + resource.role->service_account.str();
  if (resource.kind == cloud::terraform::AwsKind::kOther) text = resource.made_by.str();
  if (!resource.sure) add_word(text, "if the pipeline's values make it");
  return text;
}

ClusterInventory inventory_of(const Facts& facts) {
  ClusterInventory inventory;
  inventory.cluster = &facts.cluster;
  for (const api::ManifestObject& item : facts.cluster.objects)
    ++inventory.applied[std::string(api::kind_name(*item.object))];
  std::map<api::Symbol, std::size_t> row_of;
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    row_of.emplace(folder.name, inventory.namespaces.size());
    NamespaceRow& row = inventory.namespaces.emplace_back();
    row.folder = &folder;
    row.promised = promised(folder);
    for (const api::ManifestObject& item : folder.objects)
      ++row.applied[std::string(api::kind_name(*item.object))];
    add_resources(folder, row);
  }
  for (const auto& [team, spaces] : facts.teams) {
    for (const api::Symbol space : spaces) inventory.namespaces[row_of.at(space)].teams.push_back(team);
  }
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    for (const MadeObject& made : folder.plan.objects) {
      if (made.kind != "Secret" || made.namespace_ == folder.name) continue;
      inventory.abroad.push_back({&folder, &made});
      const auto there = row_of.find(made.namespace_);
      if (there != row_of.end()) inventory.namespaces[there->second].from_others.push_back({&folder, &made});
    }
  }
  return inventory;
}

}  // namespace seatrial::scenario::environments
