#include <services/resumption.hpp>

#include <gtest/gtest.h>

namespace itsup::services {
namespace {

using namespace std::chrono_literals;
using model::DeploymentAction;
using model::DeploymentState;

const base::Timestamp now = base::parse_rfc3339("2026-08-21T12:00:00Z").value();

model::Deployment cut_off(DeploymentAction action = DeploymentAction::deploy) {
    model::Deployment out;
    out.action = action;
    out.state = DeploymentState::interrupted;
    out.actor = "admin";
    out.created_at = now - 48h;
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
    stale.finished_at = now - 25h;
    EXPECT_FALSE(can_be_taken_up(stale, now));
}

}  // namespace
}  // namespace itsup::services
