#pragma once

#include <base/clock.hpp>
#include <live/level.hpp>
#include <live/log_cursor.hpp>
#include <live/log_request.hpp>
#include <model/log_record.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace itsup::live {

/// Where lines come from: one container. Its JSON is written once, not once per line.
class LogOrigin {
  public:
    LogOrigin(std::uint32_t number, std::string id, std::string project, std::string service,
              std::string container);

    /// Unique within a hub.
    [[nodiscard]] std::uint32_t number() const { return number_; }
    [[nodiscard]] const std::string& id() const { return id_; }
    [[nodiscard]] const std::string& project() const { return project_; }
    [[nodiscard]] const std::string& service() const { return service_; }
    [[nodiscard]] const std::string& container() const { return container_; }
    /// `,"project":…,"service":…,"container":…`.
    [[nodiscard]] const std::string& json() const { return json_; }

  private:
    std::uint32_t number_;
    std::string id_;
    std::string project_;
    std::string service_;
    std::string container_;
    std::string json_;
};

/// One line on its way to the watchers; decoded and masked.
struct HubLine {
    const LogOrigin* origin = nullptr;
    base::Timestamp time;
    model::LogStreamKind stream = model::LogStreamKind::stdout_stream;
    std::string_view text;
    Level level = Level::none;
    bool continued = false;
    std::uint32_t ordinal = 0;
    std::uint64_t seq = 0;
};

/// Something that happened to a container (or, without an origin, to the engine).
struct HubMarker {
    const LogOrigin* origin = nullptr;
    base::Timestamp time;
    std::string_view project;
    std::string_view what;
    std::uint64_t seq = 0;
};

/// Whether a line's level is part of the record.
bool shows_level(LogShape shape);

/// A client sends the id back in the head of a request, of which servers take 16 KiB, some 8.
constexpr std::size_t sse_containers_max = (std::size_t{8} << 10U) / LogCursor::container_bytes_max;
/// The id of a record after which `cursor` holds; empty when no client could send it back. Valid
/// until the cursor changes.
std::string_view sse_id_of(LogShape shape, const LogCursor& cursor);

// Append one record in a shape. An empty `sse_id` makes a client forget the one that it has: better
// than one that stands far back. A marker has no form in plain text.
void render_line(std::string& out, LogShape shape, const HubLine& line, std::string_view sse_id);
void render_marker(std::string& out, LogShape shape, const HubMarker& marker,
                   std::string_view sse_id);
void render_gap(std::string& out, LogShape shape, const model::LogGap& gap);

}  // namespace itsup::live
