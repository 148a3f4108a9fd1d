#include <cli/daemon_client.hpp>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <utility>

namespace itsup::cli {

namespace {

constexpr std::size_t problem_bytes_max = std::size_t{1} << 20U;

base::Result<base::Secret> token_of(const Installation& installation) {
    if (const char* token = std::getenv("ITSUP_TOKEN"); token != nullptr && *token != '\0') {
        return base::Secret(token);
    }
    TRY(const auto secrets, read_secrets(installation, "itsup"));
    for (const auto* name : {"API_ADMIN_TOKEN", "API_KEY"}) {
        if (const auto found = secrets.find(name); found != secrets.end()) {
            return found->second;
        }
    }
    return base::make_error(
        base::ErrorKind::unauthenticated,
        fmt::format("the secrets in {} (itsup.txt or itsup.enc.txt) have no API_ADMIN_TOKEN: add "
                    "one, or set ITSUP_TOKEN",
                    installation.root.secrets()));
}

base::Error problem_to_error(int status, std::string_view body) {
    boost::system::error_code code;
    const auto value = boost::json::parse({body.data(), body.size()}, code);
    base::Error error{.kind = base::ErrorKind::unavailable,
                      .message = fmt::format("the daemon answered {}", status)};
    if (code || !value.is_object()) {
        return error;
    }
    const auto& object = value.get_object();
    if (const auto* detail = object.if_contains("detail");
        detail != nullptr && detail->is_string()) {
        error.message = std::string(detail->get_string());
    }
    if (const auto* errors = object.if_contains("errors");
        errors != nullptr && errors->is_array()) {
        for (const auto& field : errors->get_array()) {
            if (const auto* entry = field.if_object()) {
                error.fields.push_back({std::string(entry->at("pointer").as_string()),
                                        std::string(entry->at("detail").as_string())});
            }
        }
    }
    return error;
}

/// Takes one event off the front of `buffer`; false when there is none whole.
bool take_event(std::string& buffer, ServerEvent& out) {
    const auto end = buffer.find("\n\n");
    if (end == std::string::npos) {
        return false;
    }
    out = {};
    std::string_view block(buffer.data(), end);
    while (!block.empty()) {
        const auto line = block.substr(0, block.find('\n'));
        block.remove_prefix(std::min(block.size(), line.size() + 1));
        if (line.starts_with("event: ")) {
            out.event = line.substr(7);
        } else if (line.starts_with("data: ")) {
            out.data += line.substr(6);
        }
    }
    buffer.erase(0, end + 2);
    return true;
}

}  // namespace

DaemonClient::DaemonClient(net::Endpoint endpoint, base::Secret token)
    : client_(std::move(endpoint)), token_(std::move(token)) {}

base::Result<std::unique_ptr<DaemonClient>> DaemonClient::open(const Installation& installation) {
    TRY(auto endpoint, daemon_address(installation));
    TRY(auto token, token_of(installation));
    return std::unique_ptr<DaemonClient>(new DaemonClient(std::move(endpoint), std::move(token)));
}

net::ClientRequest DaemonClient::make_request(std::string method, std::string target,
                                              std::string body, std::string_view accept) const {
    net::ClientRequest request{.method = std::move(method), .target = std::move(target)};
    request.headers.add("Authorization", "Bearer " + token_.reveal());
    request.headers.add("Accept", accept);
    if (!body.empty()) {
        request.headers.add("Content-Type", "application/json");
        request.body = std::move(body);
    }
    return request;
}

runtime::Task<boost::json::value> DaemonClient::request(std::string method, std::string target,
                                                        std::string body) {
    auto answer = co_await client_.request(
        make_request(std::move(method), std::move(target), std::move(body), "application/json"));
    if (answer.has_error()) {
        co_return std::move(answer).error().with_context("the daemon (itsup serve)");
    }
    if (answer->status >= 400) {
        co_return problem_to_error(answer->status, answer->body);
    }
    boost::system::error_code code;
    auto value = boost::json::parse(answer->body, code);
    if (code) {
        co_return base::make_error(base::ErrorKind::malformed, "the daemon's answer is no JSON");
    }
    co_return value;
}

runtime::Task<std::unique_ptr<net::ResponseStream>> DaemonClient::open_stream(std::string target,
                                                                              std::string accept) {
    auto stream = co_await client_.open_stream(make_request("GET", std::move(target), {}, accept));
    if (stream.has_error()) {
        co_return std::move(stream).error().with_context("the daemon (itsup serve)");
    }
    if ((*stream)->status() >= 400) {
        CO_TRY(const auto body, co_await (*stream)->read_rest(problem_bytes_max));
        co_return problem_to_error((*stream)->status(), body);
    }
    co_return std::move(*stream);
}

runtime::Task<> DaemonClient::stream_text(std::string target,
                                          std::function<void(std::string_view)> sink,
                                          std::string media) {
    CO_TRY(const auto stream, co_await open_stream(std::move(target), std::move(media)));
    while (true) {
        CO_TRY(const auto bytes, co_await stream->read_some());
        if (bytes.empty()) {
            co_return base::Result<>{};
        }
        sink(bytes);
    }
}

runtime::Task<> DaemonClient::stream_events(std::string target, EventSink sink) {
    CO_TRY(const auto stream, co_await open_stream(std::move(target), "text/event-stream"));
    std::string buffer;
    while (true) {
        CO_TRY(const auto bytes, co_await stream->read_some());
        if (bytes.empty()) {
            co_return base::Result<>{};
        }
        buffer += bytes;
        ServerEvent event;
        while (take_event(buffer, event)) {
            if (event.event == "closing") {
                co_return base::make_error(base::ErrorKind::unavailable,
                                           "the daemon (itsup serve) was stopped meanwhile");
            }
            if (!event.event.empty() && !sink(event)) {
                co_return base::Result<>{};
            }
        }
    }
}

}  // namespace itsup::cli
