// Any text is the terraform of a namespace, or a list of problems with positions; what it makes can be
// written as documents.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sim/cloud/terraform/plan.h"

using namespace seatrial;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  api::Problems problems;
  std::vector<cloud::hcl::File> files;
  files.push_back(
      cloud::hcl::parse(std::string(reinterpret_cast<const char*>(data), size), "fuzz.tf", problems));
  const cloud::terraform::Plan plan = cloud::terraform::plan(std::move(files), {"here-dev", {}}, problems);
  for (const api::Problem& problem : problems) {
    if (problem.where.line <= 0 || problem.where.column <= 0 || problem.message.empty()) std::abort();
  }
  for (const cloud::terraform::MadeObject& made : plan.objects) {
    if (!cloud::terraform::document_of(made).is_map() && made.kind != "") std::abort();
  }
  return 0;
}
