#include <live/log_hub_fixture.hpp>

namespace itsup::live {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ProjectLogsTest : public LogHubFixture {
  protected:
    /// Of a (web) and b (db) somebody follows a alone, since an hour ago.
    void follow_web_for_an_hour() {
        engine_.add("a", "shop", "web");
        engine_.add("b", "shop", "db");
        start();
        auto web = request(true);
        web.tail = 0;
        web.filter.services = {"web"};
        watch(web);
        wait([this] { return hub_->upstreams() == 1; });
        clock_.advance(1h);
    }
    /// Of a (web), once its first line, `one`, is read.
    LogWatch& watch_one_that_logs() {
        engine_.add("a", "shop", "web");
        start();
        auto wanted = request(true);
        wanted.tail = 0;
        auto& watcher = watch(wanted);
        wait([this] { return engine_.open_log_streams() == 1; });
        engine_.log_at("a", clock_.now() + 1s, "one");
        EXPECT_THAT(lines(watcher, 1), ElementsAre("one"));
        return watcher;
    }
};

TEST_F(ProjectLogsTest, FollowsWithOneUpstreamForAllAndClosesItAfterTheLast) {
    engine_.add("a", "shop", "web");
    engine_.log("a", "old");
    start();
    auto& one = watch(request(true));
    auto& two = watch(request(true));
    EXPECT_THAT(lines(one, 1), ElementsAre("old"));
    EXPECT_THAT(lines(two, 1), ElementsAre("old"));
    wait([this] { return hub_->upstreams() == 1; });
    engine_.log("a", "new");
    const auto first = next(one).value();
    const auto second = next(two).value();
    EXPECT_EQ(*first.bytes, "new\n");
    EXPECT_EQ(first.bytes.get(), second.bytes.get()) << "rendered once";
    EXPECT_EQ(hub_->watchers(), 2U);
    watches_.clear();
    wait([this] { return engine_.open_log_streams() == 0 && hub_->upstreams() == 0; });
}

TEST_F(ProjectLogsTest, FollowsARestartAndARecreationWithMarkers) {
    engine_.add("a", "shop", "web");
    start();
    auto wanted = request(true);
    wanted.shape = LogShape::ndjson;
    auto& watcher = watch(wanted);
    wait([this] { return hub_->upstreams() == 1; });
    engine_.log("a", "before");
    EXPECT_THAT(lines(watcher, 1).at(0), HasSubstr("\"before\""));
    engine_.set_state("a", model::ContainerState::exited, "die");
    EXPECT_THAT(lines(watcher, 1).at(0), HasSubstr("\"what\":\"die\""));
    wait([this] { return hub_->upstreams() == 0; });
    engine_.set_state("a", model::ContainerState::running, "start");
    engine_.log("a", "after");
    const auto restarted = lines(watcher, 2);
    EXPECT_THAT(restarted.at(0), HasSubstr("\"what\":\"start\""));
    EXPECT_THAT(restarted.at(1), HasSubstr("\"after\""));
    engine_.destroy("a");
    engine_.add("b", "shop", "web").container.created_at = clock_.now() + 1s;
    engine_.log("b", "first words");
    engine_.emit("start", "b");
    const auto recreated = lines(watcher, 2);
    EXPECT_THAT(recreated.at(0), HasSubstr("\"container\":\"b\",\"what\":\"start\""));
    EXPECT_THAT(recreated.at(1), HasSubstr("first words"));
    engine_.set_health("b", model::Health::healthy);
    EXPECT_THAT(lines(watcher, 1).at(0), HasSubstr("health_status: healthy"));
}

TEST_F(ProjectLogsTest, OutlivesAnEngineThatWasAway) {
    engine_.add("a", "shop", "web");
    start();
    auto wanted = request(true);
    wanted.shape = LogShape::ndjson;
    auto& watcher = watch(wanted);
    wait([this] { return hub_->upstreams() == 1; });
    engine_.log("a", "before");
    EXPECT_THAT(lines(watcher, 1).at(0), HasSubstr("before"));
    engine_.go_away();
    EXPECT_THAT(lines(watcher, 1).at(0), HasSubstr("engine away"));
    EXPECT_EQ(loop_.run(hub_->watch(wanted)).error().kind, base::ErrorKind::unavailable);
    engine_.log("a", "meanwhile");
    engine_.come_back();
    const auto seen = lines(watcher, 2);
    EXPECT_THAT(seen.at(0), HasSubstr("engine back"));
    EXPECT_THAT(seen.at(1), HasSubstr("meanwhile"));
}

TEST_F(ProjectLogsTest, OpensOnlyTheUpstreamsThatSomebodyWants) {
    engine_.add("a", "shop", "web");
    engine_.add("b", "shop", "db");
    start();
    auto wanted = request(true);
    wanted.filter.services = {"web"};
    watch(wanted);
    wait([this] { return hub_->upstreams() == 1; });
    watch(request(true));
    wait([this] { return hub_->upstreams() == 2; });
}

TEST_F(ProjectLogsTest, PassesOverAContainerThatIsBeingRemoved) {
    engine_.add("a", "shop", "web");
    engine_.add("b", "shop", "db");
    engine_.log("b", "still here");
    engine_.fault = [](std::string_view call, std::string_view id) -> std::optional<base::Error> {
        if (call == "open_logs" && id == "a") {
            return base::make_error(base::ErrorKind::conflict, "dead or marked for removal");
        }
        return std::nullopt;
    };
    start();
    EXPECT_THAT(all(watch(request(false))), HasSubstr("still here"));
    EXPECT_THAT(lines(watch(request(true)), 1), ElementsAre("still here"));
}

TEST_F(ProjectLogsTest, FollowsOnceWhenSomebodyJoinsBeforeABrokenConnectionIsTriedAgain) {
    engine_.add("a", "shop", "web");
    break_first_open();
    start();
    auto wanted = request(true);
    wanted.tail = 0;
    auto& watcher = watch(wanted);
    wait([this] { return engine_.count("open_logs a") == 1; });
    const auto asked = engine_.count("inspect_container a");
    watch(wanted);
    EXPECT_EQ(engine_.count("inspect_container a"), asked);
    wait([this] { return engine_.count("open_logs a") == 2; });
    EXPECT_EQ(engine_.open_log_streams(), 1);
    engine_.log_at("a", clock_.now() + 1s, "once");
    engine_.log_at("a", clock_.now() + 2s, "and no more");
    EXPECT_THAT(lines(watcher, 2), ElementsAre("once", "and no more"));
}

TEST_F(ProjectLogsTest, KeepsATailThatWaitsForItsNextConnectionWhenTheContainerGoes) {
    engine_.add("a", "shop", "web");
    break_first_open();
    start();
    auto wanted = request(true);
    wanted.tail = 0;
    watch(wanted);
    wait([this] { return engine_.count("open_logs a") == 1; });
    engine_.destroy("a");
    wait([this] { return !state_->find("a"); });
    EXPECT_EQ(hub_->upstreams(), 1U) << "it still wakes up";
    wait([this] { return hub_->upstreams() == 0; });
}

TEST_F(ProjectLogsTest, ACursorKnowsWhatWasReadOfAContainerThatOnlyALaterWatcherWanted) {
    follow_web_for_an_hour();
    engine_.log_at("b", clock_.now() - 30min, "half an hour old");
    auto& late = watch(request(true));
    EXPECT_THAT(lines(late, 1), ElementsAre("half an hour old"));
    wait([this] { return hub_->upstreams() == 2; });
    engine_.log_at("a", clock_.now() + 1s, "new");
    EXPECT_THAT(lines(late, 1), ElementsAre("new"));
    watches_.pop_back();
    engine_.log_at("b", clock_.now() + 2s, "newer");
    auto again = request(true);
    again.resume = cursor_;
    EXPECT_THAT(lines(watch(again), 1), ElementsAre("newer"));
}

TEST_F(ProjectLogsTest, ACursorKnowsWhatWasReadOfAContainerThatDidNotRun) {
    follow_web_for_an_hour();
    engine_.log_at("b", clock_.now() - 30min, "its last words");
    engine_.set_state("b", model::ContainerState::exited, "die");
    wait([this] { return !state_->find("b")->is_running(); });
    auto& late = watch(request(true));
    EXPECT_THAT(lines(late, 1), ElementsAre("its last words"));
    engine_.log_at("a", clock_.now() + 1s, "new");
    EXPECT_THAT(lines(late, 1), ElementsAre("new"));
    watches_.pop_back();
    engine_.log_at("a", clock_.now() + 2s, "newer");
    auto again = request(true);
    again.resume = cursor_;
    EXPECT_THAT(lines(watch(again), 1), ElementsAre("newer"));
}

TEST_F(ProjectLogsTest, EndsTheUpstreamsThatNobodyWantsAnyMore) {
    engine_.add("a", "shop", "web");
    engine_.add("b", "shop", "db");
    start();
    auto all = request(true);
    all.tail = 0;
    auto web = all;
    web.filter.services = {"web"};
    auto& watcher = watch(web);
    watch(all);
    wait([this] { return engine_.open_log_streams() == 2; });
    watches_.pop_back();
    wait([this] { return engine_.open_log_streams() == 1; });
    EXPECT_EQ(hub_->upstreams(), 1U);
    engine_.log_at("a", clock_.now() + 1s, "goes on");
    EXPECT_THAT(lines(watcher, 1), ElementsAre("goes on"));
    watch(all);
    wait([this] { return engine_.open_log_streams() == 2; });
    watches_.pop_back();
    // Somebody wants it again before it is gone.
    auto& again = watch(all);
    wait([this] { return engine_.open_log_streams() == 2; });
    engine_.log_at("b", clock_.now() + 2s, "once");
    engine_.log_at("b", clock_.now() + 3s, "and no more");
    EXPECT_THAT(lines(again, 2), ElementsAre("once", "and no more"));
}

TEST_F(ProjectLogsTest, ACursorForgetsAContainerThatIsGone) {
    engine_.add("a", "shop", "web");
    engine_.add("b", "shop", "db");
    start();
    auto wanted = request(true);
    wanted.tail = 0;
    auto& watcher = watch(wanted);
    wait([this] { return hub_->upstreams() == 2; });
    engine_.log_at("b", clock_.now() + 1s, "last words");
    EXPECT_THAT(lines(watcher, 1), ElementsAre("last words"));
    EXPECT_THAT(cursor_, HasSubstr("~b-"));
    engine_.set_state("b", model::ContainerState::exited, "die");
    wait([this] { return hub_->upstreams() == 1; });
    engine_.destroy("b");
    wait([this] { return !state_->find("b"); });
    engine_.log_at("a", clock_.now() + 2s, "goes on");
    EXPECT_THAT(lines(watcher, 1), ElementsAre("goes on"));
    EXPECT_THAT(cursor_, testing::Not(HasSubstr("~b-")));
}

TEST_F(ProjectLogsTest, OpensAnewWhatHangsWhileTheLogGoesOn) {
    options_.silence_max = 20ms;
    hub_ = std::make_unique<LogHub>(loop_.executor(), engine_, *state_, clock_, log_, secrets_,
                                    options_);
    auto& watcher = watch_one_that_logs();
    const auto opened = engine_.count("open_logs a");
    const auto inspected = engine_.count("inspect_container a");
    wait([this, opened] { return engine_.count("open_logs a") >= opened + 2; });
    EXPECT_EQ(engine_.count("inspect_container a"), inspected) << "silent because nothing came";
    engine_.hang_followers("a");
    engine_.log_at("a", clock_.now() + 2s, "two");
    EXPECT_THAT(lines(watcher, 1), ElementsAre("two"));
    engine_.log_at("a", clock_.now() + 3s, "three");
    EXPECT_THAT(lines(watcher, 1), ElementsAre("three"));
}

TEST_F(ProjectLogsTest, GivesWhatWasWrittenBetweenAHangAndTheEnd) {
    auto& watcher = watch_one_that_logs();
    engine_.hang_followers("a");
    engine_.log_at("a", clock_.now() + 2s, "its last words");
    engine_.set_state("a", model::ContainerState::exited, "die");
    EXPECT_THAT(lines(watcher, 1), ElementsAre("its last words"));
    wait([this] { return hub_->upstreams() == 0; });
    const auto opened = engine_.count("open_logs a");
    engine_.set_state("a", model::ContainerState::running, "start");
    wait([this] { return hub_->upstreams() == 1; });
    engine_.log_at("a", clock_.now() + 3s, "back");
    EXPECT_THAT(lines(watcher, 1), ElementsAre("back"));
    EXPECT_EQ(engine_.count("open_logs a"), opened + 1) << "at its end it was asked once";
}

TEST_F(ProjectLogsTest, FollowsWhatIsStartedAgainWhileItsEndIsLookedAt) {
    auto& watcher = watch_one_that_logs();
    const auto opened = engine_.count("open_logs a");
    engine_.hold_history(true);
    engine_.set_state("a", model::ContainerState::exited, "die");
    wait([this, opened] { return engine_.count("open_logs a") == opened + 1; });
    engine_.set_state("a", model::ContainerState::running, "start");
    wait([this] { return state_->find("a")->is_running(); });
    engine_.hold_history(false);
    engine_.log_at("a", clock_.now() + 2s, "back");
    EXPECT_THAT(lines(watcher, 1), ElementsAre("back"));
}

}  // namespace
}  // namespace itsup::live
