// The compiled evaluator against the definition, on clusters, policies and changes that are drawn from seeds:
// 100,000 pairs in a run, half of them after changes that were compiled one by one.
#include <algorithm>

#include "sim/network/policy/matrix.h"
#include "tests/network/random_cluster.h"

namespace seatrial::network {
namespace {

constexpr std::uint64_t kWorlds = 250;
constexpr int kRounds = 4, kPairs = 100,
              kChanges = 6;  // of each world; the first round comes before any change

// Both evaluators, kept alike.
struct World {
  Cluster cluster;
  CompiledPolicies compiled;
  PolicySet set;
  explicit World(const Cluster& drawn)
      : cluster(drawn), compiled(drawn.compiled()), set(drawn.policy_set()) {}

  void change(Draw& draw) {
    switch (draw.below(7)) {
      case 0:
        return relabel_namespace(draw);
      case 1:
        return relabel_account(draw);
      case 2:
        return replace_pod(draw);
      case 3:
        return remove_policy(draw);
      default:
        return add_policy(draw);
    }
  }

 private:
  void relabel_namespace(Draw& draw) {
    const std::string name = Draw::namespace_(draw.below(Draw::kNamespaces));
    compiled.set_namespace(name, cluster.namespaces[name] = draw.namespace_labels(name));
  }
  void relabel_account(Draw& draw) {
    const std::string of = Draw::namespace_(draw.below(Draw::kNamespaces));
    const char* const name = draw.of({"default", "robot"});
    compiled.set_service_account(of, name, cluster.accounts[{of, name}] = draw.account_labels());
  }
  // Another one of the name, or one that went and came.
  void replace_pod(Draw& draw) {
    PodFacts& facts = cluster.pods[draw.below(cluster.pods.size())];
    if (draw.percent(50)) compiled.remove_pod(*compiled.find_pod(facts.namespace_, facts.name));
    facts = draw.pod(facts.namespace_.str(), facts.name.str());
    compiled.set_pod(facts);
  }
  void add_policy(Draw& draw) {
    const api::ObjectPtr policy = draw.policy(cluster.options.calico);
    Draw::put(cluster, policy);
    compiled.set_policy(policy);
    set.set(policy);
  }
  void remove_policy(Draw& draw) {
    if (cluster.policies.empty()) return;
    const std::size_t chosen = draw.below(cluster.policies.size());
    const api::ObjectPtr policy = cluster.policies[chosen];
    cluster.policies.erase(cluster.policies.begin() + static_cast<std::ptrdiff_t>(chosen));
    compiled.remove_policy(policy->kind, policy->metadata.namespace_, policy->metadata.name);
    set.remove(*policy);
  }
};

TEST(RandomPolicies, TheCompiledVerdictIsThatOfTheDefinition) {
  std::size_t pairs = 0, denied = 0, passed = 0;
  for (std::uint64_t seed = 1; seed <= kWorlds && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Draw draw(seed, "policies");
    World world(draw.cluster());
    for (int round = 0; round < kRounds; ++round) {
      for (int i = 0; i < kChanges && round > 0; ++i) world.change(draw);
      for (int i = 0; i < kPairs; ++i) {
        const FlowVerdict verdict = ask(world.cluster, world.set, world.compiled, draw.flow(world.cluster));
        ++pairs;
        denied += verdict.allowed() ? 0 : 1;
        passed += verdict.egress.reason == Verdict::Reason::kPassed ? 1 : 0;
      }
    }
  }
  EXPECT_EQ(pairs, 100'000U);
  // The draw is worth something only if verdicts of all sorts occur.
  EXPECT_GT(denied, pairs / 5);
  EXPECT_LT(denied, pairs * 4 / 5);
  EXPECT_GT(passed, pairs / 100);
}

// What changes one by one leads to is what all of it together is compiled to.
TEST(RandomPolicies, ChangesOneByOneAndAllTogetherLeadToTheSameVerdicts) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Draw draw(seed, "changes");
    World world(draw.cluster());
    for (int i = 0; i < 20; ++i) world.change(draw);
    const CompiledPolicies anew = world.cluster.compiled();
    const auto id = [](const CompiledPolicies& in, const PodFacts& facts) {
      return *in.find_pod(facts.namespace_, facts.name);
    };
    for (const PodFacts& from : world.cluster.pods) {
      for (const PodFacts& to : world.cluster.pods) {
        EXPECT_EQ(world.compiled.allows(id(world.compiled, from), id(world.compiled, to), 80),
                  anew.allows(id(anew, from), id(anew, to), 80));
      }
    }
  }
}

TEST(RandomPolicies, TheMatrixOfClassesSaysWhatEachPairSays) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Draw draw(seed, "matrix");
    World world(draw.cluster());
    for (int i = 0; i < 5; ++i) world.change(draw);
    const CompiledPolicies& policies = world.compiled;
    for (const std::int32_t port : first_ports(policies, 0)) {
      const std::vector<ClassSet> rows = reach_matrix(policies, 0, port);
      for (const PodFacts& from : world.cluster.pods) {
        for (const PodFacts& to : world.cluster.pods) {
          const End source = *policies.find_pod(from.namespace_, from.name);
          const End target = *policies.find_pod(to.namespace_, to.name);
          if (source.pod == target.pod) continue;
          EXPECT_EQ(rows[policies.class_of(source).index].test(policies.class_of(target)),
                    policies.allows(source, target, port))
              << from.name.str() << " to " << to.name.str() << " " << port;
        }
      }
    }
  }
}

}  // namespace
}  // namespace seatrial::network
