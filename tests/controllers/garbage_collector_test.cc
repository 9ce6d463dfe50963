// Owners and what they own, of kinds that no other controller looks after.
#include <gmock/gmock.h>

#include "tests/controllers/cluster.h"

namespace seatrial::controllers {
namespace {

using api::ConfigMap;

struct Owners : TestCluster {
  api::ObjectPtr map(const char* name, std::vector<api::OwnerReference> owners = {},
                     const char* of = "default") {
    auto made = std::make_shared<ConfigMap>();
    made->metadata.name = name;
    made->metadata.namespace_ = of;
    made->metadata.owner_references = std::move(owners);
    return create(made);
  }
  static api::OwnerReference owner(const api::ObjectPtr& object, bool controls = false, bool blocks = false) {
    return {"v1", "ConfigMap", object->metadata.name, object->metadata.uid, controls, blocks};
  }
  bool exists(const api::ObjectPtr& object) const { return get<ConfigMap>(object) != nullptr; }
};

TEST(GarbageCollector, AnObjectStaysWithOneOwnerAndForgetsTheOther) {
  Owners cluster;
  const auto first = cluster.map("first"), second = cluster.map("second");
  const auto owned = cluster.map("owned", {Owners::owner(first, true), Owners::owner(second)});
  cluster.run(1_s);
  cluster.remove(second);
  cluster.run(1_s);
  ASSERT_TRUE(cluster.exists(owned));
  ASSERT_EQ(cluster.get<ConfigMap>(owned)->metadata.owner_references.size(), 1U);
  cluster.remove(first);
  cluster.run(1_s);
  EXPECT_FALSE(cluster.exists(owned));
}

TEST(GarbageCollector, AnOwnerThatNeverWasIsAbsent) {
  Owners cluster;
  const auto gone = cluster.map("gone");
  cluster.run(1_s);
  cluster.remove(gone);
  const auto owned = cluster.map("owned", {Owners::owner(gone)});
  cluster.run(3_s);
  EXPECT_FALSE(cluster.exists(owned));
}

TEST(GarbageCollector, AnOwnerThatIsNamedLaterCountsToo) {
  Owners cluster;
  const auto gone = cluster.map("gone"), object = cluster.map("object");
  cluster.run(1_s);
  cluster.remove(gone);
  cluster.run(1_s);
  cluster.edit<ConfigMap>(object,
                          [&](ConfigMap& next) { next.metadata.owner_references = {Owners::owner(gone)}; });
  cluster.run(3_s);
  EXPECT_FALSE(cluster.exists(object));
}

TEST(GarbageCollector, AnOwnerInAnotherNamespaceIsAbsent) {
  Owners cluster;
  cluster.namespace_("other");
  const auto owner = cluster.map("owner", {}, "other");
  const auto owned = cluster.map("owned", {Owners::owner(owner)});
  cluster.run(3_s);
  EXPECT_TRUE(cluster.exists(owner));
  EXPECT_FALSE(cluster.exists(owned));
}

TEST(GarbageCollector, WhatIsInNoNamespaceIsNotCollectedForAnOwnerInOne) {
  Owners cluster;
  const auto gone = cluster.map("gone");
  auto ns = std::make_shared<api::Namespace>();
  ns->metadata.name = "owned";
  ns->metadata.owner_references = {Owners::owner(gone)};
  const auto owned = cluster.create(ns);
  cluster.remove(gone);
  cluster.run(10_s);
  EXPECT_NE(cluster.get<api::Namespace>(owned), nullptr);
}

TEST(GarbageCollector, AForegroundDeletionWaitsForThoseThatBlockIt) {
  Owners cluster;
  const auto owner = cluster.map("owner");
  auto draft = std::make_shared<ConfigMap>();
  draft->metadata.name = "blocking";
  draft->metadata.namespace_ = "default";
  draft->metadata.finalizers = {"example.com/hold"};
  draft->metadata.owner_references = {Owners::owner(owner, true, true)};
  const auto blocking = cluster.create(draft);
  draft = std::make_shared<ConfigMap>(*draft);
  draft->metadata.name = "not-blocking";
  draft->metadata.owner_references = {Owners::owner(owner, true, false)};
  const auto not_blocking = cluster.create(draft);
  cluster.run(1_s);
  cluster.remove(owner, cluster::Propagation::kForeground);
  cluster.run(2_s);
  ASSERT_TRUE(cluster.exists(owner));
  EXPECT_TRUE(cluster.get<ConfigMap>(not_blocking)->metadata.deletion_timestamp.has_value());
  // It need not go: to forget its owner, or no longer to block it, is enough.
  cluster.edit<ConfigMap>(blocking, [&](ConfigMap& next) {
    next.metadata.owner_references = {Owners::owner(owner, true, false)};
  });
  cluster.run(1_s);
  EXPECT_FALSE(cluster.exists(owner));
  EXPECT_TRUE(cluster.exists(blocking));
}

}  // namespace
}  // namespace seatrial::controllers
