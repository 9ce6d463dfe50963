#include "sim/scenario/environments/promises.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/api/resources.h"
#include "sim/report/format.h"

namespace seatrial::scenario::environments {
namespace {

constexpr double kMostRoom = 9e18;

std::int64_t times(std::int64_t amount, std::int64_t count) {
  const double product = static_cast<double>(amount) * static_cast<double>(count);
  return product > kMostRoom ? static_cast<std::int64_t>(kMostRoom) : amount * count;
}

std::int64_t plus(std::int64_t a, std::int64_t b) {
  return b > static_cast<std::int64_t>(kMostRoom) - a ? a : a + b;
}

bool takes_any_pod(const NodeGroup& group) {
  return std::ranges::none_of(group.taints, [](const api::Taint& taint) {
    return taint.effect == "NoSchedule" || taint.effect == "NoExecute";
  });
}

Room room_of_nodes(const NodeGroup& group, std::int64_t count) {
  return {times(api::amount(group.allocatable, "pods").value(), count),
          times(api::amount(group.allocatable, "cpu").milli(), count),
          times(api::amount(group.allocatable, "memory").value(), count)};
}

}  // namespace

Room& Room::operator+=(const Room& other) {
  pods = plus(pods, other.pods);
  milli_cpu = plus(milli_cpu, other.milli_cpu);
  memory_bytes = plus(memory_bytes, other.memory_bytes);
  return *this;
}

Room promised(const NamespaceFolder& folder) {
  std::int64_t pods = 0, milli_cpu = 0, bytes = 0;
  api::ResourceList hard;
  for (const api::ManifestObject& item : folder.objects) {
    if (item.object->kind == api::Kind::kResourceQuota) {
      hard = static_cast<const api::ResourceQuota&>(*item.object).hard;
      pods = std::max<std::int64_t>(0, api::amount(hard, "pods").value());
    } else if (item.object->kind == api::Kind::kLimitRange) {
      for (const api::LimitRangeItem& limit : static_cast<const api::LimitRange&>(*item.object).limits) {
        if (limit.type != "Container") continue;
        milli_cpu = std::max<std::int64_t>(0, api::amount(limit.default_request, "cpu").milli());
        bytes = std::max<std::int64_t>(0, api::amount(limit.default_request, "memory").value());
      }
    }
  }
  Room room{pods, times(milli_cpu, pods), times(bytes, pods)};
  const api::Quantity cpu = api::amount(hard, "requests.cpu"), memory = api::amount(hard, "requests.memory");
  if (!cpu.is_zero()) room.milli_cpu = std::min(room.milli_cpu, cpu.milli());
  if (!memory.is_zero()) room.memory_bytes = std::min(room.memory_bytes, memory.value());
  return room;
}

NodeRoom room_of(const Platform& platform) {
  NodeRoom all;
  for (const NodeGroup& group : platform.node_groups) {
    if (!takes_any_pod(group)) continue;
    const std::int64_t most = std::max(group.count, group.max.value_or(group.count));
    all.nodes += group.count;
    all.most_nodes += most;
    all.room += room_of_nodes(group, group.count);
    all.most += room_of_nodes(group, most);
  }
  return all;
}

std::string cores_text(std::int64_t milli_cpu) {
  const auto cores = static_cast<std::uint64_t>((milli_cpu + 500) / 1000);
  return report::with_thousands(cores) + (cores == 1 ? " core" : " cores");
}

std::string memory_text(std::int64_t bytes) {
  static constexpr std::array<const char*, 7> kUnits{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (amount >= 1024 && unit + 1 < kUnits.size()) {
    amount /= 1024;
    ++unit;
  }
  return amount < 10 && unit > 0 ? fmt::format("{:.1f}{}", amount, kUnits[unit])
                                 : fmt::format("{:.0f}{}", amount, kUnits[unit]);
}

}  // namespace seatrial::scenario::environments
