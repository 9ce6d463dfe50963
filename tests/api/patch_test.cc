#include "sim/api/patch.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace seatrial::api {
namespace {

Json json(const char* text) { return Json::parse(text); }

struct PatchRow {
  const char* name;
  const char* target;
  const char* patch;
  const char* result;
};
class Strategic : public testing::TestWithParam<PatchRow> {};
TEST_P(Strategic, GivesWhatTheRowSays) {
  const auto patched = strategic_merge_patch(json(GetParam().target), json(GetParam().patch));
  ASSERT_TRUE(patched) << patched.error();
  EXPECT_EQ(patched->dump(), json(GetParam().result).dump());
}
INSTANTIATE_TEST_SUITE_P(
    Patch, Strategic,
    testing::Values(
        PatchRow{"ContainersByName",
                 R"({"containers":[{"name":"a","image":"a:1"},{"name":"b","image":"b:1"}]})",
                 R"({"containers":[{"name":"b","image":"b:2"}]})",
                 R"({"containers":[{"name":"a","image":"a:1"},{"name":"b","image":"b:2"}]})"},
        PatchRow{"NewItemsComeFirst", R"({"env":[{"name":"A","value":"1"}]})",
                 R"({"env":[{"name":"B","value":"2"}]})",
                 R"({"env":[{"name":"B","value":"2"},{"name":"A","value":"1"}]})"},
        PatchRow{"NewItemsStandWhereTheOrderSays", R"({"env":[{"name":"A"},{"name":"S"},{"name":"C"}]})",
                 R"({"$setElementOrder/env":[{"name":"A"},{"name":"B"},{"name":"C"}],"env":[{"name":"B"}]})",
                 R"({"env":[{"name":"A"},{"name":"B"},{"name":"S"},{"name":"C"}]})"},
        PatchRow{"NewItemsLoseTheirNulls", R"({})", R"({"a":{"b":null,"c":[{"d":null}]}})",
                 R"({"a":{"c":[{}]}})"},
        PatchRow{"DeleteAnItem", R"({"volumes":[{"name":"a"},{"name":"b"}]})",
                 R"({"volumes":[{"name":"a","$patch":"delete"}]})", R"({"volumes":[{"name":"b"}]})"},
        PatchRow{"ReplaceAList", R"({"containers":[{"name":"a"}]})",
                 R"({"containers":[{"$patch":"replace"},{"name":"b"}]})", R"({"containers":[{"name":"b"}]})"},
        PatchRow{"TolerationsAreAtomic", R"({"tolerations":[{"key":"a"},{"key":"b"}]})",
                 R"({"tolerations":[{"key":"c"}]})", R"({"tolerations":[{"key":"c"}]})"},
        PatchRow{"NullDeletes", R"({"a":1,"b":{"c":2}})", R"({"a":null,"b":{"c":null,"d":3}})",
                 R"({"b":{"d":3}})"},
        PatchRow{"ContainerPorts", R"({"ports":[{"containerPort":80,"name":"x"}]})",
                 R"({"ports":[{"containerPort":80,"name":"y"}]})",
                 R"({"ports":[{"containerPort":80,"name":"y"}]})"},
        PatchRow{"ServicePorts", R"({"ports":[{"port":80,"name":"x"}]})", R"({"ports":[{"port":81}]})",
                 R"({"ports":[{"port":81},{"port":80,"name":"x"}]})"},
        PatchRow{"RetainKeys", R"({"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}})",
                 R"({"strategy":{"$retainKeys":["type"],"type":"Recreate"}})",
                 R"({"strategy":{"type":"Recreate"}})"},
        PatchRow{"ReplaceAMap", R"({"a":{"b":1,"c":2}})", R"({"a":{"$patch":"replace","d":3}})",
                 R"({"a":{"d":3}})"},
        PatchRow{"FinalizersAreASet", R"({"finalizers":["a","b"]})",
                 R"({"finalizers":["b","c"],"$deleteFromPrimitiveList/finalizers":["a"]})",
                 R"({"finalizers":["b","c"]})"}),
    [](const auto& row) { return row.param.name; });

