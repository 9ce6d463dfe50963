#include "sim/cloud/terraform/configuration.h"

#include <algorithm>

#include "sim/cloud/terraform/module_interface.h"
#include "sim/cloud/terraform/references.h"

namespace seatrial::cloud::terraform {
namespace {

constexpr std::size_t kMostInstances = 1000;

using hcl::Value;

Value all_of(std::string_view root, std::span<const hcl::Step> steps, std::size_t& used) {
  used = steps.size();
  return Value::unknown(hcl::reference_text(root, steps));
}

}  // namespace

Configuration::Configuration(std::vector<hcl::File> files, const Variables& given, KnownOutputs known_outputs,
                             api::Problems& problems)
    : files_(std::move(files)),
      evaluator_(*this, problems),
      known_outputs_(std::move(known_outputs)),
      given_(given) {
  for (const hcl::File& file : files_) declare(file);
  const IsDeclared is_declared = [this](std::string_view kind, std::string_view name) {
    if (kind == "local") return locals_.contains(name);
    const Declared& declared = kind == "var"      ? variables_
                               : kind == "module" ? modules_
                               : kind == "data"   ? data_
                                                  : resources_;
    return declared.find(name) != nullptr;
  };
  const MeantOutput meant_output = [this](std::string_view module, std::string_view output) {
    const ModuleInterface* const known = interface_of(*modules_.find(module));
    return known ? meant_by(output, known->outputs) : std::string();
  };
  for (const hcl::File& file : files_) check_references(file, is_declared, meant_output, evaluator_);
  for (const Located& module : modules_.list) check_arguments(module);
}

const ModuleInterface* Configuration::interface_of(const Located& module) {
  const hcl::Attribute* const source = module.block->body.find("source");
  return source ? terraform::interface_of(evaluator_.evaluate(*source->value, *module.file).str()) : nullptr;
}

void Configuration::check_arguments(const Located& module) {
  const ModuleInterface* const known = interface_of(module);
  if (!known) return;
  const std::string names = std::string(kMetaArguments) + " " + std::string(known->arguments);
  for (const hcl::Attribute& argument : module.block->body.attributes) {
    const std::string meant = meant_by(argument.name, names);
    if (!meant.empty())
      evaluator_.problem(*module.file, argument.where,
                         "Unsupported argument: An argument named \"" + std::string(argument.name) +
                             "\" is not expected here. Did you mean \"" + meant + "\"?");
  }
}

void Configuration::declare(const hcl::File& file) {
  for (const hcl::Block& block : file.body.blocks) declare_block(file, block);
}

const Located* Configuration::Declared::find(std::string_view name) const {
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : &list[found->second];
}

void Configuration::add(Declared& declared, std::string name, Located located, const std::string& what) {
  if (const Located* const before = declared.find(name)) {
    const api::SourcePosition first = before->where();
    return evaluator_.problem(*located.file, located.block->where,
                              "Duplicate " + what + ": it was already declared at " + first.file.str() + ":" +
                                  std::to_string(first.line) + "," + std::to_string(first.column) + ".");
  }
  declared.by_name.emplace(std::move(name), declared.list.size());
  declared.list.push_back(std::move(located));
}

void Configuration::declare_block(const hcl::File& file, const hcl::Block& block) {
  const auto label = [&](std::size_t i) { return std::string(block.labels[i]); };
  const std::size_t labels = block.labels.size();
  const auto needs = [&](std::size_t count) {
    if (labels == count) return true;
    evaluator_.problem(file, block.where,
                       std::string(labels < count ? "Missing name" : "Extraneous label") + " for " +
                           std::string(block.type) + ": All " + std::string(block.type) +
                           " blocks must have " + std::to_string(count) + " label" +
                           (count == 1 ? "." : "s."));
    return false;
  };
  if (block.type == "module" && needs(1)) {
    add(modules_, label(0), {&block, &file, "module." + label(0)}, "module call \"" + label(0) + "\"");
  } else if (block.type == "resource" && needs(2)) {
    add(resources_, label(0) + "." + label(1), {&block, &file, label(0) + "." + label(1)},
        "resource \"" + label(0) + "\" configuration");
  } else if (block.type == "data" && needs(2)) {
    add(data_, label(0) + "." + label(1), {&block, &file, "data." + label(0) + "." + label(1)},
        "data \"" + label(0) + "\" configuration");
  } else if (block.type == "variable" && needs(1)) {
    add(variables_, label(0), {&block, &file, "var." + label(0)},
        "variable declaration \"" + label(0) + "\"");
  } else if (block.type == "locals") {
    for (const hcl::Attribute& attribute : block.body.attributes) {
      if (!locals_.try_emplace(std::string(attribute.name), Local{attribute.value, &file, false, {}}).second)
        evaluator_.problem(file, attribute.where,
                           "Duplicate local value definition: A local value named \"" +
                               std::string(attribute.name) + "\" was already defined.");
    }
  }
}

const std::vector<Instance>& Configuration::instances_of(const Located& located) {
  if (const auto known = instances_.find(located.address); known != instances_.end()) return known->second;
  // Should count or for_each ask for the block itself, this is the answer.
  instances_[located.address] = {{located.address, {}, {}, false}};
  std::vector<Instance> made = make_instances(located);
  return instances_[located.address] = std::move(made);
}

std::vector<Instance> Configuration::make_instances(const Located& located) {
  const hcl::Attribute* const count = located.block->body.find("count");
  const hcl::Attribute* const for_each = located.block->body.find("for_each");
  Instance single{located.address, {}, {}, true};
  if (!count && !for_each) return {single};
  const Value wanted = evaluator_.evaluate(*(count ? count : for_each)->value, *located.file);
  std::vector<Instance> instances;
  const auto add_each = [&](const std::string& key, const Value& value) {
    Instance instance{located.address + "[\"" + key + "\"]", Value::object(), {}, true};
    instance.each->set("key", Value::of(key));
    instance.each->set("value", value);
    instances.push_back(std::move(instance));
  };
  double number = 0;
  if (count && hcl::to_number(wanted, number) && number >= 0 &&
      number <= static_cast<double>(kMostInstances)) {
    for (double i = 0; i < number; ++i) {
      Instance instance{located.address + "[" + hcl::number_text(i) + "]", {}, Value::object(), true};
      instance.count->set("index", Value::of(i));
      instances.push_back(std::move(instance));
    }
    return instances;
  }
  if (for_each && (wanted.is_object() || wanted.is_tuple())) {
    for (const hcl::Field& field : wanted.fields) add_each(field.key, field.value);
    for (const Value& item : wanted.items) {
      if (instances.size() < kMostInstances) add_each(item.str(), item);
    }
    return instances;
  }
  if (!wanted.is_unknown())
    evaluator_.problem(
        *located.file, (count ? count : for_each)->value->where,
        count ? "Invalid count argument: The given \"count\" argument value is unsuitable: a whole number "
                "from 0 to 1000 is required."
              : "Invalid for_each argument: The given \"for_each\" argument value is unsuitable: the "
                "\"for_each\" argument must be a map, or set of strings.");
  // One stands for all.
  single.sure = false;
  if (count) {
    single.count = Value::object();
    single.count->set("index", Value::unknown("count.index"));
  } else {
    single.each = Value::object();
    single.each->set("key", Value::unknown("each.key"));
    single.each->set("value", Value::unknown("each.value"));
  }
  return {single};
}

Value Configuration::evaluate(const hcl::Expression& expression, const hcl::File& file,
                              const Instance& instance, const hcl::Scope* scope) {
  hcl::Scope each{scope, "each", instance.each ? &*instance.each : nullptr};
  const hcl::Scope* innermost = instance.each ? &each : scope;
  hcl::Scope count{innermost, "count", instance.count ? &*instance.count : nullptr};
  if (instance.count) innermost = &count;
  return evaluator_.evaluate(expression, file, innermost);
}

Value Configuration::argument(const Located& located, const Instance& instance, std::string_view name) {
  const hcl::Attribute* const attribute = located.block->body.find(name);
  return attribute ? evaluate(*attribute->value, *located.file, instance) : Value();
}

Value Configuration::resolve(std::string_view root, Steps steps, const hcl::File& file, hcl::Position where,
                             std::size_t& used) {
  if (steps.empty() || steps[0].is_index) return all_of(root, steps, used);
  const std::string& name = steps[0].name;
  if (root == "var") {
    used = 1;
    return variable_value(name);
  }
  if (root == "local") {
    const auto found = locals_.find(name);
    if (found == locals_.end()) return all_of(root, steps, used);
    used = 1;
    Local& local = found->second;
    if (local.visited && !local.value) {
      evaluator_.problem(file, where, "Cycle: local." + name + " refers to itself.");
      return Value::unknown("local." + name);
    }
    return local_value(local, name);
  }
  if (root == "module") return module_value(steps, used);
  if (root == "resource") {  // another way to write TYPE.NAME
    Value value = resolve(name, steps.subspan(1), file, where, used);
    ++used;
    return value;
  }
  const bool is_data = root == "data";
  if (is_data && (steps.size() < 2 || steps[1].is_index)) return all_of(root, steps, used);
  const Located* const found =
      is_data ? data_.find(name + "." + steps[1].name) : resources_.find(std::string(root) + "." + name);
  return found ? block_value(root, steps, *found, is_data ? 2 : 1, used) : all_of(root, steps, used);
}

Value Configuration::variable_value(std::string_view name) {
  if (const auto known = variable_values_.find(name); known != variable_values_.end()) return known->second;
  Value value = Value::unknown("var." + std::string(name));
  if (const auto given = given_.find(name); given != given_.end()) {
    value = given->second;
  } else if (const Located* const declared = variable(name)) {
    if (const hcl::Attribute* const standard = declared->block->body.find("default"))
      value = evaluator_.evaluate(*standard->value, *declared->file);
  }
  variable_values_.emplace(name, value);
  return value;
}

Value Configuration::local_value(Local& local, const std::string& name) {
  if (local.value) return *local.value;
  local.visited = true;
  Value value = evaluator_.evaluate(*local.expression, *local.file);
  // A name for what has none: the parts of a list of unknowns keep theirs.
  if (value.is_unknown() && value.sources.empty()) value = Value::unknown("local." + name);
  local.value = std::move(value);
  return *local.value;
}

const Instance* Configuration::instance_at(const std::vector<Instance>& instances, Steps steps,
                                           std::size_t& at) const {
  if (instances.size() == 1 && !instances[0].each && !instances[0].count) return &instances[0];
  if (at >= steps.size() || !steps[at].is_index) return nullptr;
  const Value& key = steps[at].key;
  for (const Instance& instance : instances) {
    const Value* const own = instance.each ? instance.each->find("key") : instance.count->find("index");
    double wanted = 0, number = 0;
    const bool same =
        *own == key || (hcl::to_number(key, wanted) && hcl::to_number(*own, number) && wanted == number);
    if (!same) continue;
    ++at;
    return &instance;
  }
  return nullptr;
}

Value Configuration::module_value(Steps steps, std::size_t& used) {
  const Located* const located = modules_.find(steps[0].name);
  if (!located || std::ranges::count(being_resolved_, located->block) > 0)
    return all_of("module", steps, used);
  std::size_t at = 1;
  const Instance* const found = instance_at(instances_of(*located), steps, at);
  if (!found || at >= steps.size() || steps[at].is_index) return all_of("module", steps, used);
  being_resolved_.push_back(located->block);
  const Instance instance = *found;
  std::optional<Value> known = known_outputs_(*this, *located, instance, steps[at].name);
  being_resolved_.pop_back();
  if (!known) return all_of("module", steps, used);
  used = at + 1;
  const std::string reference = hcl::reference_text("module", steps.first(used));
  known->sources = {reference};
  for (hcl::Field& field : known->fields) field.value.sources = {reference + "." + field.key};
  return *std::move(known);
}

// Of steps from `first` on, behind the block's name.
Value Configuration::block_value(std::string_view root, Steps steps, const Located& located,
                                 std::size_t first, std::size_t& used) {
  const std::vector<Instance>& instances = instances_of(located);
  std::size_t at = first;
  const bool repeated = instances.size() != 1 || instances[0].each || instances[0].count;
  if (repeated && at == steps.size() && (instances.empty() || instances[0].sure)) {
    const bool by_key = located.block->body.find("for_each") != nullptr;
    Value all = by_key ? Value::object() : Value::tuple({});
    for (const Instance& instance : instances) {
      Value item = Value::unknown(instance.address);
      if (by_key)
        all.set(instance.each->find("key")->str(), std::move(item));
      else
        all.items.push_back(std::move(item));
    }
    used = at;
    return all;
  }
  const Instance* const found = instance_at(instances, steps, at);
  if (!found || at >= steps.size() || steps[at].is_index) return all_of(root, steps, used);
  const Instance instance = *found;
  const hcl::Attribute* attribute = located.block->body.find(steps[at].name);
  if (!attribute && at + 2 < steps.size() && steps[at + 1].is_index && !steps[at + 2].is_index) {
    // metadata[0].name
    const hcl::Block* const inner = located.block->body.find_block(steps[at].name);
    double number = 1;
    if (inner && hcl::to_number(steps[at + 1].key, number) && number == 0)
      attribute = inner->body.find(steps[at + 2].name);
    at += 2;
  }
  const bool meta = attribute && (attribute->name == "count" || attribute->name == "for_each");
  if (!attribute || meta || std::ranges::count(being_resolved_, attribute) > 0)
    return all_of(root, steps, used);
  being_resolved_.push_back(attribute);
  Value value = evaluate(*attribute->value, *located.file, instance);
  being_resolved_.pop_back();
  used = at + 1;
  return value;
}

}  // namespace seatrial::cloud::terraform
