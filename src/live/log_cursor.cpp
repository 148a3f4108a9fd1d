#include <live/log_cursor.hpp>

#include <algorithm>
#include <charconv>

namespace itsup::live {

namespace {

constexpr std::string_view version = "1.";
constexpr std::size_t id_chars = 12;
constexpr std::string_view stream_letters = "oec";
constexpr int base36 = 36;

void append_number(std::string& out, std::int64_t value) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base36);
    out.append(digits.data(), end.ptr);
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
            dash > id_chars + 1 || out.keys_.size() > containers_max) {
            return not_ours();
        }
        const auto id = text.substr(1, dash - 1);
        const auto stream = stream_letters.find(text[dash + 1]);
        text.remove_prefix(dash + 2);
        const auto time = take_number(text);
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

void LogCursor::advance(std::string_view container_id, model::LogStreamKind stream, LogKey key) {
    const auto id = container_id.substr(0, id_chars);
    auto found = keys_.find(id);
    if (found == keys_.end()) {
        found = keys_.emplace(std::string(id), LogKeys{}).first;
    }
    found->second[index_of(stream)] = key;
    stale_ = true;
}

void LogCursor::forget(std::string_view container_id) {
    const auto found = keys_.find(container_id.substr(0, id_chars));
    if (found != keys_.end()) {
        keys_.erase(found);
        stale_ = true;
    }
}

std::optional<LogKeys> LogCursor::find(std::string_view container_id) const {
    const auto found = keys_.find(container_id.substr(0, id_chars));
    return found == keys_.end() ? std::nullopt : std::optional(found->second);
}

const std::string& LogCursor::text() const {
    if (stale_) {
        text_ = version;
        append_number(text_, base_.time_since_epoch().count());
        for (const auto& [id, keys] : keys_) {
            for (std::size_t i = 0; i < keys.size(); ++i) {
                if (keys[i]) {
                    text_.append("~").append(id).append("-") += stream_letters[i];
                    append_number(text_, keys[i]->time.time_since_epoch().count());
                    if (keys[i]->ordinal != 0) {
                        text_ += '.';
                        append_number(text_, keys[i]->ordinal);
                    }
                }
            }
        }
        stale_ = false;
    }
    return text_;
}

}  // namespace itsup::live
