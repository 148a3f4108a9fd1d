#pragma once

#include <fmt/core.h>

#include <compare>
#include <concepts>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace itsup::base {

/// A string that has been parsed and is something: `ProjectName`, `ServiceName`. Only `T::parse`
/// makes one, so inside the house nobody checks again. Derive: `class X : public StrongString<X>`.
template <class Derived>
class StrongString {
  public:
    [[nodiscard]] const std::string& str() const { return value_; }
    [[nodiscard]] std::string_view view() const { return value_; }

    friend bool operator==(const StrongString& a, const StrongString& b) {
        return a.value_ == b.value_;
    }
    friend auto operator<=>(const StrongString& a, const StrongString& b) {
        return a.value_ <=> b.value_;
    }

  protected:
    explicit StrongString(std::string value) : value_(std::move(value)) {}

  private:
    std::string value_;
};

/// For unordered containers: `std::unordered_map<X, Y, base::StrongHash>`.
struct StrongHash {
    template <class Derived>
    std::size_t operator()(const StrongString<Derived>& value) const {
        return std::hash<std::string_view>{}(value.view());
    }
};

}  // namespace itsup::base

template <class T>
requires std::derived_from<T, itsup::base::StrongString<T>>
struct fmt::formatter<T, char> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const T& value, Context& context) const {
        return fmt::formatter<std::string_view>::format(value.view(), context);
    }
};
