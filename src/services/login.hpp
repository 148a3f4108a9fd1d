#pragma once

#include <access/authenticator.hpp>
#include <base/result.hpp>
#include <services/catalog.hpp>

#include <string>

namespace itsup::services {

/// Opens and ends sessions of the web app, and keeps the authenticator's tokens those of
/// secrets/itsup.txt.
class Login {
  public:
    Login(access::Authenticator& authenticator, access::LoginThrottle& throttle)
        : authenticator_(authenticator), throttle_(throttle) {}

    struct Opened {
        access::Caller caller;
        base::Secret cookie;
    };
    /// unauthenticated for a wrong token, rate_limited (with the seconds to wait in the message)
    /// after too many wrong ones from this address.
    base::Result<Opened> open(const std::string& token, const std::string& address);
    void close(const access::Caller& caller);
    /// API_ADMIN_TOKEN and an existing itsUP's API_KEY are admin tokens.
    void take_tokens(const SecretMap& secrets);

  private:
    access::Authenticator& authenticator_;
    access::LoginThrottle& throttle_;
};

}  // namespace itsup::services
