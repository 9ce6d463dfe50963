#include "sim/scenario/environments/report.h"

namespace seatrial::scenario::environments {

Report report_on(const Repository& repository, const Conventions& conventions, const Platform* platform) {
  Report report;
  report.repository = &repository;
  std::vector<Facts> facts;
  for (const ClusterFolder& cluster : repository.clusters)
    facts.push_back(facts_of(cluster, conventions, platform));
  for (const Facts& of_cluster : facts) report.clusters.push_back(inventory_of(of_cluster));
  report.findings = look_for_findings(facts);
  return report;
}

std::vector<const PassedOver*> passed_over_files(const Repository& repository) {
  std::vector<const PassedOver*> files;
  const auto add = [&](const std::vector<PassedOver>& some) {
    for (const PassedOver& file : some) files.push_back(&file);
  };
  add(repository.passed_over);
  for (const ClusterFolder& cluster : repository.clusters) {
    add(cluster.passed_over);
    for (const NamespaceFolder& folder : cluster.namespaces) add(folder.passed_over);
  }
  return files;
}

}  // namespace seatrial::scenario::environments
