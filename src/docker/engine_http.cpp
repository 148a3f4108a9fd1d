#include <docker/engine_http.hpp>
#include <docker/engine_json.hpp>
#include <runtime/deadline.hpp>

#include <fmt/format.h>

#include <utility>

namespace itsup::docker {

namespace {

using runtime::Task;

constexpr std::chrono::seconds open_limit{5};
constexpr std::size_t error_body_bytes_max = 64U << 10U;
/// A list of 5,000 containers with long labels takes about 20 MiB.
constexpr std::size_t body_bytes_max = 256U << 20U;

base::Error does_not_answer(std::string_view shown, base::Error error) {
    if (error.kind == base::ErrorKind::cancelled) {
        return error;
    }
    const auto kind = error.kind == base::ErrorKind::timed_out ? base::ErrorKind::timed_out
                                                               : base::ErrorKind::unavailable;
    return base::make_error(
        kind, fmt::format("the Docker engine at {} does not answer: {}", shown, error.message),
        std::move(error.detail));
}

net::ClientRequest make_request(std::string method, std::string target, std::string body) {
    net::ClientRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    if (!body.empty()) {
        request.headers.add("Content-Type", "application/json");
    }
    request.body = std::move(body);
    return request;
}

class BodyBytes final : public ByteStream {
  public:
    BodyBytes(std::unique_ptr<net::ResponseStream> stream, std::string shown)
        : stream_(std::move(stream)), shown_(std::move(shown)) {}

    Task<std::string_view> read() override {
        auto bytes = co_await stream_->read_some();
        if (bytes.has_error()) {
            co_return does_not_answer(shown_, std::move(bytes).error());
        }
        co_return bytes;
    }

  private:
    std::unique_ptr<net::ResponseStream> stream_;
    std::string shown_;
};

/// One JSON document per line.
class BodyLines {
  public:
    BodyLines(std::unique_ptr<net::ResponseStream> stream, std::string shown)
        : bytes_(std::move(stream), std::move(shown)) {}

    /// nullopt at the end; the view lives until the next call.
    Task<std::optional<std::string_view>> next() {
        held_.erase(0, std::exchange(used_, 0));
        auto scanned = std::size_t{0};
        while (true) {
            const auto end = held_.find('\n', scanned);
            if (end != std::string::npos) {
                used_ = end + 1;
                co_return std::optional(std::string_view(held_).substr(0, end));
            }
            scanned = held_.size();
            if (scanned > line_bytes_max) {
                co_return base::make_error(base::ErrorKind::malformed,
                                           "a line of the engine is too long");
            }
            CO_TRY(const auto bytes, co_await bytes_.read());
            if (bytes.empty()) {
                co_return std::optional<std::string_view>();
            }
            held_.append(bytes);
        }
    }

  private:
    static constexpr std::size_t line_bytes_max = 4U << 20U;

    BodyBytes bytes_;
    std::string held_;
    std::size_t used_ = 0;
};

class BodyEvents final : public Stream<EngineEvent> {
  public:
    BodyEvents(std::unique_ptr<net::ResponseStream> stream, std::string shown)
        : lines_(std::move(stream), std::move(shown)) {}

    Task<std::optional<EngineEvent>> next() override {
        while (true) {
            CO_TRY(const auto line, co_await lines_.next());
            if (!line) {
                co_return std::optional<EngineEvent>();
            }
            CO_TRY(auto event, parse_event(*line));
            if (event) {
                co_return event;
            }
        }
    }

  private:
    BodyLines lines_;
};

class BodyStats final : public Stream<StatsSample> {
  public:
    BodyStats(std::unique_ptr<net::ResponseStream> stream, std::string shown)
        : lines_(std::move(stream), std::move(shown)) {}

    Task<std::optional<StatsSample>> next() override {
        CO_TRY(const auto line, co_await lines_.next());
        if (!line) {
            co_return std::optional<StatsSample>();
        }
        CO_TRY(auto sample, parse_stats(*line));
        co_return std::optional(sample);
    }

  private:
    BodyLines lines_;
};

}  // namespace

EngineHttp::EngineHttp(net::Endpoint endpoint, std::string shown)
    : client_(std::move(endpoint)), shown_(std::move(shown)) {}

void EngineHttp::set_version(std::string_view api_version) {
    prefix_ = fmt::format("/v{}", api_version);
}

base::Error EngineHttp::away(base::Error error) {
    if (error.kind != base::ErrorKind::cancelled) {
        prefix_.clear();
        client_.close_idle();
    }
    return does_not_answer(shown_, std::move(error));
}

Task<std::string> EngineHttp::send(std::string method, std::string target, std::string body,
                                   std::chrono::steady_clock::duration limit) {
    net::ClientLimits limits;
    limits.timeout = limit;
    limits.body_bytes_max = body_bytes_max;
    auto request = make_request(std::move(method), std::move(target), std::move(body));
    auto answer = co_await client_.request(std::move(request), limits);
    if (answer.has_error()) {
        co_return away(std::move(answer).error());
    }
    constexpr int not_modified = 304;
    if (answer->status / 100 != 2 && answer->status != not_modified) {
        co_return error_of_status(answer->status, answer->body);
    }
    co_return std::move(answer->body);
}

Task<std::string> EngineHttp::plain(std::string method, std::string target) {
    co_return co_await send(std::move(method), std::move(target), {}, open_limit);
}

Task<std::string> EngineHttp::versioned(std::string method, std::string target, std::string body,
                                        std::chrono::steady_clock::duration limit) {
    co_return co_await send(std::move(method), prefix_ + target, std::move(body), limit);
}

Task<std::unique_ptr<net::ResponseStream>> EngineHttp::open(std::string target) {
    net::ClientLimits limits;
    limits.timeout = open_limit;
    auto request = make_request("GET", prefix_ + target, {});
    auto stream = co_await client_.open_stream(std::move(request), limits);
    if (stream.has_error()) {
        co_return away(std::move(stream).error());
    }
    if ((*stream)->status() / 100 == 2) {
        co_return stream;
    }
    auto rest =
        co_await runtime::with_deadline(open_limit, (*stream)->read_rest(error_body_bytes_max));
    co_return error_of_status((*stream)->status(), rest ? *rest : std::string());
}

base::Error error_of_status(int status, std::string_view body) {
    auto message = parse_message(body);
    if (message.empty()) {
        message = fmt::format("the Docker engine answered with status {}", status);
    }
    switch (status) {
        case 400:
            return base::make_error(base::ErrorKind::invalid, std::move(message));
        case 404:
            return base::make_error(base::ErrorKind::not_found, std::move(message));
        case 409:
            return base::make_error(base::ErrorKind::conflict, std::move(message));
        default:
            return base::make_error(base::ErrorKind::unavailable, std::move(message),
                                    fmt::format("engine status {}", status));
    }
}

std::unique_ptr<ByteStream> to_byte_stream(std::unique_ptr<net::ResponseStream> stream,
                                           std::string shown) {
    return std::make_unique<BodyBytes>(std::move(stream), std::move(shown));
}

std::unique_ptr<Stream<EngineEvent>> to_event_stream(std::unique_ptr<net::ResponseStream> stream,
                                                     std::string shown) {
    return std::make_unique<BodyEvents>(std::move(stream), std::move(shown));
}

std::unique_ptr<Stream<StatsSample>> to_stats_stream(std::unique_ptr<net::ResponseStream> stream,
                                                     std::string shown) {
    return std::make_unique<BodyStats>(std::move(stream), std::move(shown));
}

}  // namespace itsup::docker
