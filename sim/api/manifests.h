// Manifests as `kubectl apply -f` reads them: files (.yaml, .yml, .json) and folders of them (sorted by name,
// not recursive), many documents to a file, `kind: List` flattened.
//
// Every object is decoded, defaulted and validated (kinds.h: read_object). One bad document does not hide the
// rest: all problems of all files come at once, each with its position; the objects that were fine are there
// all the same.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/api/kinds.h"

namespace seatrial::api {

struct ManifestObject {
  ObjectPtr object;                       // defaulted
  Symbol namespace_;                      // as written; empty: the caller's default
  std::shared_ptr<const Value> document;  // as written: what `kubectl apply` records as last applied
};

struct Manifests {
  std::vector<ManifestObject> objects;  // in the order of the files and within them
  Problems problems;
  std::vector<std::string> notes;    // "stored, not simulated: RoleBinding (rbac….io/v1), 3 objects"
  std::vector<std::string> skipped;  // git-crypt files
};

// `path` is shown in positions as it is given here.
Manifests load_manifests(const std::filesystem::path& path);
Manifests load_manifests(const std::vector<std::filesystem::path>& paths);
// `shown` stands for the path in positions; for paths that are relative to another file.
Manifests load_manifests(const std::filesystem::path& path, std::string_view shown);
Manifests parse_manifests(std::string_view text, Symbol file);

// Of a set: how many objects of each kind that is not simulated, once per kind, sorted.
std::vector<std::string> unsimulated_notes(const std::vector<ManifestObject>& objects);

}  // namespace seatrial::api
