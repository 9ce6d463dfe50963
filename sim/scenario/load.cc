#include "sim/scenario/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sim/api/validation.h"
#include "sim/api/value.h"
#include "sim/network/policy/order.h"
#include "sim/scenario/decode.h"
#include "sim/scenario/resource_address.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {
namespace {

constexpr std::string_view kApiVersion = "seatrial/v1";
constexpr Duration kLongest = Duration::seconds(366LL * 86400);

// Positions first by file as read, then by line; a problem reported twice is kept once.
api::Problems ordered(api::Problems problems) {
  std::ranges::stable_sort(problems, [](const api::Problem& a, const api::Problem& b) {
    if (a.where.file != b.where.file) return a.where.file < b.where.file;
    if (a.where.line != b.where.line) return a.where.line < b.where.line;
    return a.where.column < b.where.column;
  });
  const auto rest = std::ranges::unique(problems);
  problems.erase(rest.begin(), rest.end());
  return problems;
}

bool read_platform_file(Decoding& decoding, const std::string& path, Platform& platform) {
  std::vector<api::Value> storage;
  const std::string before = std::exchange(decoding.file, path);
  const api::Value* const document = open_document(decoding, path, "Platform", storage);
  if (document) {
    Reader reader(decoding, document, "");
    read_platform(reader, platform);
  }
  decoding.file = before;
  return document != nullptr;
}

void read_platform_of(const Reader& at, Scenario& scenario) {
  const std::string name = at.text();
  if (name.empty()) return;
  Decoding& decoding = at.decoding();
  const std::string path = path_beside(decoding.file, name);
  if (const auto text = decoding.files.read(path); !text) return at.problem(text.error());
  read_platform_file(decoding, path, scenario.platform);
}

// What annotations say of load balancers and no load balancer here can be: all are on the internet, and send
// to pods.
void note_other_balancers(const std::vector<Manifest>& manifests, std::vector<std::string>& notes) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kOthers{
      {{"service.beta.kubernetes.io/aws-load-balancer-nlb-target-type", "instance"},
       {"service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"},
       {"alb.ingress.kubernetes.io/target-type", "instance"},
       {"alb.ingress.kubernetes.io/scheme", "internal"}}};
  for (const auto& [annotation, value] : kOthers) {
    const auto count = std::ranges::count_if(manifests, [&](const Manifest& manifest) {
      return manifest.object->metadata.annotations->get(annotation) == value;
    });
    if (count > 0)
      notes.push_back(
          fmt::format("annotation {}: {}, {} object{}", annotation, value, count, count == 1 ? "" : "s"));
  }
}

// "annotation …/ttl: soon of ingress/prod/web, … (web.yaml:3)"
void note_ignored_annotations(const std::vector<Manifest>& manifests, const cloud::DnsRules& rules,
                              std::vector<std::string>& notes) {
  for (const Manifest& manifest : manifests) {
    const api::Kind kind = manifest.object->kind;
    if (kind != api::Kind::kIngress && kind != api::Kind::kService) continue;
    for (const std::string& ignored : cloud::ignored_annotations(*manifest.object, rules)) {
      const std::string note = fmt::format("{} ({}:{})", ignored, manifest.object->source.file.view(),
                                           manifest.object->source.line);
      if (std::ranges::find(notes, note) == notes.end()) notes.push_back(note);
    }
  }
}

// "NetworkPolicy (networking.k8s.io/v1), 2 objects"
std::vector<std::string> stored_only(const Parts& parts) {
  std::vector<Manifest> all = parts.scenario.apply;
  for (const TimelineEntry& entry : parts.scenario.timeline) {
    std::visit(
        [&](const auto& verb) {
          if constexpr (requires { verb.manifests; })
            all.insert(all.end(), verb.manifests.begin(), verb.manifests.end());
        },
        entry.action);
  }
  if (parts.scenario.platform.cert_manager)
    std::erase_if(all, [](const Manifest& manifest) { return is_certificate(*manifest.object); });
  if (const auto& plugin = parts.scenario.platform.network_plugin)
    std::erase_if(all, [&](const Manifest& manifest) {
      const api::Kind kind = manifest.object->kind;
      return network::is_enforced_policy(kind, plugin->options.calico) ||
             (plugin->options.calico && kind == api::Kind::kTier);
    });
  std::vector<std::string> notes = api::unsimulated_notes(all);
  for (std::string& note : notes) note = note.substr(note.find(": ") + 2);
  const Platform& platform = parts.scenario.platform;
  if (!platform.load_balancers.empty()) note_other_balancers(all, notes);
  if (platform.external_dns) note_ignored_annotations(all, platform.external_dns->records, notes);
  if (platform.vpc && !platform.pod_network)
    notes.emplace_back(
        "the VPC's addresses of nodes and pods, as the platform has no podNetwork: theirs are made up, and "
        "rules by "
        "ipBlock judge those");
  if (platform.network_plugin)
    for (const cloud::ManagedConfig& resource : platform.resources)
      if (!address_of(platform, resource, resource.zone))
        notes.push_back("network policies on the way to " + resource.name.str() +
                        ", which has no `address` and is in no VPC");
  return notes;
}

