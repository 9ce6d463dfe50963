#include "sim/report/describe.h"

#include <gtest/gtest.h>

#include "sim/api/kinds.h"

namespace seatrial::report {
namespace {

struct Row {
  const char* name;
  const char* document;  // its kind in apiVersion and kind
  const char* expected;  // its description, without the blanks that end a line
};

api::ObjectPtr decoded(const std::string& text) {
  const auto document = nlohmann::ordered_json::parse(text);
  const std::string version = document["apiVersion"], kind = document["kind"];
  const auto object = api::find_kind(version, kind)->decode(api::from_json(document));
  EXPECT_TRUE(object) << object.error().front().str();
  return *object;
}

// As the first object of its kind.
template <class T>
void insert(cluster::Store& store, const std::string& text) {
  const auto object = std::make_shared<T>(static_cast<const T&>(*decoded(text)));
  object->index = 0;
  store.insert(object);
}

std::string without_last_blanks(std::string text) {
  for (std::size_t at = text.find(" \n"); at != std::string::npos; at = text.find(" \n")) text.erase(at, 1);
  return text;
}

class Description : public testing::TestWithParam<Row> {};
TEST_P(Description, IsThatOfKubectl) {
  const cluster::Store store;
  const auto text = describe(*decoded(GetParam().document), store, SimTime::at(Duration::seconds(600)));
  ASSERT_TRUE(text) << text.error();
  EXPECT_EQ(without_last_blanks(*text), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Description,
    testing::Values(
        Row{"Autoscaler", R"({"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler",
            "metadata":{"name":"web","namespace":"shop"},
            "spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"},
              "minReplicas":2,"maxReplicas":9,
              "metrics":[
                {"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":50}}},
                {"type":"ContainerResource","containerResource":{"name":"memory","container":"app",
                  "target":{"type":"AverageValue","averageValue":"100Mi"}}},
                {"type":"Pods","pods":{"metric":{"name":"rps"},"target":{"type":"AverageValue","averageValue":"10"}}},
                {"type":"Object","object":{"metric":{"name":"hits"},
                  "describedObject":{"apiVersion":"v1","kind":"Service","name":"front"},
                  "target":{"type":"Value","value":"30"}}},
                {"type":"External","external":{"metric":{"name":"queue"},
                  "target":{"type":"AverageValue","averageValue":"5"}}}],
              "behavior":{"scaleDown":{"stabilizationWindowSeconds":60,"selectPolicy":"Min",
                "policies":[{"type":"Pods","value":1,"periodSeconds":30}]}}},
            "status":{"currentReplicas":3,"desiredReplicas":4,
              "currentMetrics":[{"type":"Resource","resource":{"name":"cpu",
                "current":{"averageUtilization":40,"averageValue":"80m"}}}],
              "conditions":[{"type":"AbleToScale","status":"True","reason":"ReadyForNewScale","message":"it is"}]}})",
            R"(Name:                                                  web
Namespace:                                             shop
Labels:                                                <none>
Annotations:                                           <none>
CreationTimestamp:                                     Mon, 05 Jan 2026 00:00:00 +0000
Reference:                                             Deployment/web
Metrics:                                               ( current / target )
  resource cpu on pods  (as a percentage of request):  40% (80m) / 50%
  resource memory of container "app" on pods:          <unknown> / 100Mi
  "rps" on pods:                                       <unknown> / 10
  "hits" on Service/front (target value):              <unknown> / 30
  "queue" (target average value):                      <unknown> / 5
Min replicas:                                          2
Max replicas:                                          9
Behavior:
  Scale Down:
    Stabilization Window: 60 seconds
    Select Policy: Min
    Policies:
      - Type: Pods  Value: 1  Period: 30 seconds
Deployment pods:    3 current / 4 desired
Conditions:
  Type         Status  Reason            Message
  ----         ------  ------            -------
  AbleToScale  True    ReadyForNewScale  it is
Events:        <none>
)"},
        Row{"LimitRange",
            R"({"apiVersion":"v1","kind":"LimitRange","metadata":{"name":"l","namespace":"shop"},
            "spec":{"limits":[{"type":"Container","max":{"memory":"1Gi"},"min":{"cpu":"10m"}},
              {"type":"Pod","maxLimitRequestRatio":{"cpu":"2"}}]}})",
            R"(Name:       l
