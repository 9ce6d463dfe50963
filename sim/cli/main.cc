// The `seatrial` command: options, help and exit statuses. What the commands do stands in commands.h.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <exception>
#include <functional>
#include <iostream>

#include "sim/cli/commands.h"
#include "sim/engine/check.h"
#include "sim/scenario/units.h"

#ifndef SEATRIAL_VERSION
#define SEATRIAL_VERSION "0.1.0"
#endif

namespace seatrial::cli {
namespace {

// Digits only: CLI11 would take -1 for the largest seed.
CLI::Validator seed_check() {
  return CLI::Validator(
      [](std::string& text) {
        std::uint64_t seed = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
        const bool good = error == std::errc() && end == text.data() + text.size();
        return good ? std::string() : "a seed is a number from 0 to 18446744073709551615, not " + text;
      },
      "UINT64");
}

constexpr const char* kHelp =
    R"(Takes a Kubernetes change on a sea trial: plays it in a deterministic twin of the cluster, under load and faults,
and says what your users will see, and why.)";

constexpr const char* kFooter = R"(
Examples:
  seatrial run scenarios/rollout-1.3-to-1.4              what happens when my-application goes to 1.4?
  seatrial run scenarios/ro* --quiet --junit report.xml   in CI: one line for each scenario, and JUnit
  seatrial run scenarios/rollout-1.3-to-1.4 --seed 7 -o json
  seatrial run scenarios/all-nodes-recycled --variant all    what each remedy would have changed
  seatrial validate scenarios/rollout-1.3-to-1.4         only check the files; also takes manifests
  seatrial get pods scenarios/rollout-1.3-to-1.4 --at 2m30s -o wide
  seatrial describe deploy/my-application scenarios/rollout-bad-image --at 3m
  seatrial rollout status deploy/my-application scenarios/rollout-1.3-to-1.4
  seatrial events scenarios/rollout-bad-image --at 2m
  seatrial explain finding/1 scenarios/rollout-without-prestop
  seatrial explain request/49210 scenarios/rollout-without-prestop
  seatrial reach --from team-a/web --to team-b/api:80 scenarios/namespace-isolated-by-default
  seatrial diff main.json scenarios/namespace-isolated-by-default    what a change of policies opens and closes
  seatrial can-i get secrets --as alice -n court-listings-production scenarios/wrong-team-refused --explain
  seatrial who-can get secrets -n court-listings-production scenarios/wrong-team-refused/namespaces
  seatrial conform tests/conformance/golden/deployment   compare with recordings of a real cluster
  seatrial environments ~/cloud-platform-environments    what its namespaces define, and what is wrong with them

A scenario is a folder with a scenario.yaml, or that file. One scenario and one seed give one run, bit for bit.

Exit status: 0 all expectations held; 1 one did not; 2 bad input (every problem as file:line:column: path: message);
70 a bug of seatrial.)";

using Action = std::function<int()>;

void add_run(CLI::App& app, RunArguments& arguments, Action& action) {
  CLI::App* const run = app.add_subcommand("run", "Play scenarios and judge them");
  run->add_option("SCENARIO", arguments.scenarios, "Folders with a scenario.yaml, or such files")->required();
  run->add_option("--variant", arguments.variant,
                  "A variant of the scenario, or all: the base and every variant, and a table of them");
  run->add_option("--seed", arguments.seed, "Instead of the scenario's seed")->check(seed_check());
  run->add_option("-o,--output", arguments.output, "text (for people) or json")
      ->check(CLI::IsMember({"text", "json"}));
  run->add_option("--junit", arguments.junit, "Also write a JUnit report to this file");
  run->add_option("--until", arguments.until, "Stop at this instant, such as 2m30s");
  run->add_flag("-q,--quiet", arguments.quiet, "One line for each scenario, and what did not hold");
  run->add_flag("--no-wall-time", arguments.no_wall_time,
                "Leave out how long it took: equal runs print equal text");
  run->callback([&] { action = [&] { return cli::run(arguments); }; });
}

