#include "bench/environments/generator.h"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <vector>

#include "bench/environments/terraform_text.h"

namespace seatrial::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kAll = 1466;
constexpr std::array<const char*, 8> kProducts{"ferry",  "harbour", "beacon",  "tide",
                                               "anchor", "compass", "mooring", "pilot"};
constexpr std::array<const char*, 6> kStages{"dev", "staging", "preprod", "prod", "uat", "test"};

// How many of something namespace `i` has, if `total` are spread over `spread` of all namespaces.
int share(int i, int total, int spread, int salt) {
  const int place = (i * 7919 + salt * 104729) % kAll;
  if (place >= spread) return 0;
  return total / spread + (place < total % spread ? 1 : 0);
}

std::string name_of(int i) {
  return fmt::format("{}-{:03}-{}", kProducts[static_cast<std::size_t>(i) % kProducts.size()], i / 6,
                     kStages[static_cast<std::size_t>(i) % kStages.size()]);
}

class Writer {
 public:
  Writer(fs::path folder, Generated& done) : folder_(std::move(folder)), done_(done) {
    fs::create_directories(folder_ / "resources");
  }

  void manifest(const std::string& name, const std::string& text) {
    write(folder_ / name, text);
    ++done_.manifest_files;
  }
  void terraform(const std::string& name, const std::string& text) {
    write(folder_ / "resources" / name, text);
    ++done_.terraform_files;
  }
  void other(const std::string& name, const std::string& text) { write(folder_ / name, text); }

 private:
  void write(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
    ++done_.files;
    done_.bytes += text.size();
  }

  fs::path folder_;
  Generated& done_;
};

std::string namespace_text(int i, const std::string& name) {
  const bool production = name.ends_with("prod") && !name.ends_with("preprod");
  return fmt::format(R"(apiVersion: v1
kind: Namespace
metadata:
  name: {0}
  labels:
    cloud-platform.justice.gov.uk/is-production: "{1}"
    cloud-platform.justice.gov.uk/environment-name: "{2}"
    pod-security.kubernetes.io/enforce: restricted
  annotations:
    cloud-platform.justice.gov.uk/business-unit: "{3}"
    cloud-platform.justice.gov.uk/slack-channel: "ask-{4}"
    cloud-platform.justice.gov.uk/application: "The {4} application"
    cloud-platform.justice.gov.uk/owner: "{4} team: {4}@example.org"
    cloud-platform.justice.gov.uk/source-code: "https://example.org/{4}"
    cloud-platform.justice.gov.uk/team-name: "{4}-team"
    cloud-platform.justice.gov.uk/review-after: ""
)",
                     name, production ? "true" : "false",
                     kStages[static_cast<std::size_t>(i) % kStages.size()], i % 2 == 0 ? "HMPPS" : "LAA",
                     kProducts[static_cast<std::size_t>(i) % kProducts.size()]);
}

std::string rbac_text(int i, const std::string& name) {
  std::string subjects;
  for (int team = 0; team <= i % 4; ++team) {
    subjects += fmt::format(
        "  - kind: Group\n    name: \"github:{}-team{}\"\n    apiGroup: rbac.authorization.k8s.io\n",
        kProducts[static_cast<std::size_t>(i + team) % kProducts.size()],
        team == 0 ? "" : fmt::format("-{}", (i + team) % 48));
  }
  return fmt::format(R"(kind: RoleBinding
apiVersion: rbac.authorization.k8s.io/v1
metadata:
  name: {0}-admin
  namespace: {0}
subjects:
{1}roleRef:
  kind: ClusterRole
  name: admin
  apiGroup: rbac.authorization.k8s.io
)",
                     name, subjects);
}

std::string limits_text(int i, const std::string& name) {
  const bool standard = i % 10 < 7;
  return fmt::format(R"(apiVersion: v1
kind: LimitRange
metadata:
  name: limitrange
  namespace: {0}
spec:
  limits:
  - default:
      cpu: {1}
      memory: {2}
    defaultRequest:
      cpu: 10m
      memory: {3}
    type: Container
)",
                     name, standard ? "1000m" : "2000m", standard ? "1000Mi" : "1024Mi",
                     standard ? "100Mi" : "512Mi");
}

std::string quota_text(int i, const std::string& name) {
  return fmt::format(R"(apiVersion: v1
kind: ResourceQuota
metadata:
  name: namespace-quota
  namespace: {0}
spec:
  hard:
    pods: "{1}"
)",
                     name, i % 40 == 0 ? 100 : 50);
}

