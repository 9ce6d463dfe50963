// Webhooks: which requests they are asked about, and what an API server makes of their answers.
#include "sim/cluster/webhooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/api/manifests.h"
#include "sim/api/networking.h"
#include "sim/cluster/api_server.h"
#include "sim/cluster/components.h"

namespace seatrial::cluster {
namespace {

using api::Pod;
using testing::HasSubstr;

constexpr const char* kConfiguration = R"(
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: policy}
webhooks:
  - name: pods.policy.example.com
    admissionReviewVersions: [v1]
    sideEffects: None
    timeoutSeconds: 3
    clientConfig: {service: {name: policy, namespace: policy-system, path: /validate}}
    namespaceSelector: {matchExpressions: [{key: exempt, operator: DoesNotExist}]}
    rules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]
)";

class WebhookCalls : public testing::Test {
 protected:
  WebhookCalls() : kernel_(1), server_(kernel_, {}) {
    client_ = server_.add_client(kernel_, "tester", 0, 0);
    for (const char* const name : {"ns", "policy-system"}) apply(namespace_of(name));
    apply("{apiVersion: v1, kind: Namespace, metadata: {name: free, labels: {exempt: \"yes\"}}}");
    for (const char* const name : {"ns", "free"}) {
      apply(std::string("{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: ") +
            name + "}}");
    }
    apply(kConfiguration);
  }
  static std::string namespace_of(const std::string& name) {
    return "{apiVersion: v1, kind: Namespace, metadata: {name: " + name + "}}";
  }
  static std::string pod(const std::string& name, const std::string& namespace_ = "ns") {
    return "{apiVersion: v1, kind: Pod, metadata: {name: " + name + ", namespace: " + namespace_ +
           "}, spec: {containers: [{name: web, image: w}]}}";
  }
  void apply(const std::string& manifest) {
    for (const api::ManifestObject& item : read(manifest)) {
      ApiRequest request;
      request.object = item.object;
      const ApiResult result = server_.execute(kernel_, request);
      ASSERT_TRUE(result.has_value()) << result.error().message;
    }
  }
  static std::vector<api::ManifestObject> read(const std::string& manifest) {
    const api::Manifests manifests = api::parse_manifests(manifest, "test.yaml");
    EXPECT_TRUE(manifests.problems.empty()) << manifests.problems.front().str();
    return manifests.objects;
  }
  // The Service, with one ready endpoint if it is to have one.
  void serve(bool ready) {
    apply(
        "{apiVersion: v1, kind: Service, metadata: {name: policy, namespace: policy-system}, spec: {ports: "
        "[{name: https, port: 443, targetPort: 9443}]}}");
    if (!ready) return;
    apply("{apiVersion: v1, kind: Node, metadata: {name: node-1}}");
    apply("{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: policy-system}}");
    apply(
        "{apiVersion: v1, kind: Pod, metadata: {name: server, namespace: policy-system}, spec: {nodeName: "
        "node-1, "
        "containers: [{name: web, image: w}]}}");
    auto slice = std::make_shared<api::EndpointSlice>();
    slice->metadata.name = "policy-1";
    slice->metadata.namespace_ = "policy-system";
    slice->metadata.labels = api::LabelMap{{"kubernetes.io/service-name", "policy"}};
    slice->ports = {{"https", "TCP", {}, 9443}};
    api::Endpoint endpoint;
    endpoint.address = "10.60.1.5";
    endpoint.ready = true;
    endpoint.target = {server_.store().find(api::Kind::kPod, "policy-system", "server").index};
    slice->endpoints = {endpoint};
    ApiRequest request;
    request.object = slice;
    ASSERT_TRUE(server_.execute(kernel_, request).has_value());
  }
  // Sends a request as a client does, and waits for the answer: what it says, and how long it took.
  std::string answer(ApiRequest request) {
    const SimTime sent = kernel_.now();
    std::optional<ApiResult> result;
    server_.submit(kernel_, client_, std::move(request), {kScenarioComponent, 1, 0, 0});
    kernel_.run_until(sent + Duration::seconds(60), [&](const Event& event) {
      if (event.component == kApiServerComponent) return server_.handle(kernel_, event);
      if (event.component == kWatchComponent) return (void)server_.watches().take(event);
      result = server_.take_reply({static_cast<std::uint32_t>(event.payload)});
      took_ = kernel_.now() - sent;
    });
    return *result ? "accepted" : std::to_string(result->error().code) + " " + result->error().message;
  }
  std::string create(const std::string& manifest) {
    ApiRequest request;
    request.object = read(manifest).front().object;
    return answer(std::move(request));
  }

