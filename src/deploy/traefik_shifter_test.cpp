#include <base/id.hpp>
#include <deploy/traefik_shifter.hpp>
#include <net/http_server.hpp>
#include <runtime/task_group.hpp>
#include <runtime/test_loop.hpp>
#include <store/database.hpp>
#include <store/deployments.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>

namespace itsup::deploy {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// Answers what it is told to: first `refusals` times with 404.
class FakeTraefik final : public net::Handler {
  public:
    runtime::Task<> handle(net::Exchange& exchange) override {
        const bool refuses = refusals > 0;
        refusals -= refuses ? 1 : 0;
        ++questions;
        if (on_question) {
            on_question();
        }
        const std::string_view target = exchange.request().target;
        const auto answer = answers.find(target.substr(0, target.find('?')));
        return exchange.respond(
            net::Response::make(refuses ? 404 : status, "application/json",
                                answer == answers.end() ? body : answer->second));
    }

    int refusals = 0;
    int status = 200;
    std::string body = "[]";
    /// By path, instead of `body`.
    std::map<std::string, std::string, std::less<>> answers;
    int questions = 0;
    /// Before each answer.
    std::function<void()> on_question;
};

class Shifter : public testing::Test {
  protected:
    Shifter() {
        std::string pattern = (fs::temp_directory_path() / "itsup_shifter_XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        EXPECT_TRUE(server_.listen(net::Endpoint::tcp("127.0.0.1", 0)).has_value());
        server_.start();
        port_ = server_.local_port();
        model::Deployment deployment;
        deployment.id = base::make_uuid7(clock_.now());
        deployment.project = "shop";
        deployment.created_at = clock_.now();
        EXPECT_TRUE(loop_.run(store_.create(deployment)).has_value());
        journal_ =
            std::make_shared<DeploymentJournal>(loop_.executor(), deployment, store_, clock_, log_);
    }
    ~Shifter() override {
        EXPECT_TRUE(loop_.run(server_.close()).has_value());
        fs::remove_all(folder_);
    }

    static model::Container container(std::string_view enable,
                                      std::string_view address = "172.20.0.7") {
        model::Container out;
        out.networks["proxynet"] = address;
        out.labels["traefik.enable"] = enable;
        return out;
    }
    [[nodiscard]] TraefikSettings settings() const {
        TraefikSettings out;
        out.port = port_;
        out.dynamic_directory = folder_.string();
        out.confirm_max = 200ms;
        out.ask_every = 10ms;
        return out;
    }
    base::Result<Routing> shift(TrafficShift shift) {
        TraefikShifter shifter(loop_.executor(), settings(), pool_, log_);
        Transcript transcript(*journal_, clock_, {});
        StepScope step(transcript, "take old out of routing", "web");
        auto routing = loop_.run(shifter.shift_to(std::move(shift), step));
        step.succeed();
        return routing;
    }
    base::Result<Routing> shift(std::string_view enable) {
        return shift({"shop", "web", {container(enable)}, {}});
    }
    [[nodiscard]] std::string rollout_file() const {
        std::ifstream file(folder_ / "itsup-rollout-shop.web.yml");
        return {std::istreambuf_iterator<char>(file), {}};
    }

    base::SystemClock clock_;
    base::NullLogger log_;
    runtime::TestLoop loop_;
    runtime::BlockingPool pool_{1};
    std::unique_ptr<store::Database> database_ =
        std::move(store::Database::open(":memory:", pool_)).value();
    store::Deployments store_{*database_};
    std::shared_ptr<DeploymentJournal> journal_;
    FakeTraefik traefik_;
    net::HttpServer server_{loop_.executor(), traefik_, log_};
    std::uint16_t port_ = 0;
    fs::path folder_;
};

TEST_F(Shifter, WhereNobodyListensThereIsNothingToShift) {
    ASSERT_TRUE(loop_.run(server_.close()).has_value());
    EXPECT_EQ(shift("true").value(), Routing::not_routed);
}

TEST_F(Shifter, AnAnswerThatIsNotTraefiksFailsTheShiftAndSaysWhatToDo) {
    traefik_.status = 404;
    const auto not_found = shift("true");
    ASSERT_TRUE(not_found.has_error());
    EXPECT_NE(not_found.error().message.find("answers 404"), std::string::npos);
    EXPECT_NE(not_found.error().message.find("itsup apply proxy"), std::string::npos);
    EXPECT_GT(traefik_.questions, 1) << "it may be starting";
    traefik_.status = 200;
    traefik_.body = "<html>";
    EXPECT_TRUE(shift("true").has_error());
}

TEST_F(Shifter, ATraefikThatIsStartingIsWaitedFor) {
    traefik_.refusals = 3;
    EXPECT_EQ(shift("true").value(), Routing::not_routed) << "it lists no service";
    EXPECT_GT(traefik_.questions, 3);
}

constexpr std::string_view listed_router = R"j([
  {"name": "shop@docker", "provider": "docker", "rule": "Host(`a.test`)", "service": "shop",
   "status": "enabled", "using": ["web"]}])j";
