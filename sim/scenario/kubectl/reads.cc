#include "sim/scenario/kubectl/reads.h"

#include <fmt/format.h>

#include "sim/api/kinds.h"
#include "sim/scenario/kubectl/verbs.h"
#include "sim/scenario/kubectl/words.h"

namespace seatrial::scenario::kubectl {

using api::Kind;

namespace {

// Before it rolls back, kubectl lists what the workload was.
std::string history_refusal(const ObjectName& name, const Ask& ask) {
  const bool deployment = name.kind == Kind::kDeployment;
  const Kind history = deployment ? Kind::kReplicaSet : Kind::kControllerRevision;
  const auto refused = ask(cluster::listing(api::info(history), name.namespace_));
  if (!refused) return "";
  if (deployment)
    return fmt::format("error: failed to retrieve replica sets from deployment {}: {}", name.name.str(),
                       refused->message);
  return fmt::format("error: unable to find history controlled by {} {}: {}", api::info(name.kind).name,
                     name.name.str(), refused->message);
}

// Drops what may not be read, and says so.
class Filter {
 public:
  explicit Filter(const Ask& ask) : ask_(ask) {}
  std::vector<std::string> take() { return std::move(errors_); }

  bool refuses(const cluster::Attributes& what) {
    const auto refused = ask_(what);
    if (refused) errors_.push_back(refusal_text(*refused));
    return refused.has_value();
  }
  bool refuses(const ObjectName& name) {
    return refuses(cluster::reading(api::info(name.kind), name.namespace_, name.name));
  }
  bool refuses_history(const ObjectName& name) {
    std::string error = history_refusal(name, ask_);
    if (error.empty()) return false;
    errors_.push_back(std::move(error));
    return true;
  }

  void names(Targets& targets) {
    std::erase_if(targets.names, [&](const ObjectName& name) { return refuses(name); });
  }
  void kinds(Targets& targets) {
    std::erase_if(targets.kinds,
                  [&](Kind kind) { return refuses(cluster::listing(api::info(kind), targets.namespace_)); });
  }
  // False if no node is left. Without names, a choice means all that are alike.
  bool nodes(NodeChoice& nodes) {
    const api::KindInfo& kind = api::info(Kind::kNode);
    if (nodes.names.empty()) return !refuses(cluster::listing(kind, {}));
    std::erase_if(nodes.names, [&](api::Symbol name) { return refuses(cluster::reading(kind, {}, name)); });
    return !nodes.names.empty();
  }

 private:
  const Ask& ask_;
  std::vector<std::string> errors_;
};

// `kubectl scale` of nothing that it can read is an error of its own.
void word_for_scale(const Scale& before, const Scale& after, std::vector<std::string>& errors) {
  const bool nothing = after.targets.names.empty() && after.targets.kinds.empty();
  if (!nothing || before.targets.names.size() + before.targets.kinds.size() != 1 || errors.size() != 1)
    return;
  constexpr std::string_view kLead = "Error from server (Forbidden): ";
  if (errors.front().starts_with(kLead))
    errors.front() = "error: no objects passed to scale " + errors.front().substr(kLead.size());
}

}  // namespace

Readable readable(const Action& action, const Ask& ask) {
  Filter filter(ask);
  Readable result{action, {}, false};
  std::visit(
      [&]<class Verb>(Verb& verb) {
        if constexpr (requires { verb.targets; }) {
          if constexpr (!std::same_as<Verb, Delete>) filter.names(verb.targets);
          filter.kinds(verb.targets);
          result.nothing =
              verb.targets.names.empty() && verb.targets.kinds.empty() && verb.targets.files.empty();
        }
        if constexpr (std::same_as<Verb, Rollout>) {
          if (verb.verb == Rollout::Verb::kUndo)
            std::erase_if(verb.targets.names,
                          [&](const ObjectName& name) { return filter.refuses_history(name); });
          result.nothing = verb.targets.names.empty() && verb.targets.kinds.empty();
        }
        if constexpr (requires { verb.nodes; }) {
          result.nothing = !filter.nodes(verb.nodes);
        }
      },
      result.action);
  result.errors = filter.take();
  if (const auto* const scale = std::get_if<Scale>(&result.action))
    word_for_scale(std::get<Scale>(action), *scale, result.errors);
  return result;
}

std::string read_refusal(const Action& action, const Target& target, const Ask& ask) {
  if (const auto* const scale = std::get_if<Scale>(&action)) {
    if (!scale->current_replicas) return "";
    cluster::Attributes get =
        cluster::reading(api::info(target.name.kind), target.name.namespace_, target.name.name);
    get.subresource = "scale";
    const auto refused = ask(get);
    return refused ? refusal_text(*refused) : "";
  }
  const auto* const apply = std::get_if<Apply>(&action);
  if (!apply || apply->server_side) return "";
  const api::Object& wanted = *target.like;
  cluster::ApiRequest get;
  get.verb = cluster::Verb::kGet;
  const auto refused = ask(cluster::attributes_of(get, wanted));
  if (!refused) return "";
  return refusal_text(
      *refused, {},
      fmt::format("error when retrieving current configuration of:\n{}\nfrom server for: \"{}\": ",
                  object_text(wanted), wanted.source.file.str()));
}

}  // namespace seatrial::scenario::kubectl