void add_validate(CLI::App& app, RunArguments& arguments, Action& action) {
  CLI::App* const validate =
      app.add_subcommand("validate", "Check scenarios, or manifests alone, without playing them");
  validate
      ->add_option("SCENARIO", arguments.scenarios,
                   "Folders with a scenario.yaml or with manifests, or such files")
      ->required();
  validate->add_option("--variant", arguments.variant, "Only this variant of the scenario, or base");
  validate->add_flag("-q,--quiet", arguments.quiet, "Print problems only");
  validate->callback([&] { action = [&] { return cli::validate(arguments); }; });
}

CLI::App* add_look(CLI::App& app, const char* name, const char* help, const char* what,
                   LookArguments& arguments) {
  CLI::App* const look = app.add_subcommand(name, help);
  if (what) look->add_option("WHAT", arguments.what, what)->required();
  look->add_option("SCENARIO", arguments.scenario, "A folder with a scenario.yaml, or such a file")
      ->required();
  look->add_option("--variant", arguments.variant, "A variant of the scenario instead of its base");
  look->add_option("--seed", arguments.seed, "Instead of the scenario's seed")->check(seed_check());
  look->add_option("--at", arguments.at, "At this instant, such as 2m30s; the end if not given");
  look->add_option("-n,--namespace", arguments.name_space, "In this namespace only");
  return look;
}

void add_filters(CLI::App& look, LookArguments& arguments) {
  look.add_flag("-A,--all-namespaces", arguments.all_namespaces, "Show the namespaces of all objects");
  look.add_option("-l,--selector", arguments.selector, "With these labels only, such as app=web,tier!=db");
}

void add_looks(CLI::App& app, LookArguments& arguments, Action& action) {
  CLI::App* const get = add_look(app, "get", "Show objects at an instant, as kubectl prints them",
                                 "pods, deploy,rs,pdb, all, rs/NAME, …", arguments);
  get->add_option("-o,--output", arguments.output, "wide, json, yaml or name")
      ->check(CLI::IsMember({"wide", "json", "yaml", "name"}));
  add_filters(*get, arguments);
  get->callback([&] { action = [&] { return cli::get(arguments); }; });
  CLI::App* const describe =
      add_look(app, "describe", "Show objects in detail at an instant, as kubectl describes them",
               "pod/NAME, deploy/NAME, nodes, …", arguments);
  add_filters(*describe, arguments);
  describe->callback([&] { action = [&] { return cli::describe(arguments); }; });
  CLI::App* const rollout = app.add_subcommand("rollout", "Follow a rollout");
  rollout->require_subcommand(1);
  CLI::App* const status =
      add_look(*rollout, "status",
               "Show what kubectl rollout status would have said, line by line, with the simulated times",
               "deploy/NAME, sts/NAME or ds/NAME", arguments);
  status->get_option("--at")->description(
      "Begin at this instant, such as 2m30s; when the first rollout begins if not given");
  status->add_flag("--no-watch", arguments.no_watch, "Only what it says at that instant");
  status->callback([&] { action = [&] { return cli::rollout_status(arguments); }; });
  CLI::App* const events =
      add_look(app, "events", "Show the events up to an instant, as kubectl prints them", nullptr, arguments);
  events->callback([&] { action = [&] { return cli::events(arguments); }; });
  CLI::App* const explain =
      add_look(app, "explain", "Say why: the chain of causes behind a request, a pod or a finding",
               "request/N, pod/NAME or finding/N", arguments);
  explain->callback([&] { action = [&] { return cli::explain(arguments); }; });
}

constexpr const char* kReachHelp = R"(
Ends:
  --from NAMESPACE/POD             a pod, or the beginning of its name; also an ingress controller of the platform
  --to NAMESPACE/SERVICE:PORT      asks DNS first; the port becomes that of the pods behind it, but of a headless Service
       NAMESPACE/POD:PORT
       rds/NAME[:PORT]             a managed resource of the platform, in each zone that it may be in; external/NAME
       HOST[:PORT]                 SERVICE.NAMESPACE, or a host outside; the port is 443 where none is given
       CIDR[:PORT]                 each block inside that policies tell apart; a cluster IP is its Service, a pod's the pod

Examples:
  seatrial reach --from team-a/web --to team-b/api:80 scenarios/namespace-isolated-by-default
  seatrial reach --from team-a/web --to 169.254.169.254:80 --at 2m scenarios/namespace-isolated-by-default
  seatrial reach --matrix scenarios/namespace-isolated-by-default             who reaches whom, by network policies
  seatrial reach --matrix -o json scenarios/namespace-isolated-by-default > main.json

