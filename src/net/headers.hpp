#pragma once
// net/: HTTP/1.1 server and client, WebSocket and SSE framing over TCP and unix sockets. It knows
// no route, no JSON and no Docker. The parsers (message_parser, target, negotiation, sse) are pure:
// bytes in, values out; only connections wait. HTTP is Beast's work (docs/adr/0003).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace itsup::net {

/// Letters differ only in case (ASCII).
bool iequals(std::string_view a, std::string_view b);

/// Header fields in their order, as they stand on the wire: one buffer, so adding costs no
/// allocation of its own and writing is one append. Names compare without case.
class Headers {
  public:
    using Field = std::pair<std::string_view, std::string_view>;

    Headers() = default;
    Headers(std::initializer_list<Field> fields);

    /// Appends a field. A name that is no token or a value with CR, LF, NUL or another control
    /// character is not taken, and `refused()` names it: a server answers 500 instead of sending a
    /// split response.
    void add(std::string_view name, std::string_view value);
    /// Replaces every field of that name.
    void set(std::string_view name, std::string_view value);
    void remove(std::string_view name);
    void clear();

    /// The first field of that name.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }
    [[nodiscard]] std::size_t count(std::string_view name) const;
    /// Whether a comma-separated list field (Connection, Upgrade) holds the token, in any case.
    [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const;

    [[nodiscard]] std::size_t size() const { return fields_.size(); }
    [[nodiscard]] bool empty() const { return fields_.empty(); }
    [[nodiscard]] Field at(std::size_t index) const;
    /// `Name: value\r\n` for each field.
    [[nodiscard]] std::string_view wire() const { return text_; }
    /// The name of the first field that add() or set() did not take.
    [[nodiscard]] const std::string& refused() const { return refused_; }
    /// Gives memory back that an unusually large head took.
    void shrink();

  private:
    struct Place {
        std::uint32_t start = 0;
        std::uint32_t name_bytes = 0;
        std::uint32_t value_bytes = 0;
    };

    std::string text_;
    std::vector<Place> fields_;
    std::string refused_;
};

}  // namespace itsup::net
