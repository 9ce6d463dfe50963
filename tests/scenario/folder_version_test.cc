// What a terraform apply of a folder does, in which order, and when each part of it is done; and folders laid
// over a checkout.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/environments/folder_version.h"
#include "tests/scenario/environments_fixture.h"

namespace seatrial::scenario::environments {
namespace {

using testing::ElementsAre;
using testing::Eq;
using testing::IsEmpty;
using tests::Checkout;

std::string database(const std::string& name, const std::string& more = "") {
  return "module \"" + name +
         "\" {\n  source = "
         "\"github.com/ministryofjustice/cloud-platform-terraform-rds-instance?ref=9.2.0\"\n" +
         more + "}\n";
}

std::string secret(const std::string& name, const std::string& values) {
  return "resource \"kubernetes_secret\" \"" + name + "\" {\n  metadata {\n    name = \"" + name +
         "\"\n    namespace = \"a-dev\"\n  }\n  data = {\n" + values + "  }\n}\n";
}

FolderVersion version(const std::string& terraform) {
  Checkout checkout;
  checkout.space("a-dev").file("a-dev", "resources/main.tf", terraform);
  const Repository repository = checkout.read();
  return version_of(repository.clusters.at(0).namespaces.at(0), repository.problems);
}

std::vector<std::string> words(const std::vector<TerraformStep>& steps) {
  std::vector<std::string> all;
  for (const TerraformStep& step : steps) all.push_back(words_of(step.does) + " " + step.made->what);
  return all;
}

constexpr const char* kReplica = "  replicate_source_db = module.primary.db_identifier\n";
constexpr const char* kOfBoth = "    a = module.primary.database_password\n    b = module.copy.x\n";

TEST(FolderVersion, WhatIsReferredToIsMadeFirst) {
  const FolderVersion wanted =
      version(secret("both", kOfBoth) + database("copy", kReplica) + database("primary"));
  EXPECT_THAT(wanted.problems, IsEmpty());
  const auto steps = steps_to(wanted, {});
  EXPECT_THAT(words(steps), ElementsAre("creates RDS instance module.primary",
                                        "creates RDS instance module.copy", "creates Secret a-dev/both"));
  EXPECT_THAT(ends_of(steps, {Duration::seconds(540), Duration::seconds(600), Duration()}),
              ElementsAre(Duration::seconds(540), Duration::seconds(1140), Duration::seconds(1140)));
}

TEST(FolderVersion, WhatDoesNotReferToEachOtherIsMadeSideBySide) {
  const auto steps = steps_to(version(database("a") + database("b")), {});
  EXPECT_THAT(ends_of(steps, {Duration::seconds(9), Duration::seconds(4)}),
              ElementsAre(Duration::seconds(9), Duration::seconds(4)));
}

TEST(FolderVersion, OnlyWhatDiffersIsChangedAndWhatIsGoneIsDestroyedSecretsFirst) {
  const TerraformState before = state_of(version(
      database("kept") + database("grown") + database("gone") + secret("gone", "    a = module.gone.x\n") +
      secret("kept", "    a = module.kept.x\n") + secret("other-key", "    a = module.kept.x\n")));
  const FolderVersion wanted =
      version(database("kept") + database("grown", "  db_allocated_storage = 50\n") +
              secret("kept", "    a = module.kept.x\n") + secret("other-key", "    b = module.kept.x\n"));
  const auto steps = steps_to(wanted, before);
  EXPECT_THAT(words(steps),
              ElementsAre("destroys Secret a-dev/gone", "destroys RDS instance module.gone",
                          "changes RDS instance module.grown", "changes Secret a-dev/other-key"));
  EXPECT_EQ(words_of(steps),
            "changes RDS instance module.grown, Secret a-dev/other-key; destroys Secret "
            "a-dev/gone, RDS instance module.gone");
  EXPECT_THAT(steps_to(wanted, state_of(wanted)), IsEmpty());
  EXPECT_EQ(words_of(std::vector<TerraformStep>{}), "changes nothing");
}

TEST(FolderVersion, AReplicaOfAReplicaOfItselfEndsAllTheSame) {
  const FolderVersion wanted = version(database("a", "  replicate_source_db = module.b.db_identifier\n") +
                                       database("b", "  replicate_source_db = module.a.db_identifier\n"));
  EXPECT_EQ(steps_to(wanted, {}).size(), 2u);
}

TEST(OverlayFiles, TheLatestFolderThatHasAFileCounts) {
  const MemoryFiles under({{"repo/a.yaml", "1"},
                           {"repo/b.yaml", "1"},
                           {"one/b.yaml", "2"},
                           {"two/b.yaml", "3"},
                           {"two/c/d.txt", "3"},
                           {"elsewhere/b.yaml", "4"}});
  const OverlayFiles files(under, "repo", {"one", "two"});
  EXPECT_THAT(files.read("repo/a.yaml"), Eq(std::expected<std::string, std::string>("1")));
  EXPECT_THAT(files.read("repo/b.yaml"), Eq(std::expected<std::string, std::string>("3")));
  EXPECT_THAT(files.read("elsewhere/b.yaml"), Eq(std::expected<std::string, std::string>("4")));
  EXPECT_FALSE(files.read("repo/x.yaml"));
  EXPECT_EQ(files.origin("repo/b.yaml"), "two/b.yaml");
  EXPECT_EQ(files.origin("repo/a.yaml"), "repo/a.yaml");
  EXPECT_TRUE(files.is_folder("repo/c"));
  EXPECT_FALSE(files.is_folder("repo/d"));
  std::vector<std::string> names;
  for (const FolderEntry& entry : *files.list("repo"))
    names.push_back(entry.name + (entry.is_folder ? "/" : ""));
  EXPECT_THAT(names, ElementsAre("a.yaml", "b.yaml", "c/"));
  EXPECT_THAT(*files.manifests_in("repo"), ElementsAre("repo/a.yaml", "repo/b.yaml"));
}

}  // namespace
}  // namespace seatrial::scenario::environments
