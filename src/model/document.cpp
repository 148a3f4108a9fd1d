#include <model/document.hpp>
#include <model/scalar.hpp>

#include <algorithm>
#include <utility>

namespace itsup::model {

struct Node::Data {
    NodeKind kind = NodeKind::scalar;
    ScalarStyle style = ScalarStyle::plain;
    Mark mark;
    std::string text;
    std::string tag;
    std::vector<Node> items;
    std::vector<Entry> entries;
};

Node::Node() : data_(std::make_shared<Data>()) {}

Node Node::scalar(std::string text, ScalarStyle style, Mark mark) {
    auto data = std::make_shared<Data>();
    data->text = std::move(text);
    data->style = style;
    data->mark = mark;
    return Node(std::move(data));
}

Node Node::string(std::string text) {
    return scalar(std::move(text), ScalarStyle::automatic);
}

Node Node::plain(std::string text) {
    return scalar(std::move(text), ScalarStyle::plain);
}

Node Node::integer(long long value) {
    return plain(std::to_string(value));
}

Node Node::boolean(bool value) {
    return plain(value ? "true" : "false");
}

Node Node::sequence(std::vector<Node> items, Mark mark) {
    auto data = std::make_shared<Data>();
    data->kind = NodeKind::sequence;
    data->items = std::move(items);
    data->mark = mark;
    return Node(std::move(data));
}

Node Node::strings(const std::vector<std::string>& texts) {
    std::vector<Node> items;
    items.reserve(texts.size());
    for (const auto& text : texts)
        items.push_back(string(text));
    return sequence(std::move(items));
}

Node Node::mapping() {
    return mapping(std::vector<Entry>{});
}

Node Node::mapping(std::vector<Entry> entries, Mark mark) {
    auto data = std::make_shared<Data>();
    data->kind = NodeKind::mapping;
    data->entries = std::move(entries);
    data->mark = mark;
    return Node(std::move(data));
}

NodeKind Node::kind() const {
    return data_->kind;
}

bool Node::is_null() const {
    return is_scalar() && resolve_scalar(*this) == ScalarType::null;
}

bool Node::is_falsy() const {
    switch (kind()) {
        case NodeKind::sequence:
            return data_->items.empty();
        case NodeKind::mapping:
            return data_->entries.empty();
        case NodeKind::scalar:
            break;
    }
    switch (resolve_scalar(*this)) {
        case ScalarType::null:
            return true;
        case ScalarType::boolean:
            return data_->text[0] == 'f' || data_->text[0] == 'F';
        case ScalarType::integer:
        case ScalarType::floating:
            return data_->text.find_first_of("123456789iInN") == std::string::npos;
        case ScalarType::timestamp:
        case ScalarType::string:
            break;
    }
    return data_->text.empty();
}

const std::string& Node::text() const {
    return data_->text;
}

ScalarStyle Node::style() const {
    return data_->style;
}

const std::string& Node::tag() const {
    return data_->tag;
}

Mark Node::mark() const {
    return data_->mark;
}

void Node::set_tag(std::string tag) {
    editable().tag = std::move(tag);
}

const std::vector<Node>& Node::items() const {
    return data_->items;
}

void Node::push_back(Node item) {
    editable().items.push_back(std::move(item));
}

Node& Node::edit_item(std::size_t index) {
    return editable().items.at(index);
}

const std::vector<Entry>& Node::entries() const {
    return data_->entries;
}

const Node* Node::find(std::string_view key) const {
    for (const auto& entry : data_->entries) {
        if (entry.key.is_scalar() && entry.key.text() == key)
            return &entry.value;
    }
    return nullptr;
}

const Node* Node::find_path(std::initializer_list<std::string_view> keys) const {
    const Node* node = this;
    for (const auto key : keys) {
        if (node != nullptr)
            node = node->find(key);
    }
    return node;
}

Node* Node::edit(std::string_view key) {
    if (find(key) == nullptr)
        return nullptr;
    for (auto& entry : editable().entries) {
        if (entry.key.is_scalar() && entry.key.text() == key)
            return &entry.value;
    }
    return nullptr;
}

Node& Node::set(std::string_view key, Node value) {
    if (!is_mapping())
        *this = mapping();
    if (Node* existing = edit(key))
        return *existing = std::move(value);
    auto& entries = editable().entries;
    entries.push_back({string(std::string(key)), std::move(value)});
    return entries.back().value;
}

bool Node::erase(std::string_view key) {
    if (find(key) == nullptr)
        return false;
    std::erase_if(editable().entries, [key](const Entry& entry) {
        return entry.key.is_scalar() && entry.key.text() == key;
    });
    return true;
}

Node::Data& Node::editable() {
    if (data_.use_count() != 1)
        data_ = std::make_shared<Data>(*data_);
    return *data_;
}

bool operator==(const Node& a, const Node& b) {
    if (a.data_ == b.data_)
        return true;
    if (a.kind() != b.kind() || a.tag() != b.tag())
        return false;
    switch (a.kind()) {
        case NodeKind::scalar:
            return a.text() == b.text() &&
                   (a.style() == ScalarStyle::plain) == (b.style() == ScalarStyle::plain);
        case NodeKind::sequence:
            return a.items() == b.items();
        case NodeKind::mapping:
            return std::ranges::equal(a.entries(), b.entries(), [](const Entry& x, const Entry& y) {
                return x.key == y.key && x.value == y.value;
            });
    }
    return false;
}

Node deep_merge(const Node& base, const Node& over) {
    if (!base.is_mapping() || !over.is_mapping())
        return over;
    Node merged = base;
    for (const auto& entry : over.entries()) {
        const Node* existing = merged.find(entry.key.text());
        merged.set(entry.key.text(),
                   existing != nullptr ? deep_merge(*existing, entry.value) : entry.value);
    }
    return merged;
}

}  // namespace itsup::model
