#pragma once
// schema/: one described struct (Boost.Describe) → JSON out without a DOM, JSON and parameters in
// with every problem named by its pointer, and JSON Schema. It knows no endpoint and no noun of
// ours.

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

namespace itsup::schema {

/// What may stand in one member of a described struct, and what to tell a reader of the OpenAPI
/// document.
struct FieldRule {
    std::string_view name;
    std::string_view description = {};
    /// Input only: refuse the object when the member is missing.
    bool required = false;
    std::optional<std::int64_t> minimum = std::nullopt;
    std::optional<std::int64_t> maximum = std::nullopt;
    std::size_t length_min = 0;
    std::size_t length_max = 65536;
    /// RE2 syntax; the whole text (of each item) has to match.
    std::string_view pattern = {};
    /// What matches `pattern`, for a reader who would not read it: `a duration such as 10m`.
    std::string_view pattern_words = {};
    std::size_t items_max = 1000;
    /// JSON text, shown in the OpenAPI document.
    std::string_view example = {};
    /// `date-time`, `uuid`, `password` …
    std::string_view format = {};
};

/// Specialise for a described struct to give its members rules:
/// `template <> inline constexpr FieldRule schema::rules_of<T>[] = {…};` as a static array.
template <class T>
struct Rules {
    static constexpr std::span<const FieldRule> fields{};
    static constexpr std::string_view description{};
};

template <class T>
constexpr FieldRule rule_for(std::string_view member) {
    for (const auto& rule : Rules<T>::fields) {
        if (rule.name == member) {
            return rule;
        }
    }
    return FieldRule{.name = member};
}

}  // namespace itsup::schema
