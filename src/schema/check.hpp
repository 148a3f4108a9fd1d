#pragma once

#include <base/result.hpp>
#include <schema/rules.hpp>

#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::schema {

/// Collects what is wrong while a value is walked: enter() pushes a path segment for as long as its
/// guard lives.
class Problems {
  public:
    /// JSON pointers (`/services/0`) or bare parameter names (`tail`).
    enum class Style { pointers, names };
    /// More are not collected; the first ones say enough.
    static constexpr std::size_t count_max = 100;

    explicit Problems(Style style = Style::pointers) : style_(style) {}

    class Scope {
      public:
        explicit Scope(Problems& owner, std::size_t length) : owner_(owner), length_(length) {}
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;
        ~Scope() { owner_.path_.resize(length_); }

      private:
        Problems& owner_;
        std::size_t length_;
    };

    Scope enter(std::string_view segment);
    void add(std::string detail);
    /// ErrorKind::invalid with all that was added, or success.
    [[nodiscard]] base::Result<> result() &&;

  private:
    Style style_;
    std::string path_;
    std::vector<base::FieldError> errors_;
};

/// JSON text → value: at most 32 deep, no trailing bytes; "" is an empty object. A key that stands
/// twice in one object is malformed and named: two readers could take two different values.
base::Result<boost::json::value> parse_json(std::string_view text);

bool check_range(std::int64_t number, const FieldRule& rule, std::int64_t type_min,
                 std::uint64_t type_max, Problems& problems);
/// Length, no control characters but tab and line ends, valid UTF-8, and the rule's pattern.
bool check_text(std::string_view text, const FieldRule& rule, Problems& problems);
/// Adds "unknown; did you mean …?" when `name` is none of `known`.
void check_known(std::string_view name, const std::vector<std::string_view>& known,
                 Problems& problems);
void parse_flag(bool& out, std::string_view text, Problems& problems);
bool parse_integer(std::int64_t& out, std::string_view text, Problems& problems);

/// The closest of `known` to `name` by edit distance, or empty when none is near.
std::string_view closest(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace itsup::schema
