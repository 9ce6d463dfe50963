// The generated terraform of a namespace. Internal to bench/environments.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace seatrial::bench {

struct ModuleCounts {
  int accounts = 0, roles = 0, databases = 0, templates = 0, repositories = 0, caches = 0, buckets = 0,
      secrets = 0, pods = 0, queues = 0, topics = 0, domains = 0;
};

std::string main_text();
std::string versions_text();
std::string variables_text(const std::string& namespace_);
// Names of files and their contents.
std::vector<std::pair<std::string, std::string>> terraform_files(const std::string& namespace_, int i,
                                                                 const ModuleCounts& counts);

}  // namespace seatrial::bench
