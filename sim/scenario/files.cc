#include "sim/scenario/files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace seatrial::scenario {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kMaxBytes = 64u << 20;

std::string does_not_exist(const std::string& path) { return "the path \"" + path + "\" does not exist"; }

}  // namespace

std::expected<std::string, std::string> DiskFiles::read(const std::string& path) const {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return std::unexpected(does_not_exist(path));
  if (fs::is_directory(status)) return std::unexpected("\"" + path + "\" is a folder, not a file");
  if (!fs::is_regular_file(status)) return std::unexpected("\"" + path + "\" is not a regular file");
  if (fs::file_size(path, error) > kMaxBytes)
    return std::unexpected("\"" + path + "\" is larger than 64 MiB");
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return std::unexpected("cannot read \"" + path + "\": permission denied or I/O error");
  return std::move(text).str();
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
