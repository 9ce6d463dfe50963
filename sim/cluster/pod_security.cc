#include "sim/cluster/pod_security.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "sim/cluster/pod_security_checks.h"

namespace seatrial::cluster {

using api::LabelMap;
using api::Problem;
using api::Symbol;

namespace {

constexpr std::string_view kLevelNames[] = {"privileged", "baseline", "restricted"};

std::optional<PodSecurityLevel> parse_level(std::string_view text) {
  const auto at = std::ranges::find(kLevelNames, text);
  if (at == std::end(kLevelNames)) return std::nullopt;
  return static_cast<PodSecurityLevel>(at - std::begin(kLevelNames));
}

// "latest" or "v1.N", N without leading zeros.
std::optional<int> parse_version(std::string_view text) {
  if (text == "latest") return PodSecurityPolicy::kLatest;
  constexpr std::string_view kMajor = "v1.";
  if (!text.starts_with(kMajor)) return std::nullopt;
  text.remove_prefix(kMajor.size());
  if (text.empty() || text.size() > 6 || (text.front() == '0' && text.size() > 1)) return std::nullopt;
  int minor = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), minor);
  if (error != std::errc() || end != text.data() + text.size() || text.front() == '-') return std::nullopt;
  return minor;
}

struct LabelReader {
  const LabelMap& labels;
  api::Problems& problems;

  // Whether a level was given and could be read.
  bool read(std::string_view mode, PodSecurityPolicy& policy, PodSecurityLevel if_unreadable) {
    const std::string key = "pod-security.kubernetes.io/" + std::string(mode);
    bool good = false;
    if (const Symbol* const level = labels.find(key)) {
      const auto parsed = parse_level(level->view());
      good = parsed.has_value();
      policy.level = parsed.value_or(if_unreadable);
      if (!good) complain(key, *level, "must be one of privileged, baseline, restricted");
    }
    if (const Symbol* const version = labels.find(key + "-version")) {
      const auto parsed = parse_version(version->view());
      policy.minor = parsed.value_or(PodSecurityPolicy::kLatest);
      if (!parsed) complain(key + "-version", *version, "must be \"latest\" or \"v1.x\"");
    }
    return good;
  }

  void complain(const std::string& key, Symbol value, const char* what) {
    problems.push_back({{},
                        "metadata.labels[" + key + "]",
                        "Invalid value: \"" + value.str() + "\": " + what,
                        Problem::Reason::kInvalid});
  }
};

}  // namespace

std::string PodSecurityPolicy::str() const {
  return std::string(kLevelNames[static_cast<std::size_t>(level)]) + ":" +
         (minor == kLatest ? "latest" : "v1." + std::to_string(minor));
}

PodSecurityPolicies pod_security_policies(const LabelMap& namespace_labels) {
  PodSecurityPolicies found;
  LabelReader reader{namespace_labels, found.problems};
  const bool enforced = reader.read("enforce", found.enforce, PodSecurityLevel::kRestricted);
  reader.read("audit", found.audit, PodSecurityLevel::kPrivileged);
  reader.read("warn", found.warn, PodSecurityLevel::kPrivileged);
  const bool warns = namespace_labels.contains("pod-security.kubernetes.io/warn");
  if (!warns && enforced && found.enforce.level > found.warn.level) {
    found.warn.level = found.enforce.level;
    if (!namespace_labels.contains("pod-security.kubernetes.io/warn-version"))
      found.warn.minor = found.enforce.minor;
  }
  return found;
}

PodSecurityViolations pod_security_violations(const PodSecurityPolicy& policy, const LabelMap& annotations,
                                              const api::Value& spec) {
  const PodUnderCheck pod{annotations, spec};
  PodSecurityViolations all;
  for (const PodSecurityCheck* const check : checks_of(policy)) {
    if (auto violation = check->find(pod)) all.push_back(std::move(*violation));
  }
  return all;
}

std::string reasons(const PodSecurityViolations& violations) {
  std::string all;
  for (const PodSecurityViolation& v : violations) all += (all.empty() ? "" : ", ") + v.reason;
  return all;
}

std::string details(const PodSecurityViolations& violations) {
  std::string all;
  for (const PodSecurityViolation& v : violations) {
    all += (all.empty() ? "" : ", ") + v.reason;
    if (!v.detail.empty()) all += " (" + v.detail + ")";
  }
  return all;
}

}  // namespace seatrial::cluster
