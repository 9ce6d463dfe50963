#include "tests/swarm/draw.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include "sim/engine/random.h"

namespace seatrial::swarm {
namespace {

constexpr std::int64_t kQuiet = 300;  // seconds without actions at the end

class Drawing {
 public:
  explicit Drawing(std::uint64_t seed) : stream_(seed, "swarm"), features_(stream_.next_u64()) {
    result_.seed = seed;
    result_.seconds = 300 + kQuiet;
  }

  Case finish() {
    draw_objects();
    draw_timeline();
    std::ranges::stable_sort(result_.timeline, {}, &Entry::second);
    return std::move(result_);
  }

 private:
  bool has(std::uint32_t feature) const { return (features_ >> feature & 1) != 0; }
  bool often() { return stream_.below(2) == 0; }
  std::int64_t number(std::int64_t from, std::int64_t to) {
    return from + static_cast<std::int64_t>(stream_.below(static_cast<std::uint64_t>(to - from + 1)));
  }
  std::string pick(std::initializer_list<std::string_view> of) {
    return std::string(*std::next(of.begin(), static_cast<std::ptrdiff_t>(stream_.below(of.size()))));
  }
  void maybe(Manifest& manifest, std::uint32_t feature, std::string text, std::int64_t value = 0,
             std::int64_t smallest = 0) {
    if (has(feature) && often()) manifest.parts.push_back({std::move(text), true, value, smallest});
  }

  std::string image() {
    if (has(32) && number(0, 2) == 0) return "leak";
    return has(0) ? pick({"1", "2", "slow", "crash"}) : pick({"1", "2"});
  }
  Manifest head(std::string_view version, std::string_view kind, const std::string& resource,
                const std::string& name) {
    return {resource + "/" + name,
            {{"apiVersion: " + std::string(version) + "\nkind: " + std::string(kind) +
              "\nmetadata: {name: " + name + "}\nspec:\n"}}};
  }
  void template_of(Manifest& manifest, const std::string& name, const std::string& indent,
                   const std::string& image, const std::string& restart = {}) {
    manifest.parts.push_back({indent + "template:\n" + indent + "  metadata: {labels: {app: " + name +
                              "}}\n" + indent + "  spec:\n"});
    if (!restart.empty()) manifest.parts.push_back({indent + "    restartPolicy: " + restart + "\n"});
    maybe(manifest, 1, indent + "    terminationGracePeriodSeconds: #\n", number(21, 60), 21);
    maybe(manifest, 2,
          indent +
              "    topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, "
              "whenUnsatisfiable: " +
              pick({"DoNotSchedule", "ScheduleAnyway"}) + ", labelSelector: {matchLabels: {app: " + name +
              "}}}]\n");
    if (has_priority_) maybe(manifest, 3, indent + "    priorityClassName: high\n");
    manifest.parts.push_back({indent + "    containers:\n" + indent + "      - name: c\n" + indent +
                              "        image: example/app:" + image + "\n"});
    if (image == "leak" && often())
      manifest.parts.push_back({indent + "        resources: {limits: {memory: 900Mi}}\n", true});
    else
      maybe(manifest, 4, indent + "        resources: {requests: {cpu: #m, memory: 64Mi}}\n", number(1, 900),
            1);
    if (restart.empty())
      maybe(manifest, 5, indent + "        readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: #}\n",
            number(1, 10), 1);
    maybe(manifest, 6, indent + "        lifecycle: {preStop: {sleep: {seconds: #}}}\n", number(1, 20), 1);
  }
  static std::string selector(const std::string& name) {
    return "  selector: {matchLabels: {app: " + name + "}}\n";
  }

  Manifest deployment(const std::string& name) {
    Manifest made = head("apps/v1", "Deployment", "deployment", name);
    made.parts.push_back({selector(name)});
    made.parts.push_back({"  replicas: #\n", false, number(0, 8), 0});
    maybe(made, 7, "  minReadySeconds: #\n", number(1, 10), 1);
    maybe(made, 8, "  revisionHistoryLimit: #\n", number(0, 2));
    maybe(made, 9, "  progressDeadlineSeconds: #\n", number(20, 90), 20);
    if (has(10) && often()) {
      made.parts.push_back({"  strategy: {type: Recreate}\n", true});
    } else if (has(11)) {
      made.parts.push_back({"  strategy: {rollingUpdate: {maxSurge: " + pick({"1", "3", "34%", "100%"}) +
                                ", maxUnavailable: " + pick({"0", "1", "50%", "100%"}) + "}}\n",
                            true});
    }
    if (number(0, 5) == 0) maybe(made, 12, "  paused: true\n");
    template_of(made, name, "  ", image());
    return made;
  }
  Manifest stateful_set(const std::string& name) {
    Manifest made = head("apps/v1", "StatefulSet", "statefulset", name);
    made.parts.push_back({selector(name) + "  serviceName: " + name + "\n"});
    made.parts.push_back({"  replicas: #\n", false, number(0, 5), 0});
    maybe(made, 13, "  podManagementPolicy: Parallel\n");
    maybe(made, 14, "  updateStrategy: {rollingUpdate: {partition: #}}\n", number(0, 3));
    template_of(made, name, "  ", image());
    return made;
  }
  Manifest daemon_set(const std::string& name) {
    Manifest made = head("apps/v1", "DaemonSet", "daemonset", name);
    made.parts.push_back({selector(name)});
    maybe(made, 15, "  updateStrategy: {rollingUpdate: {maxUnavailable: #}}\n", number(1, 3), 1);
    template_of(made, name, "  ", image());
    return made;
  }
  Manifest job(const std::string& name) {
    Manifest made = head("batch/v1", "Job", "job", name);
    made.parts.push_back({"  completions: #\n", true, number(1, 6), 1});
    maybe(made, 16, "  parallelism: #\n", number(1, 4), 1);
    maybe(made, 17, "  backoffLimit: #\n", number(0, 3));
    template_of(made, name, "  ", pick({"done", "done", "crash"}), pick({"Never", "OnFailure"}));
    return made;
  }
  Manifest cron_job(const std::string& name) {
    Manifest made = head("batch/v1", "CronJob", "cronjob", name);
    made.parts.push_back({"  schedule: \"* * * * *\"\n"});
    maybe(made, 18, "  concurrencyPolicy: " + pick({"Forbid", "Replace"}) + "\n");
    made.parts.push_back({"  jobTemplate:\n    spec:\n"});
    template_of(made, name, "      ", "done", "Never");
    return made;
  }