Namespace:  shop
Type        Resource  Min  Max  Default Request  Default Limit  Max Limit/Request Ratio
----        --------  ---  ---  ---------------  -------------  -----------------------
Container   cpu       10m  -    -                -              -
Container   memory    -    1Gi  -                -              -
Pod         cpu       -    -    -                -              2
)"},
        Row{"PriorityClass", R"({"apiVersion":"scheduling.k8s.io/v1","kind":"PriorityClass",
            "metadata":{"name":"high"},"value":100,"description":"for the shop"})",
            R"(Name:              high
Value:             100
GlobalDefault:     false
PreemptionPolicy:  PreemptLowerPriority
Description:       for the shop
Annotations:       <none>
Events:            <none>
)"},
        Row{"ConfigMap", R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"shop"},
            "data":{"a":"one\ntwo"},"binaryData":{"b":"aGVsbG8="}})",
            R"(Name:         c
Namespace:    shop
Labels:       <none>
Annotations:  <none>

Data
====
a:
----
one
two


BinaryData
====
b: 5 bytes

Events:  <none>
)"},
        Row{"Secret", R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"shop"},
            "data":{"password":"aGVsbG8="}})",
            R"(Name:         s
Namespace:    shop
Labels:       <none>
Annotations:  <none>

Type:  Opaque

Data
====
password:  5 bytes
)"},
        Row{"Ingress", R"({"apiVersion":"networking.k8s.io/v1","kind":"Ingress",
            "metadata":{"name":"i","namespace":"shop"},
            "spec":{"tls":[{"hosts":["shop.example"],"secretName":"cert"}],
              "rules":[{"host":"shop.example","http":{"paths":[{"path":"/","pathType":"Prefix",
                "backend":{"service":{"name":"web","port":{"number":80}}}}]}}]}})",
            R"(Name:             i
Labels:           <none>
Namespace:        shop
Address:
Ingress Class:    <none>
Default backend:  <default>
TLS:
  cert terminates shop.example
Rules:
  Host          Path  Backends
  ----          ----  --------
  shop.example
                /   web:80 (<error: services "web" not found>)
Annotations:    <none>
Events:         <none>
)"},
        Row{"CronJob",
            R"({"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"c","namespace":"shop"},
            "spec":{"schedule":"0 3 * * *","concurrencyPolicy":"Forbid","startingDeadlineSeconds":60,
              "jobTemplate":{"spec":{"completions":2,"template":{"spec":{"restartPolicy":"Never",
                "containers":[{"name":"c","image":"c"}]}}}}}})",
            R"(Name:                          c
Namespace:                     shop
Labels:                        <none>
Annotations:                   <none>
Schedule:                      0 3 * * *
Concurrency Policy:            Forbid
Suspend:                       False
Successful Job History Limit:  <unset>
Failed Job History Limit:      <unset>
Starting Deadline Seconds:     60s
Selector:                      <unset>
Parallelism:                   <unset>
Completions:                   2
Pod Template:
  Labels:  <none>
  Containers:
   c:
    Image:           c
    Port:            <none>
    Host Port:       <none>
    Environment:     <none>
    Mounts:          <none>
  Volumes:           <none>
  Node-Selectors:    <none>
  Tolerations:       <none>
Last Schedule Time:  <unset>
Active Jobs:         <none>
Events:              <none>
)"},
        Row{"Namespace", R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}})",
            R"(Name:         shop
Labels:       <none>
Annotations:  <none>
Status:       Active

No resource quota.

No LimitRange resource.
)"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(DescriptionOfNamespace, HasItsQuotasAndLimits) {
  cluster::Store store;
  insert<api::ResourceQuota>(
      store, R"({"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q","namespace":"shop"},
      "spec":{"hard":{"pods":"5"},"scopes":["BestEffort"]},
      "status":{"hard":{"pods":"5"},"used":{"pods":"2"}}})");
  insert<api::LimitRange>(
      store, R"({"apiVersion":"v1","kind":"LimitRange","metadata":{"name":"l","namespace":"shop"},
      "spec":{"limits":[{"type":"Pod","max":{"cpu":"2"}}]}})");
  const auto space = decoded(R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}})");
  EXPECT_EQ(*describe(*space, store, SimTime::at({})), R"(Name:         shop
Labels:       <none>
Annotations:  <none>
Status:       Active

Resource Quotas
  Name:    q
  Scopes:  BestEffort
  * Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.
  Resource  Used  Hard
  --------  ---   ---
  pods      2     5

Resource Limits
 Type  Resource  Min  Max  Default Request  Default Limit  Max Limit/Request Ratio
 ----  --------  ---  ---  ---------------  -------------  -----------------------
 Pod   cpu       -    2    -                -              -
)");
}

}  // namespace
}  // namespace seatrial::report
