// What `seatrial environments` prints: text for people, JSON for programs. Equal checkouts give equal bytes.
//
// JSON, schema "seatrial.environments/v1"; fields are only ever added within v1:
//   schema, path
//   clusters  [{name, namespaces: [NAMESPACE], objects: {KIND: n}}]
//   NAMESPACE {name, path, skipped, quota: {pods, milliCpu, memoryBytes}, teams: [text], objects: {KIND: n},
//              madeByTerraform: {KIND: n},
//              aws: [{kind, address, madeBy, name, details, sure, secrets: [{namespace, name}], file, line}],
//              secrets: [{namespace, name, nameIsKnown, sure, keys: [{key, from: [text]}], hasFurtherKeys,
//                         filledElsewhere, address, file, line}],
//              secretsFromOthers: [{from, name, keys: [text]}]}
//   findings  [{rule, severity (info|warning|error), cluster, namespace, file, line, column, what, why,
//   change}] notRead   [{path, why}]                every file that is not applied unknownModules [{source,
//   address, file, line}] problems  [{file, line, column, path, message}]
#pragma once

#include <string>

#include "sim/report/format.h"
#include "sim/scenario/environments/findings/finding.h"
#include "sim/scenario/environments/inventory.h"

namespace seatrial::scenario::environments {

struct Report {
  const Repository* repository = nullptr;
  std::vector<ClusterInventory> clusters;
  Findings findings;
};
// REQUIRES: `conventions` and `platform` (which may be null) outlive the report.
Report report_on(const Repository& repository, const Conventions& conventions, const Platform* platform);

struct TextOptions {
  report::Style style;
  std::string name_space;  // only this one, in full; empty: an overview of all
  bool verbose = false;    // every finding, every namespace
};
std::string text_of(const Report& report, const TextOptions& options);
std::string json_of(const Report& report);

// Every file that is not applied, in the order of the folders.
std::vector<const PassedOver*> passed_over_files(const Repository& repository);

}  // namespace seatrial::scenario::environments
