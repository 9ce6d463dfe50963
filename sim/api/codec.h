// One description of a struct's fields serves decoding and encoding:
//
//     template <class V> void fields(V& v, Taint& t) { v("effect", t.effect); v("key", t.key); }
//
// `Decoder` fills the struct from a Value, `Encoder` makes a Value of it. Wrong types are the schema's
// business (schema.h): here they leave the default. Only enums are refused, as validation would. An encoder
// leaves out what is empty, zero or false, as `omitempty` does; `always` keeps it. Internal to sim/api.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/api/int_or_string.h"
#include "sim/api/meta.h"
#include "sim/api/problem.h"
#include "sim/api/quantity.h"
#include "sim/api/shared.h"
#include "sim/api/time_text.h"
#include "sim/api/value.h"

namespace seatrial::api {

// The names of an enum, in the order of its values (kNames); the value called "" is not written. `kShown`
// gives the names in the order in which the API server lists them, where that is another; kMustBe says what
// the API server says instead of listing them.
template <class E>
struct EnumNames {
  static constexpr bool kDefined = false;
};

// Where a value stands in its document; written out only for a problem.
struct Place {
  const Place* parent = nullptr;
  std::string_view name;
  int index = -1;  // of a list's item; kKey: name is a key, written [name]
  static constexpr int kKey = -2;
  std::string str() const;
};

bool is_empty(const Value& value);  // null, "", 0, false, [] or {}
void sort_keys(Value& value);       // of all maps, alphabetically
Value text_value(std::string_view text);
Value int_value(std::int64_t number);
Value bool_value(bool flag);
Value map_value();
Value list_value();
void set(Value& map, std::string_view key, Value value);
std::string compact_json(const Value& value);

// The parts of `document` that `encoded` does not have, lists compared item by item; null if there are none.
Value leftover(const Value& document, const Value& encoded);
// Puts them back.
void merge_leftover(Value& encoded, const Value& other);
Symbol leftover_text(const Value& document, const Value& encoded);
void merge_leftover_text(Value& encoded, Symbol other);

struct Context {
  Problems* problems = nullptr;
  // An enum's value that does not exist: `Unsupported value: "X": supported values: "A", "B"`.
  void unsupported(const Value& value, const Place& place, const std::string_view* names,
                   std::size_t count) const;
  void invalid(const Value& value, const Place& place, std::string message) const;
};

class Decoder;
class Encoder;

template <class T>
concept HasFields = requires(Decoder& v, T& object) { fields(v, object); };

// ---- Decoding ----
void read(const Value& value, Symbol& out);
void read(const Value& value, std::string& out);
void read(const Value& value, bool& out);
void read(const Value& value, std::int32_t& out);
void read(const Value& value, std::int64_t& out);
void read(const Value& value, std::uint64_t& out);  // written as a string: resourceVersion
void read(const Value& value, double& out);
void read(const Value& value, Quantity& out);
void read(const Value& value, IntOrString& out);
void read(const Value& value, SimTime& out);
void read(const Value& value, Uid& out);
void read(const Value& value, LabelMap& out);

class Decoder {
 public:
  static constexpr bool kDecoding = true;
  Decoder(const Value& map, const Place& place, Context context)
      : map_(map), place_(place), context_(context) {}

  template <class T>
  void operator()(std::string_view name, T& member) {
    if (const Value* const value = map_.find(name); value && !value->is_null()) {
      decode(*value, Place{&place_, name, -1}, member);
    }
  }
  template <class T>
  void always(std::string_view name, T& member) {
    (*this)(name, member);
  }

  // A nested object whose fields are members of the enclosing struct.
  template <class Body>
  void object(std::string_view name, Body&& body) {
    const Value* const value = map_.find(name);
    if (!value || !value->is_map()) return;
    const Place place{&place_, name, -1};
    Decoder inner(*value, place, context_);
    body(inner);
  }

  const Value* find(std::string_view name) const { return map_.find(name); }
  const Value& map() const { return map_; }
  const Place& place() const { return place_; }
  Context context() const { return context_; }

