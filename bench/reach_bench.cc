// reach_*: who may talk to whom in a cluster of 1,460 namespaces, 30,000 pods and 3,225 policies, in the
// proportions of the Cloud Platform's Environments repository: each namespace has its two standard policies;
// 281 others admit another namespace or a component, some of them on one port or to one application; 24 of
// Calico's order what may go out.
//   reach_compile   all of it, of decoded objects: seconds for each time
//   reach_query     two random pods and a random port: items_per_second is questions on one core
//   reach_matrix    whom each class of pods may reach, at each port and protocol at which verdicts differ:
//   seconds reach_edit/N    a policy is changed and its change compiled: 0 a standard policy of a namespace,
//   1 a policy that
//                   looks at a label which no other one looks at, 2 a GlobalNetworkPolicy of every pod:
//                   milliseconds
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "sim/api/kinds.h"
#include "sim/api/value.h"
#include "sim/engine/check.h"
#include "sim/engine/random.h"
#include "sim/network/policy/compiled.h"
#include "sim/network/policy/matrix.h"

namespace seatrial::network {
namespace {

constexpr std::int32_t kNamespaces = 1460, kPods = 30'000, kPolicies = 3225, kCalico = 24;

api::ObjectPtr object_of(const std::string& yaml) {
  const api::ParseResult parsed = api::parse_documents(yaml, "policy.yaml");
  CHECK_MSG(parsed.problems.empty() && parsed.documents.size() == 1, yaml);
  const auto read = api::read_object(parsed.documents.front());
  CHECK_MSG(read.has_value(), yaml);
  return *read;
}

std::string name_of(std::int64_t namespace_) { return fmt::format("team-{}", namespace_); }

api::ObjectPtr kubernetes_policy(std::int64_t namespace_, const std::string& name, const std::string& spec) {
  return object_of(
      fmt::format("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
                  "metadata: {{name: {}, namespace: {}}}\nspec: {{{}}}\n",
                  name, name_of(namespace_), spec));
}

std::string team_policy(RandomStream& random, std::int32_t number) {
  const std::string other = name_of(static_cast<std::int64_t>(random.below(kNamespaces)));
  const std::string peer =
      number % 2 == 0
          ? fmt::format("namespaceSelector: {{matchLabels: {{name: {}}}}}", other)
          : fmt::format("namespaceSelector: {{matchLabels: {{component: part-{}}}}}", number % 40);
  const std::string subject = number % 4 == 0 ? fmt::format("matchLabels: {{app: app-{}}}", number % 8) : "";
  const std::string ports = number % 16 == 0 ? fmt::format(", ports: [{{port: {}}}]", 8000 + number % 7) : "";
  if (number % 40 == 3)
    return fmt::format("podSelector: {{{}}}, policyTypes: [Egress], egress: [{{to: [{{{}}}]}}]", subject,
                       peer);
  return fmt::format("podSelector: {{{}}}, policyTypes: [Ingress], ingress: [{{from: [{{{}}}]{}}}]", subject,
                     peer, ports);
}

api::ObjectPtr calico_policy(std::int32_t number) {
  return object_of(fmt::format(
      "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\n"
      "metadata: {{name: egress-{}, namespace: {}}}\n"
      "spec:\n  order: {}\n  selector: {}\n  types: [Egress]\n  egress:\n"
      "  - {{action: Allow, protocol: UDP, destination: {{ports: [53]}}}}\n"
      "  - {{action: Allow, destination: {{nets: [10.{}.0.0/16]}}}}\n"
      "  - {{action: Deny}}\n",
      number, name_of(number / 3), 43 + number % 9, number % 2 ? "all()" : "app == 'app-1'", number));
}

api::ObjectPtr imds_policy(std::int64_t port) {
  return object_of(fmt::format(
      "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {{name: imds}}\n"
      "spec:\n  types: [Egress]\n  egress:\n"
      "  - {{action: Deny, protocol: TCP, destination: {{nets: [169.254.169.254/32], ports: [{}, 443]}}}}\n"
      "  - {{action: Allow, destination: {{nets: [0.0.0.0/0]}}}}\n",
      port));
}

api::ObjectPtr standard_policy(std::int64_t namespace_, const std::string& peer) {
  return kubernetes_policy(
      namespace_, "default",
      fmt::format("podSelector: {{}}, policyTypes: [Ingress], ingress: [{{from: [{{{}}}]}}]", peer));
}

struct Cluster {
  std::vector<std::pair<std::string, api::Shared<api::LabelMap>>> namespaces;
  std::vector<PodFacts> pods;
  std::vector<api::ObjectPtr> policies;