TEST(MergePatch, FollowsRfc7396) {
  EXPECT_EQ(
      json_merge_patch(json(R"({"a":{"b":1,"c":[1,2]},"d":4})"), json(R"({"a":{"b":null,"c":[3]},"e":5})"))
          .dump(),
      R"({"a":{"c":[3]},"d":4,"e":5})");
}

TEST(JsonPatch, FollowsRfc6902AndReportsWhatFails) {
  const auto patched =
      json_patch(json(R"({"a":[1,2]})"),
                 json(R"([{"op":"add","path":"/a/-","value":3},{"op":"remove","path":"/a/0"}])"));
  ASSERT_TRUE(patched.has_value());
  EXPECT_EQ(patched->dump(), R"({"a":[2,3]})");
  EXPECT_FALSE(json_patch(json("{}"), json(R"([{"op":"remove","path":"/x"}])")).has_value());
  EXPECT_FALSE(json_patch(json("{}"), json(R"([{"op":"test","path":"","value":1}])")).has_value());
  EXPECT_FALSE(json_patch(json("{}"), json(R"({"op":"add"})")).has_value());
}

TEST(Strategic, RefusesItemsWithoutTheirKey) {
  const auto patched = strategic_merge_patch(json(R"({"containers":[{"name":"a"}]})"),
                                             json(R"({"containers":[{"image":"a:2"}]})"));
  ASSERT_FALSE(patched);
  EXPECT_EQ(patched.error(), "map: map[image:a:2] does not contain declared merge key: name");
  EXPECT_FALSE(strategic_merge_patch(json("{}"), json(R"({"$patch":"merge"})")));
}

struct DiffRow {
  const char* name;
  const char* original;
  const char* modified;
  const char* patch;
};
class TwoWay : public testing::TestWithParam<DiffRow> {};
TEST_P(TwoWay, GivesWhatTheRowSaysAndLeadsThere) {
  const Json original = json(GetParam().original), modified = json(GetParam().modified);
  const auto patch = two_way_patch(original, modified);
  ASSERT_TRUE(patch) << patch.error();
  EXPECT_EQ(patch->dump(), json(GetParam().patch).dump());
  EXPECT_EQ(strategic_merge_patch(original, *patch)->dump(), modified.dump());
}
INSTANTIATE_TEST_SUITE_P(
    Patch, TwoWay,
    testing::Values(
        DiffRow{"Nothing", R"({"a":1})", R"({"a":1})", "{}"},
        DiffRow{"AnImage", R"({"containers":[{"name":"a","image":"a:1"},{"name":"b"}]})",
                R"({"containers":[{"name":"a","image":"a:2"},{"name":"b"}]})",
                R"({"$setElementOrder/containers":[{"name":"a"},{"name":"b"}],
                    "containers":[{"image":"a:2","name":"a"}]})"},
        DiffRow{"AnItemThatGoes", R"({"env":[{"name":"A"},{"name":"B"}]})", R"({"env":[{"name":"B"}]})",
                R"({"$setElementOrder/env":[{"name":"B"}],"env":[{"$patch":"delete","name":"A"}]})"},
        DiffRow{"TheOrderAlone", R"({"env":[{"name":"A"},{"name":"B"}]})",
                R"({"env":[{"name":"B"},{"name":"A"}]})",
                R"({"$setElementOrder/env":[{"name":"B"},{"name":"A"}]})"},
        DiffRow{"AStrategy", R"({"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}})",
                R"({"strategy":{"type":"Recreate"}})",
                R"({"strategy":{"$retainKeys":["type"],"rollingUpdate":null,"type":"Recreate"}})"},
        DiffRow{"TaintsAreAtomic", R"({"taints":[{"key":"a"}]})", R"({"taints":[{"key":"a"},{"key":"b"}]})",
                R"({"taints":[{"key":"a"},{"key":"b"}]})"},
        DiffRow{"Finalizers", R"({"finalizers":["a","b"]})", R"({"finalizers":["b","c"]})",
                R"({"$deleteFromPrimitiveList/finalizers":["a"],"$setElementOrder/finalizers":["b","c"],
                    "finalizers":["c"]})"},
        DiffRow{"AFieldThatGoes", R"({"a":1,"b":2})", R"({"b":2})", R"({"a":null})"}),
    [](const auto& row) { return row.param.name; });

