// Those who run kubectl: what an entry of the timeline asks of the API server, request after request, each
// sent when the one before it is answered, as kubectl does; what the server answered, and what kubectl
// prints. What a verb makes of an object stands in kubectl/.
//
// A drain cordons its nodes and then empties them one after the other: all pods of a node are evicted at
// once, each again 5 s after a 429, and each is looked at every second until it is gone. Sources:
// k8s.io/kubectl/pkg/{cmd,drain}; reference §1.10.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/cluster/api_server.h"
#include "sim/scenario/kubectl/reads.h"
#include "sim/scenario/scenario.h"

namespace seatrial::scenario {

class User {
 public:
  User(const Kernel& kernel, cluster::ApiServer& api);

  // Begins what the action says, for the entry of the timeline that `cause` is. REQUIRES: the action is one
  // of kubectl's, not a fault.
  // `as` is who asks; null: a cluster administrator, whom access control does not ask.
  void act(Kernel& kernel, cluster::ApiServer& api, std::shared_ptr<const Action> action, IdentityPtr as,
           JournalId cause);
  // The same for someone who runs kubectl's code as a step of their own: the event `done` tells when it has
  // ended, with payload 1 if something went wrong. A drain leaves it to them to say so. If they are `quiet`,
  // only what went wrong is noted, for findings.
  void act_for(Kernel& kernel, cluster::ApiServer& api, std::shared_ptr<const Action> action, IdentityPtr as,
               JournalId cause, const Event& done, bool quiet);
  // REQUIRES: an event of kScenarioComponent with a type of these.
  void handle(Kernel& kernel, cluster::ApiServer& api, const Event& event);

  // Type 0 is World's: an entry is due.
  static constexpr std::uint8_t kAnswer = 1, kWake = 2;

 private:
  // A command that works on one object after the other, and then, where it is a drain, on the nodes.
  struct Command {
    std::vector<kubectl::Target> targets;
    std::size_t at = 0;  // of targets
    int stage = 0;
    kubectl::Step step;
    std::uint64_t version = 0;  // of the object, before the request
    // Of a drain:
    std::size_t node = 0;  // of targets
    std::size_t leaving = 0;
    std::vector<std::string> errors;              // of the node at hand
    bool list_refused = false;                    // the one error is that its pods may not be listed
    std::vector<std::vector<std::string>> fatal;  // of each node that could not be emptied
    std::vector<std::string> left;                // their names
  };
  // A pod that a drain evicts.
  struct Leaving {
    std::uint32_t command = 0;  // its thread
    ObjectName pod;
    api::ObjectRef ref;
    bool evicted = false;  // from then on it is looked at
    SimTime looked;
    std::optional<SimTime> deadline;
    bool was_leaving = false;  // when the node's pods were listed
  };
  struct Thread {
    bool active = false, refused = false, quiet = false;
    std::shared_ptr<const Action> action;
    IdentityPtr as;
    JournalId cause = JournalId::kNone;
    std::optional<Event> done;  // of who is told at the end
    Command command;
    std::optional<Leaving> leaving;
  };
  // What every call of a thread needs.
  struct Context {
    Kernel& kernel;
    cluster::ApiServer& api;
  };

  void start(const Context& context, std::uint32_t thread);
  std::uint32_t begin(std::shared_ptr<const Action> action, IdentityPtr as, JournalId cause);
  // Whether they may read something; empty for an administrator.
  kubectl::Ask ask(const Context& context, std::uint32_t thread) const;
  kubectl::Turn turn(const Context& context, std::uint32_t thread, const kubectl::Target& target) const;
  void next(const Context& context, std::uint32_t thread);
  void answered(const Context& context, std::uint32_t thread, const cluster::ApiResult& result);
  void finish(const Context& context, std::uint32_t thread);
  void end(const Context& context, std::uint32_t thread);

  void drain_node(const Context& context, std::uint32_t thread);
  void node_done(const Context& context, std::uint32_t thread);
  void drained(const Context& context, std::uint32_t thread);
  void evict(const Context& context, std::uint32_t thread);
  void look(const Context& context, std::uint32_t thread);
  void pod_answered(const Context& context, std::uint32_t thread, const cluster::ApiResult& result);
  void pod_done(const Context& context, std::uint32_t thread, std::string error);

  void wake_after(const Context& context, std::uint32_t thread, Duration wait);
  // Writes what kubectl prints into the journal, each line: of what is done, and of what went wrong.
  void print(const Context& context, const Thread& thread, std::string_view text);
  void print_error(const Context& context, const Thread& thread, std::string_view text);
  void refuse(const Context& context, Thread& thread, std::string_view error);

  cluster::ClientId client_, evictions_, looks_;
  std::vector<Thread> threads_;
};

}  // namespace seatrial::scenario