std::string policy_text(const std::string& name, int more, const std::string& neighbour) {
  std::string text = fmt::format(R"(apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default
  namespace: {0}
spec:
  podSelector: {{}}
  policyTypes:
  - Ingress
  ingress:
  - from:
    - podSelector: {{}}
---
kind: NetworkPolicy
apiVersion: networking.k8s.io/v1
metadata:
  name: allow-ingress-controllers
  namespace: {0}
spec:
  podSelector: {{}}
  policyTypes:
  - Ingress
  ingress:
  - from:
    - namespaceSelector:
        matchLabels:
          component: ingress-controllers
)",
                                 name);
  for (int n = 0; n < more; ++n) {
    text += fmt::format(R"(---
kind: NetworkPolicy
apiVersion: networking.k8s.io/v1
metadata:
  name: allow-neighbour-{1}
  namespace: {0}
spec:
  podSelector: {{}}
  policyTypes:
  - Ingress
  ingress:
  - from:
    - namespaceSelector:
        matchLabels:
          {2}
)",
                        name, n,
                        n % 2 == 0 ? "component: monitoring" : "kubernetes.io/metadata.name: " + neighbour);
  }
  return text;
}

std::string calico_text(const std::string& name) {
  return fmt::format(R"(apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata:
  name: allow-dns
  namespace: {0}
spec:
  order: 43.0
  selector: all()
  egress:
  - action: Allow
    protocol: UDP
    destination:
      nets:
      - 10.100.0.10/32
      ports:
      - 53
  types:
  - Egress
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata:
  name: block-egress
  namespace: {0}
spec:
  order: 50.0
  selector: all()
  egress:
  - action: Deny
  types:
  - Egress
)",
                     name);
}

std::string certificates_text(const std::string& name, int count) {
  std::string text;
  for (int n = 0; n < count; ++n) {
    text += fmt::format(R"({1}apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: {0}-certificate-{2}
  namespace: {0}
spec:
  secretName: {0}-certificate-{2}
  issuerRef:
    name: letsencrypt-production
    kind: ClusterIssuer
  dnsNames:
  - {0}-{2}.example.org
)",
                        name, n == 0 ? "" : "---\n", n);
  }
  return text;
}

std::string team_role_text(const std::string& name) {
  return fmt::format(R"(---
kind: Role
apiVersion: rbac.authorization.k8s.io/v1
metadata:
  name: client-admin-team
  namespace: {0}
rules:
  - apiGroups: ["extensions", "apps"]
    resources: ["deployments"]
    verbs: ["get", "list", "watch", "create", "update", "patch"]
  - apiGroups: [""]
    resources: ["secrets"]
    verbs: ["get", "list", "watch", "create", "update", "patch"]
  - apiGroups: [ "", "extensions" ]
    resources: [ "services", "ingresses", "configmaps", "pods/log" ]
    verbs: [ "get", "list", "watch" ]
---
kind: RoleBinding
apiVersion: rbac.authorization.k8s.io/v1
metadata:
  name: client-admin-team
  namespace: {0}
subjects:
  - kind: Group
    name: "github:client-admin"
    apiGroup: rbac.authorization.k8s.io
roleRef:
  kind: Role
  name: client-admin-team
  apiGroup: rbac.authorization.k8s.io
)",
                     name);
}

std::string alerts_text(const std::string& name) {
  std::string text = fmt::format(R"(apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: alerts
  namespace: {0}
  labels:
    role: alert-rules
spec:
  groups:
  - name: application
    rules:
)",
                                 name);
  for (int n = 0; n < 8; ++n) {
    text += fmt::format(R"(    - alert: TooManyErrors{1}
      expr: |-
        sum(rate(nginx_ingress_controller_requests{{exported_namespace="{0}", status=~"5..{1}"}}[5m]))
          / sum(rate(nginx_ingress_controller_requests{{exported_namespace="{0}"}}[5m])) > 0.05
      for: 1m
      labels:
        severity: {0}
      annotations:
        message: '{{{{ $labels.ingress }}}} answers with errors'
        runbook_url: https://example.org/runbooks/{1}
)",
                        name, n);
  }
  return text;
}

