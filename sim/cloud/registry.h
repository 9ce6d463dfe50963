// Image registries as container runtimes meet them: logins, pull limits, lock-outs, and times at which one is
// slow or away.
//
// One attempt to pull, as containerd makes it: a login if the node has credentials (POST; GET as well after a
// 401, so that wrong credentials are two failed logins), HEAD of the manifest, which is a version check, and
// GET of a manifest that the node has not. Only that GET is a pull and counts. One that is refused does not
// count. An image that is present, with imagePullPolicy Always, costs a login and a version check.
// Before time 0 nobody is refused and nothing counted: what runs then was pulled long ago.
//
// A registry that is away answers 503. Layers come from a content network: a download that has begun goes on.
// The credentials are those of the nodes; imagePullSecrets of pods are not simulated.
//
// Sources: containerd 2.1, core/remotes/docker/{authorizer,resolver,fetcher}.go: requests and texts (later
// versions break the line before "toomanyrequests"; the digest in a URL is left out here, as nobody knows
// it). docs.docker.com/docker-hub/usage/pulls: 100 pulls in 6 h for each address without an account, 200 for
// a personal account, no limit for a paid one; version checks do not count. docker/hub-feedback #2201, #2217:
// failed logins block an account for some 15 minutes. Readings of it, not rules: that the window slides, and
// that a block falls on logins only. docs.aws.amazon.com/AmazonECR/latest/public/public-service-quotas: ECR
// Public gives one image a second without an account and ten with one: a limit with a window of a second; its
// words: aws/aws-lambda-web-adapter #429.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/api/core.h"
#include "sim/engine/distributions.h"
#include "sim/engine/time.h"

namespace seatrial::cloud {

// Those that nodes have for a registry.
enum class Credentials : std::uint8_t { kNone, kValid, kInvalid };

// So many pulls in `window`: of each address without credentials, of the account with them. None: no limit.
struct PullLimit {
  std::optional<std::int64_t> anonymous, authenticated;
  Duration window = Duration::seconds(6LL * 3600);
  std::int64_t used = 0;  // at time 0, by each; spread evenly over the window before
  bool operator==(const PullLimit&) const = default;
};

// After so many failed logins in `window` the registry refuses every login, for a time.
struct Lockout {
  std::int64_t failures = 10;
  Duration window = Duration::seconds(600), lasts = Duration::seconds(900);
  bool by_address = false;  // else by account
  bool operator==(const Lockout&) const = default;
};

struct RegistryConfig {
  std::vector<std::string> hosts;               // docker.io, *.dkr.ecr.*.amazonaws.com; `*` matches any run
  std::int64_t bytes_per_second = 100'000'000;  // to one node
  Distribution latency = Distribution::constant(Duration::millis(300));  // authorisation and manifest
  Credentials credentials = Credentials::kNone;
  std::optional<PullLimit> pull_limit;
  std::optional<Lockout> lockout;
  bool away = false;
};

// What is otherwise for a time. Of several changes the later one counts.
struct RegistryChange {
  std::string host;
  std::optional<Credentials> credentials;
  std::optional<Distribution> latency;
  std::optional<std::int64_t> bytes_per_second;
  bool away = false;
  bool operator==(const RegistryChange&) const = default;
};

// Which nodes share a public address: those of a zone, as behind a NAT gateway in each; all; or none.
enum class Egress : std::uint8_t { kPerZone, kShared, kPerNode };
api::Symbol public_address(Egress egress, const api::Node& node);

// docker.io where the reference names no host: ministryofjustice/app:1.3 -> docker.io.
std::string_view registry_host(std::string_view image);
// As containerd writes it: web:1 -> docker.io/library/web:1, web -> docker.io/library/web:latest.
std::string full_reference(std::string_view image);
bool matches_pattern(std::string_view pattern, std::string_view text);
// The first that matches; null if none does.
const RegistryConfig* registry_of(const std::vector<RegistryConfig>& registries, std::string_view host);

enum class PullRefusal : std::uint8_t {
  kNone,
  kImage,
  kAway,
  kCredentials,
  kLockedOut,
  kLimit,
  kUnreachable
};
struct PullAnswer {
  PullRefusal refusal = PullRefusal::kNone;  // kImage is the image's own: see ImageBehaviour
  std::string error;                         // in containerd's words
};

// No packet gets to the registry's address, and the runtime has given up.
PullAnswer unreachable(std::string_view image, std::string_view address);

class Registries {
 public:
  Registries() = default;
  explicit Registries(std::vector<RegistryConfig> configs) : configs_(std::move(configs)) {}

  // The registry of an image as it is now.
  RegistryConfig of(std::string_view image) const;
  // One attempt to pull from an address. `has_manifest`: the node has the image.
  PullAnswer ask(api::Symbol image, api::Symbol address, bool has_manifest, SimTime now);
  void begin_change(RegistryChange change) { changes_.push_back(std::move(change)); }
  void end_change(const RegistryChange& change);

 private:
  using Who = std::pair<std::string, api::Symbol>;  // host, and an address or nothing for the account
  struct Logins {
    std::deque<SimTime> failed;
    SimTime locked_until = SimTime::at(-Duration::max());
  };
  // 0 for one that succeeds, else the status.
  std::int32_t login(const RegistryConfig& registry, const Who& who, SimTime now);
  bool may_pull(const PullLimit& limit, std::int64_t allowed, const Who& who, SimTime now);

  std::vector<RegistryConfig> configs_;
  std::vector<RegistryChange> changes_;
  std::map<Who, Logins> logins_;
  std::map<Who, std::deque<SimTime>> pulls_;  // in the window
};

}  // namespace seatrial::cloud
