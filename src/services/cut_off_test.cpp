#include <access/permission.hpp>
#include <deploy/deploy_fixture.hpp>
#include <deploy/journal.hpp>
#include <services/cut_off.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace itsup::services {
namespace {

using namespace std::chrono_literals;
using model::Deployment;
using model::DeploymentAction;
using model::DeploymentState;

const base::Timestamp now = base::parse_rfc3339("2026-08-21T12:00:00Z").value();

Deployment cut_off(DeploymentAction action = DeploymentAction::deploy) {
    Deployment out;
    out.action = action;
    out.state = DeploymentState::interrupted;
    out.actor = "admin";
    out.created_at = now - 10min;
    out.finished_at = now - 1min;
    return out;
}

TEST(CanBeTakenUp, WhatBringsSomethingUp) {
    for (const auto action : {DeploymentAction::deploy, DeploymentAction::up,
                              DeploymentAction::start, DeploymentAction::restart}) {
        EXPECT_TRUE(can_be_taken_up(cut_off(action), now)) << to_string(action);
    }
    for (const auto action :
         {DeploymentAction::stop, DeploymentAction::down, DeploymentAction::pull,
          DeploymentAction::scale, DeploymentAction::rollback}) {
        EXPECT_FALSE(can_be_taken_up(cut_off(action), now)) << to_string(action);
    }
}

TEST(CanBeTakenUp, OnlyWhatTheEndOfTheDaemonCutOff) {
    for (const auto state : {DeploymentState::succeeded, DeploymentState::failed,
                             DeploymentState::cancelled, DeploymentState::running}) {
        auto one = cut_off();
        one.state = state;
        EXPECT_FALSE(can_be_taken_up(one, now)) << to_string(state);
    }
    auto cancelled = cut_off();
    cancelled.steps.push_back({.seq = 1, .name = "cancel", .service = {}, .started_at = now});
    EXPECT_FALSE(can_be_taken_up(cancelled, now));
    auto at_the_terminal = cut_off();
    at_the_terminal.actor = access::Caller::local().name;
    EXPECT_FALSE(can_be_taken_up(at_the_terminal, now));
}

TEST(CanBeTakenUp, OnceAndSoon) {
    auto again = cut_off();
    again.request_id = "resumes-0198c9a0-0000-7000-8000-000000000000";
    EXPECT_FALSE(can_be_taken_up(again, now));
    auto stale = cut_off();
    stale.created_at = now - 25h;
    EXPECT_FALSE(can_be_taken_up(stale, now)) << "it ends only when the next daemon starts";
    stale.started_at = now - 23h;
    EXPECT_TRUE(can_be_taken_up(stale, now));
}

/// One project's deployments of a daemon's life that ended a minute ago, in the order in which they
/// were asked for: the first ran, the others waited behind it.
class CutOffs : public deploy::StoreFixture {
  protected:
    Deployment& add(DeploymentAction action, const deploy::OrderTerms& terms = {}) {
        auto one = cut_off(action);
        one.id = std::to_string(all_.size() + 1);
        one.created_at = now - 10min + std::chrono::seconds(all_.size());
        if (all_.empty()) {
            one.started_at = one.created_at;
        }
        deploy::DeploymentJournal journal(loop_.executor(), std::move(one), store_, clock_, log_);
        deploy::write_order(journal, terms, now);
        return *all_.insert(all_.begin(), journal.deployment());
    }
    /// `id action services force pull, without what of which`, or nothing.
    std::string found() {
        const auto order = find_cut_off(all_, now);
        if (!order) {
            return "";
        }
        std::string services;
        for (const auto& name : order->terms.services) {
            services += name.str() + ",";
        }
        std::string without;
        for (const auto& part : order->left_out) {
            without += fmt::format(", without {} of {}", part.what, part.deployment_id);
        }
        return fmt::format("{} {} [{}]{}{}{}", order->newest.id, to_string(order->action), services,
                           order->terms.force ? " force" : "",
                           order->terms.pull == deploy::PullPolicy::always ? "" : " no pull",
                           without);
    }
    static deploy::OrderTerms of(const char* service) {
        return {.services = {std::move(model::ServiceName::parse(service)).value()}};
    }

