#pragma once

#include <access/authenticator.hpp>
#include <base/result.hpp>
#include <runtime/task.hpp>
#include <services/catalog.hpp>
#include <services/session_keeper.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace itsup::services {

/// Opens and ends sessions of the web app, and keeps the authenticator's tokens those of
/// secrets/itsup.txt.
class Login {
  public:
    Login(access::Authenticator& authenticator, access::LoginThrottle& throttle,
          SessionKeeper& keeper)
        : authenticator_(authenticator), throttle_(throttle), keeper_(keeper) {}

    struct Opened {
        access::Caller caller;
        base::Secret cookie;
    };
    /// Before anything is written down: rate_limited, with the seconds to wait in the message,
    /// after too many wrong tokens from this address. On loopback the right one passes all the
    /// same: who is on the machine is not locked out of it by who else is.
    [[nodiscard]] base::Result<> admit(const std::string& address, std::string_view token) const;
    /// unauthenticated for a wrong token, and what admit() says.
    runtime::Task<Opened> open(std::string token, std::string address);
    runtime::Task<> close(access::Caller caller);
    /// API_ADMIN_TOKEN and an existing itsUP's API_KEY are admin tokens, METRICS_TOKEN is the one
    /// for the metrics.
    void take_tokens(const SecretMap& secrets);

  private:
    /// Of a token that sessions are for: the one for the metrics is none.
    [[nodiscard]] std::optional<access::Caller> owner_of(std::string_view token) const;

    access::Authenticator& authenticator_;
    access::LoginThrottle& throttle_;
    SessionKeeper& keeper_;
};

}  // namespace itsup::services
