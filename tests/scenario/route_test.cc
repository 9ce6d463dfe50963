// Where a URL leads: host, path, Service, port.
#include "sim/scenario/route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/api/manifests.h"
#include "sim/cluster/api_server.h"

namespace seatrial::scenario {
namespace {

using ::testing::HasSubstr;

class RouteTest : public testing::Test {
 protected:
  RouteTest() : api_(kernel_, {}) {
    platform_.ingress_controllers.resize(2);
    platform_.ingress_controllers[0].default_class = true;
    platform_.ingress_controllers[1].ingress_class = "modsec";
    apply("{apiVersion: v1, kind: Namespace, metadata: {name: ns}}");
    apply(
        "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: ns}, spec: {selector: {app: web}, "
        "ports: "
        "[{name: http, port: 80, targetPort: 8080}, {name: admin, port: 9000, targetPort: admin}]}}");
  }
  void apply(const std::string& manifest) {
    const api::Manifests read = api::parse_manifests(manifest, "test.yaml");
    ASSERT_TRUE(read.problems.empty()) << read.problems.front().str();
    cluster::ApiRequest request;
    request.object = read.objects.at(0).object;
    ASSERT_TRUE(api_.execute(kernel_, request).has_value());
  }
  void ingress(const std::string& name, const std::string& host, const std::string& paths) {
    apply("{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: " + name +
          ", namespace: ns}, spec: {rules: [{host: \"" + host + "\", http: {paths: [" + paths + "]}}]}}");
  }
  static std::string path(const std::string& prefix, const std::string& port) {
    return "{path: " + prefix + ", pathType: Prefix, backend: {service: {name: web, port: {" + port + "}}}}";
  }
  std::expected<Route, NoRoute> to(const std::string& host, const std::string& path) const {
    Destination destination;
    destination.host = host;
    destination.path = path;
    return find_route(api_.store(), platform_, destination);
  }

  Kernel kernel_{1};
  cluster::ApiServer api_;
  Platform platform_;
};

TEST_F(RouteTest, TheServicesPortLeadsToThePodsPort) {
  ingress("web", "a.example", path("/", "number: 80") + ", " + path("/admin", "name: admin"));
  EXPECT_EQ(to("a.example", "/x")->pod_port, 8080);
  EXPECT_EQ(to("a.example", "/admin/x")->pod_port, 0) << "the pods name it";
  EXPECT_EQ(to("a.example", "/administration")->pod_port, 8080);
}

// Inside the cluster the name of a headless Service is its pods' addresses, and nothing translates ports. An
// ingress controller takes the pods' ports from the Service's endpoints, headless or not.
TEST_F(RouteTest, NothingTranslatesPortsOfAHeadlessService) {
  apply(
      "{apiVersion: v1, kind: Service, metadata: {name: pods, namespace: ns}, spec: {clusterIP: None, "
      "selector: "
      "{app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}}");
  const auto inside = [&](const char* service, std::int32_t port) {
    Destination destination;
    destination.service = service;
    destination.namespace_ = "ns";
    destination.port = port;
    const auto route = find_route(api_.store(), platform_, destination);
    return route ? route->pod_port : -1;
  };
  struct Row {
    const char* service;
    std::int32_t port, pod_port;
  };
  for (const Row& row : {Row{"pods", 80, 80},
                         {"pods", 8080, 8080},
                         {"pods", 0, 80},
                         {"web", 80, 8080},
                         {"web", 8080, -1},
                         {"web", 0, 8080}})
    EXPECT_EQ(inside(row.service, row.port), row.pod_port) << row.service << " " << row.port;
  apply(
      "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: pods, namespace: ns}, spec: "
      "{rules: "
      "[{host: pods.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: pods, "
      "port: "
      "{number: 80}}}}]}}]}}");
  EXPECT_EQ(to("pods.example", "/")->pod_port, 8080);
}

TEST_F(RouteTest, TheMostSpecificHostWins) {
  ingress("any", "", path("/", "number: 80"));
  EXPECT_EQ(to("b.example", "/")->pod_port, 8080);
  ingress("wild", "*.example", path("/", "name: admin"));
  EXPECT_EQ(to("b.example", "/")->pod_port, 0);
  ingress("exact", "b.example", path("/", "number: 80"));
  EXPECT_EQ(to("b.example", "/")->pod_port, 8080);
  EXPECT_EQ(to("b.c.example", "/")->pod_port, 8080) << "* stands for one label";
}

TEST_F(RouteTest, APortThatTheServiceLacksIsNamed) {
  ingress("web", "a.example", path("/", "number: 81"));
  ingress("named", "b.example", path("/", "name: htp"));
  EXPECT_THAT(
      to("a.example", "/").error().why,
      HasSubstr("Ingress web names port 81 of Service ns/web, whose ports are: 80 (http), 9000 (admin)"));
  EXPECT_THAT(to("b.example", "/").error().why, HasSubstr("port \"htp\""));
  EXPECT_THAT(to("c.example", "/").error().why, HasSubstr("no Ingress serves https://c.example/"));
}

TEST_F(RouteTest, AWayInKnowsItsOwnIngressesOnly) {
  const auto by = [&](std::size_t controller) {
    Destination destination;
    destination.host = "a.example";
    return find_route(api_.store(), platform_, destination, WayIn{false, controller});
  };
  ingress("old", "a.example", path("/", "number: 80"));
  EXPECT_EQ(by(0)->pod_port, 8080);
  EXPECT_FALSE(by(1).has_value());
  apply(
      "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: new, namespace: ns}, spec: "
      "{ingressClassName: modsec, rules: [{host: a.example, http: {paths: [" +
      path("/", "number: 9000") + "]}}]}}");
  EXPECT_EQ(by(0)->pod_port, 8080);
  EXPECT_EQ(by(1)->pod_port, 0) << "the pods name it";
  EXPECT_EQ(by(1)->ingress_controller, 1u);
}

TEST_F(RouteTest, InsideTheClusterThePortIsTheServices) {
  Destination destination;
  destination.service = "web";
  destination.namespace_ = "ns";
  EXPECT_EQ(find_route(api_.store(), platform_, destination)->pod_port, 8080);
  destination.port = 9000;
  EXPECT_EQ(find_route(api_.store(), platform_, destination)->pod_port, 0);
  destination.port = 8080;
  EXPECT_FALSE(find_route(api_.store(), platform_, destination).has_value());
}

}  // namespace
}  // namespace seatrial::scenario
