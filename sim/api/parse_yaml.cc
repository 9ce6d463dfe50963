#include "sim/api/parse_yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <map>
#include <sstream>

#include "sim/api/scalar.h"

namespace seatrial::api {
namespace {

constexpr std::size_t kMaxFrames = 100;
constexpr std::size_t kMaxAliasedNodes = 100'000;

struct Refused {
  SourcePosition where;
  std::string message;
};

// Builds the tree from events. Every open collection is a Frame; a map holds the key that waits for its
// value.
class Builder : public YAML::EventHandler {
 public:
  Builder(Symbol file, std::int32_t line_offset, ParseResult& result)
      : file_(file), line_offset_(line_offset), result_(result) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    start_ = at(mark);
    frames_.clear();
    anchors_.clear();
    aliased_nodes_ = 0;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(scalar(mark), anchor, 1); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    Value value = scalar(mark);
    value.type = Value::Type::kString;
    value.text = text;
    if (tag == "?" || tag.empty()) {
      resolve_plain_scalar(value);
    } else if (tag != "!" && !tag.ends_with(":str") && !tag.ends_with(":binary")) {
      resolve_plain_scalar(value);
    }
    add(std::move(value), anchor, 1);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refused{at(mark), "yaml: anchor contains itself"};
    aliased_nodes_ += found->second.nodes;
    if (aliased_nodes_ > kMaxAliasedNodes)
      throw Refused{at(mark), "yaml: document contains excessive aliasing"};
    add(found->second.value, 0, found->second.nodes);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, Value::Type::kList, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(mark, Value::Type::kMap, anchor);
    frames_.back().block = style == YAML::EmitterStyle::Block;
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  Value take() { return std::move(root_); }
  SourcePosition start() const { return start_; }

 private:
  struct Frame {
    Value value;
    YAML::anchor_t anchor = 0;
    std::size_t nodes = 1;
    bool block = false, has_key = false;
    std::string key;
    SourcePosition key_where;
    std::vector<Value> merges;  // of "<<"
  };
  struct Anchor {
    Value value;
    std::size_t nodes = 1;
  };

  SourcePosition at(const YAML::Mark& mark) const {
    return {file_, mark.line + line_offset_, mark.column + 1};
  }
  Value scalar(const YAML::Mark& mark) const {
    Value value;
    value.where = at(mark);
    return value;
  }
  void complain(SourcePosition where, std::string message) {
    result_.problems.push_back({where, "", std::move(message)});
  }

  void open(const YAML::Mark& mark, Value::Type type, YAML::anchor_t anchor) {
    if (frames_.size() >= kMaxFrames) throw Refused{at(mark), "yaml: exceeded max depth of 100"};
    Frame frame;
    frame.value = scalar(mark);
    frame.value.type = type;
    frame.anchor = anchor;
    frames_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    for (const Value& merge : frame.merges) merge_into(frame.value, merge);
    add(std::move(frame.value), frame.anchor, frame.nodes);
  }

  // A complete node: the root, an item, a key, or the value of the waiting key.
  void add(Value value, YAML::anchor_t anchor, std::size_t nodes) {
    if (anchor != 0) anchors_[anchor] = {value, nodes};
    if (frames_.empty()) {
      root_ = std::move(value);
      return;
    }
    Frame& frame = frames_.back();
    frame.nodes += nodes;
    if (frame.value.type == Value::Type::kList) {
      frame.value.list.push_back(std::move(value));
    } else if (!frame.has_key) {
      take_key(frame, value);
    } else {
      frame.has_key = false;
      // The parser takes a line without a colon for a key without value.
      if (frame.block && value.is_null() && value.where == frame.key_where) {
        complain(value.where, "yaml: could not find expected ':'");
      }
      set(frame, std::move(value));
    }
  }

  void take_key(Frame& frame, const Value& value) {
    frame.has_key = true;
    frame.key_where = value.where;
    if (value.is_map() || value.is_list()) {
      complain(value.where,
               "yaml: invalid map key (a template such as {{ .X }}, or braces that need quotes?)");
      frame.key = "";
    } else {
      frame.key = key_text(value);
    }
  }

  void set(Frame& frame, Value value) {
    if (frame.key == "<<") {
      if (value.is_list()) {
        for (Value& item : value.list) frame.merges.push_back(std::move(item));
      } else {
        frame.merges.push_back(std::move(value));
      }
      return;
    }
    if (frame.value.find(frame.key)) {
      complain(frame.key_where, "yaml: key \"" + frame.key + "\" already set in map");
      return;
    }
    frame.value.map.emplace_back(Symbol(frame.key), std::move(value));
    frame.value.key_where.push_back(frame.key_where);
  }

  // Keys of the map itself win over merged ones.
  void merge_into(Value& map, const Value& merge) {
    if (!merge.is_map()) {
      complain(merge.where, "yaml: map merge requires map or sequence of maps as the value");
      return;
    }
    for (std::size_t i = 0; i < merge.map.size(); ++i) {
      if (map.find(merge.map[i].first.view())) continue;
      map.map.push_back(merge.map[i]);
      map.key_where.push_back(merge.key_where[i]);
    }
  }

  Symbol file_;
  std::int32_t line_offset_;
  ParseResult& result_;
  SourcePosition start_;
  Value root_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchor> anchors_;
  std::size_t aliased_nodes_ = 0;
};

}  // namespace

void parse_yaml(std::string_view text, Symbol file, std::int32_t first_line, ParseResult& result) {
  const auto complain = [&](SourcePosition where, const std::string& message) {
    result.problems.push_back({where, "", message});
  };
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    const bool may_go_on = text.find("\n...") != std::string_view::npos;
    SourcePosition last;
    for (bool first = true;; first = false) {
      Builder builder(file, first_line, result);
      if (!parser.HandleNextDocument(builder)) return;
      Value document = builder.take();
      // At a stray token the parser stays where it is and makes empty documents for ever.
      const bool stuck = !first && builder.start() == last;
      last = builder.start();
      if (stuck || (!first && !may_go_on && !document.is_null())) {
        return complain(stuck ? last : document.where, "yaml: did not find expected <document start>");
      }
      if (document.is_null()) continue;
      result.documents.push_back(std::move(document));
    }
  } catch (const Refused& refused) {
    complain(refused.where, refused.message);
  } catch (const YAML::Exception& error) {
    const bool known = !error.mark.is_null();
    complain({file, known ? error.mark.line + first_line : first_line, known ? error.mark.column + 1 : 1},
             "yaml: " + error.msg);
  } catch (const std::exception& error) {
    complain({file, first_line, 1}, std::string("yaml: ") + error.what());
  }
}

}  // namespace seatrial::api
