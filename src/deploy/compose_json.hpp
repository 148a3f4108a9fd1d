#pragma once

#include <boost/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace itsup::deploy {

// Reading what `compose config --format json` prints. What is null, or of another kind, is not
// there.

inline const boost::json::value* find(const boost::json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value == nullptr || value->is_null() ? nullptr : value;
}

inline const boost::json::object* object_at(const boost::json::object& object,
                                            std::string_view key) {
    const auto* value = find(object, key);
    return value == nullptr ? nullptr : value->if_object();
}

inline const boost::json::array* array_at(const boost::json::object& object, std::string_view key) {
    const auto* value = find(object, key);
    return value == nullptr ? nullptr : value->if_array();
}

inline std::string text_at(const boost::json::object& object, std::string_view key) {
    const auto* value = find(object, key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

inline std::optional<int> int_at(const boost::json::object& object, std::string_view key) {
    const auto* value = find(object, key);
    if (value == nullptr || !value->is_number()) {
        return std::nullopt;
    }
    boost::system::error_code code;
    const auto number = value->to_number<int>(code);
    return code ? std::nullopt : std::optional(number);
}

inline bool is_true(const boost::json::object& object, std::string_view key) {
    const auto* value = find(object, key);
    return value != nullptr && value->is_bool() && value->get_bool();
}

}  // namespace itsup::deploy
