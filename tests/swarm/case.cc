#include "tests/swarm/case.h"

#include <string_view>

namespace seatrial::swarm {
namespace {

constexpr std::string_view kImages =
    "  images:\n"
    "    example/app:1: {size: 50Mi, start: 2s}\n"
    "    example/app:2: {size: 80Mi, start: 4s, onSigterm: drain}\n"
    "    example/app:slow: {size: 500Mi, start: 40s, readyAfter: 5s}\n"
    "    example/app:crash: {size: 50Mi, start: 1s, exitsAfter: 5s, exitCode: 1}\n"
    "    example/app:leak: {size: 50Mi, start: 1s, memory: {idle: 600Mi, growth: {rate: 5Mi/s, max: "
    "1500Mi}}}\n"
    "    example/app:done: {size: 20Mi, start: 500ms, exitsAfter: 8s, exitCode: 0}\n";

constexpr std::string_view kPlatform =
    "apiVersion: seatrial/v1\nkind: Platform\nmetadata: {name: swarm}\nspec:\n  zones: [a, b]\n"
    "  nodeGroups: [{name: pool, count: 4, allocatable: {cpu: 2, memory: 4Gi, pods: 20}}]\n"
    "  kubelet: {shutdownGracePeriod: 40s, shutdownGracePeriodCriticalPods: 10s}\n";

}  // namespace

std::string Part::rendered() const {
  std::string out;
  for (const char c : text) {
    if (c == '#')
      out += std::to_string(number);
    else
      out += c;
  }
  return out;
}

std::string Manifest::rendered() const {
  std::string out;
  for (const Part& part : parts) out += part.rendered();
  return out;
}

std::map<std::string, std::string> Case::files() const {
  std::map<std::string, std::string> files;
  std::string head = "apiVersion: seatrial/v1\nkind: Scenario\nmetadata: {name: swarm-" +
                     std::to_string(seed) + "}\nspec:\n  seed: " + std::to_string(seed) +
                     "\n  duration: " + std::to_string(seconds) + "s\n  platform: platform.yaml\n";
  if (!objects.empty()) {
    head += "  apply: [objects.yaml]\n";
    std::string& text = files["objects.yaml"];
    for (const Manifest& object : objects) text += (text.empty() ? "" : "---\n") + object.rendered();
  }
  head += kImages;
  std::size_t changes = 0;
  if (!timeline.empty()) head += "  timeline:\n";
  for (const Entry& entry : timeline) {
    std::string verb = entry.verb.rendered();
    if (!entry.applied.empty()) {
      const std::string name = "change-" + std::to_string(++changes) + ".yaml";
      files[name] = entry.applied.front().rendered();
      verb = "apply: " + name;
    }
    head += "    - {at: " + std::to_string(entry.second) + "s, " + verb + "}\n";
  }
  files["scenario.yaml"] = head;
  files["platform.yaml"] = kPlatform;
  return files;
}

std::size_t Case::size() const {
  std::size_t size = objects.size() + timeline.size();
  const auto count = [&size](const Manifest& manifest) {
    for (const Part& part : manifest.parts) size += std::size_t{part.optional};
  };
  for (const Manifest& object : objects) count(object);
  for (const Entry& entry : timeline) {
    for (const Manifest& manifest : entry.applied) count(manifest);
  }
  return size;
}

}  // namespace seatrial::swarm
