#include <net/http_message.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace itsup::net {

namespace {

constexpr std::array<std::pair<std::string_view, Method>, 7> methods{{
    {"GET", Method::get},
    {"HEAD", Method::head},
    {"POST", Method::post},
    {"PUT", Method::put},
    {"PATCH", Method::patch},
    {"DELETE", Method::delete_},
    {"OPTIONS", Method::options},
}};

constexpr std::array<std::pair<int, std::string_view>, 42> reasons{{
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
}};

}  // namespace

Method parse_method(std::string_view name) {
    const auto* found = std::find_if(methods.begin(), methods.end(),
                                     [name](const auto& entry) { return entry.first == name; });
    return found == methods.end() ? Method::other : found->second;
}

std::string_view to_string(Method method) {
    const auto* found = std::find_if(methods.begin(), methods.end(), [method](const auto& entry) {
        return entry.second == method;
    });
    return found == methods.end() ? "other" : found->first;
}

bool Request::wants_websocket() const {
    return method == Method::get && headers.has_token("connection", "upgrade") &&
           headers.has_token("upgrade", "websocket");
}

Response Response::make(int status, std::string_view content_type, std::string body) {
    Response out;
    out.status = status;
    out.headers.add("Content-Type", content_type);
    out.body = std::move(body);
    return out;
}

std::string_view reason_phrase(int status) {
    const auto* found = std::find_if(reasons.begin(), reasons.end(),
                                     [status](const auto& entry) { return entry.first == status; });
    return found == reasons.end() ? std::string_view() : found->second;
}

}  // namespace itsup::net
