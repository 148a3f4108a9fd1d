#include <cli/context.hpp>
#include <cli/transcript.hpp>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <cstdio>

namespace itsup::cli {

namespace json = boost::json;

bool Transcript::take(const ServerEvent& event) {
    if (json_) {
        fmt::print("{{\"event\":\"{}\",\"data\":{}}}\n", event.event, event.data);
    }
    boost::system::error_code code;
    const auto data = json::parse(event.data, code);
    if (code) {
        return true;
    }
    if (event.event == "end") {
        finish(data.as_object());
        return false;
    }
    if (!json_) {
        print(event.event, data.as_object());
        static_cast<void>(std::fflush(stdout));
    }
    return true;
}

void Transcript::print(std::string_view event, const json::object& data) const {
    if (event == "step" && data.at("state").as_string() == "running") {
        const auto& service = data.at("service").as_string();
        fmt::print("{}• {}{}{}\n", label_, std::string(data.at("name").as_string()),
                   service.empty() ? "" : " ", std::string(service));
    } else if (event == "output") {
        fmt::print("{}    {}\n", label_, std::string(data.at("line").as_string()));
    }
}

void Transcript::finish(const json::object& deployment) {
    const std::string state(deployment.at("state").as_string());
    succeeded_ = state == "succeeded";
    if (json_) {
        return;
    }
    const std::string project(deployment.at("project").as_string());
    const std::string action(deployment.at("action").as_string());
    if (succeeded_) {
        print_ok(fmt::format("{}: {} {}", project, action, state));
        return;
    }
    const auto* error = deployment.at("error").if_object();
    const auto why = error == nullptr ? "" : ": " + std::string(error->at("message").as_string());
    fail(base::make_error(base::ErrorKind::unavailable,
                          fmt::format("{}: {} {}{}", project, action, state, why)));
}

}  // namespace itsup::cli
