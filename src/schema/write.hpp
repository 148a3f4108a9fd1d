#pragma once

#include <schema/traits.hpp>

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

namespace itsup::schema {

/// Appends a JSON string: quoted and escaped. Bytes that are no UTF-8 become U+FFFD.
void write_text(std::string& out, std::string_view text);

/// JSON text that is already made, written as it is: a member of this type is not quoted again.
struct RawJson {
    std::string text = "null";
    bool operator==(const RawJson&) const = default;
};

template <class T>
void write(std::string& out, const T& value);

namespace detail {

template <class T>
void write_members(std::string& out, const T& value) {
    out += '{';
    bool first = true;
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
        if (!first) {
            out += ',';
        }
        first = false;
        out += '"';
        out += wire_name(member.name);
        out += "\":";
        schema::write(out, value.*member.pointer);
    });
    out += '}';
}

template <class T>
void write_number(std::string& out, T value) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    out.append(buffer, static_cast<std::size_t>(end - buffer));
}

template <class Range>
void write_items(std::string& out, const Range& items) {
    out += '[';
    bool first = true;
    for (const auto& item : items) {
        if (!first) {
            out += ',';
        }
        first = false;
        schema::write(out, item);
    }
    out += ']';
}

template <class T>
void write_entries(std::string& out, const T& entries) {
    out += '{';
    bool first = true;
    for (const auto& [key, item] : entries) {
        if (!first) {
            out += ',';
        }
        first = false;
        write_text(out, key);
        out += ':';
        schema::write(out, item);
    }
    out += '}';
}

template <class T>
std::string_view enumerator_name(T value) {
    std::string_view found = "unknown";
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto enumerator) {
        if (enumerator.value == value) {
            found = wire_name(enumerator.name);
        }
    });
    return found;
}

}  // namespace detail

/// Appends `value` as JSON. No DOM: the bytes go straight into `out`.
template <class T>
void write(std::string& out, const T& value) {
    if constexpr (std::same_as<T, RawJson>) {
        out += value.text;
    } else if constexpr (Boolean<T>) {
        out += value ? "true" : "false";
    } else if constexpr (Integer<T>) {
        detail::write_number(out, value);
    } else if constexpr (std::floating_point<T>) {
        // JSON has no infinity and no NaN.
        std::isfinite(value) ? detail::write_number(out, value) : void(out += "null");
    } else if constexpr (Text<T>) {
        write_text(out, value);
    } else if constexpr (Time<T>) {
        out += '"';
        out += base::format_rfc3339(value);
        out += '"';
    } else if constexpr (Optional<T>) {
        value ? schema::write(out, *value) : void(out += "null");
    } else if constexpr (List<T>) {
        detail::write_items(out, value);
    } else if constexpr (Map<T>) {
        detail::write_entries(out, value);
    } else if constexpr (DescribedEnum<T>) {
        write_text(out, detail::enumerator_name(value));
    } else {
        static_assert(Described<T>, "describe this type with BOOST_DESCRIBE_STRUCT");
        detail::write_members(out, value);
    }
}

template <class T>
std::string to_json(const T& value) {
    std::string out;
    schema::write(out, value);
    return out;
}

}  // namespace itsup::schema
