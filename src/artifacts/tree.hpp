#pragma once
// Shorthands for trees that are written down in code.

#include <model/document.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace itsup::artifacts {

using Field = std::pair<std::string_view, model::Node>;

inline model::Node map(std::initializer_list<Field> fields = {}) {
    model::Node node = model::Node::mapping();
    for (const auto& [key, value] : fields)
        node.set(key, value);
    return node;
}
inline model::Node text(std::string value) {
    return model::Node::string(std::move(value));
}
inline model::Node number(long long value) {
    return model::Node::integer(value);
}
inline model::Node flag(bool value) {
    return model::Node::boolean(value);
}
inline model::Node texts(const std::vector<std::string>& values) {
    return model::Node::strings(values);
}

}  // namespace itsup::artifacts
