#include "sim/api/validation.h"

#include <array>

namespace seatrial::api {

void Report::add(const Place& at, std::string message) {
  problems_.push_back({{}, at.str(), std::move(message), Problem::Reason::kInvalid});
}

namespace {

std::string with_detail(std::string text, std::string_view message) {
  return message.empty() ? text : text + ": " + std::string(message);
}

}  // namespace

void Report::invalid(const Place& at, std::string_view text, std::string_view message) {
  add(at, with_detail("Invalid value: " + quoted(text), message));
}
void Report::invalid(const Place& at, std::int64_t number, std::string_view message) {
  add(at, with_detail("Invalid value: " + std::to_string(number), message));
}
void Report::invalid_json(const Place& at, const Value& value, std::string_view message) {
  Value sorted = value;
  sort_keys(sorted);
  add(at, with_detail("Invalid value: " + compact_json(sorted), message));
}
void Report::invalid_struct(const Place& at, const Value& value, std::string_view message) {
  add(at, with_detail("Invalid value: " + compact_json(value), message));
}
void Report::required(const Place& at, std::string_view message) {
  add(at, with_detail("Required value", message));
}
void Report::forbidden(const Place& at, std::string_view message) {
  add(at, with_detail("Forbidden", message));
}
void Report::duplicate(const Place& at, std::string_view text) {
  add(at, "Duplicate value: " + quoted(text));
}
void Report::duplicate(const Place& at, std::int64_t number) {
  add(at, "Duplicate value: " + std::to_string(number));
}
void Report::duplicate_json(const Place& at, const Value& value) {
  add(at, "Duplicate value: " + compact_json(value));
}
void Report::not_found(const Place& at, std::string_view text) { add(at, "Not found: " + quoted(text)); }
void Report::too_long(const Place& at, std::string_view what, std::int64_t max) {
  add(at, "Too long: may not be more than " + std::to_string(max) + " " + std::string(what));
}
void Report::too_many(const Place& at, std::size_t actual, std::size_t max) {
  add(at, "Too many: " + std::to_string(actual) + ": must have at most " + std::to_string(max) + " items");
}
void Report::unsupported(const Place& at, std::string_view text,
                         std::span<const std::string_view> supported) {
  std::string message = "Unsupported value: " + quoted(text) + ": supported values: ";
  for (std::size_t i = 0; i < supported.size(); ++i) message += (i ? ", " : "") + quoted(supported[i]);
  add(at, std::move(message));
}
void Report::invalid_all(const Place& at, std::string_view text, const std::vector<std::string>& messages) {
  for (const std::string& message : messages) invalid(at, text, message);
}
void Report::non_negative(const Place& at, std::int64_t number) {
  if (number < 0) invalid(at, number, "must be greater than or equal to 0");
}

void validate_labels(Report& report, const Place& at, const LabelMap& labels) {
  for (const auto& [name, value] : labels) {
    report.invalid_all(at, name.view(), check_qualified_name(name.view()));
    report.invalid_all(at, value.view(), check_label_value(value.view()));
  }
}

namespace {

std::vector<std::string> check_name(std::string_view name, NameRule rule) {
  switch (rule) {
    case NameRule::kSubdomain:
      return check_dns1123_subdomain(name);
    case NameRule::kLabel:
      return check_dns1123_label(name);
    case NameRule::kDns1035:
      return check_dns1035_label(name);
    case NameRule::kPathSegment:
      return check_path_segment_name(name);
  }
  return {};
}

// Annotation keys are compared without regard to case; all of them together may have 256 KiB.
void validate_annotations(Report& report, const Place& at, const LabelMap& annotations) {
  constexpr std::size_t kLimit = 256 << 10;
  std::size_t total = 0;
  for (const auto& [name, value] : annotations) {
    std::string lower(name.view());
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    report.invalid_all(at, name.view(), check_qualified_name(lower));
    total += name.view().size() + value.view().size();
  }
  if (total > kLimit) report.too_long(at, "bytes", kLimit);
}

void validate_owners(Report& report, const Place& at, const std::vector<OwnerReference>& owners) {
  for (const OwnerReference& owner : owners) {
    if (owner.api_version.empty()) report.invalid(field(at, "apiVersion"), "", "version must not be empty");
    if (owner.kind.empty()) report.invalid(field(at, "kind"), "", "must not be empty");
    if (owner.name.empty()) report.invalid(field(at, "name"), "", "must not be empty");
    if (owner.uid.empty()) report.invalid(field(at, "uid"), "", "must not be empty");
  }
}

// A name of one word only is one of Kubernetes' own.
void validate_finalizers(Report& report, const Place& at, const std::vector<Symbol>& finalizers) {
  static constexpr std::array kStandard = {std::string_view("foregroundDeletion"),
                                           std::string_view("kubernetes"), std::string_view("orphan")};
  for (const Symbol finalizer : finalizers)
    report.invalid_all(at, finalizer.view(), check_qualified_name(finalizer.view()));
  for (std::size_t i = 0; i < finalizers.size(); ++i) {
    const std::string_view name = finalizers[i].view();
    if (check_qualified_name(name).empty() && name.find('/') == std::string_view::npos &&
        !contains(kStandard, name))
      report.invalid(item(at, i), name,
                     "name is neither a standard finalizer name nor is it fully qualified");
  }
}

void validate_unchanged(Report& report, const Place& at, const ObjectMeta& m, const ObjectMeta& old) {
  constexpr const char* kImmutable = "field is immutable";
  if (m.name != old.name) report.invalid(field(at, "name"), m.name.view(), kImmutable);
  if (m.namespace_ != old.namespace_) report.invalid(field(at, "namespace"), m.namespace_.view(), kImmutable);
  if (m.uid != old.uid) report.invalid(field(at, "uid"), m.uid.str(), kImmutable);
}

}  // namespace

void validate_metadata(Report& report, const Object& object, NameRule rule, const Object* old) {
  const ObjectMeta& m = object.metadata;
  const Place root, at = field(root, "metadata");
  if (!m.generate_name.empty() && !old) {
    // A trailing dash is fine where a suffix follows.
    std::string prefix(m.generate_name.view());
    if (prefix.ends_with('-')) prefix.back() = 'a';
    report.invalid_all(field(at, "generateName"), m.generate_name.view(), check_name(prefix, rule));
  }
  if (m.name.empty()) {
    if (m.generate_name.empty()) report.required(field(at, "name"), "name or generateName is required");
  } else if (!old && object.kind != Kind::kUnstructured) {
    report.invalid_all(field(at, "name"), m.name.view(), check_name(m.name.view(), rule));
  }
  if (!m.namespace_.empty() && !old) {
    report.invalid_all(field(at, "namespace"), m.namespace_.view(), check_dns1123_label(m.namespace_.view()));
  }
  validate_labels(report, field(at, "labels"), *m.labels);
  validate_annotations(report, field(at, "annotations"), *m.annotations);
  validate_owners(report, field(at, "ownerReferences"), m.owner_references);
  validate_finalizers(report, field(at, "finalizers"), m.finalizers);
  if (old) validate_unchanged(report, at, m, old->metadata);
}

void validate_amount(Report& report, const Place& at, const IntOrString& value) {
  if (!value.is_string()) return report.non_negative(at, value.number);
  report.invalid_all(at, value.text.view(), check_percent(value.text.view()));
}

void validate_at_most_100_percent(Report& report, const Place& at, const IntOrString& value) {
  if (!value.is_string() || scaled_value(value, 100, true).value_or(0) <= 100) return;
  report.invalid_json(at, encode_value(value), "must not be greater than 100%");
}

bool is_zero_amount(const std::optional<IntOrString>& value) {
  const auto amount = value ? scaled_value(*value, 100, true) : 0;
  return amount && *amount == 0;
}

void validate_label_selector(Report& report, const Place& at, const LabelSelector& selector) {
  using Op = LabelSelectorRequirement::Operator;
  validate_labels(report, field(at, "matchLabels"), selector.match_labels);
  const Place expressions = field(at, "matchExpressions");
  for (std::size_t i = 0; i < selector.match_expressions.size(); ++i) {
    const LabelSelectorRequirement& r = selector.match_expressions[i];
    const Place here = item(expressions, i), values = field(here, "values");
    const bool needs = r.op == Op::kIn || r.op == Op::kNotIn;
    if (needs && r.values.empty()) {
      report.required(values, "must be specified when `operator` is 'In' or 'NotIn'");
    } else if (!needs && (r.op == Op::kExists || r.op == Op::kDoesNotExist) && !r.values.empty()) {
      report.forbidden(values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    } else if (r.op == Op::kGt || r.op == Op::kLt) {
      report.invalid(field(here, "operator"), r.op == Op::kGt ? "Gt" : "Lt", "not a valid selector operator");
    }
    report.invalid_all(field(here, "key"), r.key.view(), check_qualified_name(r.key.view()));
    for (std::size_t k = 0; k < r.values.size(); ++k) {
      report.invalid_all(item(values, k), r.values[k].view(), check_label_value(r.values[k].view()));
    }
  }
}

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += i + k <= bytes.size() ? kDigits[(group >> (18 - 6 * k)) & 63] : '=';
    }
  }
  return text;
}

}  // namespace seatrial::api