Exit status: 0 reached; 1 not reached; 2 bad input.)";

constexpr const char* kDiffHelp = R"(
A and B are scenarios, or files that `seatrial reach --matrix -o json` has written: what B opens and closes. Of
scenarios, their clusters at --at (else at their ends) are compared, and each change names the policies behind it.
A file knows no policies.

Examples:
  seatrial diff main.json scenarios/namespace-isolated-by-default
  seatrial diff scenarios/namespace-isolated-by-default scenarios/policy-lag-on-rollout -o json

Exit status: 0 who reaches whom is the same; 1 it is not; 2 bad input.)";

void add_reach(CLI::App& app, ReachArguments& arguments, DiffArguments& compared, Action& action) {
  CLI::App* const reach = add_look(
      app, "reach", "Say whether one reaches another, hop by hop, or all of the cluster", nullptr, arguments);
  reach->remove_option(reach->get_option("--namespace"));
  reach->add_option("--from", arguments.from, "NAMESPACE/POD, or an address");
  reach->add_option("--to", arguments.to,
                    "NAMESPACE/SERVICE:PORT, NAMESPACE/POD:PORT, rds/NAME, HOST or CIDR");
  reach->add_option("--protocol", arguments.protocol, "TCP, UDP or SCTP")
      ->check(CLI::IsMember({"TCP", "UDP", "SCTP"}));
  reach->add_flag("--matrix", arguments.matrix, "All of the cluster, by classes of peers that are alike");
  reach->add_option("-o,--output", arguments.output, "text or json")->check(CLI::IsMember({"text", "json"}));
  reach->footer(kReachHelp);
  reach->callback([&] { action = [&] { return cli::reach(arguments); }; });
  CLI::App* const diff = app.add_subcommand("diff", "Say what one scenario opens and closes against another");
  diff->add_option("A", compared.before, "A scenario, or a matrix in a file")->required();
  diff->add_option("B", compared.after, "Another one")->required();
  diff->add_option("--variant", compared.variant, "A variant of both scenarios instead of their bases");
  diff->add_option("--seed", compared.seed, "Instead of the scenarios' seeds")->check(seed_check());
  diff->add_option("--at", compared.at, "At this instant, such as 2m30s; the end if not given");
  diff->add_option("-o,--output", compared.output, "text or json")->check(CLI::IsMember({"text", "json"}));
  diff->footer(kDiffHelp);
  diff->callback([&] { action = [&] { return cli::diff(compared); }; });
}

// VERB RESOURCE [FOLDER]; with --list only [FOLDER]. The errors are kubectl's.
std::string arrange_access_words(AccessArguments& arguments) {
  if (arguments.list) {
    if (!arguments.resource.empty()) return "list option must be specified with no arguments";
    if (arguments.all_namespaces || !arguments.subresource.empty())
      return "list option can't be specified with neither quiet, all-namespaces nor subresource options";
    std::swap(arguments.folder, arguments.verb);
  } else if (arguments.resource.empty()) {
    return "you must specify two arguments: verb resource or verb resource/resourceName.";
  } else if (arguments.resource.starts_with('/') && !arguments.subresource.empty()) {
    return "--subresource can not be used with NonResourceURL";
  }
  if (arguments.folder.empty()) arguments.folder = ".";
  return "";
}

constexpr const char* kCanIFooter = R"(
Examples:
  seatrial can-i --as-group github:my-team get secrets -n my-app-prod              by the manifests of this folder
  seatrial can-i patch deployments --subresource scale --as-group github:my-team -n my-app-prod namespaces/
  seatrial can-i --list --as-group github:my-team -n my-app-prod namespaces/
  seatrial can-i create pods --as system:serviceaccount:ci:deployer -n my-app-prod namespaces/
  seatrial can-i get secrets/database --as alice -n court-listings-production scenarios/wrong-team-refused --explain
  seatrial can-i get pods --as alice scenarios/wrong-team-refused --at 2m

--as alone brings the groups of the teams that the platform's `access:` names for that user. Without --as and --as-group
it is the platform's defaultUser, or a cluster administrator. Exit status: 0 yes; 1 no; 2 bad input.)";