void read_spec(Reader& spec, Scenario& scenario) {
  Decoding& decoding = spec.decoding();
  scenario.seed =
      static_cast<std::uint64_t>(spec.field("seed").integer(1, 0, std::numeric_limits<std::int64_t>::max()));
  const Reader duration = spec.required("duration"), settle = spec.field("settle");
  scenario.duration = duration.duration(kLongest, Duration::millis(1));
  scenario.settle = settle.duration(scenario.settle, Duration::seconds(1));
  if (scenario.duration > kLongest) duration.problem("must be at most a year");
  if (scenario.settle > kLongest) settle.problem("must be at most a year");
  scenario.default_namespace = spec.field("namespace").text("default");
  read_platform_of(spec.required("platform"), scenario);
  read_resources(spec.field("resources"), scenario.platform);
  read_dns(spec.field("dns"), scenario.platform);
  const Reader images = spec.field("images");
  read_images(images, scenario);

  const std::size_t problems_before = decoding.problems.size();
  Parts parts{scenario, {}, {}, {}, {}, {}, {}};
  const Reader apply = spec.required("apply"), timeline = spec.field("timeline");
  scenario.apply = read_manifests(apply, scenario.default_namespace);
  for (const Manifest& manifest : scenario.apply) parts.inventory.add(manifest);
  read_pipelines(spec.field("pipelines"), parts);
  read_applied(timeline, parts);
  parts.inventory.incomplete = decoding.problems.size() > problems_before;
  describe_images_of_checkouts(parts);
  check_images(decoding, parts);
  read_webhooks(spec.field("webhooks"), parts);
  check_autoscalers(decoding, parts);
  read_iam(spec.field("iam"), parts);
  read_certificates(spec.field("certificates"), spec.field("issuers"), parts);
  read_dns_load(decoding, parts);
  read_loads(spec.field("load"), parts);
  read_service_calls(images, parts);
  read_timeline(timeline, parts);
  read_expectations(spec.field("expect"), parts);
  spec.done();
  scenario.not_simulated = stored_only(parts);
  std::ranges::move(parts.notes, std::back_inserter(scenario.not_simulated));
  std::ranges::sort(scenario.not_simulated);
}

struct Variant {
  std::string name;
  Reader map;
};

std::string read_variant_name(const Reader& at, const std::vector<Variant>& before) {
  std::string name = at.text();
  if (name.empty()) return name;
  for (std::string& why : api::check_dns1123_label(name)) at.problem(std::move(why));
  if (name == kBase || name == kAllVariants)
    at.problem("\"" + name + "\" is not for a variant: it means " +
               (name == kBase ? "the scenario without one" : "the base and all variants"));
  if (std::ranges::find(before, name, &Variant::name) != before.end())
    at.problem("two variants are called \"" + name + "\"");
  return name;
}

std::vector<Variant> read_variants(const Reader& list) {
  std::vector<Variant> variants;
  for (Reader map : list.items()) {
    if (!map.expect_map()) continue;
    std::string name = read_variant_name(map.required("name"), variants);
    variants.push_back({std::move(name), std::move(map)});
  }
  return variants;
}

void report_unknown_variant(const Reader& list, std::string_view wanted,
                            const std::vector<Variant>& variants) {
  std::vector<std::string> names{std::string(kBase)};
  for (const Variant& variant : variants) names.push_back(variant.name);
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  list.problem("there is no variant \"" + std::string(wanted) + "\"" + did_you_mean(wanted, names) +
               " (there are: " + all + ")");
}

// The base where `variant` is null.
Scenario read_version(Reader spec, Scenario scenario, Variant* variant) {
  if (!variant) {
    read_spec(spec, scenario);
    return scenario;
  }
  api::Problems& problems = spec.decoding().problems;
  const std::size_t before = problems.size();
  scenario.variant = variant->name;
  scenario.description = variant->map.field("description").text(scenario.description);
  spec.prefer(variant->map);
  read_spec(spec, scenario);
  variant->map.done();
  // What is wrong elsewhere only together with the variant must say so.
  for (std::size_t i = before; i < problems.size(); ++i) {
    const auto end = problems.begin() + static_cast<std::ptrdiff_t>(before);
    if (problems[i].path.starts_with(variant->map.path()) ||
        std::find(problems.begin(), end, problems[i]) != end)
      continue;
    problems[i].message += " (in variant " + variant->name + ")";
  }
  return scenario;
}

