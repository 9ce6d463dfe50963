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

// Everything that the parts need of each other.
struct Parts {
  Scenario& scenario;
  Inventory inventory;
  std::map<std::size_t, std::vector<Manifest>> applied;  // by index of the timeline's entry
};

// `deployment/NAME` (or the long and short names that kubectl takes); `namespace` is the entry's field of
// that name.
std::optional<ObjectName> read_object_name(const Reader& at, const Reader& namespace_,
                                           const Inventory& inventory);

std::vector<Manifest> read_manifests(const Reader& paths, api::Symbol default_namespace);
void read_images(Reader images, Scenario& scenario);
// Every image of every pod must be described: else nobody knows how it behaves.
void check_images(Decoding& decoding, const Parts& parts);
// How admission webhooks answer; `fallback` stands for what is not said.
void read_webhooks(Reader webhooks, Parts& parts);
cluster::WebhookBehaviour read_webhook(Reader& at, const cluster::WebhookBehaviour& fallback);
// Reports a name that no webhook of the manifests has.
void require_webhook(const Reader& at, const std::string& name, const Parts& parts);
// What an autoscaler scales by must be described of every image of its target.
void check_autoscalers(Decoding& decoding, const Parts& parts);
void read_loads(const Reader& loads, Parts& parts);
void read_applied(const Reader& timeline, Parts& parts);  // the manifests of its `apply` entries
void read_timeline(const Reader& timeline, Parts& parts);
void read_expectations(const Reader& expect, Parts& parts);
void read_platform(Reader& document, Platform& platform);
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
