#include "sim/scenario/user.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/scenario/kubectl/drain.h"
#include "sim/scenario/kubectl/words.h"
#include "sim/scenario/scenario_event.h"

namespace seatrial::scenario {

using api::Kind;
using cluster::ApiResult;
using cluster::ApiServer;
using kubectl::Step;

namespace {

constexpr Duration kEvictionRetry = Duration::seconds(5);  // EvictErrorRetryDelay
constexpr Duration kLook = Duration::seconds(1);           // waitForDelete's interval
// A clientset has a token bucket for each API group: client-go's defaults.
constexpr std::int64_t kQps = 5, kBurst = 10;

// A node's errors are an error by themselves, unless there is no other node.
// `refused`: the only one is the API server's own.
std::string fatal_text(const std::vector<std::vector<std::string>>& nodes, bool refused) {
  if (nodes.size() == 1 && refused) return "Error from server (Forbidden): " + nodes.front().front();
  if (nodes.size() == 1) return kubectl::final_text(nodes.front());
  std::vector<std::string> errors;
  for (const std::vector<std::string>& node : nodes) errors.push_back(kubectl::aggregate_text(node));
  return kubectl::final_text(errors);
}

std::string pod_text(const ObjectName& pod) { return pod.namespace_.str() + "/" + pod.name.str(); }

}  // namespace

User::User(const Kernel& kernel, ApiServer& api)
    : client_(api.add_client(kernel, "kubectl", 0, 0)),
      evictions_(api.add_client(kernel, "kubectl-evictions", kQps, kBurst)),
      looks_(api.add_client(kernel, "kubectl-looks", kQps, kBurst)) {}

std::uint32_t User::begin(std::shared_ptr<const Action> action, IdentityPtr as, JournalId cause) {
  const auto free = std::ranges::find(threads_, false, &Thread::active);
  const auto slot = static_cast<std::uint32_t>(free - threads_.begin());
  if (free == threads_.end()) threads_.emplace_back();
  threads_[slot] = {};
  threads_[slot].active = true;
  threads_[slot].action = std::move(action);
  threads_[slot].as = std::move(as);
  threads_[slot].cause = cause;
  return slot;
}

void User::act(Kernel& kernel, ApiServer& api, std::shared_ptr<const Action> action, IdentityPtr as,
               JournalId cause) {
  start({kernel, api}, begin(std::move(action), std::move(as), cause));
}

void User::act_for(Kernel& kernel, ApiServer& api, std::shared_ptr<const Action> action, IdentityPtr as,
                   JournalId cause, const Event& done, bool quiet) {
  const std::uint32_t slot = begin(std::move(action), std::move(as), cause);
  threads_[slot].done = done;
  threads_[slot].quiet = quiet;
  start({kernel, api}, slot);
}

kubectl::Ask User::ask(const Context& context, std::uint32_t slot) const {
  if (!threads_[slot].as) return {};
  return [context, as = threads_[slot].as, cause = threads_[slot].cause](const cluster::Attributes& what) {
    return context.api.refuse(context.kernel, *as, what, cause);
  };
}

void User::start(const Context& context, std::uint32_t slot) {
  kubectl::Plan plan;
  bool nothing = false;
  if (const kubectl::Ask ask = this->ask(context, slot)) {
    kubectl::Readable readable = kubectl::readable(*threads_[slot].action, ask);
    nothing = readable.nothing;
    if (!readable.errors.empty())
      threads_[slot].action = std::make_shared<const Action>(std::move(readable.action));
    plan.errors = std::move(readable.errors);
  }
  if (!nothing) {
    kubectl::Plan rest = kubectl::plan(*threads_[slot].action, context.api.store());
    plan.targets = std::move(rest.targets);
    std::ranges::move(rest.errors, std::back_inserter(plan.errors));
  }
  for (const std::string& error : plan.errors) refuse(context, threads_[slot], error);
  if (plan.targets.empty() && plan.errors.empty()) print(context, threads_[slot], "No resources found");
  threads_[slot].command.targets = std::move(plan.targets);
  next(context, slot);
}

void User::handle(Kernel& kernel, ApiServer& api, const Event& event) {
  const Context context{kernel, api};
  const std::uint32_t slot = event.subject;
  if (event.type == kAnswer) {
    // On stderr as they come, so before what the verb says of the answer.
    for (const std::string& warning : api.warnings({static_cast<std::uint32_t>(event.payload)}))
      print(context, threads_[slot], "Warning: " + warning);
    const ApiResult result = api.take_reply({static_cast<std::uint32_t>(event.payload)});
    return threads_[slot].leaving ? pod_answered(context, slot, result) : answered(context, slot, result);
  }
  if (!threads_[slot].leaving) return next(context, slot);
  return threads_[slot].leaving->evicted ? look(context, slot) : evict(context, slot);
}

kubectl::Turn User::turn(const Context& context, std::uint32_t slot, const kubectl::Target& target) const {
  const Thread& thread = threads_[slot];
  if (const kubectl::Ask ask = this->ask(context, slot); ask && thread.command.stage == 0) {
    if (std::string error = kubectl::read_refusal(*thread.action, target, ask); !error.empty())
      return std::unexpected(std::move(error));
  }
  return kubectl::turn(*thread.action, target, thread.command.stage, context.api.store(),
                       context.kernel.now());
}

// The next step about the object at hand, or about the one after it.
void User::next(const Context& context, std::uint32_t slot) {
  Thread& thread = threads_[slot];
  Command& command = thread.command;
  while (command.at < command.targets.size()) {
    const kubectl::Target& target = command.targets[command.at];
    kubectl::Turn turn = this->turn(context, slot, target);
    if (turn) {
      command.step = std::move(*turn);
      for (const std::string& line : command.step.first) print(context, thread, line);
      for (const std::string& error : command.step.errors) refuse(context, thread, error);
      if (command.step.wait) return wake_after(context, slot, *command.step.wait);
      if (command.step.request) {
        const api::ObjectPtr before = kubectl::read(context.api.store(), target);
        command.version = before ? before->metadata.resource_version : 0;
        cluster::ApiRequest request = *command.step.request;
        request.user = "kubectl";
        request.identity = thread.as;
        request.cause = thread.cause;
        context.api.submit(context.kernel, client_, std::move(request),
                           {cluster::kScenarioComponent, kAnswer, slot, 0});
        return;
      }
      print(context, thread, command.step.said);
    } else {
      refuse(context, thread, turn.error());
    }
    ++command.at;
    command.stage = 0;
  }
  finish(context, slot);
}

void User::answered(const Context& context, std::uint32_t slot, const ApiResult& result) {
  Thread& thread = threads_[slot];
  Command& command = thread.command;
  const Step& step = command.step;
  if (!result) {
    refuse(context, thread, kubectl::refusal_text(result.error(), step.context, step.source));
  } else {
    const bool same = !step.unchanged.empty() && (*result)->metadata.resource_version == command.version;
    print(context, thread, same ? step.unchanged : step.said);
  }
  if (result && step.more) {
    ++command.stage;
  } else {
    ++command.at;
    command.stage = 0;
  }
  next(context, slot);
}

void User::finish(const Context& context, std::uint32_t slot) {
  if (std::holds_alternative<Drain>(*threads_[slot].action)) return drain_node(context, slot);
  end(context, slot);
}

void User::end(const Context& context, std::uint32_t slot) {
  Thread& thread = threads_[slot];
  thread.active = false;
  if (!thread.done) {
    if (!std::holds_alternative<Drain>(*thread.action)) return;
    JournalRecord record{};
    record.type = static_cast<std::uint16_t>(cluster::RecordType::kEnded);
    record.cause = thread.cause;
    record.other = thread.refused ? 1 : 0;
    context.kernel.record(record);
    return;
  }
  Event done = *thread.done;
  done.payload = thread.refused ? 1 : 0;
  done.cause = thread.cause;
  context.kernel.after(Duration(), done);
}

// ---- drain

void User::drain_node(const Context& context, std::uint32_t slot) {
  const auto& verb = std::get<Drain>(*threads_[slot].action);
  Command& command = threads_[slot].command;
  if (command.node == command.targets.size()) return drained(context, slot);
  const kubectl::DrainList list = kubectl::pods_to_drain(verb, command.targets[command.node].name.name,
                                                         context.api.store(), ask(context, slot));
  command.errors = list.errors;
  command.list_refused = list.refused;
  command.leaving = list.errors.empty() ? list.pods.size() : 0;
  if (command.errors.empty() && !list.warnings.empty())
    print(context, threads_[slot], "Warning: " + list.warnings);
  if (command.leaving == 0) return node_done(context, slot);
  const std::optional<SimTime> deadline =
      verb.timeout ? std::optional(context.kernel.now() + *verb.timeout) : std::nullopt;
  for (const auto& pod : list.pods) {
    const std::uint32_t own = begin(threads_[slot].action, threads_[slot].as, threads_[slot].cause);
    threads_[own].quiet = threads_[slot].quiet;
    threads_[own].leaving = Leaving{slot,
                                    {Kind::kPod, pod->metadata.namespace_, pod->metadata.name},
                                    pod->ref(),
                                    false,
                                    {},
                                    deadline,
                                    pod->metadata.deletion_timestamp.has_value()};
    evict(context, own);
  }
}

void User::node_done(const Context& context, std::uint32_t slot) {
  Thread& thread = threads_[slot];
  Command& command = thread.command;
  const kubectl::Target& node = command.targets[command.node++];
  if (command.errors.empty()) {
    print(context, thread, kubectl::name_text(node.name) + " drained");
    return drain_node(context, slot);
  }
  if (thread.done) {
    thread.refused = true;
    return drain_node(context, slot);
  }
  const std::string error = kubectl::aggregate_text(command.errors);
  const auto& verb = std::get<Drain>(*thread.action);
  const kubectl::DrainList list =
      kubectl::pods_to_drain(verb, node.name.name, context.api.store(), ask(context, slot));
  if (list.errors.empty() && !list.pods.empty()) {
    print(context, thread,
          fmt::format("There are pending pods in node \"{}\" when an error occurred: {}",
                      node.name.name.str(), error));
    for (const auto& pod : list.pods) print(context, thread, kubectl::name_text(*pod));
  }
  print(context, thread,
        fmt::format("error: unable to drain node \"{}\" due to error: {}, continuing command...",
                    node.name.name.str(), error));
  command.fatal.push_back(command.errors);
  command.left.push_back(node.name.name.str());
  drain_node(context, slot);
}

void User::drained(const Context& context, std::uint32_t slot) {
  Thread& thread = threads_[slot];
  if (!thread.command.left.empty()) {
    print(context, thread, "There are pending nodes to be drained:");
    for (const std::string& node : thread.command.left) print(context, thread, " " + node);
    refuse(context, thread, fatal_text(thread.command.fatal, thread.command.list_refused));
  }
  end(context, slot);
}

void User::evict(const Context& context, std::uint32_t slot) {
  Thread& thread = threads_[slot];
  Leaving& pod = *thread.leaving;
  const auto& verb = std::get<Drain>(*thread.action);
  if (!verb.disable_eviction) print(context, thread, "evicting pod " + pod_text(pod.pod));
  if (pod.deadline && context.kernel.now() >= *pod.deadline) {
    return pod_done(
        context, slot,
        fmt::format("error when evicting pods/\"{}\" -n \"{}\": global timeout reached: {}",
                    pod.pod.name.str(), pod.pod.namespace_.str(), kubectl::go_duration(*verb.timeout)));
  }
  cluster::ApiRequest request;
  request.verb = verb.disable_eviction ? cluster::Verb::kDelete : cluster::Verb::kEvict;
  // As it now is: another pod may have its name since the last try.
  const api::ObjectRef fresh = context.api.store().find(Kind::kPod, pod.pod.namespace_, pod.pod.name);
  if (fresh.valid()) pod.ref = fresh;
  request.ref = pod.ref;
  request.grace_period_seconds = verb.grace_period_seconds;
  request.user = "kubectl";
  request.identity = thread.as;
  request.cause = thread.cause;
  context.api.submit(context.kernel, evictions_, std::move(request),
                     {cluster::kScenarioComponent, kAnswer, slot, 0});
}

void User::look(const Context& context, std::uint32_t slot) {
  Thread& thread = threads_[slot];
  Leaving& pod = *thread.leaving;
  if (pod.deadline && context.kernel.now() >= *pod.deadline) {
    return pod_done(context, slot,
                    fmt::format("error when waiting for pod \"{}\" in namespace \"{}\" to terminate: context "
                                "deadline exceeded",
                                pod.pod.name.str(), pod.pod.namespace_.str()));
  }
  pod.looked = context.kernel.now();
  cluster::ApiRequest request;
  request.verb = cluster::Verb::kGet;
  request.ref = pod.ref;
  request.identity = thread.as;
  request.cause = thread.cause;
  context.api.submit(context.kernel, looks_, std::move(request),
                     {cluster::kScenarioComponent, kAnswer, slot, 0});
}

void User::pod_answered(const Context& context, std::uint32_t slot, const ApiResult& result) {
  Thread& thread = threads_[slot];
  Leaving& pod = *thread.leaving;
  const SimTime now = context.kernel.now();
  if (pod.evicted) {
    if (!result && result.error().code == 403)
      return pod_done(context, slot,
                      fmt::format("error when waiting for pod \"{}\" in namespace \"{}\" to terminate: {}",
                                  pod.pod.name.str(), pod.pod.namespace_.str(), result.error().message));
    if (!result) {
      const bool deleted = std::get<Drain>(*thread.action).disable_eviction;
      print(context, thread, kubectl::name_text(pod.pod) + (deleted ? " deleted" : " evicted"));
      return pod_done(context, slot, "");
    }
    SimTime again = std::max(now, pod.looked + kLook);
    if (pod.deadline) again = std::min(again, std::max(now, *pod.deadline));
    return wake_after(context, slot, again - now);
  }
  if (result) {
    pod.evicted = true;
    return look(context, slot);
  }
  const cluster::ApiError& error = result.error();
  if (error.code == 404) return pod_done(context, slot, "");
  const std::string which =
      fmt::format("error when evicting pods/\"{}\" -n \"{}\"", pod.pod.name.str(), pod.pod.namespace_.str());
  const bool space_goes =
      error.code == 403 && std::ranges::any_of(error.causes, [](const std::string& cause) {
        return cause.starts_with("NamespaceTerminating");
      });
  if (space_goes && pod.was_leaving) {
    pod.evicted = true;
    return look(context, slot);
  }
  if (space_goes) {
    print(context, thread,
          fmt::format(
              "error when evicting pod \"{}\" from terminating namespace \"{}\" (will retry after {}): {}",
              pod.pod.name.str(), pod.pod.namespace_.str(), kubectl::go_duration(kEvictionRetry),
              error.message));
    return wake_after(context, slot, kEvictionRetry);
  }
  if (error.code != 429) return pod_done(context, slot, fmt::format("{}: {}", which, error.message));
  print_error(context, thread,
              fmt::format("{} (will retry after {}): {}", which, kubectl::go_duration(kEvictionRetry),
                          error.message));
  wake_after(context, slot, kEvictionRetry);
}

void User::pod_done(const Context& context, std::uint32_t slot, std::string error) {
  const std::uint32_t of = threads_[slot].leaving->command;
  threads_[slot].active = false;
  Command& command = threads_[of].command;
  if (!error.empty()) command.errors.push_back(std::move(error));
  if (--command.leaving == 0) node_done(context, of);
}

// ----

void User::wake_after(const Context& context, std::uint32_t slot, Duration wait) {
  context.kernel.after(wait, make_scenario_event(kWake, slot, threads_[slot].cause));
}

void User::print(const Context& context, const Thread& thread, std::string_view text) {
  if (!text.empty() && !thread.quiet) print_error(context, thread, text);
}

void User::print_error(const Context& context, const Thread& thread, std::string_view text) {
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(cluster::RecordType::kPrinted);
  record.value = thread.quiet ? 1 : 0;
  record.cause = thread.cause;
  record.text = context.kernel.journal().text(text);
  context.kernel.record(record);
}

void User::refuse(const Context& context, Thread& thread, std::string_view error) {
  thread.refused = true;
  cluster::record_words(context.kernel, cluster::RecordType::kRefused, error, thread.cause);
}

}  // namespace seatrial::scenario
