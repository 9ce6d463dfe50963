#include "tests/swarm/trial.h"

#include "sim/engine/check.h"
#include "sim/engine/random.h"
#include "sim/scenario/load.h"

namespace seatrial::swarm {
namespace {

using scenario::World;

std::string text_of(const api::Problems& problems) {
  return problems.empty() ? std::string() : problems.front().message;
}

std::optional<Failure> find_orphan(const World& world) {
  const cluster::Store& store = world.cluster().api().store();
  const auto search = [&](api::Kind kind, api::Kind of, std::string_view of_name) -> std::optional<Failure> {
    for (const api::ObjectPtr& object : store.list(kind)) {
      const api::OwnerReference* const owner = object->metadata.controller_ref();
      if (!owner || owner->kind.view() != of_name || object->metadata.deletion_timestamp) continue;
      const api::ObjectRef found = store.find(of, object->metadata.namespace_, owner->name);
      if (!found.valid())
        return Failure{"no-orphans", object->metadata.name.str() + " has lost " + owner->name.str()};
    }
    return std::nullopt;
  };
  if (auto failure = search(api::Kind::kReplicaSet, api::Kind::kDeployment, "Deployment")) return failure;
  if (auto failure = search(api::Kind::kPod, api::Kind::kReplicaSet, "ReplicaSet")) return failure;
  return search(api::Kind::kPod, api::Kind::kStatefulSet, "StatefulSet");
}

std::optional<Failure> watch_run(World& world, const Case& tried, const EndRule& further) {
  RandomStream stream(tried.seed, "swarm/fork");
  world.run_until(SimTime::at(Duration::millis(
      static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(tried.seconds) * 1000)))));
  World copy = world;
  world.run_until(world.end());
  copy.run_until(copy.end());
  if (world.cluster().kernel().fingerprint().hex() != copy.cluster().kernel().fingerprint().hex())
    return Failure{"replay", "a copy went another way"};
  checks::Invariants invariants = world.invariants();
  invariants.finish(world.cluster().kernel(), world.cluster().api().store(), world.cluster().traffic());
  if (!invariants.violations().empty()) {
    const checks::Violation& broken = invariants.violations().front();
    return Failure{std::string(broken.rule), to_string(broken.at) + ": " + broken.what};
  }
  if (auto orphan = find_orphan(world)) return orphan;
  if (!further) return std::nullopt;
  const auto broken = further(world);
  if (!broken) return std::nullopt;
  return Failure{"further", *broken};
}

}  // namespace

std::optional<Failure> try_case(const Case& tried, const EndRule& further) {
  scenario::MemoryFiles files;
  for (const auto& [name, text] : tried.files()) files.add("swarm/" + name, text);
  try {
    auto loaded = scenario::load_scenario("swarm/scenario.yaml", files);
    if (!loaded) return Failure{"loads", text_of(loaded.error())};
    auto world = World::create(std::make_shared<const scenario::Scenario>(std::move(*loaded)), tried.seed);
    if (!world) return Failure{"loads", text_of(world.error())};
    return watch_run(*world, tried, further);
  } catch (const CheckFailure& failure) {
    const std::string what = failure.what();
    return Failure{"check " + what.substr(0, what.find(": ")), what};  // which one, as FILE:LINE
  }
}

}  // namespace seatrial::swarm
