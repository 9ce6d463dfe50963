#include "sim/api/cause_order.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>

namespace seatrial::api {
namespace {

using namespace std::string_view_literals;

constexpr std::array kBeforeTemplate{"metadata"sv};
constexpr std::array kAfterTemplate{"strategy"sv, "updateStrategy"sv, "minReadySeconds"sv,
                                    "revisionHistoryLimit"sv, "progressDeadlineSeconds"sv};
// The fields of a pod's spec, and of a container, in the order of their checks.
constexpr std::array kOfPod{"volumes"sv,
                            "resourceClaims"sv,
                            "containers"sv,
                            "initContainers"sv,
                            "ephemeralContainers"sv,
                            "resources"sv,
                            "restartPolicy"sv,
                            "dnsPolicy"sv,
                            "nodeSelector"sv,
                            "securityContext"sv,
                            "imagePullSecrets"sv,
                            "affinity"sv,
                            "dnsConfig"sv,
                            "readinessGates"sv,
                            "schedulingGates"sv,
                            "topologySpreadConstraints"sv,
                            "hostNetwork"sv,
                            "HostPID"sv,
                            "HostIPC"sv,
                            "serviceAccountName"sv,
                            "nodeName"sv,
                            "activeDeadlineSeconds"sv,
                            "hostname"sv,
                            "subdomain"sv,
                            "tolerations"sv,
                            "hostAliases"sv,
                            "priorityClassName"sv,
                            "runtimeClassName"sv,
                            "preemptionPolicy"sv,
                            "overhead"sv,
                            "os"sv};
constexpr std::array kOfContainer{"name"sv,         "image"sv,         "terminationMessagePolicy"sv,
                                  "ports"sv,        "env"sv,           "envFrom"sv,
                                  "volumeMounts"sv, "volumeDevices"sv, "imagePullPolicy"sv,
                                  "resources"sv,    "resizePolicy"sv,  "securityContext"sv,
                                  "lifecycle"sv,    "livenessProbe"sv, "readinessProbe"sv,
                                  "startupProbe"sv, "restartPolicy"sv};

// Where a problem stands: before, in or after the pod's spec; then its field there, which of a list, its
// field in the container and which of a list that is.
using Rank = std::array<int, 5>;

int position(std::span<const std::string_view> names, std::string_view name) {
  return static_cast<int>(std::ranges::find(names, name) - names.begin());
}

// The first part of a path, without its index, which goes to `index`; the path is cut to what follows.
std::string_view next_part(std::string_view& path, int& index) {
  const std::size_t dot = std::min(path.find('.'), path.size());
  std::string_view part = path.substr(0, dot);
  path.remove_prefix(std::min(dot + 1, path.size()));
  index = -1;
  if (const std::size_t bracket = part.find('['); bracket != std::string_view::npos) {
    std::from_chars(part.data() + bracket + 1, part.data() + part.size(), index);
    part = part.substr(0, bracket);
  }
  return part;
}

// What follows the pod's spec in the path; nothing where it is not in one. A Pod's own has no template.
std::string_view in_pod_spec(std::string_view path) {
  constexpr std::string_view kTemplate = "template.spec.", kSpec = "spec.";
  if (const std::size_t at = path.find(kTemplate); at != std::string_view::npos)
    return path.substr(at + kTemplate.size());
  if (!path.starts_with(kSpec)) return {};
  const std::string_view rest = path.substr(kSpec.size());
  std::string_view cut = rest;
  int index = 0;
  return position(kOfPod, next_part(cut, index)) < static_cast<int>(kOfPod.size()) ? rest
                                                                                   : std::string_view();
}

Rank rank_of(std::string_view path) {
  int index = -1;
  if (std::string_view rest = in_pod_spec(path); !rest.empty()) {
    const int field = position(kOfPod, next_part(rest, index));
    const bool container = field < static_cast<int>(kOfPod.size()) &&
                           kOfPod[static_cast<std::size_t>(field)].ends_with("ontainers");
    int inner = -1;
    const int own = container ? position(kOfContainer, next_part(rest, inner)) : 0;
    return {1, field, index, own, inner};
  }
  const std::string_view first = next_part(path, index);
  if (position(kBeforeTemplate, first) == 0) return {-1, 0, 0, 0, 0};
  const bool after =
      position(kAfterTemplate, next_part(path, index)) < static_cast<int>(kAfterTemplate.size());
  return {after ? 2 : 0, 0, 0, 0, 0};
}

}  // namespace

Problems in_order_of_checks(Problems decoded, Problems validated) {
  std::ranges::stable_sort(decoded, {}, [](const Problem& p) { return rank_of(p.path); });
  Problems all;
  auto next = validated.begin();
  for (Problem& problem : decoded) {
    const Rank rank = rank_of(problem.path);
    for (; next != validated.end() && rank_of(next->path) <= rank; ++next) all.push_back(std::move(*next));
    all.push_back(std::move(problem));
  }
  std::move(next, validated.end(), std::back_inserter(all));
  return all;
}

}  // namespace seatrial::api
