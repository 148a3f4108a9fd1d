#include <access/authenticator.hpp>

#include <gtest/gtest.h>

namespace itsup::access {
namespace {

using namespace std::chrono_literals;

TEST(Permission, EveryRoleMatchesTheTable) {
    const Caller viewer{.name = "v", .role = model::Role::viewer};
    const Caller op{.name = "o", .role = model::Role::operator_};
    EXPECT_TRUE(authorize<Permission::view_logs>(viewer).has_value());
    EXPECT_EQ(authorize<Permission::deploy_project>(viewer).error().kind,
              base::ErrorKind::forbidden);
    EXPECT_TRUE(authorize<Permission::deploy_project>(op).has_value());
    for (const auto permission : all_permissions()) {
        EXPECT_TRUE(check(Caller::local(), permission).has_value()) << to_string(permission);
    }
}

TEST(Authenticator, KnowsOnlyItsTokens) {
    base::FakeClock clock;
    Authenticator who(clock, {});
    EXPECT_FALSE(who.by_token("").has_value());
    who.set_admin_tokens({base::Secret("right"), base::Secret("")});
    EXPECT_EQ(who.by_token("right")->role, model::Role::admin);
    EXPECT_FALSE(who.by_token("wrong").has_value());
    EXPECT_FALSE(who.by_token("").has_value());
}

TEST(Authenticator, TheMetricsTokenMayViewThemAndNothingElse) {
    base::FakeClock clock;
    Authenticator who(clock, {});
    int ends = 0;
    who.set_on_end([&ends] { ++ends; });
    who.set_metrics_token(base::Secret(""));
    EXPECT_FALSE(who.by_token("").has_value());
    who.set_admin_tokens({base::Secret("right")});
    who.set_metrics_token(base::Secret("scrape"));
    EXPECT_FALSE(who.by_token("").has_value());
    const auto metrics = who.by_token("scrape").value();
    for (const auto permission : all_permissions()) {
        EXPECT_EQ(check(metrics, permission).has_value(), permission == Permission::view_metrics)
            << to_string(permission);
    }
    const auto session = who.open_session(*who.by_token("right"), "right");
    who.set_metrics_token(base::Secret("scrape"));
    EXPECT_TRUE(who.still_knows(metrics));
    EXPECT_EQ(ends, 0);
    who.set_metrics_token(base::Secret("other"));
    EXPECT_FALSE(who.by_token("scrape").has_value());
    EXPECT_FALSE(who.still_knows(metrics));
    EXPECT_EQ(ends, 1);
    EXPECT_TRUE(who.by_session(session.reveal()).has_value()) << "sessions are the admins'";
    who.set_metrics_token(base::Secret("right"));
    EXPECT_EQ(who.by_token("right")->role, model::Role::admin);
    who.set_metrics_token({});
    EXPECT_FALSE(who.by_token("other").has_value());
}

TEST(Authenticator, SaysWhichCallersItStillKnows) {
    base::FakeClock clock;
    Authenticator who(clock, {.idle = 10s, .absolute = 25s});
    int ends = 0;
    who.set_on_end([&ends] { ++ends; });
    who.set_admin_tokens({base::Secret("one"), base::Secret("two")});
    const auto one = who.by_token("one").value();
    const auto two = who.by_token("two").value();
    const auto session = who.by_session(who.open_session(two, "two").reveal()).value();
    const auto left = who.by_session(who.open_session(two, "two").reveal()).value();
    EXPECT_TRUE(who.still_knows(one) && who.still_knows(session) && who.still_knows(left));
    EXPECT_EQ(ends, 0);
    who.close_session(left.session_id);
    EXPECT_FALSE(who.still_knows(left));
    EXPECT_TRUE(who.still_knows(session));
    EXPECT_EQ(ends, 1);
    clock.advance(11s);
    EXPECT_FALSE(who.still_knows(session)) << "it has expired";
    who.set_admin_tokens({base::Secret("new"), base::Secret("two")});
    EXPECT_FALSE(who.still_knows(one));
    EXPECT_TRUE(who.still_knows(two)) << "this one is a token still";
    EXPECT_EQ(ends, 2);
    who.set_admin_tokens({base::Secret("one")});
    EXPECT_TRUE(who.still_knows(who.by_token("one").value()));
    EXPECT_FALSE(who.still_knows(one)) << "what ended does not come back";
}

TEST(Authenticator, SessionsExpireByIdlenessAndAge) {
    base::FakeClock clock;
    Authenticator who(clock, {.idle = 10s, .absolute = 25s});
    who.set_admin_tokens({base::Secret("one")});
    const auto cookie = who.open_session(Caller::local(), "one");
    clock.advance(9s);
    EXPECT_TRUE(who.by_session(cookie.reveal()).has_value());
    clock.advance(9s);
    EXPECT_TRUE(who.by_session(cookie.reveal()).has_value());
    clock.advance(9s);
    EXPECT_FALSE(who.by_session(cookie.reveal()).has_value());
    EXPECT_EQ(who.session_count(), 0U);
}

TEST(Authenticator, ClosesSessionsAndThoseOfAChangedToken) {
    base::FakeClock clock;
    Authenticator who(clock, {});
    who.set_admin_tokens({base::Secret("one")});
    const auto first = who.open_session(*who.by_token("one"), "one");
    const auto caller = who.by_session(first.reveal());
    who.close_session(caller->session_id);
    EXPECT_FALSE(who.by_session(first.reveal()).has_value());
    const auto second = who.open_session(*who.by_token("one"), "one");
    who.set_admin_tokens({base::Secret("two")});
    EXPECT_FALSE(who.by_session(second.reveal()).has_value());
}

TEST(Authenticator, KeepsABoundedNumberOfSessions) {
    base::FakeClock clock;
    Authenticator who(clock, {.count_max = 2});
    who.set_admin_tokens({base::Secret("one")});
    const auto first = who.open_session(Caller::local(), "one");
    const auto second = who.open_session(Caller::local(), "one");
    EXPECT_TRUE(who.by_session(first.reveal()).has_value());
    const auto third = who.open_session(Caller::local(), "one");
    EXPECT_FALSE(who.by_session(second.reveal()).has_value());
    EXPECT_TRUE(who.by_session(first.reveal()).has_value());
}

TEST(Authenticator, GoesOnWithTheSessionsOfAnEarlierDaemon) {
    base::FakeClock clock;
    Authenticator before(clock, {.idle = 10s, .count_max = 2});
    before.set_admin_tokens({base::Secret("one"), base::Secret("two")});
    const auto old = before.open_session(*before.by_token("two"), "two");
    clock.advance(9s);
    const auto first = before.open_session(*before.by_token("one"), "one");
    const auto kept = before.sessions();
    for (const auto& session : kept) {
        EXPECT_NE(session.id_hash, first.reveal());
    }

    Authenticator after(clock, {.idle = 10s, .count_max = 2});
    after.set_admin_tokens({base::Secret("one")});
    after.restore(kept);
    EXPECT_EQ(after.by_session(first.reveal())->role, model::Role::admin);
    // Its token was taken away while no daemon ran.
    EXPECT_FALSE(after.by_session(old.reveal()).has_value());
    clock.advance(11s);
    Authenticator later(clock, {.idle = 10s, .count_max = 2});
    later.set_admin_tokens({base::Secret("one")});
    later.restore(kept);
    EXPECT_EQ(later.session_count(), 0U);
}

TEST(LoginThrottle, SlowsOneAddressAndNotAnother) {
    base::FakeClock clock;
    LoginThrottle throttle(clock);
    for (int i = 0; i < 20; ++i) {
        throttle.failed("192.0.2.1");
        throttle.failed("127.0.0.1");
    }
    EXPECT_EQ(throttle.wait_of("192.0.2.1"), 300s);
    EXPECT_EQ(throttle.wait_of("192.0.2.2"), 0s);
    EXPECT_EQ(throttle.wait_of("127.0.0.1"), 1s);
    clock.advance(301s);
    EXPECT_EQ(throttle.wait_of("192.0.2.1"), 0s);
}

TEST(LoginThrottle, SlowsAnIpv6NetworkAsOne) {
    base::FakeClock clock;
    LoginThrottle throttle(clock);
    for (const auto* address : {"2001:db8::1", "2001:db8::2", "2001:db8::ffff:3",
                                "2001:db8:0:0:4::", "2001:db8::5", "2001:db8::6"}) {
        EXPECT_EQ(throttle.wait_of(address), 0s) << address;
        throttle.failed(address);
    }
    EXPECT_EQ(throttle.wait_of("2001:db8::7"), 1s);
    EXPECT_EQ(throttle.wait_of("2001:db8:0:1::7"), 0s);
    for (int i = 0; i < 6; ++i) {
        throttle.failed("::ffff:192.0.2.1");
    }
    EXPECT_EQ(throttle.wait_of("::ffff:192.0.2.1"), 1s);
    EXPECT_EQ(throttle.wait_of("::ffff:192.0.2.2"), 0s) << "an IPv4 address is one of its own";
    throttle.succeeded("2001:db8::8");
    EXPECT_EQ(throttle.wait_of("2001:db8::7"), 0s);
}

}  // namespace
}  // namespace itsup::access
