#include "sim/scenario/environments/conventions.h"

namespace seatrial::scenario::environments {
namespace {

// cloud-platform-infrastructure: the namespaces of the cluster's own components, with the labels that
// policies of namespaces choose them by.
std::vector<PlatformNamespace> platform_namespaces() {
  return {
      {"calico-system", {}},
      {"cert-manager", {}},
      {"concourse", {}},
      {"external-secrets-operator", {}},
      {"gatekeeper-system", {}},
      {"ingress-controllers", {{"component", "ingress-controllers"}}},
      {"kube-system", {}},
      {"kuberos", {}},
      {"logging", {}},
      {"monitoring", {{"component", "monitoring"}}},
      {"velero", {}},
  };
}

Conventions make() {
  Conventions c;
  c.skip_file = "APPLY_PIPELINE_SKIP_THIS_NAMESPACE";
  c.other_markers = {"SECRET_ROTATE_BLOCK"};
  c.namespaces = platform_namespaces();
  c.annotations = {
      {"cloud-platform.justice.gov.uk/business-unit",
       {"HQ", "HMPPS", "OPG", "LAA", "Central Digital", "Technology Services", "HMCTS", "CICA", "Platforms"}},
      {"cloud-platform.justice.gov.uk/application", {}},
      {"cloud-platform.justice.gov.uk/owner", {}},
      {"cloud-platform.justice.gov.uk/source-code", {}},
      {"cloud-platform.justice.gov.uk/slack-channel", {}},
  };
  c.labels = {
      {"cloud-platform.justice.gov.uk/is-production", {"true", "false"}},
      {"cloud-platform.justice.gov.uk/environment-name", {}},
      {"pod-security.kubernetes.io/enforce", {"restricted"}},
  };
  c.forbidden_labels = {{"component", "cloud-platform-monitoring-alerts"}};
  c.forbidden_kinds = {"ClusterRole", "ClusterRoleBinding", "ServiceAccount"};
  c.cluster_roles = {"admin", "calico-network-policy-access"};
  c.group_prefix = "github:";
  c.team_annotation = "cloud-platform.justice.gov.uk/team-name";
  c.review_annotation = "cloud-platform.justice.gov.uk/review-after";
  c.environment_label = "cloud-platform.justice.gov.uk/environment-name";
  c.production_label = "cloud-platform.justice.gov.uk/is-production";
  c.class_annotation = "kubernetes.io/ingress.class";
  c.production_names = {"prod", "production"};
  c.ingress_classes = {"default",  "default-non-prod", "modsec",           "modsec-non-prod",
                       "internal", "internal-laa",     "internal-non-prod"};
  c.last_allow = {"deny-aws-imds", "0.0.0.0/0"};
  c.variables = {{"live", {{"vpc_name", "live-1"}, {"eks_cluster_name", "live"}}},
                 {"live-2", {{"vpc_name", "live-2"}, {"eks_cluster_name", "live-2"}}}};
  return c;
}

}  // namespace

const Conventions& standard_conventions() {
  static const Conventions conventions = make();
  return conventions;
}

}  // namespace seatrial::scenario::environments
