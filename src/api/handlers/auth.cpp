#include <api/contract/endpoints.hpp>
#include <api/gate.hpp>
#include <api/route.hpp>
#include <services/login.hpp>

#include <fmt/format.h>

namespace itsup::api {

namespace {

contract::MeView to_view(const access::Caller& caller) {
    return {.name = caller.name,
            .role = std::string(to_string(caller.role)),
            .credential = caller.kind == access::CredentialKind::session ? "session" : "token"};
}

std::string make_cookie(const RequestScope& scope, std::string_view value, std::string_view rest) {
    const auto& request = scope.exchange.request();
    return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}{}", session_cookie_of(request),
                       value, came_over_tls(request) ? "; Secure" : "", rest);
}

}  // namespace

/// A flood of guesses must not fill the audit record.
template <>
base::Result<> admit<contract::Login>(const Call<contract::Login>& call) {
    return call.services.login.admit(call.scope.remote, call.body.token);
}

template <>
Result<contract::Login> answer(Call<contract::Login> call) {
    CO_TRY(auto opened, co_await call.services.login.open(call.body.token, call.scope.remote));
    opened.caller.kind = access::CredentialKind::session;
    Answer<contract::MeView> made(to_view(opened.caller));
    made.audit_actor = opened.caller.name;
    made.headers.add("Set-Cookie",
                     make_cookie(call.scope, opened.cookie.reveal(), "; Max-Age=2592000"));
    co_return made;
}
ITSUP_ROUTE(Login)

template <>
Result<contract::Logout> answer(Call<contract::Logout> call) {
    CO_TRY_VOID(co_await call.services.login.close(call.authority.caller()));
    Answer<contract::None> made;
    made.headers.add("Set-Cookie", make_cookie(call.scope, "", "; Max-Age=0"));
    co_return made;
}
ITSUP_ROUTE(Logout)

template <>
Result<contract::GetMe> answer(Call<contract::GetMe> call) {
    co_return Answer(to_view(call.authority.caller()));
}
ITSUP_ROUTE(GetMe)

}  // namespace itsup::api
