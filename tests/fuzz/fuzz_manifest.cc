// Any bytes are a manifest or a list of problems with positions; what is read can be printed and read again.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "sim/api/manifests.h"
#include "sim/api/patch.h"

using namespace seatrial::api;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Manifests manifests = parse_manifests(text, "fuzz.yaml");
  for (const Problem& problem : manifests.problems) {
    if (problem.where.line <= 0 || problem.where.column <= 0 || problem.message.empty()) std::abort();
  }
  for (const ManifestObject& item : manifests.objects) {
    const KindInfo& kind = info(*item.object);
    const auto json = kind.encode(*item.object);
    const auto again = kind.decode(from_json(json));
    if (kind.simulated && (!again || kind.encode(**again) != json)) std::abort();
    if (!three_way_patch(nullptr, to_json(*item.document), json) && kind.simulated) std::abort();
  }
  return 0;
}
