#include "sim/api/field_sets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace seatrial::api {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Json json(const char* text) { return Json::parse(text); }

TEST(FieldSets, NameFieldsAsConflictsDo) {
  EXPECT_THAT(
      fields_of(
          json(R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","labels":{"a":"b"}},
      "spec":{"replicas":3,"selector":{"matchLabels":{"a":"b"}},"template":{"spec":{"containers":[
      {"name":"web","image":"w","args":["x"],"ports":[{"containerPort":80}]}]}}},"status":{"replicas":1}})")),
      ElementsAre(".metadata.labels.a", ".spec.replicas", ".spec.selector",
                  ".spec.template.spec.containers[name=\"web\"]",
                  ".spec.template.spec.containers[name=\"web\"].args",
                  ".spec.template.spec.containers[name=\"web\"].image",
                  ".spec.template.spec.containers[name=\"web\"].name",
                  ".spec.template.spec.containers[name=\"web\"].ports[containerPort=80,protocol=\"TCP\"]",
                  ".spec.template.spec.containers[name=\"web\"].ports[containerPort=80,protocol=\"TCP\"]."
                  "containerPort"));
}

TEST(FieldSets, CompareTellsChangedFromRemoved) {
  const FieldChanges changes =
      compare_fields(json(R"({"spec":{"a":1,"b":2,"env":[{"name":"A"},{"name":"B"}]}})"),
                     json(R"({"spec":{"a":3,"c":4,"env":[{"name":"B"}]}})"));
  EXPECT_THAT(changes.changed, ElementsAre(".spec.a", ".spec.c"));
  EXPECT_THAT(changes.removed, ElementsAre(".spec.b", ".spec.env[name=\"A\"]", ".spec.env[name=\"A\"].name"));
  EXPECT_THAT(compare_fields(json("{}"), json("{}")).changed, IsEmpty());
}

TEST(FieldSets, MergeKeepsWhatTheConfigDoesNotName) {
  EXPECT_EQ(
      merge_applied(
          json(R"({"spec":{"a":1,"tolerations":[1],"env":[{"name":"S"},{"name":"A","value":"1"}]}})"),
          json(R"({"spec":{"b":2,"tolerations":[2],"env":[{"name":"A","value":"2"},{"name":"B"}]}})"))
          .dump(),
      R"({"spec":{"a":1,"b":2,"env":[{"name":"S"},{"name":"A","value":"2"},{"name":"B"}],"tolerations":[2]}})");
}

TEST(FieldSets, WithoutFieldsLeavesNoEmptyMaps) {
  EXPECT_EQ(without_fields(json(R"({"a":{"b":1},"c":{},"env":[{"name":"A","v":1},{"name":"B"}]})"),
                           {".a.b", ".env[name=\"B\"]", ".env[name=\"A\"].v"})
                .dump(),
            R"({"c":{},"env":[{"name":"A"}]})");
}

}  // namespace
}  // namespace seatrial::api
