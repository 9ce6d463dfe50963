#include "sim/scenario/load.h"

#include <algorithm>

#include "sim/api/value.h"
#include "sim/scenario/decode.h"
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
  std::vector<std::string> notes = api::unsimulated_notes(all);
  for (std::string& note : notes) note = note.substr(note.find(": ") + 2);
  return notes;
}

void read_spec(Reader spec, Scenario& scenario) {
  if (!spec || !spec.expect_map()) return;
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
  read_images(spec.field("images"), scenario);

  const std::size_t problems_before = decoding.problems.size();
  Parts parts{scenario, {}, {}};
  const Reader apply = spec.required("apply"), timeline = spec.field("timeline");
  scenario.apply = read_manifests(apply, scenario.default_namespace);
  for (const Manifest& manifest : scenario.apply) parts.inventory.add(manifest);
  read_applied(timeline, parts);
  parts.inventory.incomplete = decoding.problems.size() > problems_before;
  check_images(decoding, parts);
  read_webhooks(spec.field("webhooks"), parts);
  check_autoscalers(decoding, parts);
  read_loads(spec.field("load"), parts);
  read_timeline(timeline, parts);
  read_expectations(spec.field("expect"), parts);
  spec.done();
  scenario.not_simulated = stored_only(parts);
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

std::expected<Scenario, api::Problems> load_scenario(const std::string& path, const FileSource& files) {
  Scenario scenario;
  Decoding decoding{files, scenario_file(path, files), {}};
  scenario.folder = std::filesystem::path(decoding.file).parent_path();
  std::vector<api::Value> storage;
  if (const api::Value* const root = open_document(decoding, decoding.file, "Scenario", storage)) {
    Reader document(decoding, root, "");
    read_header(document, "Scenario", scenario.name, scenario.description);
    read_spec(document.required("spec"), scenario);
    document.done();
  }
  if (!decoding.problems.empty()) return std::unexpected(ordered(std::move(decoding.problems)));
  return scenario;
}

std::expected<Scenario, api::Problems> load_scenario(const std::string& path) {
  return load_scenario(path, DiskFiles());
}

std::expected<Platform, api::Problems> load_platform(const std::string& path, const FileSource& files) {
  Platform platform;
  Decoding decoding{files, path, {}};
  read_platform_file(decoding, path, platform);
  if (!decoding.problems.empty()) return std::unexpected(ordered(std::move(decoding.problems)));
  return platform;
}

}  // namespace seatrial::scenario
