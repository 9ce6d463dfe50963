// From the terraform of a namespace's folder to what it makes.
//
// Modules are known by the last part of their source, each by one row of a table (modules.cc) that says what
// the module makes; one without a row is named. Resources of the Kubernetes provider become the objects that
// they describe, a few of AWS's are understood, all are counted.
#pragma once

#include "sim/api/value.h"
#include "sim/cloud/terraform/configuration.h"
#include "sim/cloud/terraform/resources.h"

namespace seatrial::cloud::terraform {

struct PlanOptions {
  api::Symbol folder_namespace;        // for what says no namespace
  Configuration::Variables variables;  // that the pipeline sets (TF_VAR_…)
};
Plan plan(std::vector<hcl::File> files, const PlanOptions& options, api::Problems& problems);

// "rds-instance" of "github.com/ministryofjustice/cloud-platform-terraform-rds-instance?ref=9.2.0".
std::string_view module_name(std::string_view source);

// Could `text` be what `made` (a name with placeholders, as MadeObject has) turns out to be?
bool matches_placeholders(std::string_view text, std::string_view made);

// As it is applied, with positions of its source.
api::Value document_of(const MadeObject& object);

}  // namespace seatrial::cloud::terraform
