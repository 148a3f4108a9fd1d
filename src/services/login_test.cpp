#include <runtime/test_loop.hpp>
#include <services/login.hpp>
#include <store/database.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace itsup::services {
namespace {

using namespace std::chrono_literals;
using base::ErrorKind;

constexpr const char* here = "127.0.0.1";
constexpr const char* elsewhere = "192.0.2.1";

class Logins : public testing::Test {
  protected:
    Logins() {
        login_.take_tokens({{"API_ADMIN_TOKEN", base::Secret("right")},
                            {"METRICS_TOKEN", base::Secret("scrape")}});
        EXPECT_TRUE(loop_.run(keeper_.load()));
    }
    ~Logins() override { EXPECT_TRUE(loop_.run(keeper_.close())); }

    /// What a request comes to: admit() stands before the audit record, open() behind it.
    ErrorKind refused(const std::string& token, const std::string& address) {
        if (const auto admitted = login_.admit(address, token); admitted.has_error()) {
            return admitted.error().kind;
        }
        ++written_down_;
        return loop_.run(login_.open(token, address)).error().kind;
    }
    bool opens(const std::string& token, const std::string& address) {
        return login_.admit(address, token) && loop_.run(login_.open(token, address));
    }
    void guess_too_often(const std::string& address) {
        for (int i = 0; i <= access::LoginThrottle::free_attempts; ++i) {
            EXPECT_EQ(refused("wrong", address), ErrorKind::unauthenticated);
        }
    }

    runtime::TestLoop loop_;
    base::FakeClock clock_;
    base::NullLogger log_;
    runtime::BlockingPool pool_{1};
    std::unique_ptr<store::Database> database_ =
        std::move(store::Database::open(":memory:", pool_)).value();
    store::Sessions sessions_{*database_};
    access::Authenticator authenticator_{clock_, {}};
    access::LoginThrottle throttle_{clock_};
    SessionKeeper keeper_{loop_.executor(), authenticator_, sessions_, log_};
    Login login_{authenticator_, throttle_, keeper_};
    int written_down_ = 0;
};

TEST_F(Logins, OpenASessionForTheRightToken) {
    const auto opened = loop_.run(login_.open("right", elsewhere));
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->caller.name, "admin");
    EXPECT_TRUE(authenticator_.by_session(opened->cookie.reveal()).has_value());
    EXPECT_EQ(refused("wrong", elsewhere), ErrorKind::unauthenticated);
}

TEST_F(Logins, AreNotForTheMetricsToken) {
    EXPECT_EQ(authenticator_.by_token("scrape")->name, "metrics");
    guess_too_often(here);
    EXPECT_EQ(refused("scrape", here), ErrorKind::rate_limited) << "it is a guess like others";
    EXPECT_EQ(refused("scrape", elsewhere), ErrorKind::unauthenticated);
    login_.take_tokens({{"API_ADMIN_TOKEN", base::Secret("right")}});
    EXPECT_FALSE(authenticator_.by_token("scrape").has_value());
}

TEST_F(Logins, AreNotWrittenDownForAGuesserWhoMustWait) {
    for (const auto* address : {here, elsewhere}) {
        guess_too_often(address);
        written_down_ = 0;
        for (int i = 0; i < 100; ++i) {
            EXPECT_EQ(refused("wrong", address), ErrorKind::rate_limited) << address;
        }
        EXPECT_EQ(written_down_, 0) << address;
    }
}

TEST_F(Logins, OfTheRightTokenPassOnTheMachineItselfWhoeverGuesses) {
    guess_too_often(here);
    EXPECT_TRUE(opens("right", here));
    guess_too_often(here);
    EXPECT_TRUE(opens("right", here)) << "and begin anew";
}

TEST_F(Logins, FromElsewhereWaitAlsoWithTheRightToken) {
    guess_too_often(elsewhere);
    EXPECT_EQ(refused("right", elsewhere), ErrorKind::rate_limited);
    EXPECT_EQ(loop_.run(login_.open("right", elsewhere)).error().kind, ErrorKind::rate_limited)
        << "a wrong one that came at the same time counts";
    EXPECT_TRUE(opens("right", "192.0.2.2"));
    clock_.advance(1s);
    EXPECT_TRUE(opens("right", elsewhere));
}

}  // namespace
}  // namespace itsup::services
