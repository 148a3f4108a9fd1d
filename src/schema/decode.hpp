#pragma once

#include <base/result.hpp>
#include <schema/check.hpp>
#include <schema/rules.hpp>
#include <schema/traits.hpp>

#include <boost/json/value.hpp>

#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace itsup::schema {

namespace json = boost::json;

namespace detail {

template <class T>
void decode_into(T& out, const json::value& in, const FieldRule& rule, Problems& problems);

template <class T>
void decode_integer(T& out, const json::value& in, const FieldRule& rule, Problems& problems) {
    std::int64_t number = 0;
    if (const auto* signed_number = in.if_int64()) {
        number = *signed_number;
    } else {
        problems.add("must be an integer");
        return;
    }
    if (check_range(number, rule, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(),
                    problems)) {
        out = static_cast<T>(number);
    }
}

template <class T>
void decode_enum(T& out, std::string_view text, Problems& problems) {
    bool found = false;
    std::string allowed;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto enumerator) {
        const auto name = wire_name(enumerator.name);
        allowed += allowed.empty() ? "" : ", ";
        allowed += name;
        if (name == text) {
            out = enumerator.value;
            found = true;
        }
    });
    if (!found) {
        problems.add("must be one of " + allowed);
    }
}

template <class T>
void decode_list(T& out, const json::value& in, const FieldRule& rule, Problems& problems) {
    const auto* array = in.if_array();
    if (array == nullptr) {
        problems.add("must be an array");
        return;
    }
    if (array->size() > rule.items_max) {
        problems.add("must have at most " + std::to_string(rule.items_max) + " items");
        return;
    }
    for (std::size_t i = 0; i < array->size(); ++i) {
        const auto scope = problems.enter(std::to_string(i));
        typename T::value_type item{};
        decode_into(item, (*array)[i], rule, problems);
        out.push_back(std::move(item));
    }
}

template <class T>
void decode_object(T& out, const json::value& in, Problems& problems) {
    const auto* object = in.if_object();
    if (object == nullptr) {
        problems.add("must be an object");
        return;
    }
    std::vector<std::string_view> known;
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
        const auto name = wire_name(member.name);
        known.push_back(name);
        const auto scope = problems.enter(name);
        const auto rule = rule_for<T>(name);
        if (const auto* value = object->if_contains(name)) {
            decode_into(out.*member.pointer, *value, rule, problems);
        } else if (rule.required) {
            problems.add("is required");
        }
    });
    for (const auto& entry : *object) {
        check_known(entry.key(), known, problems);
    }
}

template <class T>
void decode_text_into(T& out, std::string_view text, const FieldRule& rule, Problems& problems) {
    if constexpr (Time<T>) {
        auto parsed = base::parse_rfc3339(text);
        parsed ? void(out = *parsed) : problems.add(parsed.error().message);
    } else if constexpr (DescribedEnum<T>) {
        decode_enum(out, text, problems);
    } else if (check_text(text, rule, problems)) {
        out = std::string(text);
    }
}

template <class T>
void decode_into(T& out, const json::value& in, const FieldRule& rule, Problems& problems) {
    if constexpr (Optional<T>) {
        if (!in.is_null()) {
            typename T::value_type value{};
            decode_into(value, in, rule, problems);
            out = std::move(value);
        }
    } else if constexpr (Boolean<T>) {
        in.is_bool() ? void(out = in.get_bool()) : problems.add("must be true or false");
    } else if constexpr (Integer<T>) {
        decode_integer(out, in, rule, problems);
    } else if constexpr (Text<T> || Time<T> || DescribedEnum<T>) {
        in.is_string() ? decode_text_into(out, in.get_string(), rule, problems)
                       : problems.add("must be a string");
    } else if constexpr (List<T>) {
        decode_list(out, in, rule, problems);
    } else {
        static_assert(Described<T>, "describe this type with BOOST_DESCRIBE_STRUCT");
        decode_object(out, in, problems);
    }
}

}  // namespace detail

/// Reads a described struct from JSON text. Not JSON (or nested deeper than 32) →
/// ErrorKind::malformed; JSON with wrong values → ErrorKind::invalid with one FieldError for each
/// problem. Empty text reads as an empty object.
template <Described T>
base::Result<T> from_json(std::string_view text) {
    TRY(const auto value, parse_json(text));
    T out{};
    Problems problems;
    detail::decode_object(out, value, problems);
    TRY_VOID(std::move(problems).result());
    return out;
}

/// Parameters as they came, in order; a name may repeat.
using Parameters = std::vector<std::pair<std::string, std::string>>;

namespace detail {

template <class T>
void decode_parameter(T& out, std::string_view text, const FieldRule& rule, Problems& problems) {
    if constexpr (Optional<T>) {
        typename T::value_type value{};
        decode_parameter(value, text, rule, problems);
        out = std::move(value);
    } else if constexpr (List<T>) {
        if (out.size() >= rule.items_max) {
            problems.add("may stand at most " + std::to_string(rule.items_max) + " times");
            return;
        }
        typename T::value_type value{};
        decode_parameter(value, text, rule, problems);
        out.push_back(std::move(value));
    } else if constexpr (Boolean<T>) {
        parse_flag(out, text, problems);
    } else if constexpr (Integer<T>) {
        std::int64_t number = 0;
        if (parse_integer(number, text, problems) &&
            check_range(number, rule, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(),
                        problems)) {
            out = static_cast<T>(number);
        }
    } else {
        decode_text_into(out, text, rule, problems);
    }
}

}  // namespace detail

/// Reads a described struct from query or path parameters; every problem by the parameter's name.
/// An unknown parameter is a problem, a repeated one too unless its member is a list.
template <Described T>
base::Result<T> from_parameters(const Parameters& parameters) {
    T out{};
    Problems problems{Problems::Style::names};
    std::vector<std::string_view> known;
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
        const auto name = wire_name(member.name);
        known.push_back(name);
        const auto scope = problems.enter(name);
        const auto rule = rule_for<T>(name);
        std::size_t count = 0;
        for (const auto& [key, text] : parameters) {
            if (key != name) {
                continue;
            }
            using Member = std::remove_reference_t<decltype(out.*member.pointer)>;
            if (++count > 1 && !List<Member>) {
                problems.add("must stand only once");
                break;
            }
            detail::decode_parameter(out.*member.pointer, text, rule, problems);
        }
        if (count == 0 && rule.required) {
            problems.add("is required");
        }
    });
    for (const auto& [key, text] : parameters) {
        check_known(key, known, problems);
    }
    TRY_VOID(std::move(problems).result());
    return out;
}

}  // namespace itsup::schema
