#include <compose/progress.hpp>

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace itsup::compose {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 5> kinds{"Container", "Network", "Volume", "Image",
                                                "Service"};

std::string_view next_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const auto word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
    return word;
}

Progress with_id(std::string_view id, std::string status, std::string text) {
    auto rest = id;
    const auto kind = next_word(rest);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (rest.empty()) {
        return {"", std::string(kind), std::move(status), std::move(text)};
    }
    return {std::string(kind), std::string(rest), std::move(status), std::move(text)};
}

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::optional<Progress> parse_json(std::string_view line) {
    boost::system::error_code code;
    const auto parsed = json::parse(line, code);
    if (code || !parsed.is_object()) {
        return std::nullopt;
    }
    const auto& object = parsed.get_object();
    const auto id = text_at(object, "id");
    auto status = text_at(object, "status");
    auto text = text_at(object, "text");
    if (status.empty()) {
        std::swap(status, text);
    }
    if (id.empty() || status.empty()) {
        return std::nullopt;
    }
    return with_id(id, std::move(status), std::move(text));
}

std::optional<Progress> parse_plain(std::string_view line) {
    auto rest = line;
    const auto kind = next_word(rest);
    if (std::ranges::find(kinds, kind) == kinds.end()) {
        return std::nullopt;
    }
    const auto name = next_word(rest);
    const auto status = next_word(rest);
    if (name.empty() || status.empty()) {
        return std::nullopt;
    }
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    return Progress{std::string(kind), std::string(name), std::string(status), std::string(rest)};
}

}  // namespace

std::optional<Progress> parse_progress(std::string_view line) {
    return line.starts_with('{') ? parse_json(line) : parse_plain(line);
}

std::string readable(std::string_view line) {
    if (line.starts_with('{')) {
        if (const auto progress = parse_json(line)) {
            return fmt::format("{}{}{}  {}{}{}", progress->kind, progress->kind.empty() ? "" : " ",
                               progress->name, progress->status, progress->text.empty() ? "" : " ",
                               progress->text);
        }
    }
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    return std::string(line);
}

}  // namespace itsup::compose