constexpr const char* kWhoCanFooter = R"(
Examples:
  seatrial who-can get secrets -n my-app-prod                  by the manifests of this folder
  seatrial who-can create pods --subresource eviction -n my-app-prod namespaces/
  seatrial who-can delete nodes scenarios/wrong-team-refused
  seatrial who-can create namespaces -A scenarios/wrong-team-refused --at 2m

Lists users, groups and service accounts, each with its role, its binding and where that is written.)";

CLI::App* add_access(CLI::App& app, const char* name, const char* help, AccessArguments& arguments) {
  CLI::App* const access = app.add_subcommand(name, help);
  access->add_option("VERB", arguments.verb, "get, list, create, patch, delete, impersonate, …");
  access->add_option("RESOURCE", arguments.resource,
                     "pods, deployments.apps, secrets/NAME, or a path that is none, such as /healthz");
  access->add_option("FOLDER", arguments.folder,
                     "With a scenario.yaml, or with manifests, also in folders of it; . if not given");
  access->add_option("--subresource", arguments.subresource, "Such as log, scale, eviction");
  access->add_option("-n,--namespace", arguments.name_space, "In this namespace");
  access->add_flag("-A,--all-namespaces", arguments.all_namespaces, "In all namespaces together");
  access->add_option("--variant", arguments.variant, "A variant of the scenario instead of its base");
  access->add_option("--seed", arguments.seed, "Instead of the scenario's seed")->check(seed_check());
  access->add_option("--at", arguments.at, "At this instant of the scenario; its end if not given");
  return access;
}

void add_accesses(CLI::App& app, AccessArguments& arguments, Action& action) {
  const auto acting = [&](int (*act)(const AccessArguments&)) {
    return [&, act] {
      if (const std::string error = arrange_access_words(arguments); !error.empty()) {
        std::cerr << "error: " << error << "\n";
        return kBadInput;
      }
      return act(arguments);
    };
  };
  CLI::App* const can =
      add_access(app, "can-i", "Say whether somebody may do something, as kubectl auth can-i", arguments);
  can->add_option("--as", arguments.as, "A user, or system:serviceaccount:NAMESPACE:NAME");
  can->add_option("--as-group", arguments.as_groups,
                  "A group of theirs, such as github:webops; may be repeated")
      ->allow_extra_args(false);
  can->add_flag("--explain", arguments.explain, "Also by which rule and binding, or why not and who could");
  can->add_flag("--list", arguments.list, "All that they may do in the namespace");
  can->callback([&action, acting] { action = acting(cli::can_i); });
  CLI::App* const who =
      add_access(app, "who-can", "List who may do something, and by which role and binding", arguments);
  can->footer(kCanIFooter);
  who->footer(kWhoCanFooter);
  who->callback([&action, acting] { action = acting(cli::who_can); });
}

