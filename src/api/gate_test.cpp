#include <api/fake_exchange.hpp>
#include <api/gate.hpp>

#include <gtest/gtest.h>

namespace itsup::api {
namespace {

using namespace std::chrono_literals;

struct GateTest : testing::Test {
    base::FakeClock clock;
    access::Authenticator authenticator{clock, {}};
    RateLimiter limiter{clock, {.per_second = 10, .burst = 2}};
    Gate gate{authenticator, limiter};

    static net::Request request(net::Method method,
                                std::initializer_list<net::Headers::Field> fields) {
        net::Request made{.method = method, .authority = "itsup.example.org:443"};
        made.headers = net::Headers(fields);
        made.peer_address = "127.0.0.1";
        return made;
    }
    bool origin_ok(net::Method method, std::initializer_list<net::Headers::Field> fields,
                   std::optional<access::CredentialKind> credential) {
        FakeExchange exchange(request(method, fields));
        RequestScope scope{.exchange = exchange};
        if (credential) {
            scope.caller = access::Caller{.name = "admin", .kind = *credential};
        }
        return gate.check_origin(scope).has_value();
    }
};

constexpr auto session = access::CredentialKind::session;
constexpr auto token = access::CredentialKind::token;

TEST_F(GateTest, S29_AnswersOnlyToItsOwnNames) {
    gate.set_hosts({"itsup.example.org"});
    for (const auto* host : {"localhost:8080", "127.0.0.1", "[::1]:8080", "ITSUP.example.org"}) {
        EXPECT_TRUE(gate.check_host(host).has_value()) << host;
    }
    for (const auto* host : {"evil.tld", "localhost.evil.tld", "", "127.0.0.1.evil.tld:8080"}) {
        const auto checked = gate.check_host(host);
        ASSERT_FALSE(checked.has_value()) << host;
        EXPECT_EQ(checked.error().kind, base::ErrorKind::misdirected);
    }
}

TEST_F(GateTest, S27_RefusesUnsafeRequestsOfOtherSites) {
    EXPECT_FALSE(origin_ok(net::Method::post, {{"Origin", "https://evil.tld"}}, session));
    EXPECT_FALSE(origin_ok(net::Method::post, {{"Origin", "null"}}, session));
    EXPECT_FALSE(origin_ok(net::Method::post, {{"Sec-Fetch-Site", "cross-site"}}, session));
    EXPECT_FALSE(origin_ok(net::Method::post, {{"Sec-Fetch-Site", "same-site"}}, session));
    // Another port of this host is another's page.
    EXPECT_FALSE(
        origin_ok(net::Method::post, {{"Origin", "https://itsup.example.org:3000"}}, session));
    EXPECT_FALSE(origin_ok(
        net::Method::post,
        {{"Origin", "https://itsup.example.org"}, {"Sec-Fetch-Site", "same-site"}}, session));
    EXPECT_FALSE(origin_ok(net::Method::post, {}, session));
    EXPECT_FALSE(origin_ok(net::Method::delete_, {{"Origin", "https://evil.tld"}}, token));
}

TEST_F(GateTest, S27_LetsRealUsersIn) {
    EXPECT_TRUE(origin_ok(net::Method::post, {{"Origin", "https://itsup.example.org"}}, session));
    EXPECT_TRUE(origin_ok(net::Method::post, {{"Sec-Fetch-Site", "same-origin"}}, session));
    EXPECT_TRUE(origin_ok(net::Method::post, {{"Sec-Fetch-Site", "none"}}, session));
    // A proxy before us has taken the port out of Host.
    EXPECT_TRUE(
        origin_ok(net::Method::post,
                  {{"Origin", "https://itsup.example.org:8443"}, {"Sec-Fetch-Site", "same-origin"}},
                  session));
    EXPECT_TRUE(origin_ok(net::Method::post, {}, token));
    EXPECT_TRUE(origin_ok(net::Method::post, {}, std::nullopt));
    EXPECT_TRUE(origin_ok(net::Method::get, {{"Sec-Fetch-Site", "cross-site"}}, session));
}

TEST_F(GateTest, S28_ChecksTheOriginOfWebSockets) {
    EXPECT_FALSE(origin_ok(
        net::Method::get,
        {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Origin", "https://evil.tld"}},
        session));
    EXPECT_FALSE(origin_ok(net::Method::get,
                           {{"Upgrade", "websocket"},
                            {"Connection", "Upgrade"},
                            {"Origin", "http://itsup.example.org:3000"}},
                           session));
    EXPECT_FALSE(origin_ok(net::Method::get, {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}},
                           session));
    EXPECT_TRUE(
        origin_ok(net::Method::get, {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}}, token));
}

TEST_F(GateTest, S16_ForwardedAddressesCountOnlyFromTrustedProxies) {
    const auto spoofed =
        request(net::Method::get, {{"X-Forwarded-For", "198.51.100.1, 203.0.113.9"}});
    EXPECT_EQ(gate.client_address(spoofed), "127.0.0.1");
    gate.set_trusted_proxies({"127.0.0.1"});
    EXPECT_EQ(gate.client_address(spoofed), "203.0.113.9");
    gate.set_trusted_proxies({"127.0.0.1", "203.0.113.9"});
    EXPECT_EQ(gate.client_address(spoofed), "198.51.100.1");
}

TEST_F(GateTest, S16_TheProxyOfThisHostSaysForWhomItAsks) {
    const auto address = [](const char* peer, const char* host) {
        auto made =
            request(net::Method::get, {{"Host", host}, {"X-Forwarded-For", "198.51.100.1"}});
        made.peer_address = peer;
        return made;
    };
    EXPECT_EQ(gate.client_address(address("127.0.0.1", "itsup.example.org")), "198.51.100.1");
    EXPECT_EQ(gate.client_address(address("127.0.0.1", "localhost:8080")), "127.0.0.1");
    EXPECT_EQ(gate.client_address(address("192.0.2.7", "itsup.example.org")), "192.0.2.7");
}

TEST_F(GateTest, TellsWrongCredentialsFromNone) {
    authenticator.set_admin_tokens({base::Secret("right")});
    const auto identified = [&](std::initializer_list<net::Headers::Field> fields) {
        FakeExchange exchange(request(net::Method::get, fields));
        RequestScope scope{.exchange = exchange};
        const auto done = gate.identify(scope);
        return done.has_error() ? "wrong" : scope.caller ? scope.caller->name : "none";
    };
    EXPECT_EQ(identified({}), "none");
    EXPECT_EQ(identified({{"Authorization", "Bearer right"}}), "admin");
    EXPECT_EQ(identified({{"X-API-KEY", "right"}}), "admin");
    EXPECT_EQ(identified({{"Authorization", "Bearer other"}}), "wrong");
    EXPECT_EQ(identified({{"Authorization", "Basic cmlnaHQ="}}), "wrong");
    EXPECT_EQ(identified({{"X-API-KEY", ""}}), "wrong");
    EXPECT_EQ(identified({{"Authorization", "Basic cmlnaHQ="}, {"X-API-KEY", "right"}}), "admin");
    EXPECT_EQ(identified({{"Authorization", "Bearer right"}, {"X-API-KEY", "other"}}), "wrong");
    EXPECT_EQ(identified({{"Cookie", "itsup_session=forged"}}), "none");
}

TEST_F(GateTest, S16_AWrongCredentialCountsForItsAddress) {
    FakeExchange exchange(request(net::Method::get, {{"X-API-KEY", "guess"}}));
    RequestScope scope{.exchange = exchange, .remote = "192.0.2.7"};
    auto kind = base::ErrorKind::internal;
    for (int guess = 0; guess < 1000 && kind != base::ErrorKind::rate_limited; ++guess) {
        kind = gate.check_rate(scope, gate.identify(scope)).error().kind;
        if (guess == 0) {
            EXPECT_EQ(kind, base::ErrorKind::unauthenticated);
        }
    }
    EXPECT_EQ(kind, base::ErrorKind::rate_limited);
}

TEST_F(GateTest, LimitsEachPrincipalByItself) {
    FakeExchange exchange(request(net::Method::get, {}));
    RequestScope one{.exchange = exchange, .remote = "192.0.2.1"};
    RequestScope other{.exchange = exchange, .remote = "192.0.2.2"};
    EXPECT_TRUE(gate.check_rate(one).has_value());
    EXPECT_TRUE(gate.check_rate(one).has_value());
    EXPECT_EQ(gate.check_rate(one).error().kind, base::ErrorKind::rate_limited);
    EXPECT_TRUE(gate.check_rate(other).has_value());
    clock.advance(100ms);
    EXPECT_TRUE(gate.check_rate(one).has_value());
}

}  // namespace
}  // namespace itsup::api
