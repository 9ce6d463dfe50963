#include "sim/api/schema.h"

#include <map>
#include <memory>

#include "sim/api/kinds.h"
#include "sim/api/quantity.h"
#include "sim/api/time_text.h"

namespace seatrial::api {
namespace {

struct Type;
struct TypeRef {
  enum class Shape : std::uint8_t { kPlain, kList, kMap } shape = Shape::kPlain;
  const Type* type = nullptr;
};

// A scalar (no fields) or a struct.
struct Type {
  std::string name;
  bool scalar = false, defined = false;
  std::map<std::string, TypeRef, std::less<>> fields;
};

using Types = std::map<std::string, std::unique_ptr<Type>, std::less<>>;

Type& named(Types& types, std::string_view name) {
  auto found = types.find(name);
  if (found == types.end()) {
    found = types.emplace(std::string(name), std::make_unique<Type>()).first;
    found->second->name = name;
  }
  return *found->second;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \n") - first + 1);
}

void add_field(Types& types, Type& type, std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return;
  std::string_view field_type = trimmed(text.substr(space));
  TypeRef ref;
  if (field_type.starts_with("[]")) ref.shape = TypeRef::Shape::kList;
  if (field_type.starts_with("{}")) ref.shape = TypeRef::Shape::kMap;
  if (ref.shape != TypeRef::Shape::kPlain) field_type.remove_prefix(2);
  ref.type = &named(types, field_type);
  type.fields.emplace(std::string(text.substr(0, space)), ref);
}

// One type's text: "Name: field type, field type".
void add_type(Types& types, std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return;
  Type& type = named(types, trimmed(text.substr(0, colon)));
  type.defined = true;
  for (std::string_view rest = text.substr(colon + 1); !rest.empty();) {
    const std::size_t comma = rest.find(',');
    add_field(types, type, trimmed(rest.substr(0, comma)));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
}

// A line that is not indented starts a type.
void add_schema(Types& types, std::string_view text) {
  std::size_t start = 0;
  while (start < text.size()) {
    std::size_t end = start;
    do {
      end = text.find('\n', end + 1);
    } while (end != std::string_view::npos && end + 1 < text.size() && text[end + 1] == ' ');
    add_type(types, text.substr(start, end == std::string_view::npos ? end : end - start));
    start = end == std::string_view::npos ? text.size() : end + 1;
  }
}

Types build_types() {
  Types types;
  for (const char* const scalar :
       {"string", "bool", "int32", "int64", "float", "quantity", "intstr", "time", "bytes", "any"}) {
    named(types, scalar).scalar = true;
  }
  add_schema(types, kMetaSchema);
  add_schema(types, kPodSchema);
  for (const KindInfo& kind : kinds()) add_schema(types, kind.code.schema);
  return types;
}

const Types& types() {
  static const Types* const all = new Types(build_types());
  return *all;
}

// The type in Go's words, as the API server's decoder prints it.
std::string go_type(const TypeRef& ref) {
  static const std::map<std::string, std::string, std::less<>> kNames{
      {"string", "string"}, {"bool", "bool"},     {"int32", "int32"},
      {"int64", "int64"},   {"float", "float64"}, {"quantity", "resource.Quantity"},
      {"time", "string"},   {"bytes", "[]uint8"}, {"intstr", "intstr.IntOrString"},
  };
  const auto found = kNames.find(ref.type->name);
  const std::string name = found == kNames.end() ? "v1." + ref.type->name : found->second;
  if (ref.shape == TypeRef::Shape::kList) return "[]" + name;
  if (ref.shape == TypeRef::Shape::kMap) return "map[string]" + name;
  return name;
}

// Where the walk is: a chain on the stack, written out only for a problem.
struct At {
  const At* parent = nullptr;
  std::string_view name;
  int index = -1;
  const Type* owner = nullptr;  // the struct whose field this is

  // spec.containers[0].image; Go's decoder leaves the indices out.
  std::string path(bool with_index = true) const {
    if (!parent) return {};
    std::string text = parent->path(with_index);
    if (index >= 0) return with_index ? text + "[" + std::to_string(index) + "]" : text;
    return (text.empty() ? text : text + ".") + std::string(name);
  }
  const Type* innermost() const { return owner ? owner : parent ? parent->innermost() : nullptr; }
};

class Checker {
 public:
  explicit Checker(Problems& problems) : problems_(problems) {}

  void check(const TypeRef& ref, const Value& value, const At& at) {
    if (value.is_null() || ref.type->name == "any") return;
    switch (ref.shape) {
      case TypeRef::Shape::kPlain:
        return ref.type->scalar ? check_scalar(ref, value, at) : check_struct(ref, value, at);
      case TypeRef::Shape::kList:
        return check_list(ref, value, at);
      case TypeRef::Shape::kMap:
        return check_map(ref, value, at);
    }
  }

 private:
  void complain(const Value& value, const At& at, std::string message) {
    problems_.push_back({value.where, at.path(), std::move(message), Problem::Reason::kBadRequest});
  }

  void wrong_type(const TypeRef& ref, const Value& value, const At& at) {
    const Type* const owner = at.innermost();
    std::string what(type_name(value.type));
    if (value.type == Value::Type::kInt || value.type == Value::Type::kFloat) {
      const bool integer = ref.type->name == "int32" || ref.type->name == "int64";
      if (integer && ref.shape == TypeRef::Shape::kPlain) what += " " + value.text;
    }
    complain(value, at,
             "json: cannot unmarshal " + what + " into Go struct field " + (owner ? owner->name : "") + "." +
                 at.path(false) + " of type " + go_type(ref));
  }

  void check_list(const TypeRef& ref, const Value& value, const At& at) {
    if (!value.is_list()) return wrong_type(ref, value, at);
    const TypeRef item{TypeRef::Shape::kPlain, ref.type};
    for (std::size_t i = 0; i < value.list.size(); ++i) {
      check(item, value.list[i], {&at, {}, static_cast<int>(i), nullptr});
    }
  }

  void check_map(const TypeRef& ref, const Value& value, const At& at) {
    if (!value.is_map()) return wrong_type(ref, value, at);
    const TypeRef item{TypeRef::Shape::kPlain, ref.type};
    for (const auto& [key, entry] : value.map) check(item, entry, {&at, key.view(), -1, nullptr});
  }

  void check_struct(const TypeRef& ref, const Value& value, const At& at) {
    if (!value.is_map()) return wrong_type(ref, value, at);
    for (std::size_t i = 0; i < value.map.size(); ++i) {
      const auto& [key, entry] = value.map[i];
      const auto field = ref.type->fields.find(key.view());
      const At here{&at, key.view(), -1, ref.type};
      if (field != ref.type->fields.end()) {
        check(field->second, entry, here);
        continue;
      }
      const SourcePosition where = i < value.key_where.size() ? value.key_where[i] : entry.where;
      const std::string path = here.path();
      problems_.push_back({where, path, "unknown field \"" + path + "\"", Problem::Reason::kBadRequest});
    }
  }

  void check_scalar(const TypeRef& ref, const Value& value, const At& at);
  void check_integer(const TypeRef& ref, const Value& value, const At& at);
  void check_quantity(const TypeRef& ref, const Value& value, const At& at);
  void check_bytes(const Value& value, const At& at);

  Problems& problems_;
};

void Checker::check_integer(const TypeRef& ref, const Value& value, const At& at) {
  const bool fits = value.type == Value::Type::kInt &&
                    (ref.type->name == "int64" || (value.integer >= INT32_MIN && value.integer <= INT32_MAX));
  if (!fits) wrong_type(ref, value, at);
}

void Checker::check_quantity(const TypeRef& ref, const Value& value, const At& at) {
  if (value.is_map() || value.is_list()) return wrong_type(ref, value, at);
  const auto parsed = Quantity::parse(value.text);
  if (!parsed) complain(value, at, parsed.error());
}

void Checker::check_bytes(const Value& value, const At& at) {
  std::size_t digits = 0, padding = 0, offset = 0;
  for (const char c : value.text) {
    const bool digit =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    if (c == '=') {
      ++padding;
    } else if (c != '\n' && c != '\r') {
      if (!digit || padding > 0) break;
      ++digits;
    }
    ++offset;
  }
  if (offset < value.text.size() || padding > 2 || (digits + padding) % 4 != 0) {
    complain(value, at, "illegal base64 data at input byte " + std::to_string(offset));
  }
}

void Checker::check_scalar(const TypeRef& ref, const Value& value, const At& at) {
  const std::string& name = ref.type->name;
  const bool text = value.is_string();
  if (name == "int32" || name == "int64") return check_integer(ref, value, at);
  if (name == "quantity") return check_quantity(ref, value, at);
  if (name == "intstr") {
    const bool fits =
        value.type == Value::Type::kInt && value.integer >= INT32_MIN && value.integer <= INT32_MAX;
    if (!text && !fits)
      wrong_type({TypeRef::Shape::kPlain, types().at(value.is_map() ? "intstr" : "int32").get()}, value, at);
    return;
  }
  if (name == "bool"    ? value.type != Value::Type::kBool
      : name == "float" ? value.type != Value::Type::kFloat && value.type != Value::Type::kInt
                        : !text) {
    return wrong_type(ref, value, at);
  }
  if (name == "bytes") check_bytes(value, at);
  if (name == "time" && !parse_time(value.text)) {
    complain(value, at,
             "parsing time \"" + value.text + "\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"" +
                 value.text + "\"");
  }
}

}  // namespace

void check_schema(std::string_view type, const Value& document, Problems& problems) {
  Checker(problems).check({TypeRef::Shape::kPlain, types().find(type)->second.get()}, document, At{});
}

void check_schema_of_field(std::string_view name, std::string_view type, const Value& value,
                           Problems& problems) {
  const At root;
  Checker(problems).check({TypeRef::Shape::kPlain, types().find(type)->second.get()}, value,
                          At{&root, name, -1, nullptr});
}

std::vector<std::string> undefined_types() {
  std::vector<std::string> names;
  for (const auto& [name, type] : types()) {
    if (!type->scalar && !type->defined) names.push_back(name);
  }
  return names;
}

}  // namespace seatrial::api
