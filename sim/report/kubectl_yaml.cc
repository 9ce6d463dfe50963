// Objects as -o json, -o yaml and -o name.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "sim/api/kinds.h"
#include "sim/report/kubectl_table.h"

namespace seatrial::report {
namespace {

void yaml_value(const nlohmann::ordered_json& json, std::size_t indent, std::string& text);

bool plain_enough(const std::string& text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./ ()").find(c) != std::string_view::npos;
  };
  const bool letter = (text.front() >= 'a' && text.front() <= 'z') ||
                      (text.front() >= 'A' && text.front() <= 'Z') || text.front() == '/';
  constexpr std::array<std::string_view, 11> kWords{"true", "false", "yes", "no",   "on",   "off",
                                                    "null", "y",     "n",   "True", "False"};
  return letter && std::ranges::all_of(text, allowed) && std::ranges::find(kWords, text) == kWords.end();
}

std::string yaml_scalar(const nlohmann::ordered_json& json) {
  if (json.is_string() && plain_enough(json.get_ref<const std::string&>())) return json.get<std::string>();
  return json.dump();  // a JSON scalar is a YAML scalar
}

void yaml_children(const nlohmann::ordered_json& json, std::size_t indent, std::string& text) {
  bool first = true;
  for (const auto& [key, value] : json.items()) {
    if (!first) text += std::string(indent, ' ');
    first = false;
    text += (plain_enough(key) ? key : nlohmann::ordered_json(key).dump()) + ":";
    yaml_value(value, indent, text);
  }
}

void yaml_value(const nlohmann::ordered_json& json, std::size_t indent, std::string& text) {
  if (json.is_object() && !json.empty()) {
    text += "\n" + std::string(indent + 2, ' ');
    yaml_children(json, indent + 2, text);
  } else if (json.is_array() && !json.empty()) {
    text += "\n";
    for (const auto& item : json) {
      text += std::string(indent, ' ') + "-";
      if (item.is_object() && !item.empty()) {
        text += " ";
        yaml_children(item, indent + 2, text);
      } else {
        yaml_value(item, indent + 2, text);
      }
    }
  } else {
    text += " " + yaml_scalar(json) + "\n";
  }
}

nlohmann::ordered_json list_json(const std::vector<api::ObjectPtr>& objects) {
  if (objects.size() == 1) return api::info(*objects.front()).encode(*objects.front());
  nlohmann::ordered_json list = {
      {"apiVersion", "v1"}, {"items", nlohmann::ordered_json::array()}, {"kind", "List"}};
  for (const api::ObjectPtr& object : objects) list["items"].push_back(api::info(*object).encode(*object));
  return list;
}

}  // namespace

std::string kubectl_json(const std::vector<api::ObjectPtr>& objects) {
  return list_json(objects).dump(4) + "\n";
}

std::string kubectl_yaml(const std::vector<api::ObjectPtr>& objects) {
  std::string text;
  yaml_children(list_json(objects), 0, text);
  return text;
}

std::string kubectl_names(const std::vector<api::ObjectPtr>& objects) {
  std::string text;
  for (const api::ObjectPtr& object : objects) text += kubectl_name(*object) + "\n";
  return text;
}

}  // namespace seatrial::report
