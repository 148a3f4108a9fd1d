#include <services/login.hpp>

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace itsup::services {

std::optional<access::Caller> Login::owner_of(std::string_view token) const {
    auto caller = authenticator_.by_token(token);
    if (caller && access::check(*caller, access::Permission::own_session).has_error()) {
        return std::nullopt;
    }
    return caller;
}

base::Result<> Login::admit(const std::string& address, std::string_view token) const {
    const auto wait = throttle_.wait_of(address);
    if (wait.count() == 0 || (access::is_loopback(address) && owner_of(token))) {
        return {};
    }
    return base::make_error(
        base::ErrorKind::rate_limited,
        fmt::format("too many wrong logins; try again in {} seconds", wait.count()));
}

runtime::Task<Login::Opened> Login::open(std::string token, std::string address) {
    CO_TRY_VOID(admit(address, token));
    const auto caller = owner_of(token);
    if (!caller) {
        throttle_.failed(address);
        co_return base::make_error(base::ErrorKind::unauthenticated,
                                   "this is not the admin token of secrets/itsup.txt");
    }
    throttle_.succeeded(address);
    Opened opened{.caller = *caller, .cookie = authenticator_.open_session(*caller, token)};
    CO_TRY_VOID(co_await keeper_.save());
    co_return opened;
}

runtime::Task<> Login::close(access::Caller caller) {
    if (!caller.session_id.empty()) {
        authenticator_.close_session(caller.session_id);
        CO_TRY_VOID(co_await keeper_.save());
    }
    co_return base::Result<>{};
}

void Login::take_tokens(const SecretMap& secrets) {
    std::vector<base::Secret> tokens;
    for (const auto* name : {"API_ADMIN_TOKEN", "API_KEY"}) {
        if (const auto found = secrets.find(name); found != secrets.end()) {
            tokens.push_back(found->second);
        }
    }
    authenticator_.set_admin_tokens(tokens);
    const auto metrics = secrets.find("METRICS_TOKEN");
    authenticator_.set_metrics_token(metrics == secrets.end() ? base::Secret{} : metrics->second);
    keeper_.save_soon();
}

}  // namespace itsup::services
