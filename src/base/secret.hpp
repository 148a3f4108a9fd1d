#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <utility>

namespace itsup::base {

/// A value that must not be seen: prints as `[redacted]`, is wiped when it dies, and gives its text
/// only to a caller who writes `reveal()`, which grep finds.
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}
    Secret(const Secret&) = default;
    Secret(Secret&&) noexcept = default;
    Secret& operator=(const Secret&) = default;
    Secret& operator=(Secret&&) noexcept = default;
    ~Secret();

    [[nodiscard]] const std::string& reveal() const { return value_; }
    [[nodiscard]] bool empty() const { return value_.empty(); }
    /// Takes the same time wherever the first difference is.
    [[nodiscard]] bool equals(std::string_view other) const;

  private:
    std::string value_;
};

}  // namespace itsup::base

template <>
struct fmt::formatter<itsup::base::Secret> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const itsup::base::Secret&, Context& context) const {
        return fmt::formatter<std::string_view>::format("[redacted]", context);
    }
};
