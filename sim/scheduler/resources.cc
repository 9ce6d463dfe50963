#include "sim/scheduler/resources.h"

#include <algorithm>

#include "sim/api/resources.h"

namespace seatrial::scheduler {

using api::Symbol;

namespace {

const Symbol kCpu("cpu"), kMemory("memory"), kEphemeralStorage("ephemeral-storage"), kPods("pods");

using Scalar = std::pair<Symbol, std::int64_t>;

std::int64_t& scalar_slot(std::vector<Scalar>& scalars, Symbol name) {
  auto at = std::ranges::lower_bound(scalars, name, {}, &Scalar::first);
  if (at == scalars.end() || at->first != name) at = scalars.insert(at, {name, 0});
  return at->second;
}

// What each container without a request of cpu or memory counts with.
void fill_in(std::vector<api::Container>& containers) {
  static const api::Quantity cpu = api::Quantity::from_milli(kDefaultMilliCpu),
                             memory = api::Quantity::from_value(kDefaultMemory);
  for (api::Container& container : containers) {
    container.resources.requests.emplace(kCpu, cpu);
    container.resources.requests.emplace(kMemory, memory);
  }
}

}  // namespace

Resources Resources::of(const api::ResourceList& list) {
  Resources result;
  for (const auto& [name, quantity] : list) {
    if (name == kCpu) {
      result.milli_cpu = quantity.milli();
    } else if (name == kMemory) {
      result.memory = quantity.value();
    } else if (name == kEphemeralStorage) {
      result.ephemeral_storage = quantity.value();
    } else if (name != kPods) {
      result.scalar.emplace_back(name, quantity.value());
    }
  }
  return result;
}

void Resources::add(const Resources& other) {
  milli_cpu += other.milli_cpu;
  memory += other.memory;
  ephemeral_storage += other.ephemeral_storage;
  for (const auto& [name, amount] : other.scalar) scalar_slot(scalar, name) += amount;
}

void Resources::subtract(const Resources& other) {
  milli_cpu -= other.milli_cpu;
  memory -= other.memory;
  ephemeral_storage -= other.ephemeral_storage;
  for (const auto& [name, amount] : other.scalar) scalar_slot(scalar, name) -= amount;
}

std::int64_t Resources::scalar_amount(Symbol name) const {
  for (const auto& [key, amount] : scalar) {
    if (key == name) return amount;
  }
  return 0;
}

std::int64_t Resources::amount(Symbol name) const {
  if (name == kCpu) return milli_cpu;
  if (name == kMemory) return memory;
  if (name == kEphemeralStorage) return ephemeral_storage;
  return scalar_amount(name);
}

bool Resources::is_zero() const {
  return milli_cpu == 0 && memory == 0 && ephemeral_storage == 0 &&
         std::ranges::all_of(scalar, [](const Scalar& s) { return s.second == 0; });
}

PodRequests pod_requests(const api::PodSpec& spec) {
  api::PodSpec filled = spec;
  fill_in(filled.init_containers);
  fill_in(filled.containers);
  const Resources with_defaults = Resources::of(api::pod_requests(filled));
  return {Resources::of(api::pod_requests(spec)), with_defaults.milli_cpu, with_defaults.memory};
}

}  // namespace seatrial::scheduler
