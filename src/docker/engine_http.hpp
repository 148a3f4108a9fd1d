#pragma once

#include <docker/engine.hpp>
#include <net/http_client.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace itsup::docker {

/// HTTP with one engine: statuses and connection failures become Errors that name it.
class EngineHttp {
  public:
    static constexpr std::chrono::seconds call_limit{30};

    /// `shown` is the address as a person wrote it.
    EngineHttp(net::Endpoint endpoint, std::string shown);

    /// A path without a version, for ping and version themselves.
    runtime::Task<std::string> plain(std::string method, std::string target);
    /// The body of a successful answer (2xx and 304).
    runtime::Task<std::string> versioned(std::string method, std::string target, std::string body,
                                         std::chrono::steady_clock::duration limit = call_limit);
    runtime::Task<std::unique_ptr<net::ResponseStream>> open(std::string target);

    [[nodiscard]] bool has_version() const { return !prefix_.empty(); }
    void set_version(std::string_view api_version);
    [[nodiscard]] const std::string& shown() const { return shown_; }

  private:
    runtime::Task<std::string> send(std::string method, std::string target, std::string body,
                                    std::chrono::steady_clock::duration limit);
    base::Error away(base::Error error);

    net::HttpClient client_;
    std::string shown_;
    /// `/v1.44`; empty until agreed, and again after the engine was away: another one may be back.
    std::string prefix_;
};

/// An error for an answer with that status; the engine's own message is kept.
base::Error error_of_status(int status, std::string_view body);

// The bodies of streams as typed streams.
std::unique_ptr<ByteStream> to_byte_stream(std::unique_ptr<net::ResponseStream> stream,
                                           std::string shown);
std::unique_ptr<Stream<EngineEvent>> to_event_stream(std::unique_ptr<net::ResponseStream> stream,
                                                     std::string shown);
std::unique_ptr<Stream<StatsSample>> to_stats_stream(std::unique_ptr<net::ResponseStream> stream,
                                                     std::string shown);

}  // namespace itsup::docker
