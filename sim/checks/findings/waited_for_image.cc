// Pods that waited for an image which their node could not pull: because of a limit, a login, a registry that
// was away, or the image itself.
#include <algorithm>
#include <array>

#include "sim/checks/findings/common.h"
#include "sim/cloud/registry.h"
#include "sim/cluster/kubelet/status.h"

namespace seatrial::checks {
namespace {

using cloud::PullRefusal;

constexpr std::size_t kListed = 5;  // images of one finding

// Those who waited for one image.
struct ImageWait {
  std::set<std::uint32_t> pods;
  std::set<std::string> workloads;
  std::size_t still = 0;  // at the end
  Duration longest;
  const PodLife* example = nullptr;
  std::uint16_t container = 0;
};

// Of one registry and one reason.
struct RegistryWait {
  std::map<std::string, ImageWait> images;
  std::set<std::uint32_t> pods;
  std::set<std::string> workloads, nodes;
  SimTime first = SimTime::max(), last;
  std::string words;  // the first refusal
  JournalId record = JournalId::kNone;
  SimTime locked = SimTime::max();  // the first login that was refused because of others before
  std::string words_locked;
};

// By host and reason; a block for failed logins belongs to the credentials that led to it.
using RegistryWaits = std::map<std::pair<std::string, PullRefusal>, RegistryWait>;

// When each container of a pod was first started, by pod and container.
std::map<std::pair<std::uint32_t, std::int64_t>, SimTime> first_starts(const Journal& journal) {
  std::map<std::pair<std::uint32_t, std::int64_t>, SimTime> starts;
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    if (static_cast<cluster::RecordType>(record.type) == cluster::RecordType::kContainerStarted)
      starts.try_emplace({record.subject, record.value}, record.at);
  }
  return starts;
}

RegistryWaits waits_for_images(const Evidence& evidence) {
  RegistryWaits found;
  const Journal& journal = evidence.kernel.journal();
  const auto starts = first_starts(journal);
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    if (static_cast<cluster::RecordType>(record.type) != cluster::RecordType::kPullFailed) continue;
    const PodLife* const life = evidence.life_of({record.subject});
    if (!life || record.at < SimTime()) continue;
    const auto container = static_cast<std::uint16_t>(record.value);
    const std::string image = cluster::container_at(*life->pod->spec, container).image.str();
    const PullRefusal refusal{static_cast<std::uint8_t>(record.other)};
    const bool locked = refusal == PullRefusal::kLockedOut;
    RegistryWait& wait =
        found[{std::string(cloud::registry_host(image)), locked ? PullRefusal::kCredentials : refusal}];
    if (locked && record.at < wait.locked) {
      wait.locked = record.at;
      wait.words_locked = journal.text(record.text);
    }
    wait.pods.insert(record.subject);
    wait.workloads.insert(life->workload.str());
    wait.nodes.insert(life->pod->node_name.str());
    wait.last = record.at;
    if (record.at < wait.first) {
      wait.first = record.at;
      wait.words = journal.text(record.text);
      wait.record = JournalId{i};
    }
    ImageWait& of_image = wait.images[image];
    of_image.workloads.insert(life->workload.str());
    if (!of_image.pods.insert(record.subject).second) continue;
    const auto start = starts.find({record.subject, record.value});
    const bool started = start != starts.end() && start->second > record.at;
    const SimTime until = started ? start->second : life->gone.value_or(evidence.end());
    of_image.still += !started && !life->gone;
    if (of_image.example && until - record.at <= of_image.longest) continue;
    of_image.longest = until - record.at;
    of_image.example = life;
    of_image.container = container;
  }
  return found;
}

