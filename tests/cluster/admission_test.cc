// What the API server fills into pods, and what it refuses, in its words. Texts:
// tests/conformance/golden/admission.
#include "sim/cluster/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/api/manifests.h"
#include "sim/api/networking.h"
#include "sim/api/storage.h"
#include "sim/cluster/api_server.h"
#include "sim/cluster/limit_range.h"
#include "sim/cluster/quota.h"

namespace seatrial::cluster {
namespace {

using api::Pod;
using api::ResourceQuota;
using testing::ElementsAre;

class Admission : public testing::Test {
 protected:
  Admission() : kernel_(1), server_(kernel_, {}) {
    ok("{apiVersion: v1, kind: Namespace, metadata: {name: ns}}");
    ok("{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: ns}}");
  }
  ApiResult create(const std::string& manifest) {
    const api::Manifests read = api::parse_manifests(manifest, "test.yaml");
    EXPECT_TRUE(read.problems.empty()) << manifest;
    ApiRequest request;
    request.object = read.objects.at(0).object;
    return server_.execute(kernel_, request);
  }
  api::ObjectPtr ok(const std::string& manifest) {
    const ApiResult result = create(manifest);
    EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
    return result.value_or(nullptr);
  }
  std::string refused(const std::string& manifest) {
    const ApiResult result = create(manifest);
    return result ? "accepted" : std::to_string(result.error().code) + " " + result.error().message;
  }
  static std::string pod(const char* name, const char* resources = "{}", const char* more = "") {
    return std::string("{apiVersion: v1, kind: Pod, metadata: {name: ") + name +
           ", namespace: ns}, spec: {containers: [{name: web, image: w, resources: " + resources + "}]" +
           more + "}}";
  }
  // The quota as its controller would have filled it in.
  api::ObjectPtr quota(const std::string& name, api::ResourceList hard) {
    auto q = std::make_shared<ResourceQuota>();
    q->metadata.name = name;
    q->metadata.namespace_ = "ns";
    q->hard = hard;
    ApiRequest request;
    request.object = q;
    const api::ObjectPtr stored = *server_.execute(kernel_, request);
    auto filled = std::make_shared<ResourceQuota>(static_cast<const ResourceQuota&>(*stored));
    filled->status_hard = hard;
    for (const auto& [resource, amount] : hard) filled->used[resource] = api::Quantity();
    request.verb = Verb::kUpdateStatus;
    request.object = filled;
    return *server_.execute(kernel_, request);
  }
  std::string used(const api::ObjectPtr& q, const char* resource) {
    return static_cast<const ResourceQuota&>(*server_.store().get(q->ref())).used.at(resource).str();
  }
  static api::Quantity quantity(const char* text) { return *api::Quantity::parse(text); }

