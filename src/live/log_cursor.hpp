#pragma once

#include <base/clock.hpp>
#include <base/result.hpp>
#include <model/log_record.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace itsup::live {

/// A line's place in one output of one container. Within an output the engine stamps in order, so
/// keys rise; between the two outputs of a container they need not.
struct LogKey {
    base::Timestamp time;
    std::uint32_t ordinal = 0;
    // clang-tidy 14 takes the 0 that it is made with for a pointer.
    auto operator<=>(const LogKey&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// The newest line of each output (stdout, stderr, console).
using LogKeys = std::array<std::optional<LogKey>, 3>;

constexpr std::size_t index_of(model::LogStreamKind stream) {
    return static_cast<std::size_t>(stream);
}

/// How far a watcher has read: everything up to the named lines, and of outputs that have none
/// everything up to the container's own beginning, else up to `base`. Its text is opaque and fit
/// for an SSE id.
class LogCursor {
  public:
    static constexpr std::size_t containers_max = 1000;
    /// Of the text for one container that writes to both outputs, and for all of them.
    static constexpr std::size_t container_bytes_max = 96;
    static constexpr std::size_t text_bytes_max = std::size_t{96} << 10U;

    LogCursor() = default;
    explicit LogCursor(base::Timestamp base) : base_(base) {}
    /// `invalid` for what no cursor of ours looks like.
    static base::Result<LogCursor> parse(std::string_view text);

    void set_base(base::Timestamp base);
    /// The container is looked at only since then, which is later than `base`.
    void enter(std::string_view container_id, base::Timestamp since);
    void advance(std::string_view container_id, model::LogStreamKind stream, LogKey key);
    /// The container is gone and its lines with it.
    void forget(std::string_view container_id);

    [[nodiscard]] base::Timestamp base() const { return base_; }
    /// Outputs of which no line was read stand at the container's beginning. nullopt when it is not
    /// named.
    [[nodiscard]] std::optional<LogKeys> find(std::string_view container_id) const;
    /// How many containers are named.
    [[nodiscard]] std::size_t containers() const { return places_.size(); }
    /// Valid until the next change.
    [[nodiscard]] const std::string& text() const;

  private:
    struct Place {
        std::optional<base::Timestamp> since;
        LogKeys keys;
    };
    Place& place_of(std::string_view container_id);

    // By the id's first twelve digits.
    std::map<std::string, Place, std::less<>> places_;
    base::Timestamp base_;
    mutable std::string text_;
    mutable bool stale_ = true;
};

}  // namespace itsup::live
