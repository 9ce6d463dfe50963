#include "sim/scenario/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace seatrial::scenario {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kMaxBytes = 64u << 20;

std::string does_not_exist(const std::string& path) { return "the path \"" + path + "\" does not exist"; }

}  // namespace

std::expected<std::string, std::string> DiskFiles::read(const std::string& path) const {
  // Never waits for a pipe that nobody writes to.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status{};
  const bool found = file >= 0 && ::fstat(file, &status) == 0;
  const auto refused = [&](std::string why) {
    if (file >= 0) ::close(file);
    return std::unexpected(std::move(why));
  };
  if (!found)
    return refused(errno == ENOENT || errno == ENOTDIR
                       ? does_not_exist(path)
                       : "cannot read \"" + path + "\": permission denied or I/O error");
  if (S_ISDIR(status.st_mode)) return refused("\"" + path + "\" is a folder, not a file");
  if (!S_ISREG(status.st_mode)) return refused("\"" + path + "\" is not a regular file");
  if (static_cast<std::uintmax_t>(status.st_size) > kMaxBytes)
    return refused("\"" + path + "\" is larger than 64 MiB");
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(file, text.data() + size, text.size() - size);
    if (count < 0) return refused("cannot read \"" + path + "\": permission denied or I/O error");
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  ::close(file);
  return text;
}

bool DiskFiles::is_folder(const std::string& path) const {
  std::error_code error;
  return fs::is_directory(path, error);
}

std::expected<std::vector<std::string>, std::string> DiskFiles::manifests_in(
    const std::string& folder) const {
  std::error_code error;
  std::vector<std::string> found;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    std::error_code of_entry;
    const std::string path = at->path().string();
    if (is_manifest_name(path) && at->is_regular_file(of_entry)) found.push_back(path);
  }
  if (error) return std::unexpected("cannot list \"" + folder + "\": " + error.message());
  std::ranges::sort(found);
  return found;
}

std::expected<std::vector<FolderEntry>, std::string> DiskFiles::list(const std::string& folder) const {
  std::error_code error;
  std::vector<FolderEntry> entries;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    std::error_code of_entry;
    entries.push_back({at->path().filename().string(), at->is_directory(of_entry)});
  }
  if (error) return std::unexpected("cannot list \"" + folder + "\": " + error.message());
  std::ranges::sort(entries, {}, &FolderEntry::name);
  return entries;
}

std::expected<std::string, std::string> MemoryFiles::read(const std::string& path) const {
  const auto found = files_.find(path);
  if (found == files_.end()) return std::unexpected(does_not_exist(path));
  return found->second;
}

bool MemoryFiles::is_folder(const std::string& path) const {
  const std::string prefix = path.ends_with('/') ? path : path + "/";
  const auto next = files_.lower_bound(prefix);
  return next != files_.end() && next->first.starts_with(prefix);
}

std::expected<std::vector<std::string>, std::string> MemoryFiles::manifests_in(
    const std::string& folder) const {
  const std::string prefix = folder.ends_with('/') ? folder : folder + "/";
  std::vector<std::string> found;
  for (auto at = files_.lower_bound(prefix); at != files_.end() && at->first.starts_with(prefix); ++at) {
    const bool direct = at->first.find('/', prefix.size()) == std::string::npos;
    if (direct && is_manifest_name(at->first)) found.push_back(at->first);
  }
  return found;
}

std::expected<std::vector<FolderEntry>, std::string> MemoryFiles::list(const std::string& folder) const {
  const std::string prefix = folder.ends_with('/') ? folder : folder + "/";
  std::vector<FolderEntry> entries;
  for (auto at = files_.lower_bound(prefix); at != files_.end() && at->first.starts_with(prefix); ++at) {
    const std::size_t end = at->first.find('/', prefix.size());
    std::string name = at->first.substr(prefix.size(), end == std::string::npos ? end : end - prefix.size());
    if (entries.empty() || entries.back().name != name)
      entries.push_back({std::move(name), end != std::string::npos});
  }
  std::ranges::sort(entries, {}, &FolderEntry::name);
  return entries;
}

std::vector<std::string> OverlayFiles::places(const std::string& path) const {
  std::vector<std::string> all;
  if (path == folder_ || path.starts_with(folder_ + "/")) {
    for (auto overlay = overlays_.rbegin(); overlay != overlays_.rend(); ++overlay)
      all.push_back(*overlay + path.substr(folder_.size()));
  }
  all.push_back(path);
  return all;
}

std::expected<std::string, std::string> OverlayFiles::read(const std::string& path) const {
  return files_.read(origin(path));
}

bool OverlayFiles::is_folder(const std::string& path) const {
  return std::ranges::any_of(places(path), [&](const std::string& at) { return files_.is_folder(at); });
}

std::expected<std::vector<std::string>, std::string> OverlayFiles::manifests_in(
    const std::string& folder) const {
  const auto entries = list(folder);
  if (!entries) return std::unexpected(entries.error());
  std::vector<std::string> found;
  for (const FolderEntry& entry : *entries)
    if (!entry.is_folder && is_manifest_name(entry.name)) found.push_back(folder + "/" + entry.name);
  return found;
}

std::expected<std::vector<FolderEntry>, std::string> OverlayFiles::list(const std::string& folder) const {
  std::map<std::string, bool> all;
  for (const std::string& at : places(folder)) {
    if (!files_.is_folder(at)) continue;
    const auto entries = files_.list(at);
    if (!entries) return std::unexpected(entries.error());
    for (const FolderEntry& entry : *entries) all.emplace(entry.name, entry.is_folder);
  }
  std::vector<FolderEntry> entries;
  for (const auto& [name, is_folder] : all) entries.push_back({name, is_folder});
  return entries;
}

// Files are few in a change, so what a place holds is asked of its folder.
std::string OverlayFiles::origin(const std::string& path) const {
  for (const std::string& at : places(path)) {
    const std::size_t slash = at.rfind('/');
    if (slash == std::string::npos || !files_.is_folder(at.substr(0, slash))) continue;
    const auto entries = files_.list(at.substr(0, slash));
    if (entries && std::ranges::any_of(*entries, [&](const FolderEntry& entry) {
          return entry.name == at.substr(slash + 1);
        }))
      return at;
  }
  return path;
}

std::string path_beside(const std::string& file, const std::string& path) {
  if (path.starts_with('/')) return path;
  std::string joined = (fs::path(file).parent_path() / path).lexically_normal().generic_string();
  while (joined.size() > 1 && joined.ends_with('/')) joined.pop_back();
  return joined;
}

bool is_manifest_name(const std::string& path) {
  return path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json");
}

}  // namespace seatrial::scenario
