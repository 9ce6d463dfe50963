#include "sim/cloud/terraform/references.h"

#include <algorithm>
#include <array>
#include <vector>

namespace seatrial::cloud::terraform {
namespace {

using hcl::Expression;
using Kind = Expression::Kind;

// Blocks and arguments whose names mean something else.
constexpr std::array<std::string_view, 8> kForeignBlocks{"terraform", "moved", "import",    "removed",
                                                         "provider",  "check", "lifecycle", "provisioner"};
constexpr std::array<std::string_view, 5> kForeignArguments{"provider", "providers", "type", "iterator",
                                                            "ignore_changes"};

template <class Words>
bool is_one_of(const Words& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

class Walk {
 public:
  Walk(const hcl::File& file, const IsDeclared& is_declared, const MeantOutput& meant_output,
       hcl::Evaluator& reporter)
      : file_(file), is_declared_(is_declared), meant_output_(meant_output), reporter_(reporter) {}

  void body(const hcl::Body& body, bool is_top) {
    for (const hcl::Attribute& attribute : body.attributes) {
      if (!is_one_of(kForeignArguments, attribute.name)) expression(*attribute.value);
    }
    for (const hcl::Block& block : body.blocks) {
      if (is_one_of(kForeignBlocks, block.type) || (is_top && block.type == "variable")) continue;
      const std::size_t names = names_.size();
      if (block.type == "dynamic" && !block.labels.empty()) {
        names_.push_back(block.labels[0]);
        if (const hcl::Attribute* const iterator = block.body.find("iterator");
            iterator && iterator->value->kind == Kind::kName)
          names_.push_back(iterator->value->text);
      }
      this->body(block.body, false);
      names_.resize(names);
    }
  }

 private:
  void expression(const Expression& e) {
    const std::size_t names = names_.size();
    switch (e.kind) {
      case Kind::kName:
      case Kind::kAttribute:
      case Kind::kIndex:
        return reference(e);
      case Kind::kFor:
      case Kind::kTemplateFor:
        expression(*e.children[0]);
        names_.push_back(e.key_name);
        names_.push_back(e.value_name);
        for (std::size_t i = 1; i < e.children.size(); ++i) expression(*e.children[i]);
        names_.resize(names);
        return;
      default: {
        const bool tries = e.kind == Kind::kCall && (e.text == "try" || e.text == "can");
        if (tries) ++tries_;
        for (const Expression* const child : e.children) expression(*child);
        if (tries) --tries_;
      }
    }
  }

  void reference(const Expression& outermost) {
    std::vector<std::string_view> path;  // attribute names behind the first, up to an index
    std::vector<std::string_view> all;
    std::vector<const Expression*> attributes;  // the outermost first
    const Expression* base = &outermost;
    while (base->kind == Kind::kAttribute || base->kind == Kind::kIndex) {
      if (base->kind == Kind::kIndex) {
        expression(*base->children[1]);
        all.clear();
      } else {
        all.push_back(base->text);
        attributes.push_back(base);
      }
      base = base->children[0];
    }
    if (base->kind != Kind::kName) return expression(*base);
    path.assign(all.rbegin(), all.rend());
    std::string_view root = base->text;
    if (root == "resource" && !path.empty()) {  // another way to write TYPE.NAME
      root = path[0];
      path.erase(path.begin());
    }
    check(*base, root, path);
    if (root == "module" && attributes.size() >= 2)
      output(*attributes.back(), *attributes[attributes.size() - 2]);
  }

  // module.NAME.OUTPUT, module.NAME[KEY].OUTPUT
  void output(const Expression& module, const Expression& output) {
    if (tries_ > 0 || is_one_of(names_, "module") || !is_declared_("module", module.text)) return;
    const std::string meant = meant_output_(module.text, output.text);
    if (meant.empty()) return;
    reporter_.problem(file_, output.where,
                      "Unsupported attribute: This object does not have an attribute named \"" +
                          std::string(output.text) + "\": module." + std::string(module.text) +
                          " has no such output; did you mean \"" + meant + "\"?");
  }

  void check(const Expression& base, std::string_view root, const std::vector<std::string_view>& path) {
    static constexpr std::array<std::string_view, 7> kKnown{"each", "count", "path", "terraform",
                                                            "self", "any",   "null"};
    if (is_one_of(names_, root) || is_one_of(kKnown, root)) return;
    if (path.empty()) {
      reporter_.problem(
          file_, base.where,
          "Invalid reference: A reference to a resource type must be followed by at least one attribute "
          "access, specifying the resource name.");
      return;
    }
    const std::string first(path[0]), second(path.size() > 1 ? path[1] : "");
    if (root == "var") {
      if (!is_declared_("var", first))
        undeclared(
            base, "input variable: An input variable with the name \"" + first + "\" has not been declared.");
    } else if (root == "local") {
      if (!is_declared_("local", first))
        undeclared(base, "local value: A local value with the name \"" + first + "\" has not been declared.");
    } else if (root == "module") {
      if (!is_declared_("module", first))
        undeclared(base, "module: No module call named \"" + first + "\" is declared in the root module.");
    } else if (root == "data") {
      if (!is_declared_("data", first + "." + second))
        undeclared(base, "resource: A data resource \"" + first + "\" \"" + second +
                             "\" has not been declared in the root module.");
    } else if (!is_declared_("resource", std::string(root) + "." + first)) {
      undeclared(base, "resource: A managed resource \"" + std::string(root) + "\" \"" + first +
                           "\" has not been declared in the root module.");
    }
  }

  void undeclared(const Expression& at, const std::string& what) {
    reporter_.problem(file_, at.where, "Reference to undeclared " + what);
  }

  const hcl::File& file_;
  const IsDeclared& is_declared_;
  const MeantOutput& meant_output_;
  hcl::Evaluator& reporter_;
  int tries_ = 0;
  std::vector<std::string_view> names_;  // of for expressions and dynamic blocks
};

}  // namespace

void check_references(const hcl::File& file, const IsDeclared& is_declared, const MeantOutput& meant_output,
                      hcl::Evaluator& reporter) {
  Walk(file, is_declared, meant_output, reporter).body(file.body, true);
}

}  // namespace seatrial::cloud::terraform
