#include "sim/scenario/decode_nodes.h"

#include <algorithm>
#include <array>

#include "sim/cloud/node_defaults.h"

namespace seatrial::scenario {
namespace {

api::ResourceList read_resources(Reader map) {
  api::ResourceList resources;
  if (!map) return resources;
  for (const auto& [key, at] : map.entries()) {
    if (!at.is_scalar()) {
      at.problem(wrong_type("a quantity", at.value()));
      continue;
    }
    const auto quantity = api::Quantity::parse(at.value().text);
    if (!quantity)
      at.problem(quantity.error());
    else if (quantity->is_negative())
      at.problem("must not be negative, is " + at.value().text);
    else
      resources[key] = *quantity;
  }
  return resources;
}

// What is not said of the disk follows from the root volume.
void add_disk(Reader& map, api::ResourceList& capacity, api::ResourceList& allocatable) {
  static const api::Symbol kStorage("ephemeral-storage");
  const Reader volume = map.field("rootVolume");
  const cloud::EphemeralStorage disk = cloud::ephemeral_storage(volume.bytes(cloud::kDefaultRootVolume));
  if (volume && capacity.contains(kStorage)) volume.problem("either \"rootVolume\" or ephemeral-storage");
  if (capacity.contains(kStorage)) return void(allocatable.try_emplace(kStorage, capacity.at(kStorage)));
  capacity[kStorage] = api::Quantity::from_value(disk.capacity, api::Quantity::Format::kBinarySI);
  allocatable[kStorage] = api::Quantity::from_value(disk.allocatable);
}

}  // namespace

std::vector<api::Symbol> read_symbols(const Reader& list) {
  std::vector<api::Symbol> symbols;
  for (const Reader& item : list.items()) {
    const api::Symbol symbol = item.text();
    if (std::ranges::find(symbols, symbol) != symbols.end())
      item.problem("\"" + symbol.str() + "\" is listed twice");
    else if (!symbol.empty())
      symbols.push_back(symbol);
  }
  return symbols;
}

api::LabelMap read_labels(Reader map) {
  api::LabelMap labels;
  if (!map) return labels;
  for (const auto& [key, value] : map.entries()) labels.set(key, value.text());
  return labels;
}

std::vector<api::Symbol> read_zones(const Reader& list, const Platform& platform) {
  std::vector<api::Symbol> zones = read_symbols(list);
  for (const api::Symbol zone : zones) {
    if (std::ranges::find(platform.zones, zone) == platform.zones.end())
      list.problem("the platform has no zone \"" + zone.str() + "\"");
  }
  return zones.empty() ? platform.zones : zones;
}

std::vector<api::Taint> read_taints(const Reader& list) {
  constexpr std::array<std::string_view, 3> kEffects{"NoSchedule", "PreferNoSchedule", "NoExecute"};
  std::vector<api::Taint> taints;
  for (Reader item : list.items()) {
    if (!item.expect_map()) continue;
    api::Taint taint;
    taint.key = item.required("key").text();
    taint.value = item.field("value").text();
    taint.effect = kEffects[item.required("effect").choice({kEffects[0], kEffects[1], kEffects[2]}, 0)];
    item.done();
    taints.push_back(taint);
  }
  return taints;
}

void read_capacity(Reader& map, api::ResourceList& capacity, api::ResourceList& allocatable) {
  const Reader free = map.required("allocatable"), whole = map.field("capacity");
  allocatable = read_resources(free);
  for (const char* resource : {"cpu", "memory", "pods"}) {
    if (free.is_map() && !free.has(resource)) free.problem(std::string(resource) + " is missing");
  }
  capacity = whole ? read_resources(whole) : allocatable;
  for (const auto& [resource, amount] : allocatable) {
    const auto all = capacity.find(resource);
    if (all != capacity.end() && all->second < amount)
      whole.problem(resource.str() + " is less than what is allocatable");
    capacity.try_emplace(resource, amount);
  }
  add_disk(map, capacity, allocatable);
  for (const char* const size : {"hugepages-1Gi", "hugepages-2Mi"}) {  // none unless somebody reserves them
    capacity.try_emplace(size);
    allocatable.try_emplace(size);
  }
}

std::vector<api::Symbol> read_instance_types(Reader& map) {
  const Reader one = map.field("instanceType"), several = map.field("instanceTypes");
  if (one && several) several.problem("either \"instanceType\" or \"instanceTypes\"");
  std::vector<api::Symbol> types = read_symbols(several);
  if (several && several.is_list() && types.empty()) several.problem("names no instance type");
  if (one) types = {one.text()};
  return types;
}

NodeInfo read_node_info(Reader map) {
  NodeInfo info;
  if (!map || !map.expect_map()) return info;
  info.kubelet_version = map.field("kubeletVersion").text(info.kubelet_version.view());
  info.os_image = map.field("osImage").text();
  info.kernel_version = map.field("kernelVersion").text();
  info.container_runtime_version = map.field("containerRuntimeVersion").text();
  info.architecture = map.field("architecture").text();
  map.done();
  return info;
}

}  // namespace seatrial::scenario
