// What a kind's file is made of. Each file in this folder describes one kind (or a few small ones of one
// group): its schema (schema.h), `object_fields` (codec.h) for what stands beside apiVersion, kind and
// metadata, its defaults and its validation, put together by `kind_code<T>`. Internal to sim/api.
#pragma once

#include <memory>

#include "sim/api/defaults.h"
#include "sim/api/fields_meta.h"
#include "sim/api/kinds.h"
#include "sim/api/validation.h"

namespace seatrial::api {

// `T` needs `object_fields(V&, T&)` (a template over V) where it stands.
template <class T>
struct Codec {
  static Decoded decode(const Value& document) {
    auto object = std::make_shared<T>();
    Decoded result{object, {}};
    object->source = document.where;
    if (!document.is_map()) return result;
    const Place root;
    Decoder v(document, root, Context{&result.problems});
    v("metadata", object->metadata);
    object_fields(v, *object);
    object->other = leftover_of(document, encode_carried(*object));
    return result;
  }

  static Value encode_carried(const T& object) {
    Encoder v;
    T& writable = const_cast<T&>(object);  // fields() serves both directions; the encoder changes nothing
    v.put("apiVersion", text_value(info(T::kKind).api_version));
    v.put("kind", text_value(info(T::kKind).name));
    v("metadata", writable.metadata);
    object_fields(v, writable);
    return v.take();
  }

  static Value encode(const Object& object) {
    Value value = encode_carried(static_cast<const T&>(object));
    merge_leftover_text(value, object.other);
    sort_keys(value);
    return value;
  }

  static std::shared_ptr<Object> clone(const Object& object) {
    return std::make_shared<T>(static_cast<const T&>(object));
  }

 private:
  // Metadata and status that no member carries (managed fields) are dropped.
  static Symbol leftover_of(const Value& document, const Value& encoded) {
    Value rest = leftover(document, encoded);
    std::erase_if(rest.map,
                  [](const auto& e) { return e.first == Symbol("metadata") || e.first == Symbol("status"); });
    if (rest.map.empty()) return {};
    sort_keys(rest);
    return compact_json(rest);
  }
};

template <class T, void (*kDefault)(T&), Problems (*kValidate)(const T&, const T*)>
KindCode kind_code(const char* schema) {
  return {schema,
          &Codec<T>::decode,
          &Codec<T>::encode,
          [](Object& object) { kDefault(static_cast<T&>(object)); },
          [](const Object& object, const Object* old) {
            return kValidate(static_cast<const T&>(object), static_cast<const T*>(old));
          },
          &Codec<T>::clone};
}

template <class T>
void no_defaults(T&) {}

}  // namespace seatrial::api
