// Workloads whose pods are made and taken away again, one after the other, without ever starting: because a
// node's kubelet rejects them, or because they are evicted at once.
#include <algorithm>

#include "sim/api/tolerations.h"
#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

constexpr std::size_t kMany = 20;  // fewer may be a coincidence of drains and rollouts

struct VainPods {
  std::size_t pods = 0;
  SimTime first = SimTime::max(), last;
  const PodLife* example = nullptr;
};

std::map<std::pair<api::Symbol, api::Symbol>, VainPods> vain_pods(const Evidence& evidence) {
  std::map<std::pair<api::Symbol, api::Symbol>, VainPods> found;
  for (const PodLife& life : evidence.pods) {
    if (!life.pod || !life.created || *life.created < SimTime() || life.pod->node_name.empty()) continue;
    const bool over = life.gone || life.deletion || api::is_pod_terminal(*life.pod);
    if (life.started || !over) continue;
    VainPods& vain = found[{life.workload.namespace_, life.workload.name}];
    ++vain.pods;
    vain.first = std::min(vain.first, *life.created);
    vain.last = std::max(vain.last, *life.created);
    // The words of a rejection are worth more than a deletion.
    if (!vain.example || (vain.example->pod->status.message.empty() && !life.pod->status.message.empty()))
      vain.example = &life;
  }
  return found;
}

// The first taint NoExecute of the pod's node that it does not tolerate; empty if there is none.
std::string untolerated_taint(const Evidence& evidence, const api::Pod& pod) {
  std::string found;
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kNode || change.object->metadata.name != pod.node_name) continue;
    for (const api::Taint& taint : static_cast<const api::Node&>(*change.object).taints) {
      if (taint.effect == "NoExecute" && !api::tolerates(pod.spec->tolerations, taint))
        found = taint.key.str() + (taint.value.empty() ? "" : "=" + taint.value.str()) + ":NoExecute";
    }
  }
  return found;
}

}  // namespace

void pods_were_made_in_vain(const Evidence& evidence, std::vector<Finding>& findings) {
  for (const auto& [name, vain] : vain_pods(evidence)) {
    if (vain.pods < kMany) continue;
    const api::Pod& pod = *vain.example->pod;
    const std::string taint = untolerated_taint(evidence, pod);
    const bool placed = !pod.spec->node_name.empty();
    Finding finding;
    finding.severity = Severity::kError;
    finding.object = vain.example->workload;
    if (const api::Container* const container = first_container(*vain.example))
      finding.manifest = container->source;
    finding.what = plural(vain.pods, "pod") + " of " + finding.object.str() + " were made within " +
                   about(vain.last - vain.first) + " and taken away again before they had started";
    finding.chain.push_back(pod.metadata.name.str() + " on " + pod.node_name.str() + ": " +
                            (pod.status.message.empty() ? "deleted at once" : pod.status.message));
    if (!taint.empty())
      finding.chain.push_back(pod.node_name.str() + " has the taint " + taint +
                              ", which they do not tolerate");
    if (placed)
      finding.chain.push_back("spec.nodeName is " + pod.node_name.str() +
                              ", so the scheduler, which looks at taints and room, is not asked" +
                              place_text(finding.manifest));
    finding.chain.push_back("its controller replaces each at once, and knows no back-off for that");
    finding.change = placed ? "take spec.nodeName out, and choose nodes with nodeSelector or affinity" +
                                  std::string(taint.empty() ? "" : "; or tolerate " + taint)
                            : "kubectl describe one of the pods; take the pods off that node";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