TEST(MergePatch, BetweenTwoObjectsLeadsFromOneToTheOther) {
  const Json from = json(R"({"a":{"b":1,"c":2},"d":[1]})"), to = json(R"({"a":{"b":1},"d":[2],"e":{}})");
  const Json patch = merge_patch_between(from, to);
  EXPECT_EQ(patch.dump(), R"({"a":{"c":null},"d":[2],"e":{}})");
  EXPECT_EQ(json_merge_patch(from, patch), to);
}

TEST(MergePatch, OfThreeKeepsWhatNobodyApplied) {
  EXPECT_EQ(three_way_merge_patch(json(R"({"spec":{"old":1,"kept":1}})"), json(R"({"spec":{"kept":2}})"),
                                  json(R"({"spec":{"old":1,"kept":1,"theirs":[1]}})"))
                .dump(),
            R"({"spec":{"kept":2,"old":null}})");
}

struct ApplyRow {
  const char* name;
  const char* live;
  const char* config;
  const char* last;
  const char* result;
};
class Apply : public testing::TestWithParam<ApplyRow> {};
TEST_P(Apply, GivesWhatTheRowSays) {
  const Json live = json(GetParam().live);
  const auto patch = three_way_patch(json(GetParam().last), json(GetParam().config), live);
  ASSERT_TRUE(patch) << patch.error();
  EXPECT_EQ(strategic_merge_patch(live, *patch)->dump(), json(GetParam().result).dump()) << patch->dump();
}
INSTANTIATE_TEST_SUITE_P(
    Kubectl, Apply,
    testing::Values(
        ApplyRow{"CreatesWhatIsNotThere", "null", R"({"a":1})", "null", R"({"a":1})"},
        ApplyRow{"KeepsWhatNobodyApplied", R"({"spec":{"replicas":7,"paused":true}})",
                 R"({"spec":{"paused":false}})", R"({"spec":{"paused":true}})",
                 R"({"spec":{"replicas":7,"paused":false}})"},
        ApplyRow{"RemovesWhatWasAppliedAndIsGone", R"({"spec":{"replicas":7,"x":1}})", R"({"spec":{"x":1}})",
                 R"({"spec":{"replicas":3,"x":1}})", R"({"spec":{"x":1}})"},
        ApplyRow{
            "MergesContainersByName",
            R"({"containers":[{"name":"a","image":"a:1","imagePullPolicy":"Always"},{"name":"injected"}]})",
            R"({"containers":[{"name":"a","image":"a:2"}]})",
            R"({"containers":[{"name":"a","image":"a:1"},{"name":"old"}]})",
            R"({"containers":[{"name":"a","image":"a:2","imagePullPolicy":"Always"},{"name":"injected"}]})"},
        ApplyRow{"RemovesAContainerThatWasApplied", R"({"containers":[{"name":"a"},{"name":"b"}]})",
                 R"({"containers":[{"name":"b"}]})", R"({"containers":[{"name":"a"},{"name":"b"}]})",
                 R"({"containers":[{"name":"b"}]})"},
        ApplyRow{"FollowsTheOrderOfTheManifest", R"({"env":[{"name":"A"},{"name":"B"}]})",
                 R"({"env":[{"name":"B"},{"name":"A"},{"name":"C"}]})", "null",
                 R"({"env":[{"name":"B"},{"name":"A"},{"name":"C"}]})"},
        ApplyRow{"ChangesTheStrategyWhole",
                 R"({"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":"25%"}}})",
                 R"({"strategy":{"type":"Recreate"}})", "null", R"({"strategy":{"type":"Recreate"}})"},
        ApplyRow{"ReplacesAListOfTextsThatIsCalledAsOneOfObjects", R"({"containers":["a"],"env":{}})",
                 R"({"containers":["b"],"env":[1]})", R"({"containers":[{"name":"a"}]})",
                 R"({"containers":["b"],"env":[1]})"},
        ApplyRow{"ReplacesArgsWhole", R"({"args":["a","b"]})", R"({"args":["c"]})", R"({"args":["a","b"]})",
                 R"({"args":["c"]})"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace seatrial::api
