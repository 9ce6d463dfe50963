// `registries:` of a platform, and what an entry of the timeline says is otherwise with one.
#include "sim/scenario/decode_entry.h"

namespace seatrial::scenario {
namespace {

using cloud::Credentials;

constexpr std::int64_t kManyPulls = 100'000;

Credentials read_credentials(const Reader& at, std::initializer_list<std::string_view> words,
                             Credentials first) {
  return static_cast<Credentials>(static_cast<std::size_t>(first) + at.choice(words, 0));
}

std::int64_t read_rate(const Reader& at, std::int64_t fallback) {
  const std::int64_t rate = at.bytes(fallback);
  if (rate == 0) at.problem("must be more than 0");
  return std::max<std::int64_t>(rate, 1);
}

std::optional<cloud::PullLimit> read_pull_limit(Reader map) {
  if (!map || !map.expect_map()) return {};
  cloud::PullLimit limit;
  const Reader anonymous = map.field("anonymous"), authenticated = map.field("authenticated");
  if (anonymous) limit.anonymous = anonymous.integer(0, 0, kManyPulls);
  if (authenticated) limit.authenticated = authenticated.integer(0, 0, kManyPulls);
  if (!anonymous && !authenticated)
    map.problem("limits nothing: \"anonymous\" or \"authenticated\" is needed");
  limit.window = map.field("window").duration(limit.window, Duration::seconds(1));
  limit.used = map.field("used").integer(limit.used, 0, kManyPulls);
  map.done();
  return limit;
}

std::optional<cloud::Lockout> read_lockout(Reader map) {
  if (!map || !map.expect_map()) return {};
  cloud::Lockout lockout;
  lockout.failures = map.field("failures").integer(lockout.failures, 1, kManyPulls);
  lockout.window = map.field("window").duration(lockout.window, Duration::seconds(1));
  lockout.lasts = map.field("for").duration(lockout.lasts, Duration::seconds(1));
  lockout.by_address = map.field("of").choice({"account", "address"}, 0) == 1;
  map.done();
  return lockout;
}

std::string change_text(const cloud::RegistryChange& change) {
  std::string text;
  const auto add = [&](std::string_view what) { text += (text.empty() ? "" : ", ") + std::string(what); };
  if (change.away) add("is away");
  if (change.credentials)
    add(*change.credentials == Credentials::kInvalid ? "refuses the nodes' credentials"
                                                     : "accepts the nodes' credentials");
  if (change.latency || change.bytes_per_second) add("is slow");
  return "registry " + change.host + " " + text;
}

}  // namespace

void read_registry(Reader map, Platform& platform) {
  if (!map.expect_map()) return;
  cloud::RegistryConfig registry;
  const Reader hosts = map.required("hosts");
  for (const Reader& host : hosts.items()) registry.hosts.push_back(host.text());
  if (hosts.is_list() && registry.hosts.empty()) hosts.problem("names no host");
  registry.bytes_per_second = read_rate(map.field("bytesPerSecond"), registry.bytes_per_second);
  registry.latency = map.field("latency").distribution(registry.latency);
  registry.credentials =
      read_credentials(map.field("credentials"), {"none", "valid", "invalid"}, Credentials::kNone);
  registry.pull_limit = read_pull_limit(map.field("pullLimit"));
  const Reader lockout = map.field("lockout");
  registry.lockout = read_lockout(lockout);
  map.done();
  platform.registries.push_back(std::move(registry));
}

// {host: docker.io, credentials: invalid}, {host: docker.io, away: true}, {host: docker.io, latency: 20s}
Action read_change_registry(Entry& entry, std::string& text) {
  ChangeRegistry action;
  Reader map = entry.verb;
  const Platform& platform = entry.parts.scenario.platform;
  if (!map.expect_map()) return action;
  const Reader host = map.required("host"), credentials = map.field("credentials"),
               latency = map.field("latency"), rate = map.field("bytesPerSecond"), away = map.field("away");
  cloud::RegistryChange& change = action.change;
  change.host = host.text();
  if (credentials)
    change.credentials = read_credentials(credentials, {"valid", "invalid"}, Credentials::kValid);
  if (latency) change.latency = latency.distribution({});
  if (rate) change.bytes_per_second = read_rate(rate, 1);
  change.away = away.boolean(false);
  map.done();
  action.lasts = read_lasts(entry);
  if (!credentials && !latency && !rate && !change.away)
    map.problem("changes nothing: say credentials, latency, bytesPerSecond or away: true");
  if (host.is_scalar() && cloud::registry_of(platform.registries, change.host) == nullptr)
    host.problem("no registry of the platform has host \"" + change.host + "\"");
  if (platform.kubelet_kind == KubeletKind::kHollow)
    map.problem("hollow kubelets pull no images: kubelet.kind of the platform must be real");
  text = change_text(change) + lasts_text(action.lasts);
  return action;
}

}  // namespace seatrial::scenario
