// Small Environments repositories in memory: namespaces with the five standard files, to be broken in one
// place.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sim/scenario/environments/report.h"

namespace seatrial::scenario::tests {

inline std::string rbac_text(const std::string& name, const std::string& subject = R"(kind: Group
    name: "github:team-)") {
  const bool is_group = subject.ends_with("team-");
  return "kind: RoleBinding\napiVersion: rbac.authorization.k8s.io/v1\nmetadata:\n  name: " + name +
         "-admin\n  namespace: " + name + "\nsubjects:\n  - " + subject + (is_group ? name + "\"" : "") +
         "\n    apiGroup: rbac.authorization.k8s.io\nroleRef:\n  kind: ClusterRole\n  name: admin\n"
         "  apiGroup: rbac.authorization.k8s.io\n";
}

inline std::string policy_text(const std::string& name, const std::string& spec) {
  return "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: " + name + "\nspec:\n" +
         spec;
}

class Checkout {
 public:
  static constexpr const char* kRoot = "repo/namespaces/live.example.org/";

  // A namespace in which nothing is found.
  Checkout& space(const std::string& name) {
    file(name, "00-namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: " + name + R"(
  labels:
    cloud-platform.justice.gov.uk/is-production: "false"
    cloud-platform.justice.gov.uk/environment-name: "development"
    pod-security.kubernetes.io/enforce: restricted
  annotations:
    cloud-platform.justice.gov.uk/business-unit: "HQ"
    cloud-platform.justice.gov.uk/application: "an application"
    cloud-platform.justice.gov.uk/owner: "a team"
    cloud-platform.justice.gov.uk/source-code: "https://example.org"
    cloud-platform.justice.gov.uk/slack-channel: "a-channel"
)");
    file(name, "01-rbac.yaml", rbac_text(name));
    file(name, "02-limitrange.yaml",
         "apiVersion: v1\nkind: LimitRange\nmetadata: {name: limitrange}\nspec:\n  limits:\n  - type: "
         "Container\n"
         "    default: {cpu: 1000m, memory: 200Mi}\n    defaultRequest: {cpu: 10m, memory: 100Mi}\n");
    file(name, "03-resourcequota.yaml",
         "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: quota}\nspec: {hard: {pods: \"50\"}}\n");
    return file(name, "04-networkpolicy.yaml",
                policy_text("default",
                            "  podSelector: {}\n  policyTypes: [Ingress]\n  ingress: [{from: "
                            "[{podSelector: {}}]}]\n"));
  }
  Checkout& file(const std::string& name, const std::string& file, const std::string& text) {
    files_.add(kRoot + name + "/" + file, text);
    return *this;
  }
  Checkout& at(const std::string& path, const std::string& text) {
    files_.add(path, text);
    return *this;
  }

  environments::Repository read(const std::string& cluster = "") const {
    auto repository =
        environments::read_repository("repo", files_, environments::standard_conventions(), {cluster});
    EXPECT_TRUE(repository) << (repository ? "" : repository.error());
    return repository ? std::move(*repository) : environments::Repository();
  }
  const MemoryFiles& files() const { return files_; }

 private:
  MemoryFiles files_;
};

// RULE PLACE: WHAT, of each finding; places without the folder of the cluster.
inline std::vector<std::string> found(const environments::Findings& findings) {
  std::vector<std::string> lines;
  for (const environments::Finding& finding : findings) {
    std::string file = finding.where.file.str();
    if (file.starts_with(Checkout::kRoot)) file.erase(0, std::string(Checkout::kRoot).size());
    lines.push_back(std::string(finding.rule) + " " + file + ":" + std::to_string(finding.where.line) + ": " +
                    finding.what);
    EXPECT_FALSE(finding.why.empty() || finding.change.empty()) << lines.back();
  }
  return lines;
}

inline std::vector<std::string> found(const Checkout& checkout, const Platform* platform = nullptr) {
  const environments::Repository repository = checkout.read();
  for (const api::Problem& problem : repository.problems) ADD_FAILURE() << problem.str();
  return found(environments::report_on(repository, environments::standard_conventions(), platform).findings);
}

}  // namespace seatrial::scenario::tests