  Kernel kernel_;
  ApiServer server_;
};

TEST_F(Admission, ANamespaceMustExistAndLive) {
  EXPECT_EQ(refused("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: nowhere}}"),
            "404 namespaces \"nowhere\" not found");
  ApiRequest request;
  request.verb = Verb::kDelete;
  request.ref = server_.store().find(api::Kind::kNamespace, {}, "ns");
  ASSERT_TRUE(server_.execute(kernel_, request).has_value());
  const ApiResult late = create(pod("late"));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().message,
            "pods \"late\" is forbidden: unable to create new content in namespace ns because "
            "it is being terminated");
  EXPECT_THAT(late.error().causes, ElementsAre("NamespaceTerminating: namespace ns is being terminated"));
}

TEST_F(Admission, APodGetsItsAccountPriorityAndTolerations) {
  const auto stored = api::as<Pod>(ok(pod("a")));
  EXPECT_EQ(stored->spec->service_account_name.str(), "default");
  EXPECT_EQ(stored->spec->priority, 0);
  EXPECT_EQ(stored->spec->preemption_policy.str(), "PreemptLowerPriority");
  ASSERT_EQ(stored->spec->tolerations.size(), 2U);
  EXPECT_EQ(stored->spec->tolerations[0].key.str(), "node.kubernetes.io/not-ready");
  EXPECT_EQ(stored->spec->tolerations[1].key.str(), "node.kubernetes.io/unreachable");
  EXPECT_EQ(stored->spec->tolerations[1].toleration_seconds, 300);
  EXPECT_TRUE(stored->has_token_volume);
  EXPECT_EQ(refused(pod("b", "{}", ", serviceAccountName: robot")),
            "403 pods \"b\" is forbidden: error looking up service account ns/robot: serviceaccount "
            "\"robot\" not found");
  EXPECT_EQ(refused(pod("c", "{}", ", priorityClassName: gold")),
            "403 pods \"c\" is forbidden: no PriorityClass with name gold was found");
}

// --- The pod identity webhook

// NAME=VALUE of each variable of each container.
std::vector<std::string> environment(const api::ObjectPtr& pod) {
  std::vector<std::string> all;
  for (const auto* const list : {&static_cast<const Pod&>(*pod).spec->init_containers,
                                 &static_cast<const Pod&>(*pod).spec->containers})
    for (const api::Container& container : *list)
      for (const api::EnvVar& variable : container.env)
        all.push_back(variable.name.str() + "=" + variable.value.str());
  return all;
}

const std::string kRole = "AWS_ROLE_ARN=arn:aws:iam::1:role/worker";
const std::string kToken =
    "AWS_WEB_IDENTITY_TOKEN_FILE=/var/run/secrets/eks.amazonaws.com/serviceaccount/token";

std::string account(const char* annotations) {
  return std::string("{apiVersion: v1, kind: ServiceAccount, metadata: {name: worker, namespace: ns, ") +
         "annotations: {" + annotations + "}}}";
}
constexpr const char* kAnnotated = "eks.amazonaws.com/role-arn: 'arn:aws:iam::1:role/worker'";
constexpr const char* kAsWorker = ", serviceAccountName: worker";

TEST_F(Admission, APodGetsTheRoleOfItsAccountInEveryContainer) {
  ok(account(kAnnotated));
  EXPECT_THAT(environment(ok(pod("a", "{}", kAsWorker))), ElementsAre(kRole, kToken));
  const std::string init = std::string(kAsWorker) + ", initContainers: [{name: i, image: w}]";
  EXPECT_THAT(environment(ok(pod("b", "{}", init.c_str()))), ElementsAre(kRole, kToken, kRole, kToken));
  EXPECT_THAT(environment(ok(pod("c"))), ElementsAre());  // of the account default
}

TEST_F(Admission, AContainerThatSetsARoleOrATokenKeepsWhatItHas) {
  ok(account(kAnnotated));
  const auto with = [&](const char* name, const char* variable) {
    return environment(ok(std::string("{apiVersion: v1, kind: Pod, metadata: {name: ") + name +
                          ", namespace: ns}, spec: {serviceAccountName: worker, containers: [{name: web, "
                          "image: w, env: [{name: " +
                          variable + ", value: own}]}]}}"));
  };
  EXPECT_THAT(with("a", "AWS_ROLE_ARN"), ElementsAre("AWS_ROLE_ARN=own"));
  EXPECT_THAT(with("b", "AWS_WEB_IDENTITY_TOKEN_FILE"), ElementsAre("AWS_WEB_IDENTITY_TOKEN_FILE=own"));
  EXPECT_THAT(with("c", "LOG_LEVEL"), ElementsAre("LOG_LEVEL=own", kRole, kToken));
}

// The pods of a template share what was submitted, and the account changes between them.
TEST_F(Admission, PodsAreAdmittedByTheAccountAsItIsWhenTheyAreCreated) {
  const api::ObjectPtr before = ok(account(""));
  const api::Manifests read = api::parse_manifests(pod("x", "{}", kAsWorker), "test.yaml");
  const auto submit = [&](const char* name) {
    auto object = std::make_shared<Pod>(static_cast<const Pod&>(*read.objects.at(0).object));
    object->metadata.name = name;
    ApiRequest request;
    request.object = object;
    return *server_.execute(kernel_, request);
  };
  const auto annotate = [&](const char* role) {
    auto changed = std::make_shared<api::ServiceAccount>(
        static_cast<const api::ServiceAccount&>(*server_.store().get(before->ref())));
    changed->metadata.annotations = api::LabelMap{};
    if (*role != 0) changed->metadata.annotations.edit().set("eks.amazonaws.com/role-arn", role);
    ApiRequest request;
    request.verb = Verb::kUpdate;
    request.object = changed;
    ASSERT_TRUE(server_.execute(kernel_, request).has_value());
  };
  const api::ObjectPtr first = submit("a");
  EXPECT_THAT(environment(first), ElementsAre());
  annotate("arn:aws:iam::1:role/worker");
  const api::ObjectPtr second = submit("b"), third = submit("c");
  EXPECT_THAT(environment(second), ElementsAre(kRole, kToken));
  EXPECT_TRUE(static_cast<const Pod&>(*second).spec.same_as(static_cast<const Pod&>(*third).spec));
  annotate("arn:aws:iam::1:role/other");
  EXPECT_THAT(environment(submit("d")), ElementsAre("AWS_ROLE_ARN=arn:aws:iam::1:role/other", kToken));
  annotate("");
  EXPECT_THAT(environment(submit("e")), ElementsAre());
  EXPECT_THAT(environment(server_.store().get(first->ref())), ElementsAre());  // as it was created
}

TEST_F(Admission, AnOwnTolerationIsKept) {
  const auto stored = api::as<Pod>(
      ok(pod("a", "{}",
             ", tolerations: [{key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, "
             "tolerationSeconds: 10}]")));
  ASSERT_EQ(stored->spec->tolerations.size(), 2U);
  EXPECT_EQ(stored->spec->tolerations[0].toleration_seconds, 10);
}

TEST_F(Admission, ANodeThatRegistersIsNotReadyAtFirst) {
  const auto taints_of = [&](const std::string& name, const std::string& status) {
    const auto node = api::as<api::Node>(
        ok("{apiVersion: v1, kind: Node, metadata: {name: " + name + "}, status: " + status + "}"));
    return node->taints.size();
  };
  EXPECT_EQ(taints_of("new", "{conditions: [{type: Ready, status: 'False'}]}"), 1U);
  EXPECT_EQ(taints_of("old", "{conditions: [{type: Ready, status: 'True'}]}"), 0U);
}

TEST_F(Admission, AnIngressGetsTheDefaultClass) {
  const std::string head = "{apiVersion: networking.k8s.io/v1, kind: ";
  ok(head +
     "IngressClass, metadata: {name: nginx, annotations: {ingressclass.kubernetes.io/is-default-class: "
     "'true'}}, "
     "spec: {controller: k8s.io/ingress-nginx}}");
  const auto class_of = [&](const std::string& name, const std::string& annotations) {
    return api::as<api::Ingress>(ok(head + "Ingress, metadata: {name: " + name +
                                    ", namespace: ns, annotations: " + annotations +
                                    "}, spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}"))
        ->ingress_class_name.str();
  };
  EXPECT_EQ(class_of("a", "{}"), "nginx");
  EXPECT_EQ(class_of("b", "{kubernetes.io/ingress.class: own}"), "");
}

TEST_F(Admission, AClaimGrowsOnlyWhereItsClassCanExpandVolumes) {
  for (const auto& [name, expands] : {std::pair("fast", "true"), std::pair("slow", "false")})
    ok(std::string("{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: ") + name +
       "}, provisioner: ebs.csi.aws.com, allowVolumeExpansion: " + expands + "}");
  const auto grow = [&](const std::string& name, const std::string& phase) {
    const auto made =
        ok("{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: " + name + phase +
           ", namespace: ns}, spec: {storageClassName: " + name +
           ", volumeName: pv, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}");
    auto claim =
        std::make_shared<api::PersistentVolumeClaim>(static_cast<const api::PersistentVolumeClaim&>(*made));
    claim->status.phase = phase == "-bound" ? "Bound" : "Pending";
    ApiRequest request;
    request.verb = Verb::kUpdateStatus;
    request.object = claim;
    EXPECT_TRUE(server_.execute(kernel_, request).has_value());
    auto grown = std::make_shared<api::PersistentVolumeClaim>(*claim);
    grown->metadata.resource_version = 0;
    grown->requests["storage"] = quantity("2Gi");
    request.verb = Verb::kUpdate;
    request.object = grown;
    const ApiResult result = server_.execute(kernel_, request);
    return result ? std::string() : result.error().message;
  };
  EXPECT_EQ(grow("fast", "-bound"), "");
  EXPECT_EQ(grow("slow", "-bound"),
            "persistentvolumeclaims \"slow-bound\" is forbidden: only dynamically provisioned pvc can be "
            "resized and the storageclass that provisions the pvc must support resize");
}

TEST_F(Admission, PodsOfOneTemplateGoOnSharingTheirSpec) {
  ok("{apiVersion: v1, kind: LimitRange, metadata: {name: l, namespace: ns}, spec: {limits: [{type: "
     "Container, "
     "default: {cpu: 500m}}]}}");
  const api::Manifests read = api::parse_manifests(pod("template"), "test.yaml");
  std::vector<std::shared_ptr<const Pod>> pods;
  for (int i = 0; i < 3; ++i) {
    auto draft = std::make_shared<Pod>(static_cast<const Pod&>(*read.objects[0].object));
    draft->metadata.name = "pod-" + std::to_string(i);
    ApiRequest request;
    request.object = draft;
    pods.push_back(api::as<Pod>(*server_.execute(kernel_, request)));
  }
  EXPECT_TRUE(pods[0]->spec.same_as(pods[1]->spec));
  EXPECT_TRUE(pods[0]->spec.same_as(pods[2]->spec));
  EXPECT_EQ(pods[0]->spec->containers[0].resources.requests.at("cpu"), quantity("500m"));
}

class Limits : public Admission {
 protected:
  Limits() {
    ok("{apiVersion: v1, kind: LimitRange, metadata: {name: limits, namespace: ns}, spec: {limits: [{type: "
       "Container, "
       "default: {cpu: 500m, memory: 256Mi}, defaultRequest: {cpu: 100m, memory: 64Mi}, max: {cpu: \"1\", "
       "memory: 512Mi}, "
       "min: {cpu: 50m, memory: 32Mi}, maxLimitRequestRatio: {cpu: \"10\"}}, {type: Pod, max: {cpu: "
       "\"2\"}}]}}");
  }
  std::string resources(const api::ObjectPtr& object) {
    const auto& r = static_cast<const Pod&>(*object).spec->containers[0].resources;
    return r.requests.at("cpu").str() + " " + r.requests.at("memory").str() + " / " +
           r.limits.at("cpu").str() + " " + r.limits.at("memory").str();
  }
};

TEST_F(Limits, FillInWhatIsMissing) {
  EXPECT_EQ(resources(ok(pod("none"))), "100m 64Mi / 500m 256Mi");
  EXPECT_EQ(resources(ok(pod("req-only", "{requests: {cpu: 200m}}"))), "200m 64Mi / 500m 256Mi");
  EXPECT_EQ(resources(ok(pod("lim-only", "{limits: {cpu: 300m}}"))), "300m 64Mi / 300m 256Mi");
}

TEST_F(Limits, RefuseInTheServersWords) {
  EXPECT_EQ(refused(pod("too-big", "{limits: {cpu: \"2\"}}")),
            "403 pods \"too-big\" is forbidden: maximum cpu usage per Container is 1, but limit is 2");
  EXPECT_EQ(refused(pod("too-small", "{requests: {cpu: 10m}, limits: {memory: 16Mi}}")),
            "403 pods \"too-small\" is forbidden: [minimum cpu usage per Container is 50m, but request is "
            "10m, minimum "
            "memory usage per Container is 32Mi, but request is 16Mi, cpu max limit to request ratio per "
            "Container is "
            "10, but provided ratio is 50.000000]");
  EXPECT_EQ(
      refused("{apiVersion: v1, kind: Pod, metadata: {name: twice, namespace: ns}, spec: {containers: "
              "[{name: a, image: w, resources: {limits: {memory: 600Mi}}}, {name: b, image: w, resources: "
              "{limits: {memory: 600Mi}}}]}}"),
      "403 pods \"twice\" is forbidden: maximum memory usage per Container is 512Mi, but limit is 600Mi");
  EXPECT_EQ(refused(pod("ratio", "{requests: {cpu: 50m}, limits: {cpu: \"1\"}}")),
            "403 pods \"ratio\" is forbidden: cpu max limit to request ratio per Container is 10, but "
            "provided ratio "
            "is 20.000000");
  EXPECT_EQ(refused(pod("high", "{requests: {cpu: 800m}}")),
            "422 Pod \"high\" is invalid: spec.containers[0].resources.requests: Invalid value: \"800m\": "
            "must be less "
            "than or equal to cpu limit of 500m");
  EXPECT_EQ(refused("{apiVersion: v1, kind: Pod, metadata: {name: pod-max, namespace: ns}, spec: "
                    "{containers: [{name: c0, "
                    "image: w, resources: {limits: {cpu: \"1\"}}}, {name: c1, image: w, resources: {limits: "
                    "{cpu: \"1\"}}}, "
                    "{name: c2, image: w, resources: {limits: {cpu: 500m}}}]}}"),
            "403 pods \"pod-max\" is forbidden: maximum cpu usage per Pod is 2, but limit is 2500m");
}

TEST_F(Admission, AQuotaIsChargedAndRefusesInTheServersWords) {
  const auto q =
      quota("quota",
            {{"pods", quantity("2")}, {"requests.cpu", quantity("1")}, {"limits.memory", quantity("1Gi")}});
  ok(pod("a", "{requests: {cpu: 600m, memory: 64Mi}, limits: {memory: 256Mi}}"));
  EXPECT_EQ(used(q, "requests.cpu"), "600m");
  EXPECT_EQ(refused(pod("b", "{requests: {cpu: 600m}, limits: {memory: 256Mi}}")),
            "403 pods \"b\" is forbidden: exceeded quota: quota, requested: requests.cpu=600m, used: "
            "requests.cpu=600m, "
            "limited: requests.cpu=1");
  EXPECT_EQ(refused(pod("c", "{requests: {cpu: 100m}}")),
            "403 pods \"c\" is forbidden: failed quota: quota: must specify limits.memory for: web");
  EXPECT_EQ(refused(pod("d", "{requests: {cpu: 100m}, limits: {memory: 900Mi}}")),
            "403 pods \"d\" is forbidden: exceeded quota: quota, requested: limits.memory=900Mi, used: "
            "limits.memory=256Mi, limited: limits.memory=1Gi");
  ok(pod("e", "{requests: {cpu: 100m}, limits: {memory: 128Mi}}"));
  EXPECT_EQ(used(q, "limits.memory"), "384Mi");
  EXPECT_EQ(
      refused(pod("f", "{requests: {cpu: 100m}, limits: {memory: 128Mi}}")),
      "403 pods \"f\" is forbidden: exceeded quota: quota, requested: pods=1, used: pods=2, limited: pods=2");
  EXPECT_EQ(used(q, "pods"), "2");
}

TEST_F(Admission, EveryQuotaOfANamespaceMustHaveRoom) {
  const auto first = quota("a", {{"pods", quantity("5")}});
  const auto second = quota("b", {{"count/pods", quantity("1")}});
  ok(pod("one"));
  EXPECT_EQ(refused(pod("two")),
            "403 pods \"two\" is forbidden: exceeded quota: b, requested: count/pods=1, used: "
            "count/pods=1, limited: count/pods=1");
  EXPECT_EQ(used(first, "pods"), "1");
}

TEST_F(Admission, CountsOtherObjectsToo) {
  quota("q", {{"count/configmaps", quantity("1")}, {"services.loadbalancers", quantity("0")}});
  ok("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: ns}}");
  EXPECT_EQ(refused("{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: ns}}"),
            "403 configmaps \"b\" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: "
            "count/configmaps=1, limited: count/configmaps=1");
  EXPECT_EQ(
      refused(
          "{apiVersion: v1, kind: Service, metadata: {name: s, namespace: ns}, spec: {type: LoadBalancer, "
          "ports: [{port: 80}]}}"),
      "403 services \"s\" is forbidden: exceeded quota: q, requested: services.loadbalancers=1, used: "
      "services.loadbalancers=0, limited: services.loadbalancers=0");
}

TEST(Quota, AFinishedPodCostsOnlyItsObject) {
  Pod pod;
  EXPECT_EQ(quota_usage(pod, SimTime()).at("pods"), api::Quantity::from_value(1));
  pod.status.phase = api::PodPhase::kSucceeded;
  const api::ResourceList usage = quota_usage(pod, SimTime());
  EXPECT_EQ(usage.count("pods"), 0U);
  EXPECT_EQ(usage.at("count/pods"), api::Quantity::from_value(1));
}

TEST(Quota, ScopesChooseWhatIsCounted) {
  ResourceQuota quota;
  Pod pod;
  quota.scopes = {"BestEffort"};
  EXPECT_TRUE(in_scope(quota, pod));
  quota.scopes = {"BestEffort", "Terminating"};
  EXPECT_FALSE(in_scope(quota, pod));
  pod.spec.edit().active_deadline_seconds = 60;
  EXPECT_TRUE(in_scope(quota, pod));
}

}  // namespace
}  // namespace seatrial::cluster
