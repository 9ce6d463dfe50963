// Every rule of the Pod Security Standards, in the API server's words, and what admission makes of them.
// Texts: k8s.io/pod-security-admission/policy; tests/conformance/golden/admission/podsecurity-baseline.json.
#include "sim/cluster/pod_security.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/api/manifests.h"
#include "sim/cluster/admission.h"
#include "sim/cluster/api_server.h"

namespace seatrial::cluster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr PodSecurityPolicy kBaseline{PodSecurityLevel::kBaseline},
    kRestricted{PodSecurityLevel::kRestricted};

std::string judged(const PodSecurityPolicy& policy, const char* spec, const api::LabelMap& annotations = {}) {
  return details(
      pod_security_violations(policy, annotations, api::from_json(nlohmann::ordered_json::parse(spec))));
}
// One container `web` with that securityContext.
std::string with_context(const PodSecurityPolicy& policy, const std::string& context,
                         const std::string& more = "") {
  return judged(
      policy,
      (R"({"containers": [{"name": "web", "securityContext": )" + context + "}]" + more + "}").c_str());
}

struct Row {
  const char *context, *expected;
};

TEST(PodSecurity, BaselineForbidsWhatReachesTheHost) {
  const Row rows[] = {
      {R"({"privileged": true})",
       R"(privileged (container "web" must not set securityContext.privileged=true))"},
      {R"({"capabilities": {"add": ["SYS_TIME", "NET_ADMIN", "CHOWN"]}})",
       R"(non-default capabilities (container "web" must not include "NET_ADMIN", "SYS_TIME" in securityContext.capabilities.add))"},
      {R"({"procMount": "Unmasked"})",
       R"(procMount (container "web" must not set securityContext.procMount to "Unmasked"))"},
      {R"({"seLinuxOptions": {"type": "foo_t", "user": "u", "role": "r"}})",
       R"(seLinuxOptions (container "web" set forbidden securityContext.seLinuxOptions: type "foo_t"; user may not be set; role may not be set))"},
      {R"({"seccompProfile": {"type": "Unconfined"}})",
       R"(seccompProfile (container "web" must not set securityContext.seccompProfile.type to "Unconfined"))"},
      {R"({"appArmorProfile": {"type": "Unconfined"}})",
       R"(forbidden AppArmor profile (container "web" must not set AppArmor profile type to "Unconfined"))"},
      {R"({"windowsOptions": {"hostProcess": true}})",
       R"(hostProcess (container "web" must not set securityContext.windowsOptions.hostProcess=true))"},
      {R"({"seLinuxOptions": {"type": "container_engine_t"}, "capabilities": {"add": ["KILL"]}})", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(with_context(kBaseline, row.context), row.expected);
}

TEST(PodSecurity, BaselineLooksAtThePodToo) {
  const Row rows[] = {
      {R"({"hostNetwork": true, "hostIPC": true, "containers": []})",
       "host namespaces (hostNetwork=true, hostIPC=true)"},
      {R"({"volumes": [{"name": "a", "hostPath": {"path": "/"}}, {"name": "b", "hostPath": {"path": "/"}}], "containers": []})",
       R"(hostPath volumes (volumes "a", "b"))"},
      {R"({"containers": [{"name": "a", "ports": [{"containerPort": 80, "hostPort": 80}]},
                          {"name": "b", "ports": [{"containerPort": 8, "hostPort": 443}]}]})",
       R"(hostPort (containers "a", "b" use hostPorts 443, 80))"},
      {R"({"containers": [{"name": "a", "livenessProbe": {"httpGet": {"port": 80, "host": "10.0.0.1"}}}]})",
       R"(probe or lifecycle host (container "a" uses probe or lifecycle host "10.0.0.1"))"},
      {R"({"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}, {"name": "net.ipv4.tcp_rmem", "value": "1"}]},
           "containers": []})",
       "forbidden sysctls (kernel.msgmax)"},
      {R"({"securityContext": {"seccompProfile": {"type": "Unconfined"}, "windowsOptions": {"hostProcess": true}},
           "initContainers": [{"name": "i", "securityContext": {"seccompProfile": {"type": "Unconfined"}}}],
           "containers": [{"name": "c"}]})",
       R"(seccompProfile (pod and container "i" must not set securityContext.seccompProfile.type to "Unconfined"), hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true))"},
  };
  for (const Row& row : rows) EXPECT_EQ(judged(kBaseline, row.context), row.expected);
  EXPECT_EQ(judged(kBaseline, R"({"containers": [{"name": "c"}]})",
                   {{"container.apparmor.security.beta.kubernetes.io/c", "unconfined"}}),
            "forbidden AppArmor profile (annotation must not set AppArmor profile type to "
            "\"container.apparmor.security.beta.kubernetes.io/c=\"unconfined\"\")");
}