  Kernel kernel_;
  ApiServer server_;
  ClientId client_;
  Duration took_;
};

constexpr const char* kPost =
    "500 Internal error occurred: failed calling webhook \"pods.policy.example.com\": failed to call "
    "webhook: Post "
    "\"https://policy.policy-system.svc:443/validate?timeout=3s\": ";

TEST_F(WebhookCalls, WithoutServiceOrEndpointsNothingIsCreated) {
  EXPECT_EQ(create(pod("a")), std::string(kPost) + "service \"policy\" not found");
  serve(false);
  EXPECT_EQ(create(pod("a")), std::string(kPost) + "no endpoints available for service \"policy\"");
  EXPECT_EQ(create(pod("a", "free")), "accepted");
  EXPECT_EQ(create("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: ns}}"), "accepted");
}

TEST_F(WebhookCalls, AnAnswerDelaysTheRequestByItsLatency) {
  serve(true);
  server_.webhooks().set_behaviour("pods.policy.example.com",
                                   {.latency = Distribution::constant(Duration::millis(1500)), .denies = {}});
  EXPECT_EQ(create(pod("a")), "accepted");
  EXPECT_GE(took_, Duration::millis(1500));
  EXPECT_LT(took_, Duration::millis(1600));
}

TEST_F(WebhookCalls, ATimeoutIsAFailure) {
  serve(true);
  server_.webhooks().set_behaviour("pods.policy.example.com",
                                   {.latency = Distribution::constant(Duration::seconds(4)), .denies = {}});
  EXPECT_EQ(create(pod("a")), std::string(kPost) + "context deadline exceeded");
  EXPECT_GE(took_, Duration::seconds(3));
}

TEST_F(WebhookCalls, AClosedPortRefusesAndADenialIsQuoted) {
  serve(true);
  server_.webhooks().set_behaviour("pods.policy.example.com", {.down = true, .denies = {}});
  EXPECT_EQ(create(pod("a")), std::string(kPost) + "dial tcp 10.60.1.5:9443: connect: connection refused");
  server_.webhooks().begin_change("pods.policy.example.com", {.denies = "images must have a digest"});
  EXPECT_EQ(
      create(pod("a")),
      "403 admission webhook \"pods.policy.example.com\" denied the request: images must have a digest");
  server_.webhooks().end_change("pods.policy.example.com");
  EXPECT_THAT(create(pod("a")), HasSubstr("connection refused"));
}

TEST_F(WebhookCalls, ADenialMayBeOfAnnotationsOnly) {
  serve(true);
  WebhookBehaviour behaviour;
  behaviour.denies = "no such directive";
  behaviour.denied_annotations = {"example.com/snippet: SecRuleEngin "};
  server_.webhooks().set_behaviour("pods.policy.example.com", behaviour);
  const auto annotated = [](const char* name, const char* text) {
    api::ObjectMeta metadata;
    metadata.annotations.edit().set("example.com/snippet", text);
    metadata.name = name;
    return metadata;
  };
  EXPECT_EQ(create(pod("a")), "accepted");
  EXPECT_TRUE(has_annotation_with(annotated("b", "SecRuleEngin On"), behaviour.denied_annotations));
  EXPECT_FALSE(has_annotation_with(annotated("b", "SecRuleEngine On"), behaviour.denied_annotations));
  EXPECT_FALSE(has_annotation_with({}, behaviour.denied_annotations));
}

TEST_F(WebhookCalls, ACertificateForAnotherNameOrOfAnUnknownSignerIsRefused) {
  const auto with = [&](std::vector<std::string> names, bool trusted) {
    WebhookBehaviour behaviour;
    behaviour.certificate = {std::move(names), trusted};
    server_.webhooks().set_behaviour("pods.policy.example.com", behaviour);
    return create(pod("a"));
  };
  serve(true);
  EXPECT_EQ(with({"old-policy.policy-system.svc", "localhost"}, true),
            std::string(kPost) +
                "tls: failed to verify certificate: x509: certificate is valid for "
                "old-policy.policy-system.svc, localhost, not policy.policy-system.svc");
  EXPECT_EQ(with({}, false),
            std::string(kPost) +
                "tls: failed to verify certificate: x509: certificate signed by unknown authority");
  EXPECT_EQ(with({"localhost", "*.policy-system.svc"}, true), "accepted");
}