std::string dashboard_text(const std::string& name) {
  std::string text = fmt::format(R"(apiVersion: v1
kind: ConfigMap
metadata:
  name: dashboard
  namespace: {0}
  labels:
    grafana_dashboard: ""
data:
  dashboard.json: |
    {{
      "title": "{0}",
      "panels": [
)",
                                 name);
  for (int n = 0; n < 60; ++n) {
    text += fmt::format(R"json(        {{
          "id": {1},
          "type": "graph",
          "title": "Panel {1}",
          "datasource": "Prometheus",
          "gridPos": {{"h": 8, "w": 12, "x": 0, "y": {1}}},
          "targets": [
            {{"expr": "sum(container_memory_usage_bytes{{namespace=\"{0}\"}}) by (pod)", "legendFormat": "{{{{pod}}}}"}}
          ]
        }},
)json",
                        name, n);
  }
  return text + "        {}\n      ]\n    }\n";
}

std::string cron_job_text(const std::string& name) {
  return fmt::format(R"(apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly
  namespace: {0}
spec:
  schedule: "15 3 * * *"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          serviceAccountName: {0}-service
          containers:
          - name: nightly
            image: example.org/nightly:1.0
            env:
            - name: URL
              valueFrom:
                secretKeyRef:
                  name: rds-0-output
                  key: rds_instance_endpoint
)",
                     name);
}

void write_manifests(Writer& writer, int i, const std::string& name) {
  writer.manifest("00-namespace.yaml", namespace_text(i, name));
  writer.manifest("01-rbac.yaml", rbac_text(i, name));
  writer.manifest("02-limitrange.yaml", limits_text(i, name));
  writer.manifest("03-resourcequota.yaml", quota_text(i, name));
  writer.manifest("04-networkpolicy.yaml", policy_text(name, share(i, 337, 250, 1), name_of((i + 6) % kAll)));
  if (const int count = share(i, 1368, 682, 2))
    writer.manifest("05-certificates.yaml", certificates_text(name, count));
  if (share(i, 457, 457, 3)) writer.manifest("07-rbac-client-admin.yaml", team_role_text(name));
  if (share(i, 156, 148, 4)) writer.manifest("08-alerts.yaml", alerts_text(name));
  for (int n = share(i, 118, 72, 5); n > 0; --n) {
    std::string dashboard = dashboard_text(name);
    writer.manifest(fmt::format("09-dashboard-{}.yaml", n),
                    dashboard.replace(dashboard.find("dashboard\n"), 9, fmt::format("dashboard-{}", n)));
  }
  if (share(i, 14, 14, 6)) writer.manifest("10-nightly.yaml", cron_job_text(name));
  if (share(i, 8, 8, 7)) writer.manifest("11-calico.yaml", calico_text(name));
  if (share(i, 33, 33, 8)) writer.other("APPLY_PIPELINE_SKIP_THIS_NAMESPACE", "");
}

void write_terraform(Writer& writer, int i, const std::string& name) {
  writer.terraform("main.tf", main_text());
  writer.terraform("versions.tf", versions_text());
  writer.terraform("variables.tf", variables_text(name));
  const ModuleCounts counts{.accounts = share(i, 1421, 1213, 10),
                            .roles = share(i, 1068, 730, 11),
                            .databases = share(i, 939, 651, 12),
                            .templates = share(i, 892, 462, 13),
                            .repositories = share(i, 712, 650, 14),
                            .caches = share(i, 580, 519, 15),
                            .buckets = share(i, 461, 294, 16),
                            .secrets = share(i, 341, 341, 17),
                            .pods = share(i, 335, 322, 18),
                            .queues = share(i, 1761, 272, 19),
                            .topics = share(i, 44, 30, 20),
                            .domains = share(i, 46, 40, 21)};
  for (const auto& [file, text] : terraform_files(name, i, counts)) writer.terraform(file, text);
}

}  // namespace

Generated generate_checkout(const fs::path& folder, const GeneratedSize& size) {
  Generated done;
  const auto cluster = [&](const char* cluster_name, int from, int count) {
    for (int i = from; i < from + count; ++i) {
      const std::string name = name_of(i);
      Writer writer(folder / "namespaces" / cluster_name / name, done);
      write_manifests(writer, i, name);
      write_terraform(writer, i, name);
      ++done.namespaces;
    }
  };
  cluster("live.platform.example.org", 0, size.live);
  cluster("live-2.platform.example.org", size.live, size.live_2);
  return done;
}

}  // namespace seatrial::bench
