// The terraform of one namespace, written in a test.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "sim/cloud/terraform/plan.h"

namespace seatrial::cloud::tests {

inline constexpr const char* kSource = "github.com/ministryofjustice/cloud-platform-terraform-";

struct Planned {
  terraform::Plan plan;
  api::Problems problems;

  const terraform::AwsResource* aws(std::string_view address) const {
    const auto found = std::ranges::find(plan.aws, api::Symbol(address), &terraform::AwsResource::address);
    return found == plan.aws.end() ? nullptr : &*found;
  }
  const terraform::MadeObject* object(std::string_view kind, std::string_view name) const {
    const auto found = std::ranges::find_if(
        plan.objects, [&](const terraform::MadeObject& o) { return o.kind == kind && o.name == name; });
    return found == plan.objects.end() ? nullptr : &*found;
  }
};

inline Planned plan_of(const std::string& text, api::Symbol name_space = "here-dev") {
  Planned planned;
  std::vector<hcl::File> files;
  files.push_back(hcl::parse(text, "resources/main.tf", planned.problems));
  terraform::PlanOptions options{name_space, {}};
  options.variables["vpc_name"] = hcl::Value::of(std::string("live-1"));
  planned.plan = terraform::plan(std::move(files), options, planned.problems);
  return planned;
}

// What an expression comes to.
inline hcl::Value value_of(const std::string& expression, api::Problems* problems = nullptr) {
  struct Nothing final : hcl::Names {
    hcl::Value resolve(std::string_view root, std::span<const hcl::Step> steps, const hcl::File&,
                       hcl::Position, std::size_t& used) override {
      used = steps.size();
      return hcl::Value::unknown(hcl::reference_text(root, steps));
    }
  } names;
  api::Problems found;
  const hcl::File file = hcl::parse("x = " + expression + "\n", "x.tf", found);
  hcl::Evaluator evaluator(names, found);
  const hcl::Attribute* const attribute = file.body.find("x");
  hcl::Value value = attribute ? evaluator.evaluate(*attribute->value, file) : hcl::Value();
  if (problems)
    *problems = std::move(found);
  else
    EXPECT_TRUE(found.empty()) << expression << ": " << found.front().str();
  return value;
}

}  // namespace seatrial::cloud::tests
