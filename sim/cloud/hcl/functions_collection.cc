// Functions of lists, sets and maps. Sets are lists without repetitions, in order.
#include <algorithm>
#include <array>
#include <cmath>

#include "sim/cloud/hcl/evaluate.h"
#include "sim/cloud/hcl/functions.h"

namespace seatrial::cloud::hcl {
namespace {

constexpr std::size_t kLongestRange = 1024;      // terraform's own limit
constexpr std::size_t kMostOfAProduct = 10'000;  // items of setproduct

FunctionResult not_a(std::string_view wanted) { return std::unexpected(std::string(wanted) + " required"); }
// Cannot be said; the caller knows what it came from.
Value open() {
  Value value;
  value.type = Value::Type::kUnknown;
  return value;
}
bool holds(const std::vector<Value>& items, const Value& item) {
  return std::ranges::find(items, item) != items.end();
}

bool before(const Value& a, const Value& b) {
  if (a.type == Value::Type::kNumber && b.type == Value::Type::kNumber) return a.number < b.number;
  return a.str() < b.str();
}

Value as_set(std::vector<Value> items) {
  std::ranges::stable_sort(items, before);
  const auto rest = std::ranges::unique(items);
  items.erase(rest.begin(), rest.end());
  return Value::tuple(std::move(items));
}

FunctionResult length(Arguments a) {
  const Value& value = a[0];
  if (value.is_tuple()) return Value::of(static_cast<double>(value.items.size()));
  if (value.is_object()) return Value::of(static_cast<double>(value.fields.size()));
  if (value.is_unknown()) return open();
  if (!value.is_string()) return not_a("argument must be a string, a collection type, or a structural type:");
  const auto count = std::ranges::count_if(
      value.text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
  return Value::of(static_cast<double>(count));
}

FunctionResult concat(Arguments a) {
  Value result = Value::tuple({});
  for (const Value& list : a) {
    if (list.is_unknown()) return open();
    if (!list.is_tuple()) return not_a("list");
    result.items.insert(result.items.end(), list.items.begin(), list.items.end());
  }
  return result;
}

FunctionResult merge(Arguments a) {
  Value result = Value::object();
  for (const Value& map : a) {
    if (map.is_unknown()) return open();
    if (map.is_null()) continue;
    if (!map.is_object()) return not_a("map or object");
    for (const Field& field : map.fields) result.set(field.key, field.value);
  }
  return result;
}

FunctionResult lookup(Arguments a) {
  if (a[0].is_unknown() || a[1].is_unknown()) return open();
  std::string key;
  if (!a[0].is_object() || !to_text(a[1], key)) return not_a("map and key");
  if (const Value* const found = a[0].find(key)) return *found;
  if (a.size() > 2) return a[2];
  return std::unexpected("the given object has no attribute \"" + key + "\"");
}

FunctionResult keys(Arguments a) {
  if (a[0].is_unknown()) return open();
  if (!a[0].is_object()) return not_a("map or object");
  Value result = Value::tuple({});
  for (const Field& field : a[0].fields) result.items.push_back(Value::of(field.key));
  return result;
}

FunctionResult values(Arguments a) {
  if (a[0].is_unknown()) return open();
  if (!a[0].is_object()) return not_a("map or object");
  Value result = Value::tuple({});
  for (const Field& field : a[0].fields) result.items.push_back(field.value);
  return result;
}

FunctionResult to_set(Arguments a) {
  if (a[0].is_unknown()) return open();
  if (a[0].is_null()) return a[0];
  return a[0].is_tuple() ? FunctionResult(as_set(a[0].items)) : not_a("set");
}
FunctionResult to_list(Arguments a) {
  if (a[0].is_unknown()) return open();
  return a[0].is_tuple() || a[0].is_null() ? FunctionResult(a[0]) : not_a("list");
}
FunctionResult to_map(Arguments a) {
  if (a[0].is_unknown()) return open();
  return a[0].is_object() || a[0].is_null() ? FunctionResult(a[0]) : not_a("map");
}
FunctionResult list(Arguments a) { return Value::tuple({a.begin(), a.end()}); }
FunctionResult map(Arguments a) {
  Value result = Value::object();
  for (std::size_t i = 0; i + 1 < a.size(); i += 2) result.set(a[i].str(), a[i + 1]);
  return result;
}

FunctionResult contains(Arguments a) {
  if (!a[0].is_tuple()) return not_a("list");
  return Value::boolean(holds(a[0].items, a[1]));
}

FunctionResult distinct(Arguments a) {
  if (!a[0].is_tuple()) return not_a("list");
  if (a[0].items.size() > kMostOfAProduct) return open();
  Value result = Value::tuple({});
  for (const Value& item : a[0].items) {
    if (!holds(result.items, item)) result.items.push_back(item);
  }
  return result;
}

FunctionResult compact(Arguments a) {
  if (a[0].is_unknown()) return open();
  if (!a[0].is_tuple()) return not_a("list of string");
  Value result = Value::tuple({});
  for (const Value& item : a[0].items) {
    if (!item.is_null() && !(item.is_string() && item.text.empty())) result.items.push_back(item);
  }
  return result;
}

void flatten_into(const Value& value, std::vector<Value>& items) {
  for (const Value& item : value.items) {
    if (item.is_tuple())
      flatten_into(item, items);
    else
      items.push_back(item);
  }
}
FunctionResult flatten(Arguments a) {
  if (a[0].is_unknown()) return open();
  if (!a[0].is_tuple()) return not_a("list");
  Value result = Value::tuple({});
  flatten_into(a[0], result.items);
  return result;
}

FunctionResult element(Arguments a) {
  double index = 0;
  if (a[0].is_unknown() || a[1].is_unknown()) return open();
  if (!a[0].is_tuple() || !to_number(a[1], index)) return not_a("list and index");
  if (a[0].items.empty()) return std::unexpected("cannot use element function with an empty list");
  const auto size = static_cast<double>(a[0].items.size());
  const double wrapped = index - size * std::floor(index / size);
  return a[0].items[std::min(static_cast<std::size_t>(wrapped), a[0].items.size() - 1)];
}

FunctionResult index(Arguments a) {
  if (!a[0].is_tuple()) return not_a("list");
  const auto found = std::ranges::find(a[0].items, a[1]);
  if (found == a[0].items.end()) return std::unexpected("item not found");
  return Value::of(static_cast<double>(found - a[0].items.begin()));
}

FunctionResult slice(Arguments a) {
  double from = 0, to = 0;
  if (a[0].is_unknown() || a[1].is_unknown() || a[2].is_unknown()) return open();
  if (!a[0].is_tuple() || !to_number(a[1], from) || !to_number(a[2], to)) return not_a("list and indexes");
  const auto size = static_cast<double>(a[0].items.size());
  if (from < 0 || to > size || from > to) return std::unexpected("the indexes are outside of the list");
  const auto begin = a[0].items.begin();
  return Value::tuple({begin + static_cast<std::ptrdiff_t>(from), begin + static_cast<std::ptrdiff_t>(to)});
}

FunctionResult sort(Arguments a) {
  if (!a[0].is_tuple()) return not_a("list of string");
  Value result = a[0];
  std::ranges::stable_sort(result.items, {}, &Value::str);
  return result;
}

FunctionResult reverse(Arguments a) {
  if (a[0].is_unknown()) return open();
  if (!a[0].is_tuple()) return not_a("list");
  return Value::tuple({a[0].items.rbegin(), a[0].items.rend()});
}

FunctionResult range(Arguments a) {
  double from = 0, to = 0, step = 1;
  const bool one = a.size() == 1;
  if (!to_number(a[one ? 0 : 1], to) || (!one && !to_number(a[0], from)) ||
      (a.size() > 2 && !to_number(a[2], step)))
    return not_a("number");
  if (a.size() < 3 && from > to) step = -1;
  if (step == 0) return std::unexpected("step must not be zero");
  Value result = Value::tuple({});
  for (double at = from; step > 0 ? at < to : at > to; at += step) {
    if (result.items.size() >= kLongestRange)
      return std::unexpected(
          "more than 1024 values were generated; either decrease the difference between start and end "
          "or use a smaller step");
    result.items.push_back(Value::of(at));
  }
  return result;
}

FunctionResult coalesce(Arguments a) {
  for (const Value& value : a) {
    if (value.is_unknown()) return value;
    if (!value.is_null() && !(value.is_string() && value.text.empty())) return value;
  }
  return std::unexpected("no non-null, non-empty-string arguments");
}

FunctionResult coalesce_list(Arguments a) {
  for (const Value& value : a) {
    if (value.is_unknown()) return open();
    if (value.is_tuple() && !value.items.empty()) return value;
  }
  return std::unexpected("no non-null, non-empty arguments");
}

FunctionResult one(Arguments a) {
  if (a[0].is_unknown()) return open();
  if (!a[0].is_tuple()) return not_a("list, set or tuple");
  if (a[0].items.size() > 1)
    return std::unexpected("must be a list, set, or tuple value with either zero or one elements");
  return a[0].items.empty() ? Value() : a[0].items[0];
}

FunctionResult all_true(Arguments a) {
  if (!a[0].is_tuple()) return not_a("list of bool");
  return Value::boolean(std::ranges::all_of(a[0].items, [](const Value& item) {
    bool truth = false;
    return to_bool(item, truth) && truth;
  }));
}
FunctionResult any_true(Arguments a) {
  if (!a[0].is_tuple()) return not_a("list of bool");
  return Value::boolean(std::ranges::any_of(a[0].items, [](const Value& item) {
    bool truth = false;
    return to_bool(item, truth) && truth;
  }));
}

FunctionResult sum(Arguments a) {
  if (!a[0].is_tuple() || a[0].items.empty()) return not_a("list of number that is not empty");
  double total = 0;
  for (const Value& item : a[0].items) {
    double number = 0;
    if (!to_number(item, number)) return not_a("list of number");
    total += number;
  }
  return Value::of(total);
}

FunctionResult zip_map(Arguments a) {
  if (a[0].is_unknown() || a[1].is_unknown()) return open();
  if (!a[0].is_tuple() || !a[1].is_tuple() || a[0].items.size() != a[1].items.size())
    return std::unexpected("number of keys does not match number of values");
  Value result = Value::object();
  for (std::size_t i = 0; i < a[0].items.size(); ++i) {
    if (a[0].items[i].is_unknown()) return open();
    result.set(a[0].items[i].str(), a[1].items[i]);
  }
  return result;
}

// Every combination, the last list's items changing first.
FunctionResult set_product(Arguments a) {
  std::vector<Value> rows{Value::tuple({})};
  for (const Value& list : a) {
    if (list.is_unknown()) return open();
    if (!list.is_tuple()) return not_a("list or set");
    if (rows.size() * list.items.size() > kMostOfAProduct) return std::unexpected("too many combinations");
    std::vector<Value> longer;
    for (const Value& row : rows) {
      for (const Value& item : list.items) {
        longer.push_back(row);
        longer.back().items.push_back(item);
      }
    }
    rows = std::move(longer);
  }
  return Value::tuple(std::move(rows));
}

FunctionResult set_union(Arguments a) {
  std::vector<Value> items;
  for (const Value& set : a) {
    if (!set.is_tuple()) return not_a("set");
    items.insert(items.end(), set.items.begin(), set.items.end());
  }
  return as_set(std::move(items));
}
FunctionResult set_intersection(Arguments a) {
  std::vector<Value> items = a[0].items;
  for (const Value& set : a) {
    if (!set.is_tuple()) return not_a("set");
    std::erase_if(items, [&](const Value& item) { return !holds(set.items, item); });
  }
  return as_set(std::move(items));
}
FunctionResult set_subtract(Arguments a) {
  if (!a[0].is_tuple() || !a[1].is_tuple()) return not_a("set");
  std::vector<Value> items = a[0].items;
  std::erase_if(items, [&](const Value& item) { return holds(a[1].items, item); });
  return as_set(std::move(items));
}

FunctionResult chunk_list(Arguments a) {
  double size = 0;
  if (!a[0].is_tuple() || !to_number(a[1], size) || size < 0) return not_a("list and size");
  Value result = Value::tuple({});
  for (const Value& item : a[0].items) {
    const bool full =
        result.items.empty() || (size > 0 && static_cast<double>(result.items.back().items.size()) >= size);
    if (full) result.items.push_back(Value::tuple({}));
    result.items.back().items.push_back(item);
  }
  return result;
}

FunctionResult match_keys(Arguments a) {
  if (!a[0].is_tuple() || !a[1].is_tuple() || !a[2].is_tuple() || a[0].items.size() != a[1].items.size())
    return std::unexpected("length of keys and values should be equal");
  Value result = Value::tuple({});
  for (std::size_t i = 0; i < a[0].items.size(); ++i) {
    if (holds(a[2].items, a[1].items[i])) result.items.push_back(a[0].items[i]);
  }
  return result;
}

FunctionResult transpose(Arguments a) {
  if (!a[0].is_object()) return not_a("map of list of string");
  Value result = Value::object();
  for (const Field& field : a[0].fields) {
    for (const Value& item : field.value.items) {
      const Value* const known = result.find(item.str());
      Value list = known ? *known : Value::tuple({});
      list.items.push_back(Value::of(field.key));
      result.set(item.str(), std::move(list));
    }
  }
  return result;
}

constexpr auto kCollectionFunctions = std::to_array<Function>({
    {"alltrue", 1, 1, all_true},
    {"anytrue", 1, 1, any_true},
    {"chunklist", 2, 2, chunk_list},
    {"coalesce", 1, kAny, coalesce, true},
    {"coalescelist", 1, kAny, coalesce_list, true},
    {"compact", 1, 1, compact, true},
    {"concat", 0, kAny, concat, true},
    {"contains", 2, 2, contains},
    {"distinct", 1, 1, distinct},
    {"element", 2, 2, element, true},
    {"flatten", 1, 1, flatten, true},
    {"index", 2, 2, index},
    {"keys", 1, 1, keys, true},
    {"length", 1, 1, length, true},
    {"list", 0, kAny, list, true},
    {"lookup", 2, 3, lookup, true},
    {"map", 0, kAny, map},
    {"matchkeys", 3, 3, match_keys},
    {"merge", 0, kAny, merge, true},
    {"one", 1, 1, one, true},
    {"range", 1, 3, range},
    {"reverse", 1, 1, reverse, true},
    {"setintersection", 1, kAny, set_intersection},
    {"setproduct", 1, kAny, set_product, true},
    {"setsubtract", 2, 2, set_subtract},
    {"setunion", 1, kAny, set_union},
    {"slice", 3, 3, slice, true},
    {"sort", 1, 1, sort},
    {"sum", 1, 1, sum},
    {"tolist", 1, 1, to_list, true},
    {"tomap", 1, 1, to_map, true},
    {"toset", 1, 1, to_set, true},
    {"transpose", 1, 1, transpose},
    {"values", 1, 1, values, true},
    {"zipmap", 2, 2, zip_map, true},
});

}  // namespace

std::span<const Function> collection_functions() { return kCollectionFunctions; }

}  // namespace seatrial::cloud::hcl
