// seatrial rollout status: what kubectl rollout status would have said, line by line, with the simulated
// times.
#include <iostream>

#include "sim/checks/evidence.h"
#include "sim/cli/look.h"
#include "sim/report/format.h"
#include "sim/report/rollout_status.h"

namespace seatrial::cli {
namespace {

struct Version {
  SimTime at;
  api::ObjectPtr object;  // null: deleted
};

// Every version of the object that was ever stored.
std::vector<Version> versions_of(const scenario::World& world, api::ObjectRef ref) {
  const auto& cluster = world.cluster();
  const checks::Evidence evidence(cluster.kernel(), cluster.store(), cluster.traffic(),
                                  world.recorder().history());
  std::vector<Version> versions;
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->ref() != ref) continue;
    const bool gone = change.type == cluster::ChangeType::kDeleted;
    versions.push_back({evidence.time_of(change), gone ? nullptr : change.object});
  }
  return versions;
}

// The first change of what is wanted, from time 0 on; time 0 if there is none.
SimTime first_rollout(const std::vector<Version>& versions) {
  std::int64_t generation = 0;
  for (const Version& version : versions) {
    if (!version.object) continue;
    const bool changed = version.object->metadata.generation != generation;
    if (changed && generation != 0 && version.at >= SimTime()) return version.at;
    generation = version.object->metadata.generation;
  }
  return SimTime();
}

// To the millisecond: 2m3.456s.
void print(SimTime at, const std::string& line) {
  const Duration rounded = Duration::millis(at.count() / 1'000'000);
  std::cout << report::padded(to_string(rounded), 12) << line << "\n";
}

int follow(const std::vector<Version>& versions, SimTime from, bool watch, SimTime end) {
  const auto next = std::ranges::find_if(versions, [&](const Version& v) { return v.at > from; });
  auto at = next == versions.begin() ? next : next - 1;  // as it is then
  for (; at != versions.end(); ++at) {
    const SimTime when = std::max(at->at, from);
    if (!at->object) {
      print(when, "error: object has been deleted");
      return kNotHeld;
    }
    const auto status = report::rollout_status(*at->object);
    print(when, status ? status->text : "error: " + status.error());
    if (!status) return kNotHeld;
    if (status->done || !watch) return kOk;
  }
  print(end, "here the run ends; kubectl would go on waiting");
  return kNotHeld;
}

}  // namespace

int rollout_status(const LookArguments& arguments) {
  const auto what = read_what(arguments.what);
  if (!what || what->several || what->name.empty()) {
    std::cerr << (what ? "error: expected KIND/NAME, such as deployment/my-application, got \"" +
                             arguments.what + "\""
                       : what.error())
              << "\n";
    return kBadInput;
  }
  std::optional<SimTime> from;
  if (!read_instant(arguments.at, "--at", from)) return kBadInput;
  LookArguments whole = arguments;
  whole.at.clear();  // what follows is wanted too
  const auto world = world_at(whole);
  if (!world) return kBadInput;
  // Also of those that are gone at the end.
  std::optional<api::ObjectRef> found;
  for (const cluster::WatchEvent& change : world->recorder().history()) {
    const api::ObjectMeta& meta = change.object->metadata;
    const bool named = change.object->kind == what->kinds.front()->kind && meta.name.view() == what->name &&
                       (arguments.name_space.empty() || meta.namespace_.view() == arguments.name_space);
    if (named && !found) found = change.object->ref();
  }
  if (!found) {
    std::cerr << "Error from server (NotFound): " << what->kinds.front()->qualified_resource() << " \""
              << what->name << "\" not found\n";
    return kBadInput;
  }
  const std::vector<Version> versions = versions_of(*world, *found);
  const SimTime start = from.value_or(first_rollout(versions));
  return follow(versions, start, !arguments.no_watch, world->cluster().kernel().now());
}

}  // namespace seatrial::cli