TEST(PodSecurity, RestrictedWantsEverythingSaid) {
  EXPECT_EQ(
      judged(kRestricted, R"({"containers": [{"name": "a"}, {"name": "b"}]})"),
      R"(allowPrivilegeEscalation != false (containers "a", "b" must set )"
      R"(securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (containers "a", "b" must set )"
      R"(securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or containers "a", "b" must set )"
      R"(securityContext.runAsNonRoot=true), seccompProfile (pod or containers "a", "b" must set )"
      R"(securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"))");
}

constexpr const char* kGood =
    R"("allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": true,
       "seccompProfile": {"type": "RuntimeDefault"})";

TEST(PodSecurity, RestrictedNamesWhatIsWrong) {
  const std::string good = kGood;
  EXPECT_EQ(with_context(kRestricted, "{" + good + "}"), "");
  EXPECT_EQ(with_context(kRestricted, "{" + good + R"(, "runAsUser": 0})"),
            R"(runAsUser=0 (container "web" must not set runAsUser=0))");
  EXPECT_EQ(with_context(kRestricted, "{" + good + "}",
                         R"(, "securityContext": {"runAsUser": 0, "runAsNonRoot": false})"),
            "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), runAsUser=0 (pod "
            "must not set "
            "runAsUser=0)");
  EXPECT_EQ(
      with_context(kRestricted, R"({"allowPrivilegeEscalation": false, "runAsNonRoot": true,
              "seccompProfile": {"type": "Localhost"}, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE", "CHOWN"]}})"),
      R"(unrestricted capabilities (container "web" must not include "CHOWN" in securityContext.capabilities.add))");
  EXPECT_EQ(with_context(kRestricted, "{" + good + "}",
                         R"(, "volumes": [{"name": "v", "nfs": {}}, {"name": "h", "hostPath": {"path": "/"}},
                             {"name": "ok", "configMap": {"name": "c"}}])"),
            R"(restricted volume types (volumes "v", "h" use restricted volume types "hostPath", "nfs"))");
  // What the pod says holds for containers that say nothing.
  EXPECT_EQ(
      judged(kRestricted,
             R"({"securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
              "containers": [{"name": "web", "securityContext": {"allowPrivilegeEscalation": false,
                              "capabilities": {"drop": ["ALL"]}}}]})"),
      "");
}

TEST(PodSecurity, VersionsJudgeAsTheyDid) {
  const auto baseline = [](int minor) { return PodSecurityPolicy{PodSecurityLevel::kBaseline, minor}; };
  const char* const sysctl =
      R"({"securityContext": {"sysctls": [{"name": "net.ipv4.tcp_keepalive_time", "value": "1"}]}, "containers": []})";
  EXPECT_EQ(judged(baseline(28), sysctl), "forbidden sysctls (net.ipv4.tcp_keepalive_time)");
  EXPECT_EQ(judged(baseline(29), sysctl), "");
  EXPECT_EQ(
      with_context(baseline(30), R"({"seLinuxOptions": {"type": "container_engine_t"}})"),
      R"(seLinuxOptions (container "web" set forbidden securityContext.seLinuxOptions: type "container_engine_t"))");
  const char* const probe =
      R"({"containers": [{"name": "a", "livenessProbe": {"tcpSocket": {"port": 80, "host": "10.0.0.1"}}}]})";
  EXPECT_EQ(judged(baseline(33), probe), "");
  EXPECT_NE(judged(baseline(34), probe), "");
  // Users of their own: root inside is not root outside.
  const PodSecurityPolicy restricted34{PodSecurityLevel::kRestricted, 34};
  const std::string root =
      R"({"runAsUser": 0, "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}})";
  EXPECT_NE(with_context(restricted34, root, R"(, "hostUsers": false)"), "");
  EXPECT_EQ(with_context(kRestricted, root, R"(, "hostUsers": false)"), "");
  // Before the field there were annotations.
  EXPECT_EQ(judged(baseline(18), R"({"containers": [{"name": "c"}]})",
                   {{"seccomp.security.alpha.kubernetes.io/pod", "unconfined"}}),
            "seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod=\"unconfined\")");
  EXPECT_EQ(judged({PodSecurityLevel::kRestricted, 7}, R"({"containers": [{"name": "c"}]})"),
            R"(runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true))");
  EXPECT_EQ(with_context(kRestricted, R"({"runAsNonRoot": true})", R"(, "os": {"name": "windows"})"), "");
}

TEST(PodSecurity, LabelsSayWhatIsAsked) {
  const auto read = [](api::LabelMap labels) { return pod_security_policies(labels); };
  PodSecurityPolicies found = read({{"pod-security.kubernetes.io/enforce", "baseline"},
                                    {"pod-security.kubernetes.io/enforce-version", "v1.24"}});
  EXPECT_EQ(found.enforce.str(), "baseline:v1.24");
  EXPECT_EQ(found.warn.str(), "baseline:v1.24");  // follows a stricter enforce
  EXPECT_EQ(found.audit.str(), "privileged:latest");
  found = read({{"pod-security.kubernetes.io/enforce", "strict"},
                {"pod-security.kubernetes.io/warn", "no"},
                {"pod-security.kubernetes.io/audit-version", "1.24"}});
  EXPECT_EQ(found.enforce.str(), "restricted:latest");
  EXPECT_EQ(found.warn.str(), "privileged:latest");
  ASSERT_EQ(found.problems.size(), 3U);
  EXPECT_EQ(found.problems[0].str(),
            "metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \"strict\": must be one of "
            "privileged, "
            "baseline, restricted");
  EXPECT_EQ(found.problems[1].message, "Invalid value: \"1.24\": must be \"latest\" or \"v1.x\"");
}