void add_conform(CLI::App& app, ConformArguments& arguments, Action& action) {
  CLI::App* const conform = app.add_subcommand("conform", "Replay recordings of a real cluster and compare");
  conform->add_option("PATH", arguments.paths, "Recordings, or folders of them")->required();
  conform->add_option("--seeds", arguments.seeds, "Runs for each recording of a control plane")
      ->check(CLI::Range(1, 1000));
  conform->add_option("--kubelet-seeds", arguments.kubelet_seeds, "Runs for each recording of a kubelet")
      ->check(CLI::Range(1, 1000));
  conform->add_option("-o,--output", arguments.output, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  conform->add_flag("-v,--verbose", arguments.verbose, "Also the fields that agree");
  conform->callback([&] { action = [&] { return cli::conform(arguments); }; });
}

constexpr const char* kEnvironmentsFooter = R"(
What is read, as the pipeline applies it:
  namespaces/CLUSTER/*.yaml                    first, to the cluster
  namespaces/CLUSTER/NAMESPACE/*.yaml          with kubectl apply -n NAMESPACE: .yaml, .yml and .json directly there
  namespaces/CLUSTER/NAMESPACE/resources/*.tf  with terraform: AWS resources, and Secrets with their credentials
A file that is not applied (another extension, another folder, git-crypt) is named, with the reason. Values of
Secrets are never shown: only their keys, and which output of the terraform fills them.

Examples:
  seatrial environments ~/cloud-platform-environments --cluster live        an overview, and what is wrong
  seatrial environments . -n my-application-dev                             one namespace in full
  seatrial environments . --cluster live --platform scenarios/platforms/cloud-platform-live.yaml
                                                                            quotas against the nodes as well
  seatrial environments . -o json | jq '.findings[] | select(.severity == "error")'
  seatrial environments . --fail-on error                                   in CI

Exit status: 0 everything could be read; 1 there is a finding that --fail-on names; 2 a file could not be read
(every problem as file:line:column: path: message; the rest is reported all the same).)";

void add_environments(CLI::App& app, EnvironmentsArguments& arguments, Action& action) {
  CLI::App* const environments = app.add_subcommand(
      "environments", "Read an Environments repository: an inventory of its namespaces, and what is wrong");
  environments->footer(kEnvironmentsFooter);
  environments->add_option("PATH", arguments.path, "A checkout, unmodified, or its folder namespaces")
      ->required();
  environments->add_option("--cluster", arguments.cluster,
                           "Only this cluster: its folder's name, or the first part of it");
  environments->add_option("--platform", arguments.platform,
                           "The cluster's nodes and ingress controllers: a file of kind Platform");
  environments->add_option("-n,--namespace", arguments.name_space,
                           "Only this namespace, in full: objects, AWS resources, the keys of Secrets");
  environments->add_option("-o,--output", arguments.output, "text (for people) or json (everything)")
      ->check(CLI::IsMember({"text", "json"}));
  environments
      ->add_option("--fail-on", arguments.fail_on, "Exit with 1 if there is a finding so grave or graver")
      ->check(CLI::IsMember({"never", "error", "warning"}));
  environments->add_flag("-v,--verbose", arguments.verbose,
                         "Every namespace and every finding, however many");
  environments->callback([&] { action = [&] { return cli::environments(arguments); }; });
}

// As kubectl says it. False if the first word is a command, or none.
bool is_unknown_command(const CLI::App& app, int count, const char* const* words) {
  if (count < 2 || words[1][0] == '-') return false;
  std::vector<std::string> commands;
  for (const CLI::App* const command : app.get_subcommands({})) commands.push_back(command->get_name());
  if (std::ranges::find(commands, words[1]) != commands.end()) return false;
  std::cerr << "error: unknown command \"" << words[1] << "\" for \"seatrial\"\n";
  const std::string meant = scenario::nearest(words[1], commands);
  if (!meant.empty()) std::cerr << "\nDid you mean this?\n\t" << meant << "\n";
  std::cerr << "\nRun 'seatrial --help' for all commands.\n";
  return true;
}

int main(int count, const char* const* words) {
  CLI::App app(kHelp, "seatrial");
  RunArguments run_arguments, validate_arguments;
  LookArguments look_arguments;
  ReachArguments reach_arguments;
  DiffArguments diff_arguments;
  ConformArguments conform_arguments;
  EnvironmentsArguments environments_arguments;
  AccessArguments access_arguments;
  Action action;
  app.footer(kFooter);
  app.require_subcommand(1);
  app.set_version_flag("--version", "seatrial " SEATRIAL_VERSION);
  add_run(app, run_arguments, action);
  add_validate(app, validate_arguments, action);
  add_looks(app, look_arguments, action);
  add_reach(app, reach_arguments, diff_arguments, action);
  add_accesses(app, access_arguments, action);
  add_conform(app, conform_arguments, action);
  add_environments(app, environments_arguments, action);
  if (is_unknown_command(app, count, words)) return kBadInput;
  try {
    app.parse(count, words);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kBadInput;
  }
  return action();
}

}  // namespace
}  // namespace seatrial::cli

int main(int count, char** words) {
  try {
    return seatrial::cli::main(count, words);
  } catch (const seatrial::CheckFailure& failure) {
    std::cerr << "seatrial: this is a bug of seatrial, please report it: " << failure.what() << "\n";
  } catch (const std::exception& error) {
    std::cerr << "seatrial: this is a bug of seatrial, please report it: " << error.what() << "\n";
  }
  return seatrial::cli::kBug;
}
