#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/environments_fixture.h"

namespace seatrial::scenario {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using tests::Checkout;
using tests::found;
using tests::policy_text;

TEST(EnvironmentsFindings, AStandardNamespaceHasNone) {
  EXPECT_THAT(found(Checkout().space("a-dev")), IsEmpty());
}

struct FindingRow {
  const char* name;
  const char* file;  // in namespace a-dev, beside b-dev; replaces a file of the same name
  std::string text;
  std::vector<const char*> expected;  // what each finding begins with
};
void PrintTo(const FindingRow& row, std::ostream* out) { *out << row.name; }

class EnvironmentsFinding : public testing::TestWithParam<FindingRow> {};

TEST_P(EnvironmentsFinding, IsFoundWithItsPlace) {
  Checkout checkout;
  checkout.space("a-dev").space("b-dev").file("a-dev", GetParam().file, GetParam().text);
  const std::vector<std::string> all = found(checkout);
  ASSERT_EQ(all.size(), GetParam().expected.size()) << testing::PrintToString(all);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_THAT(all[i], StartsWith(GetParam().expected[i]));
}

const std::string kMonitoring =
    "  podSelector: {}\n  ingress: [{from: [{namespaceSelector: {matchLabels: {component: "
    "monitoring}}}]}]\n";
const std::string kIngressHead = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\n";
const std::string kIngressRules =
    "  rules:\n  - host: a.example.org\n    http: {paths: [{path: /, pathType: Prefix, "
    "backend: {service: {name: web, port: {number: 80}}}}]}\n";

std::string cron_text(const std::string& schedule, const std::string& environment = "") {
  return "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: job\nspec:\n  schedule: \"" + schedule +
         "\"\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n"
         "          containers:\n          - name: job\n            image: job:1\n" +
         environment;
}
std::string key_of(const std::string& secret, const std::string& key, const std::string& more = "") {
  return "            env:\n            - name: URL\n              valueFrom:\n                secretKeyRef: "
         "{name: " +
         secret + ", key: " + key + more + "}\n";
}
std::string calico_text(const std::string& name, const std::string& order, const std::string& rule) {
  return "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata:\n  name: " + name +
         "\nspec:\n  order: " + order + "\n  selector: all()\n  types: [Egress]\n  egress: [" + rule + "]\n";
}
std::string secret_tf(const std::string& name, const std::string& metadata = "") {
  return "resource \"kubernetes_secret\" \"s\" {\n  metadata {\n    name      = \"" + name +
         "\"\n    namespace = \"a-dev\"\n" + metadata + "  }\n  data = { url = \"x\" }\n}\n";
}

INSTANTIATE_TEST_SUITE_P(
    Policies, EnvironmentsFinding,
    testing::Values(
        FindingRow{"DuplicatePolicy",
                   "05-policies.yaml",
                   policy_text("p", kMonitoring) + "---\n" +
                       policy_text("p", "  podSelector: {matchLabels: {a: b}}\n"),
                   {"written-twice a-dev/05-policies.yaml:9: NetworkPolicy p replaces the one of line 1, "
                    "which says "
                    "something else"}},
        FindingRow{"AlikePolicies",
                   "05-policies.yaml",
                   policy_text("p", kMonitoring) + "---\n" + policy_text("p", kMonitoring),
                   {"written-twice a-dev/05-policies.yaml:9: NetworkPolicy p is written as in line 1"}},
        FindingRow{
            "DanglingSelector",
            "05-policies.yaml",
            policy_text("p",
                        "  podSelector: {}\n  ingress:\n  - from:\n    - namespaceSelector:\n        "
                        "matchLabels:\n          team: gone\n"),
            {"dangling-selector a-dev/05-policies.yaml:9: NetworkPolicy p lets in namespaces with team=gone, "
             "and none in this checkout has it"}},
        FindingRow{"DanglingSelectorOfANamespaceThatIsThere",
                   "05-policies.yaml",
                   policy_text("p",
                               "  podSelector: {}\n  ingress: [{from: [{namespaceSelector: {matchLabels: "
                               "{name: b-dev}}}]}]\n"),
                   {"dangling-selector a-dev/05-policies.yaml:7: NetworkPolicy p lets in namespaces with "
                    "name=b-dev, "
                    "and none in this checkout has it: namespace b-dev is there, without that label"}},
        FindingRow{"EveryNamespaceHasItsNameAsALabel",
                   "05-policies.yaml",
                   policy_text("p",
                               "  podSelector: {}\n  ingress: [{from: [{namespaceSelector: {matchLabels: "
                               "{kubernetes.io/metadata.name: b-dev}}}]}]\n"),
                   {}},
        FindingRow{
            "NeighboursShutOut",
            "04-networkpolicy.yaml",
            policy_text("default", "  podSelector: {}\n"),
            {"neighbours-shut-out a-dev/04-networkpolicy.yaml:5: NetworkPolicy default isolates all pods"}},
        FindingRow{"EgressDeniedInVain",
                   "05-policies.yaml",
                   policy_text("p", "  podSelector: {}\n  policyTypes: [Egress]\n"),
                   {"last-allow-overrides a-dev/05-policies.yaml:7: NetworkPolicy p denies all egress, but "
                    "0.0.0.0/0 "
                    "is allowed behind it: nothing is denied"}},
        FindingRow{
            "EgressDeniedByCalico",
            "05-policies.yaml",
            policy_text("p", "  podSelector: {}\n  policyTypes: [Egress]\n") + "---\n" +
                calico_text("block", "50", "{action: Deny}") + "---\n" +
                calico_text("dns", "43", "{action: Allow, protocol: UDP, destination: {ports: [53]}}"),
            {"calico-order a-dev/05-policies.yaml:14: block (50) denies all egress but that of dns (43)"}},
        FindingRow{
            "AllowedTooLate",
            "05-policies.yaml",
            policy_text("p",
                        "  podSelector: {}\n  policyTypes: [Egress]\n  egress: [{ports: [{port: 443}]}]\n") +
                "---\n" + calico_text("block", "50", "{action: Deny}") + "---\n" +
                calico_text("late", "51", "{action: Allow}"),
            {"calico-order a-dev/05-policies.yaml:8: NetworkPolicy p allows egress after block (50) has "
             "denied it",
             "calico-order a-dev/05-policies.yaml:25: NetworkPolicy.projectcalico.org late (51) allows "
             "egress "
             "after block (50) has denied it",
             "calico-order a-dev/05-policies.yaml:15: block (50) denies all egress but that of nothing"}}),
    [](const auto& row) { return std::string(row.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Access, EnvironmentsFinding,
    testing::Values(
        FindingRow{"GroupWithoutPrefix",
                   "01-rbac.yaml",
                   tests::rbac_text("a-dev", "kind: Group\n    name: mine"),
                   {"grants-nobody a-dev/01-rbac.yaml:7: RoleBinding a-dev-admin gives ClusterRole admin to "
                    "nobody as "
                    "Group mine: groups of those who sign in begin with \"github:\""}},
        FindingRow{"UserCalledAsAGroup",
                   "01-rbac.yaml",
                   tests::rbac_text("a-dev", "kind: User\n    name: github:somebody"),
                   {"grants-nobody a-dev/01-rbac.yaml:7: "}},
        FindingRow{
            "AccountOfNoNamespace",
            "05-more.yaml",
            "kind: RoleBinding\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: more}\nsubjects:\n"
            "- {kind: ServiceAccount, name: x, namespace: gone}\n- {kind: ServiceAccount, name: default, "
            "namespace: b-dev}\nroleRef: {kind: ClusterRole, name: admin, apiGroup: "
            "rbac.authorization.k8s.io}\n",
            {"grants-nobody a-dev/05-more.yaml:5: RoleBinding more gives ClusterRole admin to nobody as "
             "ServiceAccount x: no namespace gone is in this checkout"}},
        FindingRow{
            "RoleNeverMade",
            "05-more.yaml",
            "kind: RoleBinding\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: more}\nsubjects:\n"
            "- {kind: Group, name: \"github:x\", apiGroup: rbac.authorization.k8s.io}\n- {kind: Group, name: "
            "\"github:x\", apiGroup: rbac.authorization.k8s.io}\nroleRef:\n  kind: Role\n  name: reader\n"
            "  apiGroup: rbac.authorization.k8s.io\n",
            {"role-never-made a-dev/05-more.yaml:9: RoleBinding more gives Role reader",
             "subject-repeated a-dev/05-more.yaml:6: RoleBinding more names Group github:x as in line 5"}},
        FindingRow{
            "ForbiddenClusterRole",
            "05-more.yaml",
            "kind: RoleBinding\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: more}\nsubjects:\n"
            "- {kind: Group, name: \"github:x\", apiGroup: rbac.authorization.k8s.io}\nroleRef: {kind: "
            "ClusterRole, name: cluster-admin, apiGroup: rbac.authorization.k8s.io}\n",
            {"forbidden-role a-dev/05-more.yaml:6: RoleBinding more gives ClusterRole cluster-admin"}},
        FindingRow{"ForbiddenServiceAccount",
                   "05-account.yaml",
                   "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ci}\n",
                   {"forbidden-kind a-dev/05-account.yaml:1: ServiceAccount ci"}},
        FindingRow{"ClassWithoutAController",
                   "05-ingress.yaml",
                   kIngressHead + "spec:\n  ingressClassName: nginx\n" + kIngressRules,
                   {"ingress-class-unowned a-dev/05-ingress.yaml:6: Ingress web is of class nginx"}},
        FindingRow{"ClassWithAController",
                   "05-ingress.yaml",
                   kIngressHead + "spec:\n  ingressClassName: modsec\n" + kIngressRules,
                   {}}),
    [](const auto& row) { return std::string(row.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Files, EnvironmentsFinding,
    testing::Values(
        FindingRow{
            "BadExtension",
            "05-certificate-yaml",
            "apiVersion: v1\nkind: ConfigMap\n",
            {"file-not-applied a-dev/05-certificate-yaml:1: 05-certificate-yaml is a manifest whose name"}},
        FindingRow{
            "ManifestInResources",
            "resources/monitor.yaml",
            "apiVersion: v1\nkind: ConfigMap\n",
            {"file-not-applied a-dev/resources/monitor.yaml:1: monitor.yaml is a manifest in resources/"}},
        FindingRow{"ManifestInAnotherFolder",
                   "more/map.yaml",
                   "apiVersion: v1\nkind: ConfigMap\n",
                   {"file-not-applied a-dev/more/map.yaml:1: map.yaml is a manifest in a folder"}},
        FindingRow{"TerraformAtTheTop",
                   "main.tf",
                   "locals {}\n",
                   {"file-not-applied a-dev/main.tf:1: main.tf is terraform outside of resources/"}},
        FindingRow{"AReadmeIsNoMistake", "README.md", "# hello\n", {}},
        FindingRow{"MisspeltSkipFile",
                   "APPLY_PIPELINE_SKIP_THIS_NAMESPACES",
                   "",
                   {"skip-file-misspelt a-dev/APPLY_PIPELINE_SKIP_THIS_NAMESPACES:1: "}},
        FindingRow{"AnotherNamespace",
                   "05-map.yaml",
                   "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  namespace: b-dev\n",
                   {"wrong-namespace a-dev/05-map.yaml:5: ConfigMap x says namespace b-dev"}},
        FindingRow{"TerraformOfAnotherNamespace",
                   "resources/variables.tf",
                   "variable \"namespace\" {\n  default = \"b-dev\"\n}\n",
                   {"terraform-namespace a-dev/resources/variables.tf:2: var.namespace is b-dev"}},
        FindingRow{"CronLineThatNeverFires",
                   "05-job.yaml",
                   cron_text("0 0 31 2 *"),
                   {"cron-never-fires a-dev/05-job.yaml:6: CronJob job never starts: \"0 0 31 2 *\""}},
        FindingRow{"CronLineOfLeapDays", "05-job.yaml", cron_text("0 0 29 2 *"), {}},
        FindingRow{"SecretNeverMade",
                   "05-job.yaml",
                   cron_text("@daily", key_of("none", "url")),
                   {"secret-never-made a-dev/05-job.yaml:18: Secret none is needed by CronJob job, and "
                    "nothing in this "
                    "checkout makes it"}},
        FindingRow{"OptionalSecret",
                   "05-job.yaml",
                   cron_text("@daily", key_of("none", "url", ", optional: true")),
                   {}},
        FindingRow{"SecretOfACertificate",
                   "05-ingress.yaml",
                   kIngressHead + "spec:\n  tls: [{hosts: [a.example.org], secretName: cert}]\n" +
                       kIngressRules +
                       "---\napiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: c}\nspec: "
                       "{secretName: "
                       "cert}\n",
                   {}},
        FindingRow{
            "TerraformReadsASecretThatNobodyMakes",
            "resources/data.tf",
            "data \"kubernetes_secret\" \"d\" {\n  metadata {\n    name      = \"gone\"\n    namespace = "
            "\"b-dev\"\n  }\n}\n",
            {"secret-never-made a-dev/resources/data.tf:1: Secret gone of namespace b-dev is needed by "
             "data.kubernetes_secret.d"}},
        FindingRow{
            "LabelsAndAnnotations",
            "00-namespace.yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a-dev\n  labels: {component: "
            "cloud-platform-monitoring-alerts, cloud-platform.justice.gov.uk/is-production: \"false\", "
            "cloud-platform.justice.gov.uk/environment-name: prod, pod-security.kubernetes.io/enforce: "
            "baseline}\n  annotations: {cloud-platform.justice.gov.uk/team-name: other, "
            "cloud-platform.justice.gov.uk/review-after: \"2025-25-11\"}\n",
            {"namespace-labels a-dev/00-namespace.yaml:5: a-dev has no annotation "
             "cloud-platform.justice.gov.uk/business-unit",
             "production-not-marked a-dev/00-namespace.yaml:5: a-dev is environment \"prod\"",
             "team-unknown a-dev/00-namespace.yaml:6: a-dev is of team other",
             "review-date a-dev/00-namespace.yaml:6: a-dev is to be reviewed after \"2025-25-11\""}},
        FindingRow{"MemoryLimitFarOff",
                   "02-limitrange.yaml",
                   "apiVersion: v1\nkind: LimitRange\nmetadata: {name: l}\nspec:\n  limits:\n  - type: "
                   "Container\n    "
                   "default: {memory: 201Mi}\n    defaultRequest: {memory: 100Mi}\n",
                   {"memory-limit a-dev/02-limitrange.yaml:5: 1 of 2 LimitRanges"}}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(EnvironmentsFindings, ASecretOfTerraformIsThereWithItsKeys) {
  Checkout checkout;
  checkout.space("a-dev").file("a-dev", "resources/s.tf", secret_tf("output"));
  checkout.file("a-dev", "05-job.yaml", cron_text("@daily", key_of("output", "url")));
  EXPECT_THAT(found(checkout), IsEmpty());
  checkout.file("a-dev", "05-job.yaml", cron_text("@daily", key_of("output", "uri")));
  EXPECT_THAT(found(checkout),
              ElementsAre(StartsWith("secret-key-never-set a-dev/05-job.yaml:18: CronJob job needs the "
                                     "key uri of Secret output, which has url")));
}

TEST(EnvironmentsFindings, ASecretOfAnUnknownNameMayBeTheOneThatIsNeeded) {
  Checkout checkout;
  checkout.space("a-dev").file(
      "a-dev", "resources/s.tf",
      secret_tf("s-${random_id.r.hex}") + "resource \"random_id\" \"r\" {\n  byte_length = 4\n}\n");
  checkout.file("a-dev", "05-job.yaml", cron_text("@daily", key_of("s-1234", "url")));
  const environments::Repository repository = checkout.read();
  const auto report = environments::report_on(repository, environments::standard_conventions(), nullptr);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].severity, environments::Severity::kInfo);
}

TEST(EnvironmentsFindings, ANamespaceWithoutItsStandardFilesIsOneFinding) {
  Checkout checkout;
  checkout.space("a-dev").at("repo/namespaces/live.example.org/b-dev/01-rbac.yaml",
                             tests::rbac_text("b-dev"));
  EXPECT_THAT(
      found(checkout),
      ElementsAre(AllOf(StartsWith("missing-standard-objects b-dev:1: b-dev has no Namespace, LimitRange, "
                                   "ResourceQuota and NetworkPolicy"),
                        HasSubstr("every pod of the cluster may reach its pods"))));
}

TEST(EnvironmentsFindings, QuotasAreComparedWithTheNodesThatTakeAnyPod) {
  Checkout checkout;
  checkout.space("a-dev").space("b-dev");
  Platform platform;
  platform.name = "small";
  NodeGroup group;
  group.count = 2;
  group.allocatable["pods"] = api::Quantity::from_value(49);
  group.allocatable["cpu"] = api::Quantity::from_value(4);
  group.allocatable["memory"] = *api::Quantity::parse("16Gi");
  platform.node_groups = {group};
  EXPECT_THAT(found(checkout, &platform),
              ElementsAre(HasSubstr(
                  "the quotas promise 100 pods, 1 core, 9.8Gi; 2 nodes of small without taints have "
                  "room for 98 pods, 8 cores, 32Gi")));
  platform.node_groups[0].count = 3;
  EXPECT_THAT(found(checkout, &platform), IsEmpty());
  platform.node_groups[0].taints = {{"dedicated", "x", "NoSchedule"}};
  EXPECT_THAT(found(checkout, &platform), ElementsAre(HasSubstr("0 nodes of small without taints")));
}

TEST(EnvironmentsFindings, TheGravestComeFirst) {
  Checkout checkout;
  checkout.space("a-dev").file("a-dev", "05.yaml", cron_text("0 0 31 2 *"));
  checkout.file("a-dev", "06.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: other}\n");
  EXPECT_THAT(found(checkout), ElementsAre(StartsWith("wrong-namespace"), StartsWith("cron-never-fires")));
}

}  // namespace
}  // namespace seatrial::scenario
