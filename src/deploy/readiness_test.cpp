#include <deploy/deploy_fixture.hpp>
#include <deploy/readiness.hpp>
#include <net/http_server.hpp>

#include <fmt/format.h>

namespace itsup::deploy {
namespace {

using namespace std::chrono_literals;
using model::Container;
using model::ContainerState;
using model::Health;

Container running(int restarts) {
    Container out;
    out.state = ContainerState::running;
    out.restart_count = restarts;
    return out;
}

TEST(Judge, CountsTheRestartsSinceTheStepBegan) {
    const WantedService service;
    EXPECT_EQ(judge(service, running(2), 0).verdict, Verdict::ready);
    EXPECT_EQ(judge(service, running(3), 0).verdict, Verdict::failed);
    EXPECT_EQ(judge(service, running(700), 700).verdict, Verdict::ready);
    EXPECT_EQ(judge(service, running(703), 700).verdict, Verdict::failed);
    // Started by hand meanwhile: the engine counts from 0 again.
    EXPECT_EQ(judge(service, running(1), 700).verdict, Verdict::ready);
    EXPECT_EQ(judge(service, running(3), 700).verdict, Verdict::failed);
}

TEST(RunsAsItShould, WhateverItWentThroughBefore) {
    const WantedService service;
    auto container = running(3);
    EXPECT_TRUE(runs_as_it_should(service, container));
    container.health = Health::starting;
    EXPECT_TRUE(runs_as_it_should(service, container)) << "left alone, between two states";
    container.health = Health::unhealthy;
    EXPECT_FALSE(runs_as_it_should(service, container));
    for (const auto state :
         {ContainerState::restarting, ContainerState::exited, ContainerState::dead}) {
        container = running(0);
        container.state = state;
        EXPECT_FALSE(runs_as_it_should(service, container)) << model::to_string(state);
    }
}

class Readiness : public OperationFixture {
  protected:
    Readiness() {
        engine_.add("a", "shop", "web").container.restart_count = 5;
        watch_engine();
        EXPECT_TRUE(turn([this] {
            const auto found = state_.find("a");
            return found && found->restart_count == 5;
        }));
    }

    base::Result<> wait_until_ready(std::vector<std::string> ids = {"a"}) {
        return loop_.run(deploy::wait_until_ready(operation_, service_, std::move(ids)));
    }
};

TEST_F(Readiness, AnOldCrashLoopIsForgiven) {
    const auto ready = wait_until_ready();
    EXPECT_TRUE(ready.has_value()) << ready.error().message;
}

TEST_F(Readiness, ANewOneIsNot) {
    service_.health = HealthTimes{};
    engine_.find("a")->container.health = Health::starting;
    EXPECT_TRUE(loop_.run(state_.refresh("a")).has_value());
    auto waiting = deploy::wait_until_ready(operation_, service_, {"a"});
    engine_.emit("start", "a");
    engine_.find("a")->container.restart_count = 8;
    const auto ready = loop_.run(std::move(waiting));
    ASSERT_TRUE(ready.has_error());
    EXPECT_EQ(ready.error().message, "a ends and is restarted again and again");
}

class Deaf final : public net::Handler {
  public:
    runtime::Task<> handle(net::Exchange&) override { co_return base::Result<>{}; }
};

TEST_F(Readiness, NamesTheOneWhosePortStaysClosed) {
    Deaf handler;
    net::HttpServer server(loop_.executor(), handler, log_);
    ASSERT_TRUE(server.listen(net::Endpoint::tcp("127.0.0.1", 0)).has_value());
    server.start();
    service_.ingress_ports = {server.local_port()};
    settings_.ready_max = 0s;
    engine_.find("a")->container.networks["edge"] = "127.0.0.1";
    engine_.add("b", "shop", "web", 2).container.networks["edge"] = "127.0.0.2";
    for (const char* id : {"a", "b"}) {
        EXPECT_TRUE(loop_.run(state_.refresh(id)).has_value());
    }
    const auto ready = wait_until_ready({"a", "b"});
    ASSERT_TRUE(ready.has_error());
    EXPECT_EQ(ready.error().message,
              fmt::format("b does not accept connections on port {}", server.local_port()));
    EXPECT_TRUE(loop_.run(server.close()).has_value());
}

}  // namespace
}  // namespace itsup::deploy