  template <class T>
  void decode(const Value& value, const Place& place, T& out) {
    if constexpr (EnumNames<T>::kDefined) {
      decode_enum(value, place, out);
    } else if constexpr (HasFields<T>) {
      if (!value.is_map()) return;
      Decoder inner(value, place, context_);
      fields(inner, out);
    } else {
      read(value, out);
    }
  }
  template <class T>
  void decode(const Value& value, const Place& place, std::optional<T>& out) {
    T item{};
    decode(value, place, item);
    out = std::move(item);
  }
  template <class T>
  void decode(const Value& value, const Place& place, Shared<T>& out) {
    T item{};
    decode(value, place, item);
    out = Shared<T>(std::move(item));
  }
  template <class T>
  void decode(const Value& value, const Place& place, std::vector<T>& out) {
    out.clear();
    out.reserve(value.list.size());
    for (std::size_t i = 0; i < value.list.size(); ++i) {
      T item{};
      decode(value.list[i], Place{&place, {}, static_cast<int>(i)}, item);
      out.push_back(std::move(item));
    }
  }
  template <class T>
  void decode(const Value& value, const Place& place, std::map<Symbol, T>& out) {
    out.clear();
    for (const auto& [key, entry] : value.map) decode(entry, Place{&place, key.view(), -1}, out[key]);
  }

 private:
  template <class E>
  void decode_enum(const Value& value, const Place& place, E& out) {
    const auto& names = EnumNames<E>::kNames;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == value.text && value.is_string()) {
        out = static_cast<E>(i);
        return;
      }
    }
    if (!value.is_string()) return;
    if constexpr (requires { EnumNames<E>::kMustBe; }) {
      context_.invalid(value, place,
                       "Invalid value: \"" + value.text + "\": " + std::string(EnumNames<E>::kMustBe));
    } else if constexpr (requires { EnumNames<E>::kShown; }) {
      context_.unsupported(value, place, EnumNames<E>::kShown.data(), EnumNames<E>::kShown.size());
    } else {
      context_.unsupported(value, place, names.data(), names.size());
    }
  }

  const Value& map_;
  const Place& place_;
  Context context_;
};

// ---- Encoding ----
Value write(Symbol value);
Value write(const std::string& value);
Value write(bool value);
Value write(std::int32_t value);
Value write(std::int64_t value);
Value write(std::uint64_t value);
Value write(double value);
Value write(const Quantity& value);
Value write(const IntOrString& value);
Value write(SimTime value);
Value write(const Uid& value);
Value write(const LabelMap& value);

class Encoder {
 public:
  static constexpr bool kDecoding = false;

  template <class T>
  void operator()(std::string_view name, const T& member) {
    Value value = encode(member);
    if (!is_empty(value)) put(name, std::move(value));
  }
  template <class T>
  void operator()(std::string_view name, const std::optional<T>& member) {
    if (member) put(name, encode(*member));
  }
  template <class T>
  void always(std::string_view name, const T& member) {
    put(name, encode(member));
  }

  template <class Body>
  void object(std::string_view name, Body&& body) {
    Encoder inner;
    body(inner);
    if (!inner.map_.map.empty()) put(name, std::move(inner.map_));
  }

  void put_all(Value map) {
    for (auto& entry : map.map) map_.map.push_back(std::move(entry));
  }
  void put(std::string_view name, Value value) { map_.map.emplace_back(Symbol(name), std::move(value)); }
  Value take() { return std::move(map_); }

  template <class T>
  static Value encode(const T& value) {
    if constexpr (EnumNames<T>::kDefined) {
      return text_value(EnumNames<T>::kNames[static_cast<std::size_t>(value)]);
    } else if constexpr (HasFields<T>) {
      Encoder inner;
      fields(inner, const_cast<T&>(value));
      return inner.take();
    } else {
      return write(value);
    }
  }
  template <class T>
  static Value encode(const std::optional<T>& value) {
    return value ? encode(*value) : Value();
  }
  template <class T>
  static Value encode(const Shared<T>& value) {
    return encode(*value);
  }
  template <class T>
  static Value encode(const std::vector<T>& values) {
    Value list = list_value();
    for (const T& value : values) list.list.push_back(encode(value));
    return list;
  }
  template <class T>
  static Value encode(const std::map<Symbol, T>& values) {
    Value map = map_value();
    for (const auto& [key, value] : values) map.map.emplace_back(key, encode(value));
    return map;
  }

 private:
  Value map_ = map_value();
};

template <class T>
Value encode_value(const T& value) {
  return Encoder::encode(value);
}

}  // namespace seatrial::api
