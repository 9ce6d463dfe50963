// Who was refused what for want of a role, and who would have been allowed.
#include <algorithm>

#include "sim/api/kinds.h"
#include "sim/api/policy_rules.h"
#include "sim/checks/findings/common.h"
#include "sim/cluster/rbac.h"

namespace seatrial::checks {
namespace {

using cluster::Denial;
using cluster::Grant;

// "in namespace shop", "at the cluster scope"
std::string scope_of(const cluster::Attributes& what) {
  return what.namespace_.empty() ? "at the cluster scope" : "in namespace " + what.namespace_;
}

// "delete secrets \"db\" in namespace shop"
std::string request_text(const cluster::Attributes& what) {
  if (!what.path.empty()) return what.verb + " " + what.path;
  std::string text = what.verb + " " + what.resource;
  if (!what.group.empty()) text += "." + what.group;
  if (!what.subresource.empty()) text += "/" + what.subresource;
  if (!what.name.empty() && what.resource != "namespaces") text += " \"" + what.name + "\"";
  return text + " " + scope_of(what);
}

std::string subject_text(const api::Subject& subject) {
  if (subject.kind == api::Symbol("Group")) return "group " + subject.name.str();
  if (subject.kind == api::Symbol("User")) return "user " + subject.name.str();
  return "service account " + subject.namespace_.str() + "/" + subject.name.str();
}

std::string groups_text(const cluster::Identity& who) {
  std::string text;
  for (const api::Symbol group : who.groups) text += (text.empty() ? "" : ", ") + group.str();
  return text;
}

std::string grant_text(const Grant& grant) {
  return subject_text(*grant.subject) + ": " + std::string(api::kind_name(*grant.binding)) + " " +
         grant.binding->metadata.name.str() + " gives " + std::string(api::kind_name(*grant.role)) + " " +
         grant.role->metadata.name.str() + place_text(grant.binding->source);
}

// Those of the namespace itself; only where there are none, those of the whole cluster, and of these the ones
// that every cluster has only if there are no others.
std::vector<Grant> nearest_grants(const cluster::Attributes& what, const cluster::Store& store) {
  std::vector<Grant> all = cluster::who_can(what, store);
  const auto prefer = [&](auto&& better) {
    if (std::ranges::any_of(all, better))
      std::erase_if(all, [&](const Grant& grant) { return !better(grant); });
  };
  prefer([](const Grant& grant) { return grant.binding->kind == api::Kind::kRoleBinding; });
  prefer([](const Grant& grant) { return grant.binding->source.line > 0; });
  return all;
}

// What bindings of theirs count there, though none allows it.
std::string what_they_have(const Denial& denial, const Evidence& evidence) {
  const std::vector<api::PolicyRule> rules =
      cluster::rules_for(denial.who, denial.what.namespace_, evidence.store);
  const auto of_resource = [&](const api::PolicyRule& rule) {
    return std::ranges::count(rule.resources, api::Symbol(denial.what.resource)) > 0;
  };
  if (std::ranges::none_of(rules, of_resource))
    return "no binding " + scope_of(denial.what) + " gives " + denial.who.user.str() + " or their groups (" +
           groups_text(denial.who) + ") anything on " + denial.what.resource;
  std::set<std::string> verbs;
  for (const api::PolicyRule& rule : rules)
    if (of_resource(rule))
      for (const api::Symbol verb : rule.verbs) verbs.insert(verb.str());
  return denial.who.user.str() + " may " + joined(verbs) + " " + denial.what.resource + " there, not " +
         denial.what.verb + (denial.what.subresource.empty() ? "" : " " + denial.what.subresource);
}

// What they would have granted, one permission a line.
void explain_escalation(const Denial& denial, Finding& finding) {
  finding.what = denial.who.user.str() + " tried to grant more than they hold: " + request_text(denial.what);
  finding.chain.push_back("nobody may write a role, or bind one, whose permissions they do not have there");
  for (std::size_t at = denial.message.find('\n'); at != std::string::npos;) {
    const std::size_t end = std::min(denial.message.find('\n', at + 1), denial.message.size());
    finding.chain.push_back("they lack " + denial.message.substr(at + 1, end - at - 1));
    at = end < denial.message.size() ? end : std::string::npos;
  }
  finding.change =
      "let somebody who holds these permissions write it, or give " + denial.who.user.str() +
      (denial.what.resource.ends_with("roles") ? " the verb escalate" : " the verb bind on that role");
}

void explain_denial(const Denial& denial, const Evidence& evidence, Finding& finding) {
  finding.what = denial.who.user.str() + " may not " + request_text(denial.what);
  finding.chain.push_back(what_they_have(denial, evidence));
  std::set<std::string> allowed, groups;
  for (const Grant& grant : nearest_grants(denial.what, evidence.store)) {
    allowed.insert(grant_text(grant));
    if (grant.subject->kind == api::Symbol("Group")) groups.insert(grant.subject->name.str());
    if (finding.manifest.line == 0) finding.manifest = grant.binding->source;
  }
  for (const std::string& text : allowed) finding.chain.push_back("allowed would be " + text);
  if (allowed.empty()) finding.chain.push_back("nobody may: no role that is bound there allows it");
  finding.change = groups.empty()
                       ? "bind a role that allows it " + scope_of(denial.what)
                       : "let a member of " + joined(groups, " or ") + " do it, or bind a role to " +
                             denial.who.user.str() + "'s group " + scope_of(denial.what);
}

}  // namespace

void access_was_refused(const Evidence& evidence, std::vector<Finding>& findings) {
  std::vector<const Denial*> first;  // of each message, in order
  std::map<std::string, std::set<std::string>> actions;
  for (const Denial& denial : evidence.denials) {
    const auto [at, is_new] = actions.try_emplace(denial.message);
    if (is_new) first.push_back(&denial);
    if (std::string action = action_behind(evidence, denial.cause); !action.empty())
      at->second.insert(std::move(action));
  }
  for (const Denial* const denial : first) {
    Finding finding;
    finding.severity = Severity::kError;
    for (const std::string& action : actions[denial->message])
      finding.chain.push_back("it was asked for by: " + action);
    if (denial->escalation)
      explain_escalation(*denial, finding);
    else
      explain_denial(*denial, evidence, finding);
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
