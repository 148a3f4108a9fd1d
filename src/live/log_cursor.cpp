#include <live/log_cursor.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

namespace itsup::live {

namespace {

constexpr std::string_view version = "1.";
constexpr std::size_t id_chars = 12;
constexpr std::string_view stream_letters = "oec";
/// In the place of a stream's: where the container begins.
constexpr char since_letter = 'b';
constexpr int base36 = 36;

void append_number(std::string& out, std::int64_t value) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base36);
    out.append(digits.data(), end.ptr);
}

void append_entry(std::string& out, std::string_view id, char letter, base::Timestamp time) {
    out.append("~").append(id).append("-") += letter;
    append_number(out, time.time_since_epoch().count());
}

/// Takes a number from the front.
std::optional<std::int64_t> take_number(std::string_view& text) {
    std::int64_t value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, base36);
    if (error != std::errc() || value < 0) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

base::Timestamp time_of(std::int64_t nanos) {
    return base::Timestamp(std::chrono::nanoseconds(nanos));
}

base::Error not_ours() {
    return base::make_invalid("Last-Event-ID", "is no cursor of a log stream");
}

}  // namespace

base::Result<LogCursor> LogCursor::parse(std::string_view text) {
    if (!text.starts_with(version)) {
        return not_ours();
    }
    text.remove_prefix(version.size());
    const auto base = take_number(text);
    if (!base) {
        return not_ours();
    }
    LogCursor out(time_of(*base));
    while (!text.empty()) {
        const auto dash = text.find('-');
        if (text.front() != '~' || dash == std::string_view::npos || dash + 2 > text.size() ||
            dash > id_chars + 1 || out.places_.size() > containers_max) {
            return not_ours();
        }
        const auto id = text.substr(1, dash - 1);
        const auto letter = text[dash + 1];
        const auto stream = stream_letters.find(letter);
        text.remove_prefix(dash + 2);
        const auto time = take_number(text);
        if (letter == since_letter && time) {
            out.enter(id, time_of(*time));
            continue;
        }
        std::optional<std::int64_t> ordinal = 0;
        if (text.starts_with('.')) {
            text.remove_prefix(1);
            ordinal = take_number(text);
        }
        if (stream == std::string_view::npos || !time || !ordinal) {
            return not_ours();
        }
        out.advance(id, static_cast<model::LogStreamKind>(stream),
                    {time_of(*time), static_cast<std::uint32_t>(*ordinal)});
    }
    return out;
}

void LogCursor::set_base(base::Timestamp base) {
    base_ = base;
    stale_ = true;
}

LogCursor::Place& LogCursor::place_of(std::string_view container_id) {
    const auto id = container_id.substr(0, id_chars);
    stale_ = true;
    const auto found = places_.find(id);
    return found == places_.end() ? places_[std::string(id)] : found->second;
}

void LogCursor::enter(std::string_view container_id, base::Timestamp since) {
    place_of(container_id).since = since;
}

void LogCursor::advance(std::string_view container_id, model::LogStreamKind stream, LogKey key) {
    place_of(container_id).keys[index_of(stream)] = key;
}

void LogCursor::forget(std::string_view container_id) {
    const auto found = places_.find(container_id.substr(0, id_chars));
    if (found != places_.end()) {
        places_.erase(found);
        stale_ = true;
    }
}

std::optional<LogKeys> LogCursor::find(std::string_view container_id) const {
    const auto found = places_.find(container_id.substr(0, id_chars));
    if (found == places_.end()) {
        return std::nullopt;
    }
    auto out = found->second.keys;
    if (const auto& since = found->second.since) {
        for (auto& key : out) {
            // All lines of that moment count as read.
            const LogKey entered{*since, std::numeric_limits<std::uint32_t>::max()};
            key = std::max(key.value_or(entered), entered);
        }
    }
    return out;
}

const std::string& LogCursor::text() const {
    if (!stale_) {
        return text_;
    }
    text_ = version;
    append_number(text_, base_.time_since_epoch().count());
    for (const auto& [id, place] : places_) {
        if (place.since) {
            append_entry(text_, id, since_letter, *place.since);
        }
        for (std::size_t i = 0; i < place.keys.size(); ++i) {
            if (const auto& key = place.keys[i]) {
                append_entry(text_, id, stream_letters[i], key->time);
                if (key->ordinal != 0) {
                    text_ += '.';
                    append_number(text_, key->ordinal);
                }
            }
        }
    }
    stale_ = false;
    return text_;
}

}  // namespace itsup::live