    /// Newest first.
    std::vector<Deployment> all_;
};

TEST_F(CutOffs, AreNoneWhereTheNewestIsOver) {
    EXPECT_EQ(found(), "");
    add(DeploymentAction::deploy);
    add(DeploymentAction::deploy).state = DeploymentState::failed;
    EXPECT_EQ(found(), "");
}

TEST_F(CutOffs, AreOneOrderOfAllTheServicesThatTheyName) {
    add(DeploymentAction::deploy, of("web"));
    EXPECT_EQ(found(), "1 deploy [web,]");
    add(DeploymentAction::deploy, of("db"));
    EXPECT_EQ(found(), "2 deploy [db,web,]");
    add(DeploymentAction::up);
    EXPECT_EQ(found(), "3 up []");
}

TEST_F(CutOffs, DoNotHideARolloutBehindWhatWaited) {
    for (const auto action : {DeploymentAction::pull, DeploymentAction::scale}) {
        all_.clear();
        add(DeploymentAction::deploy, of("web"));
        add(action);
        EXPECT_EQ(found(), "1 deploy [web,]") << to_string(action);
    }
    for (const auto action : {DeploymentAction::start, DeploymentAction::restart}) {
        all_.clear();
        add(DeploymentAction::deploy, of("web"));
        add(action);
        EXPECT_EQ(found(), fmt::format("1 deploy [web,], without {} of 2", to_string(action)));
    }
    all_.clear();
    add(DeploymentAction::deploy);
    add(DeploymentAction::start, of("web"));
    EXPECT_EQ(found(), "1 deploy []") << "it starts it, too";
    all_.clear();
    add(DeploymentAction::restart, of("web"));
    add(DeploymentAction::pull);
    EXPECT_EQ(found(), "1 restart [web,]");
}

TEST_F(CutOffs, DoNotHideARolloutBehindWhatAPersonCancelled) {
    add(DeploymentAction::deploy);
    add(DeploymentAction::deploy, of("web")).state = DeploymentState::cancelled;
    EXPECT_EQ(found(), "1 deploy []");
    add(DeploymentAction::stop).state = DeploymentState::cancelled;
    EXPECT_EQ(found(), "1 deploy []");
}

TEST_F(CutOffs, GiveWayToWhatStandsAgainstThem) {
    for (const auto action :
         {DeploymentAction::stop, DeploymentAction::down, DeploymentAction::rollback}) {
        all_.clear();
        add(DeploymentAction::deploy);
        add(action);
        EXPECT_EQ(found(), "") << to_string(action);
        add(DeploymentAction::deploy, of("web"));
        EXPECT_EQ(found(), "3 deploy [web,]")
            << "what was asked for after the " << to_string(action);
    }
    all_.clear();
    add(DeploymentAction::deploy);
    add(DeploymentAction::deploy).actor = access::Caller::local().name;
    EXPECT_EQ(found(), "");
}

TEST_F(CutOffs, OfAnEarlierEndAreLeft) {
    add(DeploymentAction::deploy).finished_at = now - 9min - 59s - 500ms;
    add(DeploymentAction::deploy, of("web"));
    EXPECT_EQ(found(), "2 deploy [web,]");
    all_.front().state = DeploymentState::cancelled;
    EXPECT_EQ(found(), "");
}

TEST_F(CutOffs, WhatTookOneUpIsNotTakenUpWithWhatWaitedBehindIt) {
    add(DeploymentAction::deploy).request_id = "resumes-0";
    EXPECT_EQ(found(), "");
    add(DeploymentAction::deploy, of("web"));
    EXPECT_EQ(found(), "2 deploy [web,]");
}

TEST_F(CutOffs, PullWhenOneOfThemDoes) {
    add(DeploymentAction::deploy, {.pull = deploy::PullPolicy::missing});
    EXPECT_EQ(found(), "1 deploy [] no pull");
    add(DeploymentAction::deploy);
    EXPECT_EQ(found(), "2 deploy []");
}

TEST_F(CutOffs, PullNothingThatNobodyWantedPulled) {
    add(DeploymentAction::deploy, of("web"));
    add(DeploymentAction::deploy, {.pull = deploy::PullPolicy::missing});
    EXPECT_EQ(found(), "2 deploy [] no pull, without pull of 1");
}

TEST_F(CutOffs, ForceNothingThatNobodyWantedForced) {
    auto forced = of("web");
    forced.force = true;
    add(DeploymentAction::deploy, forced);
    add(DeploymentAction::deploy, of("db"));
    EXPECT_EQ(found(), "2 deploy [db,web,], without force of 1");
    add(DeploymentAction::deploy);
    EXPECT_EQ(found(), "3 deploy [], without force of 1");
    add(DeploymentAction::deploy, {.force = true});
    EXPECT_EQ(found(), "4 deploy [] force");
}

TEST_F(CutOffs, ForceWhatTheForcedOnesNameTogether) {
    for (const auto* name : {"web", "db"}) {
        auto forced = of(name);
        forced.force = true;
        add(DeploymentAction::deploy, forced);
    }
    add(DeploymentAction::deploy, of("web"));
    EXPECT_EQ(found(), "3 deploy [db,web,] force");
}

TEST_F(CutOffs, RestartWhereThatStartsAllThatIsToBeStarted) {
    add(DeploymentAction::start, of("web"));
    add(DeploymentAction::restart);
    EXPECT_EQ(found(), "2 restart []");
    all_.clear();
    add(DeploymentAction::start, of("db"));
    add(DeploymentAction::restart, of("web"));
    EXPECT_EQ(found(), "2 start [db,web,], without restart of 2");
}

TEST_F(CutOffs, KeepWhatTheNewestForcedOneHasMade) {
    add(DeploymentAction::deploy, {.force = true});
    add(DeploymentAction::deploy);
    EXPECT_EQ(found(), "2 deploy [] force");
    EXPECT_EQ(find_cut_off(all_, now)->keep_since, all_.back().started_at);
    add(DeploymentAction::deploy, {.force = true});
    EXPECT_EQ(found(), "3 deploy [] force");
    EXPECT_EQ(find_cut_off(all_, now)->keep_since, std::nullopt) << "it has made nothing";
}

}  // namespace
}  // namespace itsup::services
