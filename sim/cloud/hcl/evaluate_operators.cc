// Operators, conditionals, for expressions and calls.
#include <algorithm>
#include <limits>

#include "sim/cloud/hcl/evaluate.h"
#include "sim/cloud/hcl/functions.h"

namespace seatrial::cloud::hcl {
namespace {

double quotient(double a, double b) { return a / b; }

// Whole quotients are taken off, as Go's big.Float does it: the sign is the dividend's.
double remainder_of(double a, double b) {
  const double times = quotient(a, b);
  constexpr double kExact = 9007199254740992.0;
  if (!(times > -kExact && times < kExact)) return 0;
  return a - b * static_cast<double>(static_cast<std::int64_t>(times));
}

}  // namespace

Value Evaluator::unary(const Expression& expression, At at) {
  const Value operand = run(*expression.children[0], at);
  if (operand.is_unknown()) return unknown_of(expression, {&operand, 1});
  double number = 0;
  bool truth = false;
  if (expression.op == Operator::kNegate && to_number(operand, number)) return Value::of(-number);
  if (expression.op == Operator::kNot && to_bool(operand, truth)) return Value::boolean(!truth);
  return fail(expression, at,
              std::string("Invalid operand: Unsuitable value for unary operand: a ") +
                  (expression.op == Operator::kNot ? "bool" : "number") + " is required.");
}

Value Evaluator::logical(const Expression& expression, const Value& left, At at) {
  const bool decides = expression.op == Operator::kOr;  // the value that settles the matter by itself
  bool truth = false;
  if (to_bool(left, truth) && truth == decides) return Value::boolean(decides);
  const Value right = run(*expression.children[1], at);
  bool other = false;
  if (to_bool(right, other) && (other == decides || !left.is_unknown())) {
    if (!left.is_unknown() && !to_bool(left, truth))
      return fail(*expression.children[0], at,
                  "Invalid operand: Unsuitable value for left operand: a bool is required.");
    return Value::boolean(other);
  }
  if (left.is_unknown() || right.is_unknown()) return unknown_of(expression, std::vector<Value>{left, right});
  return fail(expression, at, "Invalid operand: Unsuitable value for right operand: a bool is required.");
}

Value Evaluator::binary(const Expression& expression, At at) {
  const Value left = run(*expression.children[0], at);
  if (expression.op == Operator::kOr || expression.op == Operator::kAnd) return logical(expression, left, at);
  const Value right = run(*expression.children[1], at);
  if (expression.op == Operator::kEqual || expression.op == Operator::kNotEqual) {
    // Null differs from whatever a cloud will say.
    const bool is_open = !left.is_whole() || !right.is_whole();
    if (is_open) return unknown_of(expression, std::vector<Value>{left, right});
    return Value::boolean((left == right) == (expression.op == Operator::kEqual));
  }
  if (left.is_unknown() || right.is_unknown()) return unknown_of(expression, std::vector<Value>{left, right});
  double a = 0, b = 0;
  if (!to_number(left, a) || !to_number(right, b))
    return fail(expression, at, "Invalid operand: Unsuitable value for operand: a number is required.");
  switch (expression.op) {
    case Operator::kLess:
      return Value::boolean(a < b);
    case Operator::kLessOrEqual:
      return Value::boolean(a <= b);
    case Operator::kGreater:
      return Value::boolean(a > b);
    case Operator::kGreaterOrEqual:
      return Value::boolean(a >= b);
    case Operator::kAdd:
      return Value::of(a + b);
    case Operator::kSubtract:
      return Value::of(a - b);
    case Operator::kMultiply:
      return Value::of(a * b);
    default:
      break;
  }
  if (b == 0) return fail(expression, at, "Invalid operation: Division by zero.");
  return Value::of(expression.op == Operator::kDivide ? quotient(a, b) : remainder_of(a, b));
}

Value Evaluator::conditional(const Expression& expression, At at) {
  const Value condition = run(*expression.children[0], at);
  bool truth = false;
  if (to_bool(condition, truth)) return run(*expression.children[truth ? 1 : 2], at);
  if (!condition.is_unknown())
    return fail(*expression.children[0], at,
                "Incorrect condition type: The condition expression must be of type bool.");
  const Value yes = run(*expression.children[1], at), no = run(*expression.children[2], at);
  if (yes == no) return yes;
  return unknown_of(expression, std::vector<Value>{condition, yes, no});
}

void Evaluator::add_loop_item(const Expression& expression, const Value& key, const Value& item, At at,
                              Value& result, bool& known) {
  const Scope keys{at.scope, expression.key_name, &key}, values{&keys, expression.value_name, &item};
  const At inside{at.file, &values};
  const auto& children = expression.children;
  if (expression.has_condition) {
    const Value condition = run(*children[children.size() - 1], inside);
    bool truth = false;
    if (!to_bool(condition, truth)) {
      if (!condition.is_unknown())
        fail(*children[children.size() - 1], inside,
             "Invalid 'for' condition: The 'if' clause value is invalid: a bool is required.");
      known = false;
      return;
    }
    if (!truth) return;
  }
  Value value = run(*children[1], inside);
  if (!expression.makes_object) {
    result.items.push_back(std::move(value));
    return;
  }
  const Value name = run(*children[2], inside);
  std::string text;
  if (!to_text(name, text) || name.is_unknown()) {
    if (!name.is_unknown())
      fail(*children[2], inside, "Invalid object key: Key expression in 'for' expression must be a string.");
    known = false;
    return;
  }
  const Value* const before = result.find(text);
  if (expression.groups) {
    Value group = before ? *before : Value::tuple({});
    group.items.push_back(std::move(value));
    charge(group, at.file, expression.where);
    result.set(std::move(text), std::move(group));
  } else if (before) {
    fail(expression, at,
         "Duplicate object key: Two different items produced the key \"" + text +
             "\" in this 'for' "
             "expression.");
  } else {
    result.set(std::move(text), std::move(value));
  }
}

Value Evaluator::loop_result(const Expression& expression, const Value& collection, At at) {
  Value result = expression.makes_object ? Value::object() : Value::tuple({});
  bool known = true;
  for (std::size_t i = 0; i < collection.items.size() && spent_ <= kMaxValues; ++i)
    add_loop_item(expression, Value::of(static_cast<double>(i)), collection.items[i], at, result, known);
  for (std::size_t i = 0; i < collection.fields.size() && spent_ <= kMaxValues; ++i)
    add_loop_item(expression, Value::of(collection.fields[i].key), collection.fields[i].value, at, result,
                  known);
  return known ? result : unknown_of(expression, std::vector<Value>{collection, result});
}

Value Evaluator::loop(const Expression& expression, At at) {
  const Value collection = run(*expression.children[0], at);
  if (collection.is_unknown()) return unknown_of(expression, {&collection, 1});
  if (collection.is_tuple() || collection.is_object()) return loop_result(expression, collection, at);
  return fail(*expression.children[0], at,
              "Iteration over non-iterable value: A value of this type cannot be used as "
              "the collection in a 'for' expression.");
}

// try(a, b, …) is the first that has no mistake, can(a) whether it has none.
Value Evaluator::try_call(const Expression& expression, At at) {
  for (const Expression* const argument : expression.children) {
    const std::size_t before = mistakes_;
    ++tries_;
    Value value = run(*argument, at);
    tries_ -= tries_ > 0 ? 1 : 0;
    const bool good = mistakes_ == before;
    if (expression.text == "can")
      return value.is_unknown() && good ? unknown_of(expression, {&value, 1}) : Value::boolean(good);
    if (good) return value;
  }
  return fail(expression, at,
              "Error in function call: Call to function \"" + std::string(expression.text) +
                  "\" failed: no expression succeeded.");
}

Value Evaluator::call(const Expression& expression, At at) {
  if (expression.text == "try" || expression.text == "can") return try_call(expression, at);
  std::vector<Value> arguments;
  for (const Expression* const argument : expression.children) arguments.push_back(run(*argument, at));
  if (expression.truth && !arguments.empty()) {
    const Value last = std::move(arguments.back());
    arguments.pop_back();
    if (!last.is_tuple()) {
      if (!last.is_unknown())
        return fail(expression, at,
                    "Invalid expanding argument value: The expanding argument (indicated by ...) must be "
                    "of a tuple, list, or set type.");
      arguments.push_back(last);
      return unknown_of(expression, arguments);
    }
    arguments.insert(arguments.end(), last.items.begin(), last.items.end());
  }
  const Function* const function = find_function(expression.text);
  if (!function) {
    const bool foreign = expression.text.starts_with("provider::");
    if (foreign) return unknown_of(expression, arguments);
    return fail(
        expression, at,
        "Call to unknown function: There is no function named \"" + std::string(expression.text) + "\".");
  }
  if (arguments.size() < function->least || arguments.size() > function->most)
    return fail(expression, at,
                std::string(arguments.size() < function->least ? "Not enough" : "Too many") +
                    " function arguments: Function \"" + std::string(function->name) + "\" takes " +
                    (function->most == kAny ? "at least " + std::to_string(function->least)
                     : function->least == function->most
                         ? std::to_string(function->least)
                         : std::to_string(function->least) + " to " + std::to_string(function->most)) +
                    " argument(s).");
  const bool open = !std::ranges::all_of(arguments, &Value::is_whole);
  if (!function->code || (open && !function->takes_unknowns)) return unknown_of(expression, arguments);
  FunctionResult result = function->code(arguments);
  if (!result)
    return fail(expression, at,
                "Error in function call: Call to function \"" + std::string(function->name) +
                    "\" failed: " + result.error() + ".");
  return result->is_unknown() && result->sources.empty() ? unknown_of(expression, arguments)
                                                         : *std::move(result);
}

}  // namespace seatrial::cloud::hcl
