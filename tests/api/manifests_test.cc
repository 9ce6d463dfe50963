#include "sim/api/manifests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/api/objects.h"
#include "tests/support/corpus.h"
#include "tests/support/temporary_folder.h"

namespace seatrial::api {
namespace {

namespace fs = std::filesystem;

class Folder : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  TemporaryFolder folder_;
  const fs::path path_ = folder_.path();
};

std::string config_map(const std::string& name) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\n";
}

TEST_F(Folder, IsReadInTheOrderOfNamesAndNotBelow) {
  write("b.yml", config_map("second"));
  write("a.yaml", config_map("first") + "---\n" + config_map("first-b"));
  write("c.json", R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "third"}})");
  write("notes.txt", "not: [yaml");
  fs::create_directories(path_ / "deeper.yaml");
  const Manifests manifests = load_manifests(path_);
  EXPECT_TRUE(manifests.problems.empty()) << listed(manifests.problems);
  std::vector<std::string> names;
  for (const ManifestObject& item : manifests.objects) names.push_back(item.object->metadata.name.str());
  EXPECT_THAT(names, testing::ElementsAre("first", "first-b", "second", "third"));
}

TEST_F(Folder, ProblemsOfAllFilesComeAtOnceAndTheRestIsRead) {
  write("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: A}\n");
  write("b.yaml", "a: [");
  write("c.yaml", config_map("fine"));
  write("d.yaml", std::string("\0GITCRYPT\0secret", 16));
  const Manifests manifests = load_manifests(path_, "shown");
  ASSERT_EQ(manifests.problems.size(), 2u);
  EXPECT_EQ(manifests.problems[0].where.file.str(), "shown/a.yaml");
  EXPECT_EQ(manifests.problems[1].where.file.str(), "shown/b.yaml");
  EXPECT_EQ(manifests.objects.size(), 1u);
  EXPECT_THAT(manifests.skipped, testing::ElementsAre("shown/d.yaml: encrypted with git-crypt"));
}

TEST_F(Folder, WithoutManifestsIsAProblemAndSoIsAPathThatDoesNotExist) {
  EXPECT_THAT(listed(load_manifests(path_).problems), testing::HasSubstr("recognized file extensions are"));
  EXPECT_THAT(listed(load_manifests(path_ / "none.yaml", "none.yaml").problems),
              testing::HasSubstr("the path \"none.yaml\" does not exist"));
}

TEST(Manifests, ListsAreFlattened) {
  const Manifests manifests = parse_manifests(
      "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n"
      "- apiVersion: v1\n  kind: ConfigMapList\n  items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: "
      "b, namespace: x}}]\n",
      "f.yaml");
  EXPECT_TRUE(manifests.problems.empty()) << listed(manifests.problems);
  ASSERT_EQ(manifests.objects.size(), 2u);
  EXPECT_EQ(manifests.objects[1].namespace_.str(), "x");
  EXPECT_EQ(manifests.objects[0].object->source.line, 4);
}

TEST(Manifests, NameEveryKindThatIsNotSimulatedOnce) {
  const Manifests manifests = parse_manifests(
      "{apiVersion: x.example/v1, kind: Widget, metadata: {name: a}}\n---\n{apiVersion: x.example/v1, kind: "
      "Widget, "
      "metadata: {name: b}}\n"
      "---\n{apiVersion: a.example/v1, kind: Gadget, metadata: {name: c}}\n",
      "f.yaml");
  EXPECT_THAT(manifests.notes,
              testing::ElementsAre("stored, not simulated: Gadget (a.example/v1), 1 object",
                                   "stored, not simulated: Widget (x.example/v1), 2 objects"));
}

TEST(Manifests, RefuseAKindThatTheApiServerDoesNotServe) {
  const Manifests manifests = parse_manifests(
      "apiVersion: apps/v1\nkind: Deployement\nmetadata: {name: a}\n---\n"
      "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: b}\n",
      "f.yaml");
  ASSERT_EQ(manifests.problems.size(), 2u);
  EXPECT_EQ(manifests.problems[0].str(),
            "f.yaml:2:7: kind: no matches for kind \"Deployement\" in version \"apps/v1\"");
  EXPECT_EQ(manifests.problems[1].str(),
            "f.yaml:5:13: apiVersion: no matches for kind \"Ingress\" in version \"extensions/v1beta1\"");
}

TEST(Manifests, AFileThatDoesNotEndIsRefused) {
  const Manifests manifests = load_manifests("/dev/zero");
  ASSERT_EQ(manifests.problems.size(), 1u);
  EXPECT_EQ(manifests.problems[0].str(), "/dev/zero:1:1: longer than 64 MiB");
}

TEST(Corpus, EveryManifestOfTheEnvironmentsIsRead) {
  const fs::path root = corpus_folder() / "cloud-platform-environments";
  if (!fs::exists(root)) GTEST_SKIP() << "no corpus of environments here (SEATRIAL_CORPUS)";
  std::size_t objects = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string extension = entry.path().extension();
    if (extension != ".yaml" && extension != ".yml") continue;
    const Manifests manifests = load_manifests(entry.path());
    EXPECT_TRUE(manifests.problems.empty()) << listed(manifests.problems);
    objects += manifests.objects.size();
  }
  EXPECT_GT(objects, 100u);
}

void expect_positioned_problems(const fs::path& folder, std::size_t at_least) {
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name == "LICENSE" || name == "README.md" || entry.is_directory()) continue;
    const Manifests manifests = load_manifests(entry.path());
    EXPECT_FALSE(manifests.problems.empty()) << name << " has nothing wrong";
    for (const Problem& problem : manifests.problems) {
      EXPECT_FALSE(problem.where.file.empty()) << name;
      EXPECT_GT(problem.where.line, 0) << name << ": " << problem.message;
      EXPECT_GT(problem.where.column, 0) << name << ": " << problem.message;
      EXPECT_FALSE(problem.message.empty()) << name;
    }
    ++files;
  }
  EXPECT_GE(files, at_least);
}

TEST(Malformed, EveryFileOfOurOwnSetGetsAPositionedMessage) {
  expect_positioned_problems(fs::path(SEATRIAL_SOURCE_DIR) / "tests" / "malformed", 20);
}

TEST(Malformed, EveryFileOfTheCorpusGetsAPositionedMessage) {
  const fs::path folder = corpus_folder() / "malformed-yaml";
  if (!fs::exists(folder)) GTEST_SKIP() << "no corpus of malformed files here (SEATRIAL_CORPUS)";
  expect_positioned_problems(folder, 1);
}

TEST(Manifests, SayThatAdmissionPoliciesCheckNothing) {
  const Manifests read = parse_manifests(R"({apiVersion: admissionregistration.k8s.io/v1,
      kind: ValidatingAdmissionPolicy, metadata: {name: no-latest}, spec: {validations: [{expression: "true"}]}})",
                                         "policy.yaml");
  ASSERT_TRUE(read.problems.empty()) << read.problems.front().str();
  EXPECT_EQ(read.notes,
            std::vector<std::string>{"stored, not simulated: ValidatingAdmissionPolicy "
                                     "(admissionregistration.k8s.io/v1), 1 object: its CEL checked nothing"});
}

}  // namespace
}  // namespace seatrial::api
