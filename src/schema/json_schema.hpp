#pragma once

#include <schema/rules.hpp>
#include <schema/traits.hpp>
#include <schema/write.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <string>

namespace itsup::schema {

namespace json = boost::json;

/// Input: what may be sent (closed, `required` by the rules). Output: what is always answered
/// (every member is there, more may come).
enum class Direction { input, output };

/// Named schemas that were met, for `components/schemas`.
using SchemaMap = std::map<std::string, json::object>;

/// A described struct's name in the document; specialise to give one. Unnamed structs are written
/// in place.
template <class T>
struct SchemaName {
    static constexpr std::string_view value{};
};

template <class T>
json::object describe_type(const FieldRule& rule, Direction direction, SchemaMap& named);

namespace detail {

void apply_text_rule(json::object& out, const FieldRule& rule);
void apply_range(json::object& out, const FieldRule& rule);
void apply_notes(json::object& out, const FieldRule& rule);
json::object make_nullable(json::object schema);
json::object make_reference(std::string_view name);

template <class T>
json::object describe_enum() {
    json::array names;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto enumerator) {
        const auto name = wire_name(enumerator.name);
        names.emplace_back(json::string(name));
    });
    return {{"type", "string"}, {"enum", std::move(names)}};
}

template <class T>
json::object describe_members(Direction direction, SchemaMap& named) {
    json::object properties;
    json::array required;
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
        using Member = std::remove_cvref_t<decltype(std::declval<T>().*member.pointer)>;
        const auto name = wire_name(member.name);
        const auto rule = rule_for<T>(name);
        auto property = describe_type<Member>(rule, direction, named);
        apply_notes(property, rule);
        properties[name] = std::move(property);
        if (direction == Direction::output || rule.required) {
            required.emplace_back(json::string(name));
        }
    });
    json::object out{{"type", "object"}, {"properties", std::move(properties)}};
    if (!Rules<T>::description.empty()) {
        out["description"] = Rules<T>::description;
    }
    if (!required.empty()) {
        out["required"] = std::move(required);
    }
    if (direction == Direction::input) {
        out["additionalProperties"] = false;
    }
    return out;
}

}  // namespace detail

/// JSON Schema (2020-12, as OpenAPI 3.1 uses it) of a type with its rule.
template <class T>
json::object describe_type(const FieldRule& rule, Direction direction, SchemaMap& named) {
    if constexpr (Optional<T>) {
        return detail::make_nullable(describe_type<typename T::value_type>(rule, direction, named));
    } else if constexpr (std::same_as<T, RawJson>) {
        return {};
    } else if constexpr (Boolean<T>) {
        return {{"type", "boolean"}};
    } else if constexpr (Integer<T>) {
        json::object out{{"type", "integer"}, {"format", "int64"}};
        detail::apply_range(out, rule);
        return out;
    } else if constexpr (std::floating_point<T>) {
        return {{"type", "number"}};
    } else if constexpr (Time<T>) {
        return {{"type", "string"}, {"format", "date-time"}};
    } else if constexpr (Text<T>) {
        json::object out{{"type", "string"}};
        if (direction == Direction::input) {
            detail::apply_text_rule(out, rule);
        }
        return out;
    } else if constexpr (List<T>) {
        json::object out{{"type", "array"},
                         {"items", describe_type<typename T::value_type>(rule, direction, named)}};
        if (direction == Direction::input) {
            out["maxItems"] = rule.items_max;
        }
        return out;
    } else if constexpr (Map<T>) {
        return {{"type", "object"},
                {"additionalProperties",
                 describe_type<typename T::mapped_type>(rule, direction, named)}};
    } else if constexpr (DescribedEnum<T>) {
        return detail::describe_enum<T>();
    } else {
        constexpr auto name = SchemaName<T>::value;
        if constexpr (name.empty()) {
            return detail::describe_members<T>(direction, named);
        } else {
            if (!named.contains(std::string(name))) {
                named[std::string(name)];  // A type that holds itself meets its own name here.
                named[std::string(name)] = detail::describe_members<T>(direction, named);
            }
            return detail::make_reference(name);
        }
    }
}

}  // namespace itsup::schema
