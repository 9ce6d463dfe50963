#include "sim/cloud/registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/engine/check.h"

namespace seatrial::cloud {

namespace {

// host/repository:tag or host/repository@digest
struct ImageName {
  std::string host, repository, tag, digest;
};

ImageName parse(std::string_view image) {
  ImageName name;
  name.host = registry_host(image);
  std::string_view rest = image;
  if (rest.starts_with(name.host + "/")) rest.remove_prefix(name.host.size() + 1);
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    name.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
  }
  if (const std::size_t colon = rest.rfind(':'); colon != std::string_view::npos) {
    name.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
  }
  if (name.tag.empty() && name.digest.empty()) name.tag = "latest";
  const bool official = name.host == "docker.io" && rest.find('/') == std::string_view::npos;
  name.repository = (official ? "library/" : "") + std::string(rest);
  return name;
}

std::string url_of(const ImageName& name, std::string_view object) {
  return fmt::format("https://{}/v2/{}/manifests/{}",
                     name.host == "docker.io" ? "registry-1.docker.io" : name.host, name.repository, object);
}

std::string token_url(const ImageName& name) {
  return fmt::format("https://{}/token", name.host == "docker.io" ? "auth.docker.io" : name.host);
}

// As Go escapes it in a query.
std::string escaped(std::string_view text) {
  std::string made;
  for (const char c : text) made += c == '/' ? "%2F" : c == ':' ? "%3A" : std::string(1, c);
  return made;
}

std::string unresolved(std::string_view image, std::string_view why) {
  return fmt::format("failed to resolve reference \"{}\": {}", full_reference(image), why);
}

std::string login_error(std::string_view image, std::int32_t status) {
  const ImageName name = parse(image);
  const std::string_view service =
      name.host == "docker.io" ? "registry.docker.io" : std::string_view(name.host);
  const std::string request =
      status == 401 ? fmt::format("GET request to {}?scope={}&service={}: 401 Unauthorized", token_url(name),
                                  escaped("repository:" + name.repository + ":pull"), service)
                    : fmt::format("POST request to {}: 429 Too Many Requests", token_url(name));
  return unresolved(image,
                    "failed to authorize: failed to fetch oauth token: unexpected status from " + request);
}

std::string limit_error(std::string_view image, bool authenticated) {
  const ImageName name = parse(image);
  std::string text = fmt::format(
      "failed to copy: httpReadSeeker: failed open: unexpected status code {}: 429 Too Many Requests",
      url_of(name, name.digest.empty() ? "sha256:…" : name.digest));
  if (name.host == "public.ecr.aws") return text + " - Server message: toomanyrequests: Rate exceeded";
  if (name.host != "docker.io") return text;
  text += " - Server message: toomanyrequests: ";
  return text +
         (authenticated
              ? "You have reached your pull rate limit. You may increase the limit by authenticating and "
                "upgrading: https://www.docker.com/increase-rate-limit"
              : "You have reached your unauthenticated pull rate limit. "
                "https://www.docker.com/increase-rate-limit");
}

void forget_before(std::deque<SimTime>& times, SimTime begin) {
  while (!times.empty() && times.front() <= begin) times.pop_front();
}

}  // namespace

api::Symbol public_address(Egress egress, const api::Node& node) {
  switch (egress) {
    case Egress::kPerZone:
      return node.metadata.labels->get("topology.kubernetes.io/zone");
    case Egress::kShared:
      return "cluster";
    case Egress::kPerNode:
      return node.metadata.name;
  }
  CHECK(false);
}

std::string_view registry_host(std::string_view image) {
  const std::size_t slash = image.find('/');
  if (slash == std::string_view::npos) return "docker.io";
  const std::string_view first = image.substr(0, slash);
  const bool host = first.find_first_of(".:") != std::string_view::npos || first == "localhost";
  return host ? first : "docker.io";
}