std::string scenario_file(const std::string& path, const FileSource& files) {
  if (!files.is_folder(path)) return path;
  return path_beside(path.ends_with('/') ? path : path + "/", "scenario.yaml");
}

}  // namespace

const api::Value* open_document(Decoding& decoding, const std::string& path, std::string_view kind,
                                std::vector<api::Value>& storage) {
  const auto add = [&](api::SourcePosition where, std::string message) {
    decoding.problems.push_back({where, "", std::move(message), api::Problem::Reason::kBadRequest});
  };
  const auto text = decoding.files.read(path);
  if (!text) {
    add({path, 1, 1}, text.error());
    return nullptr;
  }
  api::ParseResult parsed = api::parse_documents(*text, path);
  std::ranges::move(parsed.problems, std::back_inserter(decoding.problems));
  storage = std::move(parsed.documents);
  if (!parsed.problems.empty()) return nullptr;
  if (parsed.encrypted)
    add({path, 1, 1}, "the file is encrypted (git-crypt)");
  else if (storage.empty())
    add({path, 1, 1}, "the file is empty: expected kind: " + std::string(kind));
  if (storage.empty()) return nullptr;
  if (storage.size() > 1) add(storage[1].where, "a second document: a file holds one " + std::string(kind));
  if (storage[0].is_map()) return &storage[0];
  add(storage[0].where, wrong_type("object", storage[0]));
  return nullptr;
}

void read_header(Reader& document, std::string_view kind, api::Symbol& name, std::string& description) {
  const Reader api_version = document.required("apiVersion"), written_kind = document.required("kind");
  const std::string version = api_version.text(), found = written_kind.text();
  if (!version.empty() && version != kApiVersion)
    api_version.problem("expected " + std::string(kApiVersion) + ", got \"" + version + "\"");
  if (!found.empty() && found != kind)
    written_kind.problem("expected " + std::string(kind) + ", got \"" + found + "\"");
  Reader metadata = document.required("metadata");
  if (!metadata || !metadata.expect_map()) return;
  name = metadata.required("name").text();
  description = metadata.field("description").text();
  metadata.done();
}

namespace {

// One version, or all.
std::expected<std::vector<Scenario>, api::Problems> load(const std::string& path, const FileSource& files,
                                                         std::optional<std::string_view> wanted) {
  Decoding decoding{files, scenario_file(path, files), {}};
  std::vector<Scenario> versions;
  std::vector<api::Value> storage;
  if (const api::Value* const root = open_document(decoding, decoding.file, "Scenario", storage)) {
    Scenario header;
    header.folder = std::filesystem::path(decoding.file).parent_path();
    Reader document(decoding, root, "");
    read_header(document, "Scenario", header.name, header.description);
    Reader spec = document.required("spec");
    document.done();
    if (spec && spec.expect_map()) {
      const Reader list = spec.field("variants");
      std::vector<Variant> variants = read_variants(list);
      if (!wanted || wanted->empty() || *wanted == kBase)
        versions.push_back(read_version(spec, header, nullptr));
      for (Variant& variant : variants)
        if (!wanted || *wanted == variant.name) versions.push_back(read_version(spec, header, &variant));
      if (versions.empty()) report_unknown_variant(list, *wanted, variants);
    }
  }
  if (!decoding.problems.empty()) return std::unexpected(ordered(std::move(decoding.problems)));
  return versions;
}

}  // namespace

std::expected<std::vector<Scenario>, api::Problems> load_versions(const std::string& path,
                                                                  const FileSource& files) {
  return load(path, files, std::nullopt);
}

std::expected<std::vector<Scenario>, api::Problems> load_versions(const std::string& path) {
  return load_versions(path, DiskFiles());
}

std::expected<Scenario, api::Problems> load_scenario(const std::string& path, const FileSource& files,
                                                     std::string_view variant) {
  auto versions = load(path, files, variant);
  if (!versions) return std::unexpected(std::move(versions.error()));
  return std::move(versions->front());
}

std::expected<Scenario, api::Problems> load_scenario(const std::string& path, std::string_view variant) {
  return load_scenario(path, DiskFiles(), variant);
}

std::expected<Platform, api::Problems> load_platform(const std::string& path, const FileSource& files) {
  Platform platform;
  Decoding decoding{files, path, {}};
  read_platform_file(decoding, path, platform);
  if (!decoding.problems.empty()) return std::unexpected(ordered(std::move(decoding.problems)));
  return platform;
}

}  // namespace seatrial::scenario
