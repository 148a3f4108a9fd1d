#include <live/json_text.hpp>
#include <live/log_line.hpp>

#include <fmt/format.h>

#include <iterator>
#include <optional>
#include <utility>

namespace itsup::live {

namespace {

/// What stands around the members of a record.
void open_record(std::string& out, LogShape shape, std::string_view kind,
                 std::optional<std::string_view> sse_id) {
    if (shape == LogShape::sse) {
        out.append("event: ").append(kind);
        if (sse_id) {
            out.append("\nid: ").append(*sse_id);
        }
        out.append("\ndata: {");
    } else {
        out.append("{\"kind\":\"").append(kind).append("\",");
    }
}

void close_record(std::string& out, LogShape shape) {
    out.append(shape == LogShape::sse ? "}\n\n" : "}\n");
}

void append_time(std::string& out, base::Timestamp time) {
    out.append("\"time\":\"").append(base::format_rfc3339(time)).append("\"");
}

bool is_text(LogShape shape) {
    return shape == LogShape::text || shape == LogShape::text_with_times;
}

}  // namespace

std::string_view sse_id_of(LogShape shape, const LogCursor& cursor) {
    const bool fits = cursor.containers() <= sse_containers_max;
    return shape == LogShape::sse && fits ? std::string_view(cursor.text()) : std::string_view();
}

bool shows_level(LogShape shape) {
    return !is_text(shape);
}

LogOrigin::LogOrigin(std::uint32_t number, std::string id, std::string project, std::string service,
                     std::string container)
    : number_(number),
      id_(std::move(id)),
      project_(std::move(project)),
      service_(std::move(service)),
      container_(std::move(container)) {
    json_ = ",\"project\":";
    append_json_string(json_, project_);
    json_ += ",\"service\":";
    append_json_string(json_, service_);
    json_ += ",\"container\":";
    append_json_string(json_, container_);
}

void render_line(std::string& out, LogShape shape, const HubLine& line, std::string_view sse_id) {
    if (is_text(shape)) {
        if (shape == LogShape::text_with_times) {
            out.append(base::format_rfc3339_nanos(line.time)).append(" ");
        }
        out.append(line.text).append("\n");
        return;
    }
    open_record(out, shape, "line", sse_id);
    append_time(out, line.time);
    out.append(line.origin->json());
    out.append(",\"stream\":\"").append(model::to_string(line.stream)).append("\",\"line\":");
    append_json_string(out, line.text);
    if (line.level != Level::none) {
        out.append(",\"level\":\"").append(to_string(line.level)).append("\"");
    }
    if (line.continued) {
        out.append(",\"continued\":true");
    }
    fmt::format_to(std::back_inserter(out), ",\"seq\":{}", line.seq);
    close_record(out, shape);
}

void render_marker(std::string& out, LogShape shape, const HubMarker& marker,
                   std::string_view sse_id) {
    if (is_text(shape)) {
        return;
    }
    open_record(out, shape, "marker", sse_id);
    append_time(out, marker.time);
    if (marker.origin != nullptr) {
        out.append(marker.origin->json());
    } else {
        out.append(",\"project\":");
        append_json_string(out, marker.project);
        out.append(",\"service\":\"\",\"container\":\"\"");
    }
    out.append(",\"what\":");
    append_json_string(out, marker.what);
    fmt::format_to(std::back_inserter(out), ",\"seq\":{}", marker.seq);
    close_record(out, shape);
}

void render_gap(std::string& out, LogShape shape, const model::LogGap& gap) {
    if (is_text(shape)) {
        fmt::format_to(std::back_inserter(out), "[{} lines skipped: this reader was too slow]\n",
                       gap.skipped);
        return;
    }
    open_record(out, shape, "gap", std::nullopt);
    append_time(out, gap.time);
    fmt::format_to(std::back_inserter(out), ",\"skipped\":{}", gap.skipped);
    close_record(out, shape);
}

}  // namespace itsup::live