std::string full_reference(std::string_view image) {
  const ImageName name = parse(image);
  return name.host + "/" + name.repository + (name.tag.empty() ? "" : ":" + name.tag) +
         (name.digest.empty() ? "" : "@" + name.digest);
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
  // Greedy with one point of return: the last star.
  std::size_t p = 0, t = 0, star = std::string_view::npos, after_star = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

const RegistryConfig* registry_of(const std::vector<RegistryConfig>& registries, std::string_view host) {
  for (const RegistryConfig& registry : registries) {
    for (const std::string& pattern : registry.hosts) {
      if (matches_pattern(pattern, host)) return &registry;
    }
  }
  return nullptr;
}

RegistryConfig Registries::of(std::string_view image) const {
  const std::string_view host = registry_host(image);
  const RegistryConfig* const usual = registry_of(configs_, host);
  RegistryConfig now = usual ? *usual : RegistryConfig();
  for (const RegistryChange& change : changes_) {
    if (change.host != host) continue;
    now.credentials = change.credentials.value_or(now.credentials);
    now.latency = change.latency.value_or(now.latency);
    now.bytes_per_second = change.bytes_per_second.value_or(now.bytes_per_second);
    now.away |= change.away;
  }
  return now;
}

void Registries::end_change(const RegistryChange& change) {
  if (const auto at = std::ranges::find(changes_, change); at != changes_.end()) changes_.erase(at);
}

// In Go's words, as by a dialler whose timeout has passed.
PullAnswer unreachable(std::string_view image, std::string_view address) {
  const ImageName name = parse(image);
  return {
      PullRefusal::kUnreachable,
      unresolved(image, fmt::format("failed to do request: Head \"{}\": dial tcp {}: i/o timeout",
                                    url_of(name, name.digest.empty() ? name.tag : name.digest), address))};
}

PullAnswer Registries::ask(api::Symbol image, api::Symbol address, bool has_manifest, SimTime now) {
  if (now < SimTime()) return {};
  const RegistryConfig registry = of(image.view());
  const std::string host(registry_host(image.view()));
  const bool authenticated = registry.credentials != Credentials::kNone;
  if (registry.away) {
    const ImageName name = parse(image.view());
    const std::string url = url_of(name, name.digest.empty() ? name.tag : name.digest);
    return {PullRefusal::kAway, unresolved(image.view(), "unexpected status from HEAD request to " + url +
                                                             ": 503 Service Unavailable")};
  }
  if (authenticated) {
    const bool by_address = registry.lockout && registry.lockout->by_address;
    const std::int32_t status = login(registry, {host, by_address ? address : api::Symbol()}, now);
    if (status != 0)
      return {status == 401 ? PullRefusal::kCredentials : PullRefusal::kLockedOut,
              login_error(image.view(), status)};
  }
  if (has_manifest || !registry.pull_limit) return {};
  const PullLimit& limit = *registry.pull_limit;
  const auto& allowed = authenticated ? limit.authenticated : limit.anonymous;
  if (!allowed || may_pull(limit, *allowed, {host, authenticated ? api::Symbol() : address}, now)) return {};
  return {PullRefusal::kLimit, limit_error(image.view(), authenticated)};
}

std::int32_t Registries::login(const RegistryConfig& registry, const Who& who, SimTime now) {
  const bool valid = registry.credentials == Credentials::kValid;
  if (!registry.lockout) return valid ? 0 : 401;
  const Lockout& lockout = *registry.lockout;
  Logins& logins = logins_[who];
  if (now < logins.locked_until) return 429;
  if (valid) return 0;
  forget_before(logins.failed, now - lockout.window);
  logins.failed.insert(logins.failed.end(), 2, now);  // by POST and by GET
  if (std::ssize(logins.failed) >= lockout.failures) {
    logins.failed.clear();
    logins.locked_until = now + lockout.lasts;
  }
  return 401;
}

bool Registries::may_pull(const PullLimit& limit, std::int64_t allowed, const Who& who, SimTime now) {
  const auto [at, first] = pulls_.try_emplace(who);
  std::deque<SimTime>& pulls = at->second;
  for (std::int64_t i = 0; first && i < limit.used; ++i)
    pulls.push_back(SimTime() - limit.window / limit.used * (limit.used - 1 - i));
  forget_before(pulls, now - limit.window);
  if (std::ssize(pulls) >= allowed) return false;
  pulls.push_back(now);
  return true;
}

}  // namespace seatrial::cloud
