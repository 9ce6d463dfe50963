#include "sim/cloud/hcl/evaluate.h"

#include <algorithm>
#include <charconv>

namespace seatrial::cloud::hcl {
namespace {

using Kind = Expression::Kind;

std::int64_t size_of(const Value& value) {
  std::int64_t size = 1 + static_cast<std::int64_t>(value.text.size() / 16);
  for (const Value& item : value.items) size += size_of(item);
  for (const Field& field : value.fields) size += 1 + size_of(field.value);
  return size;
}

const Value* find_variable(const Scope* scope, std::string_view name) {
  for (; scope; scope = scope->outer) {
    if (scope->name == name) return scope->value;
  }
  return nullptr;
}

// An expression's text on one line, not too long to be shown.
std::string one_line(std::string_view source) {
  std::string text;
  for (const char c : source) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (blank && (text.empty() || text.back() == ' ')) continue;
    text += blank ? ' ' : c;
  }
  constexpr std::size_t kLongest = 120;
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

}  // namespace

std::string reference_text(std::string_view root, std::span<const Step> steps) {
  std::string text(root);
  for (const Step& step : steps) {
    if (!step.is_index)
      text += "." + step.name;
    else if (step.key.type == Value::Type::kString)
      text += "[\"" + step.key.text + "\"]";
    else if (step.key.is_unknown())
      text += "[" +
              std::string(step.key.text.starts_with("${") && step.key.text.ends_with('}')
                              ? step.key.text.substr(2, step.key.text.size() - 3)
                              : step.key.text) +
              "]";
    else
      text += "[" + step.key.str() + "]";
  }
  return text;
}

bool to_number(const Value& value, double& number) {
  if (value.type == Value::Type::kNumber) {
    number = value.number;
    return true;
  }
  if (!value.is_string() || value.text.empty()) return false;
  const char* const end = value.text.data() + value.text.size();
  const auto [last, error] = std::from_chars(value.text.data(), end, number);
  return error == std::errc() && last == end;
}

bool to_bool(const Value& value, bool& truth) {
  if (value.type == Value::Type::kBool) {
    truth = value.truth;
    return true;
  }
  truth = value.is_string() && value.text == "true";
  return truth || (value.is_string() && value.text == "false");
}

bool to_text(const Value& value, std::string& text) {
  if (value.is_null() || value.is_tuple() || value.is_object()) return false;
  text = value.str();
  return true;
}

Value unknown_of(const Expression& expression, std::span<const Value> from) {
  Value value;
  value.type = Value::Type::kUnknown;
  for (const Value& part : from) add_sources(value.sources, part.all_sources());
  const std::string text = one_line(expression.source);
  if (value.sources.empty()) value.sources.push_back(text);
  value.text = "${" + text + "}";
  return value;
}

void Evaluator::problem(const File& file, Position where, std::string message) {
  ++mistakes_;
  if (tries_ > 0 || reported_.size() > kMaxProblems) return;
  api::Problem problem{file.at(where), "", std::move(message)};
  if (reported_.insert(problem.str()).second) problems_.push_back(std::move(problem));
}

bool Evaluator::charge(const Value& value, const File& file, Position where) {
  if (spent_ <= kMaxValues) {
    spent_ += size_of(value);
    if (spent_ <= kMaxValues) return true;
    tries_ = 0;
    problem(file, where,
            "Too much to work out: more than " + std::to_string(kMaxValues) +
                " values; what is left stays unknown.");
  }
  return false;
}

Value Evaluator::evaluate(const Expression& expression, const File& file, const Scope* scope) {
  return run(expression, {file, scope});
}

Value Evaluator::run(const Expression& expression, At at) {
  if (spent_ > kMaxValues) return unknown_of(expression, {});
  if (depth_ >= kMaxReferences)
    return fail(expression, at, "Too much to work out: expressions refer to each other too deeply.");
  ++depth_;
  Value value = made(expression, at);
  --depth_;
  return charge(value, at.file, expression.where) ? value : unknown_of(expression, {});
}

Value Evaluator::made(const Expression& expression, At at) {
  switch (expression.kind) {
    case Kind::kNull:
      return {};
    case Kind::kBool:
      return Value::boolean(expression.truth);
    case Kind::kNumber:
      return Value::of(expression.number);
    case Kind::kString:
      return Value::of(std::string(expression.text));
    case Kind::kTemplate:
    case Kind::kTemplateIf:
    case Kind::kTemplateFor:
      return template_text(expression, at);
    case Kind::kName:
    case Kind::kAttribute:
    case Kind::kIndex:
      return reference(expression, at);
    case Kind::kSplat:
      return splat(expression, at);
    case Kind::kSplatItem:
      return splat_item_ ? *splat_item_ : unknown_of(expression, {});
    case Kind::kTuple: {
      Value tuple = Value::tuple({});
      for (const Expression* const item : expression.children) tuple.items.push_back(run(*item, at));
      return tuple;
    }
    case Kind::kObject:
      return object(expression, at);
    case Kind::kCall:
      return call(expression, at);
    case Kind::kUnary:
      return unary(expression, at);
    case Kind::kBinary:
      return binary(expression, at);
    case Kind::kConditional:
      return conditional(expression, at);
    case Kind::kFor:
      return loop(expression, at);
    case Kind::kInvalid:
      break;
  }
  return unknown_of(expression, {});
}

Value Evaluator::fail(const Expression& expression, At at, std::string message) {
  problem(at.file, expression.where, std::move(message));
  return unknown_of(expression, {});
}

Step Evaluator::step_of(const Expression& expression, At at) {
  Step step;
  step.is_index = expression.kind == Kind::kIndex;
  if (step.is_index)
    step.key = run(*expression.children[1], at);
  else
    step.name = std::string(expression.text);
  return step;
}

Value Evaluator::reference(const Expression& expression, At at) {
  // From the outermost step down to what it all starts with.
  std::vector<const Expression*> chain;
  const Expression* base = &expression;
  while (base->kind == Kind::kAttribute || base->kind == Kind::kIndex) {
    chain.push_back(base);
    base = base->children[0];
  }
  std::vector<Step> steps;
  for (std::size_t i = chain.size(); i-- > 0;) steps.push_back(step_of(*chain[i], at));
  Value value;
  std::size_t used = 0;
  if (base->kind != Kind::kName) {
    value = run(*base, at);
  } else if (const Value* const variable = find_variable(at.scope, base->text)) {
    value = *variable;
  } else {
    value = names_.resolve(base->text, steps, at.file, base->where, used);
  }
  for (; used < steps.size(); ++used) {
    if (value.is_unknown()) {
      Value next = value;
      const bool plain = value.sources.size() == 1 && value.text == "${" + value.sources[0] + "}";
      const std::string inside = value.text.starts_with("${") && value.text.ends_with('}')
                                     ? value.text.substr(2, value.text.size() - 3)
                                     : value.text;
      const std::string text = reference_text(inside, std::span(steps).subspan(used));
      next.text = "${" + text + "}";
      if (plain) next.sources = {text};
      return next;
    }
    value = step_into(value, steps[used], at.file, expression.where);
  }
  return value;
}

Value Evaluator::step_into(const Value& value, const Step& step, const File& file, Position where) {
  const auto unknown = [&] { return Value::unknown(reference_text("…", {&step, 1})); };
  if (step.is_index && !step.key.is_whole()) {
    Value result = step.key;
    add_sources(result.sources, value.all_sources());
    return result.is_unknown() ? result : unknown();
  }
  std::string key = step.name;
  if (step.is_index && !to_text(step.key, key)) {
    problem(file, where, "Invalid index: The given key is no string or number.");
    return unknown();
  }
  double index = 0;
  const bool is_number = step.is_index ? to_number(step.key, index) : false;
  if (value.is_object()) {
    if (const Value* const found = value.find(key)) return *found;
    problem(file, where,
            step.is_index
                ? "Invalid index: The given key does not identify an element in this collection "
                  "value."
                : "Unsupported attribute: This object does not have an attribute named \"" + key + "\".");
  } else if (value.is_tuple() && is_number && index >= 0 && index < static_cast<double>(value.items.size())) {
    return value.items[static_cast<std::size_t>(index)];
  } else if (value.is_tuple() && is_number) {
    problem(file, where,
            "Invalid index: The given key does not identify an element in this collection value.");
  } else if (value.is_null()) {
    problem(file, where,
            "Attempt to get attribute from null value: This value is null, so it does not have any "
            "attributes.");
  } else {
    problem(file, where, "Unsupported attribute: This value does not have any attributes.");
  }
  return unknown();
}

void Evaluator::append_part(const Expression& part, At at, Value& result) {
  if (part.kind == Kind::kTemplateFor) return append_loop(part, at, result);
  Value value;
  if (part.kind == Kind::kTemplateIf) {
    const Value condition = run(*part.children[0], at);
    bool truth = false;
    if (!to_bool(condition, truth)) {
      value = condition.is_unknown() ? unknown_of(part, {&condition, 1})
                                     : fail(*part.children[0], at,
                                            "Incorrect condition type: The condition expression "
                                            "must be of type bool.");
    } else {
      value = truth || part.children.size() > 2 ? run(*part.children[truth ? 1 : 2], at)
                                                : Value::of(std::string());
    }
  } else {
    value = run(part, at);
  }
  std::string text;
  if (!to_text(value, text)) {
    value = fail(part, at,
                 value.is_null() ? "Invalid template interpolation value: The expression result is null. "
                                   "Cannot include a null value in a string template."
                                 : "Invalid template interpolation value: Cannot include the given value in "
                                   "a string template: string required.");
    text = value.text;
  }
  result.text += text;
  add_sources(result.sources, value.sources);
  if (value.is_unknown()) result.type = Value::Type::kUnknown;
}

void Evaluator::append_loop(const Expression& part, At at, Value& result) {
  const Value collection = run(*part.children[0], at);
  if (!collection.is_tuple() && !collection.is_object()) {
    const Value value = collection.is_unknown()
                            ? unknown_of(part, {&collection, 1})
                            : fail(*part.children[0], at,
                                   "Iteration over non-iterable value: A value of this type "
                                   "cannot be used as the collection in a 'for' expression.");
    result.text += value.text;
    result.type = Value::Type::kUnknown;
    return add_sources(result.sources, value.sources);
  }
  const auto add = [&](const Value& key, const Value& item) {
    const Scope keys{at.scope, part.key_name, &key}, values{&keys, part.value_name, &item};
    append_part(*part.children[1], {at.file, &values}, result);
  };
  for (std::size_t i = 0; i < collection.items.size() && spent_ <= kMaxValues; ++i)
    add(Value::of(static_cast<double>(i)), collection.items[i]);
  for (std::size_t i = 0; i < collection.fields.size() && spent_ <= kMaxValues; ++i)
    add(Value::of(collection.fields[i].key), collection.fields[i].value);
}

Value Evaluator::template_text(const Expression& expression, At at) {
  Value result = Value::of(std::string());
  if (expression.kind != Kind::kTemplate) {
    append_part(expression, at, result);
    return result;
  }
  for (const Expression* const part : expression.children) append_part(*part, at, result);
  return result;
}

Value Evaluator::object(const Expression& expression, At at) {
  Value result = Value::object();
  std::vector<Value> unknown_keys;
  for (std::size_t i = 0; i + 1 < expression.children.size(); i += 2) {
    Value key = run(*expression.children[i], at);
    Value value = run(*expression.children[i + 1], at);
    std::string text;
    if (key.is_unknown()) {
      unknown_keys.push_back(std::move(key));
      unknown_keys.push_back(std::move(value));
    } else if (to_text(key, text)) {
      result.set(std::move(text), std::move(value));
    } else {
      fail(*expression.children[i], at,
           "Incorrect key type: Can't use this value as a key: string required.");
    }
  }
  if (unknown_keys.empty()) return result;
  unknown_keys.push_back(std::move(result));
  return unknown_of(expression, unknown_keys);
}

Value Evaluator::splat(const Expression& expression, At at) {
  const Value collection = run(*expression.children[0], at);
  if (collection.is_unknown()) return unknown_of(expression, {&collection, 1});
  Value result = Value::tuple({});
  if (collection.is_null()) return result;
  const Value* const outer = splat_item_;
  const auto add = [&](const Value& item) {
    splat_item_ = &item;
    result.items.push_back(run(*expression.children[1], at));
  };
  if (!collection.is_tuple()) add(collection);
  for (const Value& item : collection.items) add(item);
  splat_item_ = outer;
  return result;
}

}  // namespace seatrial::cloud::hcl