  Cluster() {
    RandomStream random(1, "bench/reach");
    for (std::int32_t i = 0; i < kNamespaces; ++i) {
      api::LabelMap labels{{"kubernetes.io/metadata.name", name_of(i)}, {"name", name_of(i)}};
      labels.set("component", i == 0 ? "ingress-controllers" : fmt::format("part-{}", i % 40));
      namespaces.emplace_back(name_of(i), std::move(labels));
    }
    for (std::int32_t i = 0; i < kPods; ++i) add_pod(i, random);
    for (std::int32_t i = 0; i < kNamespaces; ++i) {
      policies.push_back(standard_policy(i, "podSelector: {}"));
      policies.push_back(
          kubernetes_policy(i, "allow-ingress-controllers",
                            "podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: "
                            "{matchLabels: {component: ingress-controllers}}}]}]"));
    }
    for (std::int32_t i = 0; i < kCalico - 1; ++i) policies.push_back(calico_policy(i));
    policies.push_back(imds_policy(80));
    for (std::int32_t i = 0; policies.size() < kPolicies; ++i)
      policies.push_back(kubernetes_policy(static_cast<std::int64_t>(random.below(kNamespaces)),
                                           fmt::format("from-others-{}", i), team_policy(random, i)));
  }

  CompiledPolicies compile() const {
    PolicyOptions options;
    options.calico = true;
    CompiledPolicies compiled(options);
    compiled.begin();
    for (const auto& [name, labels] : namespaces) compiled.set_namespace(name, labels);
    for (const PodFacts& pod : pods) compiled.set_pod(pod);
    for (const api::ObjectPtr& policy : policies) compiled.set_policy(policy);
    compiled.commit();
    return compiled;
  }

 private:
  void add_pod(std::int32_t number, RandomStream& random) {
    const std::int32_t of = number % kNamespaces, app = number / kNamespaces % 8;
    PodFacts pod;
    pod.namespace_ = name_of(of);
    pod.name = fmt::format("app-{}-{}", app, number);
    pod.labels = api::LabelMap{{"app", fmt::format("app-{}", app)},
                               {"pod-template-hash", fmt::format("{:x}", random.below(1U << 31))}};
    pod.ports.push_back({"http", "TCP", 8080});
    pod.address = api::IpAddress::parse(fmt::format("172.20.{}.{}", number / 250, 1 + number % 250));
    pods.push_back(std::move(pod));
  }
};

const Cluster& cluster() {
  static const Cluster made;
  return made;
}

void reach_compile(benchmark::State& state) {
  const Cluster& of = cluster();
  std::size_t classes = 0;
  for (auto _ : state) classes = of.compile().classes().classes().size();
  state.counters["classes"] = static_cast<double>(classes);
}
BENCHMARK(reach_compile)->Unit(benchmark::kMillisecond);

void reach_query(benchmark::State& state) {
  const CompiledPolicies compiled = cluster().compile();
  RandomStream random(1, "bench/reach/query");
  const api::Symbol tcp("TCP");
  std::int64_t allowed = 0;
  for (auto _ : state) {
    const std::uint64_t draw = random.next_u64();
    const PodId from{static_cast<std::uint32_t>((draw & 0xffffff) % kPods)};
    const PodId to{static_cast<std::uint32_t>((draw >> 24 & 0xffffff) % kPods)};
    allowed += compiled.allows(from, to, static_cast<std::int32_t>(draw >> 48), tcp) ? 1 : 0;
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["allowed"] =
      benchmark::Counter(static_cast<double>(allowed), benchmark::Counter::kAvgIterations);
}
BENCHMARK(reach_query);

void reach_matrix(benchmark::State& state) {
  const CompiledPolicies compiled = cluster().compile();
  std::size_t ports = 0, allowed = 0;
  for (auto _ : state) {
    ports = allowed = 0;
    for (std::size_t protocol = 0; protocol < kPortProtocols; ++protocol) {
      for (const std::int32_t port : first_ports(compiled, protocol)) {
        ++ports;
        for (const ClassSet& row : network::reach_matrix(compiled, protocol, port)) allowed += row.count();
      }
    }
  }
  state.counters["ports"] = static_cast<double>(ports);
  state.counters["classes"] = static_cast<double>(compiled.classes().classes().size());
  state.counters["allowed_pairs"] = static_cast<double>(allowed);
}
BENCHMARK(reach_matrix)->Unit(benchmark::kMillisecond);

// The two or more versions of one policy that are put in turn.
std::vector<api::ObjectPtr> edits(std::int64_t kind) {
  if (kind == 0)
    return {standard_policy(7, "podSelector: {matchLabels: {app: app-1}}"),
            standard_policy(7, "podSelector: {}")};
  if (kind == 2) return {imds_policy(8080), imds_policy(80)};
  std::vector<api::ObjectPtr> versions;
  for (int i = 0; i < 64; ++i)
    versions.push_back(standard_policy(7, fmt::format("podSelector: {{matchLabels: {{key-{}: a}}}}", i)));
  return versions;
}

void reach_edit(benchmark::State& state) {
  const CompiledPolicies original = cluster().compile();
  const std::vector<api::ObjectPtr> versions = edits(state.range(0));
  CompiledPolicies compiled = original;
  std::size_t next = 0;
  for (auto _ : state) {
    compiled.set_policy(versions[next++]);
    if (next < versions.size()) continue;
    state.PauseTiming();
    next = 0;
    if (state.range(0) == 1) compiled = original;
    state.ResumeTiming();
  }
}
BENCHMARK(reach_edit)->Arg(0)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seatrial::network