constexpr std::string_view listed_servers = R"([
  {"name": "shop@docker", "provider": "docker", "loadBalancer": {"servers": [
     {"url": "http://172.20.0.7:80"}, {"url": "http://172.20.0.66:80"}]}}])";

TEST_F(Shifter, HoldsTheRoutingAtWhatServesNotAtWhatHasJustDied) {
    traefik_.answers["/api/http/routers"] = listed_router;
    traefik_.answers["/api/http/services"] = listed_servers;
    const auto held = shift({"shop", "web", {}, {container("true")}});
    EXPECT_EQ(held.error().kind, base::ErrorKind::timed_out) << "this Traefik reads no file";
    EXPECT_NE(rollout_file().find("http://172.20.0.7:80"), std::string::npos) << rollout_file();
    EXPECT_EQ(rollout_file().find("172.20.0.66"), std::string::npos) << rollout_file();
}

TEST_F(Shifter, HoldsUntilTheReleaseAlsoWhatTraefikNeverTookOver) {
    traefik_.answers["/api/http/routers"] = listed_router;
    traefik_.answers["/api/http/services"] = listed_servers;
    TraefikShifter shifter(loop_.executor(), settings(), pool_, log_);
    Transcript transcript(*journal_, clock_, {});
    StepScope step(transcript, "keep routing at the old", "web");
    const TrafficShift held{"shop", "web", {}, {container("true")}};
    EXPECT_FALSE(shifter.holds("shop", "web"));
    ASSERT_TRUE(loop_.run(shifter.shift_to(held, step)).has_error());
    EXPECT_TRUE(shifter.holds("shop", "web"));
    EXPECT_FALSE(rollout_file().empty());
    ASSERT_TRUE(loop_.run(shifter.release(held, step)).has_value());
    EXPECT_FALSE(shifter.holds("shop", "web"));
    EXPECT_TRUE(rollout_file().empty());
    step.succeed();
}

/// A hold at 172.20.0.7, which serves, given back after 172.20.0.9 was started and has ended.
class TakenBack : public Shifter {
  protected:
    TakenBack() {
        traefik_.answers["/api/http/routers"] = listed_router;
        list("");
    }

