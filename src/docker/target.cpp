#include <docker/target.hpp>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace itsup::docker {

namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool contains(std::string_view set, char c) {
    return set.find(c) != std::string_view::npos;
}

void append_encoded(std::string& out, std::string_view value, std::string_view kept) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (const char c : value) {
        if (is_word(c) || contains("-._~", c) || contains(kept, c)) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += hex[byte >> 4U];
            out += hex[byte & 15U];
        }
    }
}

bool all_of(std::string_view text, std::string_view also) {
    return std::all_of(text.begin(), text.end(),
                       [also](char c) { return is_word(c) || contains(also, c); });
}

base::Error bad(std::string_view what) {
    return base::make_error(base::ErrorKind::invalid,
                            fmt::format("this cannot be {} of the engine", what));
}

/// What changes a container's state; exec_* and attach are noise that the engine itself drops.
constexpr std::array actions{"create", "start",  "restart",      "stop",    "die",
                             "kill",   "oom",    "pause",        "unpause", "destroy",
                             "rename", "update", "health_status"};

}  // namespace

Target& Target::part(std::string_view value) {
    append_encoded(text_, value, "/:@");
    return *this;
}

Target& Target::path(std::string_view literal) {
    text_.append(literal);
    return *this;
}

Target& Target::query(std::string_view name, std::string_view value) {
    text_ += separator_;
    separator_ = '&';
    text_.append(name).append("=");
    append_encoded(text_, value, "");
    return *this;
}

base::Result<> check_object_name(std::string_view name) {
    constexpr std::size_t chars_max = 255;
    if (name.empty() || name.size() > chars_max || !is_word(name.front()) || !all_of(name, "_.-")) {
        return bad("the name or id of a container or network");
    }
    return {};
}

base::Result<> check_image_reference(std::string_view reference) {
    constexpr std::size_t chars_max = 512;
    const auto has = [reference](std::string_view part) {
        return reference.find(part) != std::string_view::npos;
    };
    if (reference.empty() || reference.size() > chars_max || !is_word(reference.front()) ||
        reference.back() == '/' || !all_of(reference, "._-/:@") || has("..") || has("//")) {
        return bad("the name or id of an image");
    }
    return {};
}

base::Result<> check_signal(std::string_view signal) {
    constexpr std::size_t chars_max = 16;
    if (signal.empty() || signal.size() > chars_max || !all_of(signal, "+-")) {
        return bad("the name of a signal");
    }
    return {};
}

std::string unix_seconds(base::Timestamp time) {
    const auto since_epoch = time.time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
    const auto nanos = std::chrono::nanoseconds(since_epoch - seconds).count();
    return fmt::format("{}.{:09}", seconds.count(), nanos);
}

std::string list_target(const ContainerQuery& query) {
    Target target("/containers/json");
    if (query.all) {
        target.query("all", "1");
    }
    if (!query.project.empty()) {
        boost::json::array labels;
        labels.emplace_back("com.docker.compose.project=" + query.project);
        boost::json::object filters;
        filters["label"] = std::move(labels);
        target.query("filters", boost::json::serialize(filters));
    }
    return target.str();
}

std::string logs_target(const LogQuery& query) {
    Target target("/containers/");
    target.part(query.container).path("/logs");
    const auto flag = [](bool on) { return on ? "1" : "0"; };
    target.query("stdout", flag(query.stdout_stream)).query("stderr", flag(query.stderr_stream));
    target.query("timestamps", flag(query.timestamps)).query("follow", flag(query.follow));
    target.query("tail", query.tail ? std::to_string(*query.tail) : "all");
    if (query.since) {
        target.query("since", unix_seconds(*query.since));
    }
    if (query.until) {
        target.query("until", unix_seconds(*query.until));
    }
    return target.str();
}

std::string events_target(std::optional<base::Timestamp> since) {
    boost::json::array types;
    types.emplace_back("container");
    boost::json::object filters;
    filters["type"] = std::move(types);
    filters["event"] = boost::json::array(actions.begin(), actions.end());
    Target target("/events");
    target.query("filters", boost::json::serialize(filters));
    if (since) {
        target.query("since", unix_seconds(*since));
    }
    return target.str();
}

}  // namespace itsup::docker