// ---- In the chain ----

class PodSecurityAdmission : public testing::Test {
 protected:
  PodSecurityAdmission() : kernel_(1), server_(kernel_, {}) {}
  std::string apply(const std::string& manifest) {
    const api::Manifests read = api::parse_manifests(manifest, "test.yaml");
    EXPECT_TRUE(read.problems.empty()) << manifest;
    ApiRequest request;
    request.verb = Verb::kApply;
    request.field_manager = "kubectl";
    request.object = read.objects.at(0).object;
    request.document = read.objects.at(0).document;
    const ApiResult result = server_.execute(kernel_, request);
    warnings_ = server_.last_outcome().warnings;
    audit_ = server_.last_outcome().audit;
    return result ? "accepted" : std::to_string(result.error().code) + " " + result.error().message;
  }
  std::string apply_namespace(const std::string& labels) {
    const std::string done =
        apply("{apiVersion: v1, kind: Namespace, metadata: {name: ns, labels: {" + labels + "}}}");
    apply("{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: ns}}");
    return done;
  }
  static std::string pod(const std::string& name, const std::string& context = "{}") {
    return "{apiVersion: v1, kind: Pod, metadata: {name: " + name +
           ", namespace: ns}, spec: {containers: [{name: web, image: w, securityContext: " + context + "}]}}";
  }

  Kernel kernel_;
  ApiServer server_;
  std::vector<std::string> warnings_, audit_;
};

TEST_F(PodSecurityAdmission, EnforceRefusesPodsAndWarnAndAuditNoteThem) {
  apply_namespace(
      "pod-security.kubernetes.io/enforce: baseline, pod-security.kubernetes.io/warn: restricted, "
      "pod-security.kubernetes.io/audit: restricted, pod-security.kubernetes.io/warn-version: v1.20");
  EXPECT_EQ(apply(pod("a", "{privileged: true}")),
            "403 pods \"a\" is forbidden: violates PodSecurity \"baseline:latest\": privileged (container "
            "\"web\" must not "
            "set securityContext.privileged=true)");
  EXPECT_TRUE(warnings_.empty());
  EXPECT_EQ(apply(pod("b")), "accepted");
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_EQ(warnings_[0],
            "would violate PodSecurity \"restricted:v1.20\": allowPrivilegeEscalation != false (container "
            "\"web\" must set "
            "securityContext.allowPrivilegeEscalation=false), runAsNonRoot != true (pod or container \"web\" "
            "must set "
            "securityContext.runAsNonRoot=true), seccompProfile (pod or container \"web\" must set "
            "securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")");
  ASSERT_EQ(audit_.size(), 1U);
  EXPECT_THAT(audit_[0], HasSubstr("would violate PodSecurity \"restricted:latest\""));
}

TEST_F(PodSecurityAdmission, TemplatesAreOnlyWarnedOf) {
  apply_namespace("pod-security.kubernetes.io/enforce: baseline");
  EXPECT_EQ(
      apply("{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: ns}, spec: {selector: "
            "{matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {hostPID: true, containers: "
            "[{name: web, image: w}]}}}}"),
      "accepted");
  EXPECT_THAT(warnings_,
              ElementsAre("would violate PodSecurity \"baseline:latest\": host namespaces (hostPID=true)"));
}

TEST_F(PodSecurityAdmission, AStricterLabelWarnsOfPodsThatAreThere) {
  apply_namespace("");
  for (const char* const name : {"b", "a", "c"}) apply(pod(name, "{privileged: true}"));
  apply(pod("fine"));
  EXPECT_EQ(apply_namespace("pod-security.kubernetes.io/enforce: baseline"), "accepted");
  apply_namespace("");
  EXPECT_EQ(apply("{apiVersion: v1, kind: Namespace, metadata: {name: ns, labels: "
                  "{pod-security.kubernetes.io/enforce: baseline}}}"),
            "accepted");
  EXPECT_THAT(
      warnings_,
      ElementsAre(
          "existing pods in namespace \"ns\" violate the new PodSecurity enforce level \"baseline:latest\"",
          "a (and 2 other pods): privileged"));
}

TEST_F(PodSecurityAdmission, LabelsThatSayNothingAreRefused) {
  EXPECT_EQ(apply_namespace("pod-security.kubernetes.io/enforce: strict"),
            "422 Namespace \"ns\" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid "
            "value: \"strict\": "
            "must be one of privileged, baseline, restricted");
}

}  // namespace
}  // namespace seatrial::cluster