TEST(ServingCertificates, AWildcardIsOneLabel) {
  const std::pair<const char*, bool> rows[] = {
      {"policy.ns.svc", true},    {"*.ns.svc", true}, {"*.svc", false},
      {"*.policy.ns.svc", false}, {"*", false},       {"ns.svc", false}};
  for (const auto& [name, fits] : rows)
    EXPECT_EQ(certificate_error({{name}, true}, "policy.ns.svc").empty(), fits) << name;
  EXPECT_THAT(certificate_error({{"other"}, false}, "policy.ns.svc"), HasSubstr("valid for other"));
}

TEST_F(WebhookCalls, ItsOwnConfigurationCanAlwaysBeMended) {
  ApiRequest request;
  request.verb = Verb::kDelete;
  request.ref = server_.store().find(api::Kind::kValidatingWebhookConfiguration, {}, "policy");
  EXPECT_EQ(answer(request), "accepted");
  EXPECT_EQ(create(pod("a")), "accepted");
}

TEST_F(WebhookCalls, IgnoreLetsTheRequestThrough) {
  api::ValidatingWebhookConfiguration changed(
      *server_.store().find<api::ValidatingWebhookConfiguration>({}, "policy"));
  changed.webhooks.front().failure_policy = api::Webhook::FailurePolicy::kIgnore;
  ApiRequest request;
  request.verb = Verb::kUpdate;
  request.object = std::make_shared<api::ValidatingWebhookConfiguration>(changed);
  ASSERT_TRUE(server_.execute(kernel_, request).has_value());
  EXPECT_EQ(create(pod("a")), "accepted");
}

// ---- Matching ----

api::WebhookRule rule(std::vector<api::Symbol> operations, std::vector<api::Symbol> resources,
                      api::Symbol scope = "*") {
  return {std::move(operations), {"", "apps"}, {"v1"}, std::move(resources), scope};
}
ReviewedRequest request(const char* operation, const char* resource, const char* subresource = "",
                        const char* group = "apps") {
  ReviewedRequest made;
  made.operation = operation;
  made.group = group;
  made.version = "v1";
  made.resource = resource;
  made.subresource = subresource;
  made.namespaced = true;
  return made;
}

TEST(WebhookRules, MeanResourcesAndSubresources) {
  const auto update = request("UPDATE", "deployments"), scale = request("UPDATE", "deployments", "scale");
  EXPECT_TRUE(matches(rule({"UPDATE"}, {"deployments"}), update));
  EXPECT_FALSE(matches(rule({"UPDATE"}, {"deployments"}), scale));
  EXPECT_TRUE(matches(rule({"*"}, {"deployments/scale"}), scale));
  EXPECT_TRUE(matches(rule({"*"}, {"deployments/*"}), scale));
  EXPECT_TRUE(matches(rule({"*"}, {"deployments/*"}), update));
  EXPECT_TRUE(matches(rule({"*"}, {"*/scale"}), scale));
  EXPECT_TRUE(matches(rule({"*"}, {"*"}), update));
  EXPECT_FALSE(matches(rule({"*"}, {"*"}), scale));
  EXPECT_TRUE(matches(rule({"*"}, {"*/*"}), scale));
  EXPECT_FALSE(matches(rule({"CREATE", "DELETE"}, {"*"}), update));
  EXPECT_FALSE(matches(rule({"*"}, {"*"}), request("UPDATE", "jobs", "", "batch")));
  EXPECT_FALSE(matches(rule({"*"}, {"*"}, "Cluster"), update));
  EXPECT_TRUE(matches(rule({"*"}, {"*"}, "Namespaced"), update));
}

TEST(WebhookRules, SelectorsLookAtTheObjectBeforeAndAfter) {
  api::Webhook webhook;
  webhook.rules = {rule({"*"}, {"*"})};
  webhook.object_selector.emplace();
  webhook.object_selector->match_labels = {{"team", "a"}};
  Pod before, after;
  before.metadata.labels = api::LabelMap{{"team", "a"}};
  ReviewedRequest what = request("UPDATE", "pods", "", "");
  what.object = &after;
  EXPECT_FALSE(matches(webhook, what));
  what.old = &before;
  EXPECT_TRUE(matches(webhook, what));
  webhook.rules = {rule({"*"}, {"*/*"})};
  for (const char* const own : {"binding", "eviction", "scale"}) {
    what.subresource = own;
    EXPECT_FALSE(matches(webhook, what)) << own;
  }
  what.subresource = "";
  webhook.namespace_selector.emplace();
  webhook.namespace_selector->match_labels = {{"env", "prod"}};
  const api::LabelMap labels{{"env", "dev"}};
  EXPECT_TRUE(matches(webhook, what));  // cluster-wide objects are never exempt
  what.namespace_labels = &labels;
  EXPECT_FALSE(matches(webhook, what));
}

}  // namespace
}  // namespace seatrial::cluster
