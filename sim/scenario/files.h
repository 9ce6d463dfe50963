// Where input files come from: the disk, or memory (tests, fuzzing). Nothing else in sim/scenario opens a
// file.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace seatrial::scenario {

// What lies directly in a folder.
struct FolderEntry {
  std::string name;  // the last part of its path
  bool is_folder = false;
};

class FileSource {
 public:
  virtual ~FileSource() = default;
  // The error says why, in the words of kubectl: `the path "x.yaml" does not exist`.
  virtual std::expected<std::string, std::string> read(const std::string& path) const = 0;
  virtual bool is_folder(const std::string& path) const = 0;
  // The manifests directly in a folder (.yaml, .yml, .json; as `kubectl apply -f`, not recursive), sorted by
  // name.
  virtual std::expected<std::vector<std::string>, std::string> manifests_in(
      const std::string& folder) const = 0;
  // Everything directly in a folder, sorted by name.
  virtual std::expected<std::vector<FolderEntry>, std::string> list(const std::string& folder) const = 0;
  // Where what has this path really lies: for positions.
  virtual std::string origin(const std::string& path) const { return path; }
};

class DiskFiles final : public FileSource {
 public:
  std::expected<std::string, std::string> read(const std::string& path) const override;
  bool is_folder(const std::string& path) const override;
  std::expected<std::vector<std::string>, std::string> manifests_in(const std::string& folder) const override;
  std::expected<std::vector<FolderEntry>, std::string> list(const std::string& folder) const override;
};

class MemoryFiles final : public FileSource {
 public:
  MemoryFiles() = default;
  explicit MemoryFiles(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  void add(std::string path, std::string text) { files_[std::move(path)] = std::move(text); }
  std::expected<std::string, std::string> read(const std::string& path) const override;
  bool is_folder(const std::string& path) const override;
  std::expected<std::vector<std::string>, std::string> manifests_in(const std::string& folder) const override;
  std::expected<std::vector<FolderEntry>, std::string> list(const std::string& folder) const override;

 private:
  std::map<std::string, std::string> files_;
};

// A folder with others laid over it, as after the changes that they are: a file that one of them has, at the
// same place, takes the place of the one below, those later in the list before those earlier.
class OverlayFiles final : public FileSource {
 public:
  // REQUIRES: `files` outlives this.
  OverlayFiles(const FileSource& files, std::string folder, std::vector<std::string> overlays)
      : files_(files), folder_(std::move(folder)), overlays_(std::move(overlays)) {}
  std::expected<std::string, std::string> read(const std::string& path) const override;
  bool is_folder(const std::string& path) const override;
  std::expected<std::vector<std::string>, std::string> manifests_in(const std::string& folder) const override;
  std::expected<std::vector<FolderEntry>, std::string> list(const std::string& folder) const override;
  std::string origin(const std::string& path) const override;

 private:
  // Where it may lie, what counts first.
  std::vector<std::string> places(const std::string& path) const;

  const FileSource& files_;
  std::string folder_;
  std::vector<std::string> overlays_;
};

// `path` as seen from the folder of `file`; "." and ".." are resolved, so equal files have equal names.
std::string path_beside(const std::string& file, const std::string& path);
bool is_manifest_name(const std::string& path);

}  // namespace seatrial::scenario
