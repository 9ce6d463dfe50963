// Expressions into values, as `terraform plan` works them out before anything exists.
//
// What names mean is the caller's (Names); variables of for expressions, `each` and `count` are in a Scope. A
// value that is not known stays symbolic through everything that is done with it (value.h). A mistake is
// reported with its position, once, and comes to an unknown value. However an input is written, the work is
// bounded: a Budget counts the values that are made, and when it is used up everything is unknown. Sources:
// hclsyntax/expression.go, terraform's language documentation.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "sim/cloud/hcl/syntax.h"
#include "sim/cloud/hcl/value.h"

namespace seatrial::cloud::hcl {

// One step of a reference: .name or [key].
struct Step {
  bool is_index = false;
  std::string name;  // of .name
  Value key;         // of [key]
};
// module.rds[0].address, topics["a"].arn
std::string reference_text(std::string_view root, std::span<const Step> steps);

class Names {
 public:
  virtual ~Names() = default;
  // The value of root.step.step…; `used` says how many of the steps are in it. A name that means nothing is
  // the callee's to report.
  virtual Value resolve(std::string_view root, std::span<const Step> steps, const File& file, Position where,
                        std::size_t& used) = 0;
};

// Variables in sight, the innermost first.
struct Scope {
  const Scope* outer = nullptr;
  std::string_view name;
  const Value* value = nullptr;
};

inline constexpr int kMaxReferences = 1500;            // expressions within expressions, across references
inline constexpr std::int64_t kMaxValues = 1'000'000;  // of one configuration; 16 characters count as one

class Evaluator {
 public:
  Evaluator(Names& names, api::Problems& problems) : names_(names), problems_(problems) {}

  Value evaluate(const Expression& expression, const File& file, const Scope* scope = nullptr);
  // Reports it, once.
  void problem(const File& file, Position where, std::string message);
  // Takes the value's size off the budget; false when that is used up, which is reported.
  bool charge(const Value& value, const File& file, Position where);
  // The members and items of a value, one step on. REQUIRES: it is not unknown.
  Value step_into(const Value& value, const Step& step, const File& file, Position where);

 private:
  struct At {
    const File& file;
    const Scope* scope;
  };
  Value run(const Expression& expression, At at);
  Value made(const Expression& expression, At at);
  Value reference(const Expression& expression, At at);
  Step step_of(const Expression& expression, At at);
  Value name(const Expression& expression, At at);
  Value template_text(const Expression& expression, At at);
  void append_part(const Expression& part, At at, Value& result);
  void append_loop(const Expression& part, At at, Value& result);
  Value object(const Expression& expression, At at);
  Value splat(const Expression& expression, At at);
  Value call(const Expression& expression, At at);
  Value try_call(const Expression& expression, At at);
  Value unary(const Expression& expression, At at);
  Value binary(const Expression& expression, At at);
  Value logical(const Expression& expression, const Value& left, At at);
  Value conditional(const Expression& expression, At at);
  Value loop(const Expression& expression, At at);
  Value loop_result(const Expression& expression, const Value& collection, At at);
  void add_loop_item(const Expression& expression, const Value& key, const Value& item, At at, Value& result,
                     bool& known);
  Value fail(const Expression& expression, At at, std::string message);

  Names& names_;
  api::Problems& problems_;
  std::set<std::string> reported_;
  std::int64_t spent_ = 0;
  int depth_ = 0;
  int tries_ = 0;             // within try() and can(), where mistakes are no problem
  std::size_t mistakes_ = 0;  // made so far
  const Value* splat_item_ = nullptr;
};

// Everything of these kinds that one value may be read as; false if it cannot be.
bool to_number(const Value& value, double& number);  // 2, "2"
bool to_bool(const Value& value, bool& truth);       // true, "true"
// A scalar's text; false for collections and null.
bool to_text(const Value& value, std::string& text);

// An unknown that stands for `expression`, made of what these came from.
Value unknown_of(const Expression& expression, std::span<const Value> from);

}  // namespace seatrial::cloud::hcl
