// The parts of a scenario's decoding, one function for each key of `spec`. Internal to sim/scenario.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/reader.h"
#include "sim/scenario/scenario.h"

namespace seatrial::scenario {

// What the scenario's manifests define, to resolve the names that its other parts use.
class Inventory {
 public:
  void add(const Manifest& manifest);
  // The namespace of the one object of that kind and name; empty and a problem at `at` if none or several
  // have it.
  api::Symbol namespace_of(const Reader& at, api::Kind kind, const std::string& name) const;
  bool has(const ObjectName& object) const;
  // Some manifest could not be read, so nothing can be said to be missing.
  bool incomplete = false;
  const std::vector<std::shared_ptr<const api::Object>>& objects() const { return objects_; }

 private:
  std::vector<std::shared_ptr<const api::Object>> objects_;
};

// A pipeline as its file has it, with the manifests as they are before a merge.
struct PipelineSource {
  std::shared_ptr<const Pipeline> pipeline;
  api::Symbol namespace_;
  std::vector<Manifest> manifests;
  std::string command;  // that applies them
  api::SourcePosition where;
};

// An Environments pipeline while the timeline is read: its checkout, and the pull requests merged so far.
struct EnvironmentsSource {
  std::shared_ptr<const EnvironmentsPipeline> pipeline;
  std::string checkout, cluster;  // folders
  std::vector<std::string> pull_requests;
  Duration merged;  // when the last of them was
};

// Everything that the parts need of each other.
struct Parts {
  Scenario& scenario;
  Inventory inventory;
  std::map<std::size_t, std::vector<Manifest>> applied;    // by index of the timeline's entry
  std::map<std::string, PipelineSource> pipelines;         // by name
  std::map<std::string, EnvironmentsSource> environments;  // those of Environments repositories, likewise
  std::vector<std::string> notes;                          // further ones for Scenario::not_simulated
  std::map<std::size_t, MergeEnvironments> pull_requests;  // by index of the timeline's entry
};

// `deployment/NAME` (or the long and short names that kubectl takes); `namespace` is the entry's field of
// that name.
std::optional<ObjectName> read_object_name(const Reader& at, const Reader& namespace_,
                                           const Inventory& inventory);

std::vector<Manifest> read_manifests(const Reader& paths, api::Symbol default_namespace);
void read_images(Reader images, Scenario& scenario);
// Of its pods' containers, and where each is named.
std::vector<std::pair<std::string, api::SourcePosition>> images_of(const api::Object& object);
// Every image of every pod must be described: else nobody knows how it behaves.
void check_images(Decoding& decoding, const Parts& parts);
// How admission webhooks answer; `fallback` stands for what is not said.
void read_webhooks(Reader webhooks, Parts& parts);
cluster::WebhookBehaviour read_webhook(Reader& at, const cluster::WebhookBehaviour& fallback);
// Reports a name that no webhook of the manifests has.
void require_webhook(const Reader& at, const std::string& name, const Parts& parts);
// What an autoscaler scales by must be described of every image of its target.
void check_autoscalers(Decoding& decoding, const Parts& parts);
// The issuers that fail, and until when certificates live that are there at time 0.
void read_certificates(const Reader& certificates, Reader issuers, Parts& parts);
void read_loads(const Reader& loads, Parts& parts);
void read_pipelines(const Reader& list, Parts& parts);
// Those of its pipeline, with the tag that the entry names.
std::vector<Manifest> manifests_of_merge(Reader& entry, const Parts& parts);
// {takes, fails, tries}; a push has bytesPerSecond as well.
PipelineTask read_task(Reader map, bool pushes);
// The rest of a pipeline's `spec` that has `environments`. What it has applied before stands before and
// behind what the scenario applies.
void read_environments_pipeline(Reader& spec, EnvironmentsPipeline pipeline, Parts& parts);
// Images that only checkouts name, and the scenario does not describe, just run; says so.
void describe_images_of_checkouts(Parts& parts);
// Those of the folders that a pull request changes.
std::vector<Manifest> manifests_of_pull_request(Reader& entry, std::size_t index, Parts& parts);
void read_applied(const Reader& timeline, Parts& parts);  // the manifests of its `apply` entries
void read_timeline(const Reader& timeline, Parts& parts);
void read_expectations(const Reader& expect, Parts& parts);
void read_platform(Reader& document, Platform& platform);
void read_resources(Reader map, Platform& platform);
void read_credential_rules(Reader map, Platform& platform);
void read_iam(Reader map, Parts& parts);
void read_external_dns(Reader map, Platform& platform);
void read_dns(Reader map, Platform& platform);
void read_dns_load(Decoding& decoding, Parts& parts);  // of the queries that pods make; REQUIRES: the first
// How a process that writes `written` for that Service finds it; a host of another kind is found as it is.
traffic::DnsName name_of_service(const Destination& to, std::string written);
std::string read_host(const Reader& at, const Platform& platform);  // of a call
// Reports a name that no resource of the platform or the scenario has.
void require_resource(const Reader& at, const std::string& name, const Platform& platform);
// What an outcome of a load, or of a call, is tried again for.
traffic::OutcomeSet retried_by_default(bool idempotent);
// The loads of images' calls to Services.
void read_service_calls(Reader images, Parts& parts);
void require_queue(const Reader& at, const std::string& name, const Platform& platform);
// `consumes:` of an image.
void read_consumer(Reader map, const std::string& image, const Platform& platform,
                   cluster::ImageBehaviour& behaviour);
// How often, from time 0 to `end`; `text` is the rate in words.
traffic::Arrivals read_arrivals(Reader rate, SimTime end, std::string& text);
void read_calls(const Reader& list, const std::string& image, const Platform& platform,
                cluster::ImageBehaviour& behaviour);
void read_registry(Reader map, Platform& platform);
void read_access(Reader map, Access& access);
// `as:` of an entry; null where it says nothing, or nothing that can be read.
IdentityPtr read_identity(Reader as, const Access& access);

// Reads `path` and checks apiVersion and kind; the first document, or null and problems.
const api::Value* open_document(Decoding& decoding, const std::string& path, std::string_view kind,
                                std::vector<api::Value>& storage);
// apiVersion, kind and metadata.
void read_header(Reader& document, std::string_view kind, api::Symbol& name, std::string& description);

}  // namespace seatrial::scenario
