// Any bytes are a scenario or a list of problems with positions. The bytes are scenario.yaml; where they hold
// a line
// "%%% NAME", what follows is the file of that name beside it, so that platforms and manifests are reached
// too.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sim/scenario/load.h"

using namespace seatrial;

namespace {

constexpr std::string_view kPlatform =
    "apiVersion: seatrial/v1\nkind: Platform\nmetadata: {name: p}\nspec:\n  zones: [a]\n"
    "  nodeGroups: [{name: n, count: 2, allocatable: {cpu: 1, memory: 1Gi, pods: 9}}]\n";

scenario::MemoryFiles files_of(std::string_view text) {
  scenario::MemoryFiles files;
  files.add("f/platform.yaml", std::string(kPlatform));
  files.add("platforms/cloud-platform-small.yaml", std::string(kPlatform));
  std::string name = "f/scenario.yaml", content;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (!line.starts_with("%%% ")) {
      content += std::string(line) + "\n";
      continue;
    }
    files.add(name, std::exchange(content, {}));
    name = "f/" + std::string(line.substr(4));
  }
  files.add(name, content);
  return files;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const scenario::MemoryFiles files = files_of({reinterpret_cast<const char*>(data), size});
  if (const auto loaded = scenario::load_versions("f/scenario.yaml", files); !loaded) {
    if (loaded.error().empty()) std::abort();
    for (const api::Problem& problem : loaded.error()) {
      if (problem.where.line <= 0 || problem.where.column <= 0 || problem.message.empty()) std::abort();
    }
  }
  const auto platform = scenario::load_platform("f/scenario.yaml", files);
  if (!platform && platform.error().empty()) std::abort();
  return 0;
}
