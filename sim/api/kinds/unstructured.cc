// Every kind that is stored and not simulated.
#include "sim/api/unstructured.h"

#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"

namespace seatrial::api {
namespace {

Symbol text_at(const Value& document, std::string_view name) {
  const Value* const value = document.find(name);
  return value && value->is_string() ? Symbol(value->text) : Symbol();
}

Decoded decode(const Value& document) {
  auto object = std::make_shared<Unstructured>();
  Decoded result{object, {}};
  object->source = document.where;
  object->api_version = text_at(document, "apiVersion");
  object->kind_name = text_at(document, "kind");
  object->document = std::make_shared<const Value>(document);
  const Place root;
  Decoder v(document, root, Context{&result.problems});
  v("metadata", object->metadata);
  return result;
}

Value encode(const Object& object) {
  const auto& unstructured = static_cast<const Unstructured&>(object);
  Value value = unstructured.document ? *unstructured.document : map_value();
  set(value, "apiVersion", text_value(unstructured.api_version.view()));
  set(value, "kind", text_value(unstructured.kind_name.view()));
  set(value, "metadata", encode_value(object.metadata));
  sort_keys(value);
  return value;
}

void set_defaults(Unstructured&) {}

Problems validate(const Unstructured& object, const Unstructured* old) {
  Report report;
  validate_metadata(report, object, NameRule::kSubdomain, old);
  return report.take();
}

}  // namespace

const KindCode& unstructured_code() {
  static const KindCode code = [] {
    KindCode c = {"",
                  &decode,
                  &encode,
                  [](Object& o) { set_defaults(static_cast<Unstructured&>(o)); },
                  [](const Object& o, const Object* old) {
                    return validate(static_cast<const Unstructured&>(o),
                                    static_cast<const Unstructured*>(old));
                  },
                  [](const Object& o) -> std::shared_ptr<Object> {
                    return std::make_shared<Unstructured>(static_cast<const Unstructured&>(o));
                  }};
    return c;
  }();
  return code;
}

}  // namespace seatrial::api