  void add(Manifest manifest) { result_.objects.push_back(std::move(manifest)); }
  void draw_objects() {
    if (has(3)) {
      has_priority_ = true;
      add({"priorityclass/high",
           {{"apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: "
             "1000\n"}}});
    }
    if (has(19) && often()) {
      Manifest quota = head("v1", "ResourceQuota", "resourcequota", "quota");
      quota.parts.push_back({"  hard: {pods: \"#\"}\n", false, number(3, 30), 3});
      add(std::move(quota));
    }
    if (has(4) && has(20)) {
      Manifest range = head("v1", "LimitRange", "limitrange", "range");
      range.parts.push_back(
          {"  limits: [{type: Container, defaultRequest: {cpu: #m}}]\n", false, number(1, 300), 1});
      add(std::move(range));
    }
    const std::int64_t count = number(1, 5);
    for (std::int64_t i = 0; i < count; ++i) draw_workload("w" + std::to_string(i));
  }
  void draw_workload(const std::string& name) {
    const std::int64_t kind = number(0, 7);
    Manifest made = kind == 4 && has(21)   ? stateful_set(name)
                    : kind == 5 && has(22) ? daemon_set(name)
                    : kind == 6 && has(23) ? job(name)
                    : kind == 7 && has(24) ? cron_job(name)
                                           : deployment(name);
    workloads_.push_back(made);
    add(std::move(made));
    if (has(25) && often()) {
      Manifest budget = head("policy/v1", "PodDisruptionBudget", "pdb", name);
      budget.parts.push_back({selector(name) + "  " + pick({"maxUnavailable", "minAvailable"}) + ": #\n",
                              false, number(1, 3), 1});
      add(std::move(budget));
    }
    if (has(26) && often()) {
      Manifest service = head("v1", "Service", "service", name);
      service.parts.push_back({"  selector: {app: " + name + "}\n  ports: [{port: 80, targetPort: 8080}]\n"});
      add(std::move(service));
    }
  }

  void act(std::string verb, std::string ref = {}, std::int64_t value = 0) {
    result_.timeline.push_back({number(5, 290), std::move(ref), {std::move(verb), false, value, 0}, {}});
  }
  void draw_timeline() {
    const std::int64_t count = number(0, 12);
    for (std::int64_t i = 0; i < count; ++i) {
      if (number(0, 2) == 0)
        act_on_node("pool-" + std::to_string(number(1, 4)));
      else
        act_on(workloads_[stream_.below(workloads_.size())]);
    }
  }
  void act_on_node(const std::string& node) {
    const std::int64_t kind = number(0, 3);
    if (kind == 0 && has(27)) act("drain: " + node + ", ignoreDaemonsets: true, force: true, timeout: 60s");
    if (kind == 1 && has(28)) act("cordon: " + node);
    if (kind == 2 && has(29)) return act("fail: {node: " + node + "}, for: #s", {}, number(1, 200));
    if (kind == 3 && has(33)) return act("shutdown: " + node + ", for: 90s");
    act("uncordon: " + node);
  }
  void act_on(const Manifest& workload) {
    const std::string& ref = workload.ref;
    const bool deployed = ref.starts_with("deployment/"), sets = ref.starts_with("statefulset/"),
               rolls = deployed || sets || ref.starts_with("daemonset/");
    const std::int64_t kind = number(0, 7);
    if (kind == 0 && has(30)) return act("delete: " + ref, ref);
    if (kind == 1 && (deployed || sets)) return act("scale: " + ref + ", replicas: #", ref, number(0, 9));
    if (kind == 2 && rolls) return act("set image: " + ref + ", image: example/app:" + image(), ref);
    if (kind == 3 && rolls) return act("rollout undo: " + ref, ref);
    if (kind == 4 && rolls) return act("rollout restart: " + ref, ref);
    if (kind == 5 && deployed && has(31)) {
      act("rollout pause: " + ref, ref);
      return act("rollout resume: " + ref, ref);
    }
    if (kind == 6 && rolls) return act("fail: " + ref + ", pods: #", ref, number(1, 3));
    if (!deployed) return;
    Entry entry{number(5, 290), ref, {}, {deployment(ref.substr(ref.find('/') + 1))}};
    result_.timeline.push_back(std::move(entry));
  }

  RandomStream stream_;
  std::uint64_t features_;
  bool has_priority_ = false;
  std::vector<Manifest> workloads_;
  Case result_;
};

}  // namespace

Case draw_case(std::uint64_t seed) { return Drawing(seed).finish(); }

}  // namespace seatrial::swarm
