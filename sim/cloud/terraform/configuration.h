// The terraform of one folder: its blocks by name, and what their arguments come to.
//
// Values are worked out when they are asked for. A reference to a resource's or a data source's own argument
// is that argument; what only exists once it is applied stays symbolic ("${module.rds.database_password}"). A
// name that nothing declares is a problem, wherever it is used, and so is a misspelt output or argument of
// one of the platform's modules (module_interface.h). Source: terraform's language documentation.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/cloud/hcl/evaluate.h"

namespace seatrial::cloud::terraform {

struct Located {
  const hcl::Block* block = nullptr;
  const hcl::File* file = nullptr;
  std::string address;  // module.NAME, TYPE.NAME, data.TYPE.NAME
  api::SourcePosition where() const { return file->at(block->where); }
};

// One of those that count or for_each make of a block.
struct Instance {
  std::string address;
  std::optional<hcl::Value> each;   // {key, value}
  std::optional<hcl::Value> count;  // {index}
  bool sure = true;                 // false: how many there are is not known; this one stands for all
};

struct ModuleInterface;
class Configuration;
// An output of a module that is known before it is applied; none if it is not.
using KnownOutputs = std::function<std::optional<hcl::Value>(
    Configuration& configuration, const Located& module, const Instance& instance, std::string_view output)>;

class Configuration final : private hcl::Names {
 public:
  using Variables = std::map<std::string, hcl::Value, std::less<>>;
  // `given` are the variables that the pipeline sets (TF_VAR_…). Reports what is declared twice or not at
  // all.
  Configuration(std::vector<hcl::File> files, const Variables& given, KnownOutputs known_outputs,
                api::Problems& problems);
  Configuration(const Configuration&) = delete;
  Configuration& operator=(const Configuration&) = delete;

  // In the order of the files.
  const std::vector<Located>& modules() const { return modules_.list; }
  const std::vector<Located>& resources() const { return resources_.list; }
  const std::vector<Located>& data() const { return data_.list; }
  // The declaration of a variable; null if there is none.
  const Located* variable(std::string_view name) const { return variables_.find(name); }

  const std::vector<Instance>& instances_of(const Located& block);
  // Null where the argument is not written.
  hcl::Value argument(const Located& block, const Instance& instance, std::string_view name);
  hcl::Value evaluate(const hcl::Expression& expression, const hcl::File& file, const Instance& instance,
                      const hcl::Scope* scope = nullptr);
  hcl::Evaluator& evaluator() { return evaluator_; }

 private:
  struct Local {
    const hcl::Expression* expression = nullptr;
    const hcl::File* file = nullptr;
    bool visited = false;
    std::optional<hcl::Value> value;
  };
  using Steps = std::span<const hcl::Step>;

  const ModuleInterface* interface_of(const Located& module);
  void check_arguments(const Located& module);
  void declare(const hcl::File& file);
  void declare_block(const hcl::File& file, const hcl::Block& block);
  struct Declared {
    std::vector<Located> list;  // in the order of the files
    std::map<std::string, std::size_t, std::less<>> by_name;
    const Located* find(std::string_view name) const;
  };
  void add(Declared& declared, std::string name, Located located, const std::string& what);
  hcl::Value resolve(std::string_view root, Steps steps, const hcl::File& file, hcl::Position where,
                     std::size_t& used) override;
  hcl::Value variable_value(std::string_view name);
  hcl::Value local_value(Local& local, const std::string& name);
  hcl::Value module_value(Steps steps, std::size_t& used);
  hcl::Value block_value(std::string_view root, Steps steps, const Located& located, std::size_t first,
                         std::size_t& used);
  std::vector<Instance> make_instances(const Located& block);
  const Instance* instance_at(const std::vector<Instance>& instances, Steps steps, std::size_t& at) const;

  std::vector<hcl::File> files_;
  hcl::Evaluator evaluator_;
  KnownOutputs known_outputs_;
  const Variables& given_;
  Declared modules_, resources_, data_, variables_;  // by NAME, TYPE.NAME, TYPE.NAME, NAME
  std::map<std::string, Local, std::less<>> locals_;
  std::map<std::string, hcl::Value, std::less<>> variable_values_;
  std::map<std::string, std::vector<Instance>, std::less<>> instances_;  // by address
  std::vector<const void*> being_resolved_;
};

}  // namespace seatrial::cloud::terraform