    /// Beside the one that serves.
    void list(std::string_view more) {
        traefik_.answers["/api/http/services"] = fmt::format(
            R"([{{"name": "shop@docker", "provider": "docker", "loadBalancer": {{"servers": [)"
            R"({{"url": "http://172.20.0.7:80"}}{}]}}}}])",
            more);
    }
    void list_both() { list(R"(, {"url": "http://172.20.0.9:80"})"); }

    static runtime::Task<> join(runtime::TaskGroup& group) { return group.join(); }
    runtime::Task<> until_held() const {
        while (rollout_file().empty()) {
            CO_TRY_VOID(co_await runtime::yield_now());
        }
        co_return base::Result<>{};
    }
    static runtime::Task<> shift(TraefikShifter& shifter, TrafficShift held, StepScope& step) {
        CO_TRY(const auto routing, co_await shifter.shift_to(std::move(held), step));
        static_cast<void>(routing);
        co_return base::Result<>{};
    }
    /// This Traefik never says that it took the file over, which is not waited for.
    /// Gives how long the release took.
    std::chrono::steady_clock::duration hold_and_release(TraefikSettings settings,
                                                         model::Container gone,
                                                         std::vector<model::Container> serving = {
                                                             container("true")}) {
        TraefikShifter shifter(loop_.executor(), std::move(settings), pool_, log_);
        Transcript transcript(*journal_, clock_, {});
        StepScope step(transcript, "give routing back", "web");
        runtime::TaskGroup group(loop_.executor(), log_);
        group.spawn("hold", shift(shifter, {"shop", "web", {}, std::move(serving)}, step));
        EXPECT_TRUE(loop_.run(until_held()).has_value());
        group.cancel();
        EXPECT_TRUE(loop_.run(join(group)).has_value());
        traefik_.questions = 0;
        traefik_.on_question = on_release_;
        const TrafficShift back{"shop", "web", {std::move(gone)}, {container("true")}};
        const auto start = std::chrono::steady_clock::now();
        EXPECT_TRUE(loop_.run(shifter.release(back, step)).has_value());
        const auto took = std::chrono::steady_clock::now() - start;
        step.succeed();
        EXPECT_TRUE(rollout_file().empty());
        return took;
    }

    /// Waits for what it must see, and not for a time.
    [[nodiscard]] TraefikSettings patient() const {
        auto out = settings();
        out.confirm_max = 60s;
        out.steady = 60s;
        return out;
    }
    [[nodiscard]] TraefikSettings brief() const {
        auto out = settings();
        out.confirm_max = 60s;
        out.steady = 200ms;
        return out;
    }

    /// So many answers make one view.
    static constexpr int questions_of_a_view = 6;
    std::function<void()> on_release_;
};

TEST_F(TakenBack, IsHeldUntilTraefikHasListedItAndDroppedIt) {
    bool let_go = false;
    on_release_ = [&] {
        const int view = (traefik_.questions - 1) / questions_of_a_view;
        if (view >= 3 && view < 6) {
            list_both();
        } else {
            list("");
        }
        let_go = let_go || (view < 6 && rollout_file().empty());
    };
    EXPECT_LT(hold_and_release(patient(), container("true", "172.20.0.9")), 60s);
    EXPECT_FALSE(let_go);
}

TEST_F(TakenBack, IsHeldForAWhileWhenTraefikDoesNotListIt) {
    EXPECT_GE(hold_and_release(brief(), container("true", "172.20.0.9")), 200ms);
}

TEST_F(TakenBack, IsHeldForAWhileWhenItEndedByItself) {
    EXPECT_GE(hold_and_release(brief(), container("true", "")), 200ms);
}

TEST_F(TakenBack, IsHeldForAWhileWhenItHasTheAddressOfOneThatHadDied) {
    list_both();
    on_release_ = [this] { list(""); };
    EXPECT_GE(hold_and_release(brief(), container("true", "172.20.0.9")), 200ms);
}

TEST_F(TakenBack, IsNotWaitedForWhenItServedAtTheHold) {
    list_both();
    on_release_ = [this] { list(""); };
    const auto second = container("true", "172.20.0.9");
    EXPECT_LT(hold_and_release(patient(), second, {container("true"), second}), 60s);
}

TEST_F(Shifter, TidiesUpWhatADeadDaemonLeftWhateverItsNames) {
    for (const char* name :
         {"itsup-rollout-shop-web.yml", "itsup-rollout-shop.web.yml", "mine.yml"}) {
        std::ofstream(folder_ / name) << "{}";
    }
    TraefikShifter shifter(loop_.executor(), settings(), pool_, log_);
    ASSERT_TRUE(loop_.run(shifter.clean_up()).has_value());
    EXPECT_FALSE(fs::exists(folder_ / "itsup-rollout-shop-web.yml"));
    EXPECT_FALSE(fs::exists(folder_ / "itsup-rollout-shop.web.yml"));
    EXPECT_TRUE(fs::exists(folder_ / "mine.yml"));
}

TEST_F(Shifter, AServiceThatAsksForNoRouteNeedsNoTraefik) {
    traefik_.status = 404;
    EXPECT_EQ(shift("false").value(), Routing::not_routed);
    EXPECT_EQ(traefik_.questions, 1);
}

}  // namespace
}  // namespace itsup::deploy
