#pragma once

#include <base/secret.hpp>
#include <cli/context.hpp>
#include <cli/operations.hpp>
#include <net/http_client.hpp>
#include <runtime/task.hpp>

#include <boost/json/value.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace itsup::cli {

/// The running daemon of a root, by its API: the address from ITSUP_LISTEN or the configuration,
/// the admin token from the infrastructure's secrets (or ITSUP_TOKEN).
class DaemonClient {
  public:
    static base::Result<std::unique_ptr<DaemonClient>> open(const Installation& installation);

    /// The JSON answer. A problem document becomes its error; unavailable names the address when
    /// nothing answers.
    runtime::Task<boost::json::value> request(std::string method, std::string target,
                                              std::string body);
    /// Gives pieces of a text answer until its end.
    runtime::Task<> stream_text(std::string target, std::function<void(std::string_view)> sink,
                                std::string media = "text/plain");
    /// Gives events until the stream ends or `sink` says false.
    runtime::Task<> stream_events(std::string target, EventSink sink);

  private:
    DaemonClient(net::Endpoint endpoint, base::Secret token);
    net::ClientRequest make_request(std::string method, std::string target, std::string body,
                                    std::string_view accept) const;
    runtime::Task<std::unique_ptr<net::ResponseStream>> open_stream(std::string target,
                                                                    std::string accept);

    net::HttpClient client_;
    base::Secret token_;
};

}  // namespace itsup::cli
