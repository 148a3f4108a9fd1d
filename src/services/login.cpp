#include <services/login.hpp>

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace itsup::services {

base::Result<Login::Opened> Login::open(const std::string& token, const std::string& address) {
    if (const auto wait = throttle_.wait_of(address); wait.count() > 0) {
        return base::make_error(
            base::ErrorKind::rate_limited,
            fmt::format("too many wrong logins; try again in {} seconds", wait.count()));
    }
    const auto caller = authenticator_.by_token(token);
    if (!caller) {
        throttle_.failed(address);
        return base::make_error(base::ErrorKind::unauthenticated,
                                "this is not the admin token of secrets/itsup.txt");
    }
    throttle_.succeeded(address);
    return Opened{.caller = *caller, .cookie = authenticator_.open_session(*caller)};
}

void Login::close(const access::Caller& caller) {
    if (!caller.session_id.empty()) {
        authenticator_.close_session(caller.session_id);
    }
}

void Login::take_tokens(const SecretMap& secrets) {
    std::vector<base::Secret> tokens;
    for (const auto* name : {"API_ADMIN_TOKEN", "API_KEY"}) {
        if (const auto found = secrets.find(name); found != secrets.end()) {
            tokens.push_back(found->second);
        }
    }
    authenticator_.set_admin_tokens(tokens);
}

}  // namespace itsup::services
