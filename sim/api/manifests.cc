#include "sim/api/manifests.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>
#include <tuple>

#include "sim/api/conversion.h"

namespace seatrial::api {
namespace {

namespace fs = std::filesystem;

bool is_manifest_name(const fs::path& path) {
  static constexpr std::array<std::string_view, 3> kExtensions{".json", ".yaml", ".yml"};
  return std::find(kExtensions.begin(), kExtensions.end(), path.extension().string()) != kExtensions.end();
}

void append(Manifests& all, Manifests more) {
  std::move(more.objects.begin(), more.objects.end(), std::back_inserter(all.objects));
  std::move(more.problems.begin(), more.problems.end(), std::back_inserter(all.problems));
  std::move(more.skipped.begin(), more.skipped.end(), std::back_inserter(all.skipped));
}

constexpr std::size_t kLongestFile = 64 << 20;

// `kind: List` and every `…List` with items: the items.
const Value* list_items(const Value& document) {
  const Value* const kind = document.find("kind");
  const Value* const items = document.find("items");
  const bool list = kind && kind->is_string() && kind->text.ends_with("List");
  return list && items && items->is_list() ? items : nullptr;
}

void add_document(const Value& document, Manifests& result, int depth) {
  if (const Value* const items = list_items(document); items && depth < 8) {
    for (const Value& item : items->list) add_document(item, result, depth + 1);
    return;
  }
  const auto stored = to_stored_version(document);
  auto object = stored ? read_object(*stored) : std::unexpected(stored.error());
  if (!object) {
    std::move(object.error().begin(), object.error().end(), std::back_inserter(result.problems));
    return;
  }
  const Symbol space = (*object)->metadata.namespace_;
  result.objects.push_back({std::move(*object), space, std::make_shared<const Value>(*stored)});
}

Manifests load_file(const fs::path& path, const std::string& shown) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::vector<char> part(1 << 16);
  while (file && text.size() <= kLongestFile) {
    file.read(part.data(), static_cast<std::streamsize>(part.size()));
    text.append(part.data(), static_cast<std::size_t>(file.gcount()));
  }
  const bool too_long = text.size() > kLongestFile;
  if (too_long || !file.eof()) {
    Manifests failed;
    failed.problems.push_back(
        {{Symbol(shown), 1, 1}, "", too_long ? "longer than 64 MiB" : "cannot read the file"});
    return failed;
  }
  return parse_manifests(text, Symbol(shown));
}

Manifests load_folder(const fs::path& folder, const std::string& shown) {
  Manifests result;
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (is_manifest_name(it->path()) && !it->is_directory()) files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files)
    append(result, load_file(file, (fs::path(shown) / file.filename()).string()));
  if (files.empty()) {
    result.problems.push_back(
        {{Symbol(shown), 1, 1},
         "",
         "error reading [" + shown + "]: recognized file extensions are [.json .yaml .yml]"});
  }
  return result;
}

Manifests load_path(const fs::path& path, const std::string& shown) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    Manifests missing;
    missing.problems.push_back({{Symbol(shown), 1, 1}, "", "the path \"" + shown + "\" does not exist"});
    return missing;
  }
  return fs::is_directory(status) ? load_folder(path, shown) : load_file(path, shown);
}

// What sim/network says of policies is not asked by the traffic yet.
bool is_without_effect(Kind kind) {
  constexpr std::array kPolicies{
      Kind::kNetworkPolicy,       Kind::kAdminNetworkPolicy,  Kind::kBaselineAdminNetworkPolicy,
      Kind::kCalicoNetworkPolicy, Kind::kGlobalNetworkPolicy, Kind::kTier};
  return kind == Kind::kUnstructured || std::ranges::count(kPolicies, kind) > 0;
}

// What follows for a run from the kind's being stored only, where one might take its silence for consent.
std::string_view consequence(std::string_view kind) {
  if (kind.starts_with("ValidatingAdmissionPolicy (")) return ": its CEL checked nothing";
  if (kind.starts_with("MutatingAdmissionPolicy (")) return ": its CEL changed nothing";
  if (kind.contains("NetworkPolicy (")) return ": nobody is kept out, as the platform has no networkPlugin";
  return "";
}

}  // namespace

std::vector<std::string> unsimulated_notes(const std::vector<ManifestObject>& objects) {
  std::map<std::string, int> counts;
  std::set<std::tuple<std::string, Symbol, Symbol>> seen;  // what is applied again is the same object
  for (const ManifestObject& item : objects) {
    if (!is_without_effect(item.object->kind)) continue;
    const auto& metadata = item.object->metadata;
    if (!seen.emplace(kind_name(*item.object), metadata.namespace_, metadata.name).second) continue;
    ++counts[std::string(kind_name(*item.object)) + " (" + std::string(api_version_of(*item.object)) + ")"];
  }
  std::vector<std::string> notes;
  for (const auto& [kind, count] : counts) {
    notes.push_back("stored, not simulated: " + kind + ", " + std::to_string(count) +
                    (count == 1 ? " object" : " objects") + std::string(consequence(kind)));
  }
  return notes;
}

Manifests parse_manifests(std::string_view text, Symbol file) {
  Manifests result;
  ParseResult parsed = parse_documents(text, file);
  if (parsed.encrypted) result.skipped.push_back(file.str() + ": encrypted with git-crypt");
  result.problems = std::move(parsed.problems);
  for (const Value& document : parsed.documents) add_document(document, result, 0);
  result.notes = unsimulated_notes(result.objects);
  return result;
}

Manifests load_manifests(const fs::path& path, std::string_view shown) {
  Manifests result = load_path(path, std::string(shown));
  result.notes = unsimulated_notes(result.objects);
  return result;
}

Manifests load_manifests(const fs::path& path) { return load_manifests(path, path.string()); }

Manifests load_manifests(const std::vector<fs::path>& paths) {
  Manifests result;
  for (const fs::path& path : paths) append(result, load_path(path, path.string()));
  result.notes = unsimulated_notes(result.objects);
  return result;
}

}  // namespace seatrial::api
