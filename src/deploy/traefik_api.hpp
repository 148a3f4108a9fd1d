#pragma once

#include <deploy/traefik_routes.hpp>
#include <deploy/traefik_shifter.hpp>
#include <net/http_client.hpp>
#include <runtime/task.hpp>

#include <functional>
#include <optional>
#include <string>

namespace itsup::deploy {

/// The body of one answer of Traefik's API; `unavailable` for any other status than 200. `client`
/// and `settings` must outlive it.
runtime::Task<std::string> ask_traefik(net::HttpClient& client, const TraefikSettings& settings,
                                       std::string path);

/// Traefik's own API: what it serves, now or once a condition holds. Must outlive its questions.
class TraefikApi {
  public:
    TraefikApi(runtime::Executor executor, TraefikSettings settings);

    using Condition = std::function<bool(const TraefikView&)>;

    /// One question. `unavailable` when nobody, or nobody whom we understand, answers.
    runtime::Task<TraefikView> view();
    /// nullopt when nobody listens there. Somebody whose answers are not understood is asked until
    /// confirm_max is over; then the error says what to do.
    runtime::Task<std::optional<TraefikView>> view_if_there();
    /// Asks until the condition holds; `timed_out` after confirm_max. Traefik may be away for a
    /// part of it.
    runtime::Task<TraefikView> view_when(Condition condition);

  private:
    runtime::Task<std::string> get(std::string path);
    runtime::Task<bool> is_refused() const;
    [[nodiscard]] base::Error not_understood(const base::Error& last) const;

    runtime::Executor executor_;
    TraefikSettings settings_;
    net::HttpClient client_;
};

}  // namespace itsup::deploy
