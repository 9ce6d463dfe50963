// Label selectors as they are written on a command line: `app=web,tier!=db,env in (a, b),!canary`.
// Source: k8s.io/apimachinery/pkg/labels/selector.go.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "sim/api/meta.h"

namespace seatrial::api {

// The empty text selects everything. The error is what kubectl prints.
std::expected<LabelSelector, std::string> parse_selector(std::string_view text);
// app=web,env in (a,b),!canary: by key; empty for the empty one.
std::string selector_text(const LabelSelector& selector);
// As events and conditions show one (Go's %+v of a *metav1.LabelSelector).
std::string go_text(const std::optional<LabelSelector>& selector);
std::string labels_text(const LabelMap& labels);  // app=web,tier=front

}  // namespace seatrial::api