struct Reason {
  const char *why, *change;
  const char* began = "the first of these pods came because of: ";
};
// By PullRefusal.
constexpr std::array<Reason, 7> kReasons{{
    {"", ""},
    {"the registry does not give it", "name an image that exists and that the nodes may pull"},
    {"the registry was away",
     "pull from a registry of your own (ECR, or its pull-through cache), and leave imagePullPolicy at "
     "IfNotPresent, "
     "so that nodes which have the image go on"},
    {"the registry refused the nodes' credentials",
     "give the nodes the new credentials before the old ones end: let both be valid while nodes are "
     "replaced; a "
     "robot's token that no person uses changes with nobody"},
    {"the registry refused the nodes' credentials, and after too many failed logins every login",
     "put the credentials right first, on the registry's side where the nodes cannot be reached, then wait "
     "until the "
     "block has passed; let old and new credentials overlap the next time"},
    {"the registry's pull limit was reached",
     "pull through a cache (ECR's pull-through cache, one pull for all nodes), log in with an account of a "
     "higher "
     "limit, or have the images in the machine image; scale nodes in smaller steps until then"},
    {"no packet got there",
     "give each zone a NAT gateway of its own, and ECR endpoints in the VPC (ecr.api, ecr.dkr and S3), so "
     "that "
     "pulls from there need none",
     "the way there was cut by: "},
}};

std::string image_text(const std::string& image, const ImageWait& wait) {
  const api::Container& container = cluster::container_at(*wait.example->pod->spec, wait.container);
  return image + ": " + plural(wait.pods.size(), "pod") + " of " +
         (wait.workloads.size() == 1 ? *wait.workloads.begin() : plural(wait.workloads.size(), "workload")) +
         ", up to " + about(wait.longest) +
         (wait.still > 0 ? ", " + std::to_string(wait.still) + " to the end" : "") +
         place_text(container.source);
}

void add_finding(const Evidence& evidence, const std::string& host, const Reason& reason,
                 const RegistryWait& wait, std::vector<Finding>& findings) {
  std::vector<const std::pair<const std::string, ImageWait>*> images;
  for (const auto& row : wait.images) images.push_back(&row);
  std::ranges::stable_sort(
      images, [](const auto* a, const auto* b) { return a->second.longest > b->second.longest; });
  const ImageWait& worst = images.front()->second;
  Finding finding;
  finding.severity = Severity::kError;
  finding.object = worst.example->workload;
  finding.manifest = cluster::container_at(*worst.example->pod->spec, worst.container).source;
  finding.what = plural(wait.pods.size(), "pod") + " of " + plural(wait.workloads.size(), "workload") +
                 " on " + plural(wait.nodes.size(), "node") + " waited for images of " + host + ", up to " +
                 about(worst.longest) + ": " + reason.why;
  finding.chain.push_back("first at " + about(wait.first.since_start()) + ", last at " +
                          about(wait.last.since_start()) + ": " + wait.words);
  if (wait.locked < SimTime::max())
    finding.chain.push_back("from " + about(wait.locked.since_start()) +
                            " on every login was refused: " + wait.words_locked);
  for (std::size_t i = 0; i < std::min(images.size(), kListed); ++i)
    finding.chain.push_back(image_text(images[i]->first, images[i]->second));
  if (images.size() > kListed)
    finding.chain.push_back("and " + plural(images.size() - kListed, "more image"));
  if (const std::string action = action_behind(evidence, wait.record); !action.empty())
    finding.chain.push_back(reason.began + action);
  finding.change = reason.change;
  const bool is_ecr = host.ends_with(".amazonaws.com") && host.contains(".dkr.ecr.");
  if (&reason == &kReasons[static_cast<std::size_t>(PullRefusal::kUnreachable)] && !is_ecr)
    finding.change =
        "give each zone a NAT gateway of its own; or pull what " + host +
        " has from ECR (a mirror, or a pull-through cache that has it already), with ECR endpoints in "
        "the VPC (ecr.api, ecr.dkr and S3), so that pulls need none";
  findings.push_back(std::move(finding));
}

}  // namespace

void pods_waited_for_images(const Evidence& evidence, std::vector<Finding>& findings) {
  for (const auto& [key, wait] : waits_for_images(evidence)) {
    const bool locked = wait.locked < SimTime::max();
    const PullRefusal refusal = locked ? PullRefusal::kLockedOut : key.second;
    add_finding(evidence, key.first, kReasons[static_cast<std::size_t>(refusal)], wait, findings);
  }
}

}  // namespace seatrial::checks
