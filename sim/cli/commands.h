// The commands behind `seatrial`: each takes its options and gives the exit status.
//   0   all expectations held                  2   bad input: every problem is listed
//   1   an expectation did not hold            70  a bug of seatrial
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace seatrial::cli {

inline constexpr int kOk = 0, kNotHeld = 1, kBadInput = 2, kBug = 70;

struct RunArguments {
  std::vector<std::string> scenarios;
  std::optional<std::uint64_t> seed;
  std::string output = "text";  // text | json
  std::string junit, until;
  std::string variant;  // empty: the base; "all": the base and every variant
  bool quiet = false;
  bool no_wall_time = false;  // so that equal runs print equal text
};
int run(const RunArguments& arguments);

// Takes `scenarios`, `variant` (empty: all) and `quiet`.
int validate(const RunArguments& arguments);

// get, describe, rollout status, events and explain look at a run of one scenario.
struct LookArguments {
  std::string what;  // pods, deployment/NAME; request/N, pod/NAME, finding/N
  std::string scenario, variant, at, name_space, output, selector;
  bool all_namespaces = false;
  bool no_watch = false;  // rollout status: one line, at --at
  std::optional<std::uint64_t> seed;
};
int get(const LookArguments& arguments);
int describe(const LookArguments& arguments);
int rollout_status(const LookArguments& arguments);
int events(const LookArguments& arguments);
int explain(const LookArguments& arguments);

// Takes `scenario`, `variant`, `at`, `seed` and `output` (text, json).
struct ReachArguments : LookArguments {
  std::string from, to, protocol = "TCP";
  bool matrix = false;
};
int reach(const ReachArguments& arguments);  // kNotHeld: it is not reached

struct DiffArguments {
  std::string before, after;  // scenarios, or files that reach --matrix -o json has written
  std::string variant, at, output;
  std::optional<std::uint64_t> seed;
};
int diff(const DiffArguments& arguments);  // kNotHeld: they differ

// can-i and who-can: of a scenario at an instant, or of manifests alone.
struct AccessArguments {
  std::string verb, resource, subresource;  // get, deployments.apps/web, scale
  std::string folder, variant, at, name_space, as;
  std::vector<std::string> as_groups;
  bool all_namespaces = false, explain = false, list = false;
  std::optional<std::uint64_t> seed;
};
int can_i(const AccessArguments& arguments);
int who_can(const AccessArguments& arguments);

struct ConformArguments {
  std::vector<std::string> paths;
  int seeds = 0, kubelet_seeds = 0;  // 0: the default
  bool verbose = false;
  std::string output = "text";
};
int conform(const ConformArguments& arguments);

struct EnvironmentsArguments {
  std::string path;               // of a checkout
  std::string cluster;            // a folder's name or its first part; empty: all
  std::string platform;           // a file of kind Platform; empty: none
  std::string name_space;         // only this one, in full; empty: all
  std::string output = "text";    // text | json
  std::string fail_on = "never";  // the least finding that gives kNotHeld: never | error | warning
  bool verbose = false;
};
int environments(const EnvironmentsArguments& arguments);

}  // namespace seatrial::cli
