#include <deploy/deploy_fixture.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace itsup::deploy {
namespace {

using namespace std::chrono_literals;
using model::DeploymentState;

/// Prepares by waiting until it is let go, then fails: the queue needs no compose.
class Gate {
  public:
    explicit Gate(runtime::Executor executor) : changed_(executor) {}

    runtime::Task<DeployTarget> wait(std::string project) {
        ++running[project];
        order.push_back(project);
        while (!open_) {
            CO_TRY_VOID(co_await changed_.wait());
        }
        --running[project];
        co_return base::make_error(base::ErrorKind::invalid, "no such service: x");
    }
    void open() {
        open_ = true;
        changed_.notify();
    }

    std::map<std::string, int> running;
    std::vector<std::string> order;

  private:
    bool open_ = false;
    runtime::Notifier changed_;
};

class Queue : public EngineFixture {
  protected:
    Queue() {
        watch_engine();
        deployer_.on_change([this](const model::Deployment& deployment) {
            states_[deployment.id].push_back(deployment.state);
        });
    }
    ~Queue() override { EXPECT_TRUE(loop_.run(deployer_.close(0s)).has_value()); }
    static DeployerSettings settings() {
        DeployerSettings out;
        out.queued_per_project_max = 2;
        out.queued_max = 4;
        out.running_max = 2;
        out.cancel_write_max = 200ms;
        return out;
    }
    base::Result<model::Deployment> submit(std::string_view project,
                                           std::vector<model::ServiceName> services = {}) {
        DeployRequest request{project_name(project), model::DeploymentAction::deploy, {}};
        request.services = std::move(services);
        request.prepare = [this, text = std::string(project)](Transcript&) {
            return gate_.wait(text);
        };
        return loop_.run(deployer_.submit(std::move(request)));
    }
    DeploymentState state_of(const std::string& id) {
        return loop_.run(store_.get(id)).value().state;
    }
    bool ends_as(const std::string& id, DeploymentState state) {
        return turn([&] { return deployer_.find_live(id) == nullptr; }) && state_of(id) == state;
    }

    NoTraffic traffic_;
    Gate gate_{loop_.executor()};
    std::map<std::string, std::vector<DeploymentState>> states_;
    Deployer deployer_{
        loop_.executor(), {engine_, state_, compose_, store_, traffic_, clock_, log_}, settings()};
};

TEST_F(Queue, OneAtATimePerProjectAndSeveralProjectsAtOnce) {
    const auto first = submit("shop").value();
    const auto second = submit("shop").value();
    const auto other = submit("blog").value();
    const auto third = submit("wiki").value();
    ASSERT_TRUE(turn([this] { return gate_.order.size() == 2; }));
    EXPECT_EQ(gate_.running["shop"], 1);
    EXPECT_EQ(deployer_.running("shop")->id, first.id);
    EXPECT_EQ(deployer_.running("blog")->id, other.id);
    EXPECT_EQ(deployer_.running("wiki"), nullptr);
    EXPECT_EQ(deployer_.queued(), 2U);
    gate_.open();
    EXPECT_TRUE(ends_as(second.id, DeploymentState::failed));
    EXPECT_TRUE(ends_as(third.id, DeploymentState::failed));
    EXPECT_EQ(gate_.order.size(), 4U);
    const auto record = loop_.run(store_.get(first.id)).value();
    EXPECT_EQ(record.error->message, "no such service: x");
    EXPECT_TRUE(record.started_at && record.finished_at);
    EXPECT_EQ(states_[first.id].back(), DeploymentState::failed);
}

TEST_F(Queue, IsBoundedPerProjectAndInAll) {
    const auto running = submit("shop").value();
    ASSERT_TRUE(turn([this] { return !gate_.order.empty(); }));
    EXPECT_TRUE(submit("shop").has_value());
    EXPECT_TRUE(submit("shop").has_value());
    const auto full = submit("shop");
    EXPECT_EQ(full.error().kind, base::ErrorKind::conflict);
    EXPECT_NE(full.error().message.find(running.id), std::string::npos);
    EXPECT_TRUE(submit("a").has_value());
    EXPECT_TRUE(submit("b").has_value());
    EXPECT_TRUE(submit("c").has_value());
    EXPECT_EQ(submit("d").error().kind, base::ErrorKind::unavailable);
}

TEST_F(Queue, CancelsWhatWaitsAndWhatRuns) {
    const auto running = submit("shop").value();
    const auto waiting = submit("shop").value();
    ASSERT_TRUE(turn([this] { return !gate_.order.empty(); }));
    EXPECT_EQ(loop_.run(deployer_.cancel(waiting.id)).value().state, DeploymentState::cancelled);
    EXPECT_TRUE(ends_as(waiting.id, DeploymentState::cancelled));
    EXPECT_EQ(loop_.run(deployer_.cancel(running.id)).value().state, DeploymentState::cancelling);
    EXPECT_TRUE(ends_as(running.id, DeploymentState::cancelled));
    EXPECT_EQ(loop_.run(deployer_.cancel(running.id)).error().kind, base::ErrorKind::conflict);
    EXPECT_EQ(loop_.run(deployer_.cancel("none")).error().kind, base::ErrorKind::not_found);
    EXPECT_EQ(gate_.order.size(), 1U);
}

TEST_F(Queue, ACancelThatCannotBeWrittenDownIsNoPromise) {
    const auto running = submit("shop").value();
    ASSERT_TRUE(turn([this] { return !gate_.order.empty(); }));
    auto away = [](store::Connection& connection) {
        return connection.execute("ALTER TABLE deployment_events RENAME TO away");
    };
    auto back = [](store::Connection& connection) {
        return connection.execute("ALTER TABLE away RENAME TO deployment_events");
    };
    ASSERT_TRUE(loop_.run(database_->write(away)).has_value());
    const auto cancelled = loop_.run(deployer_.cancel(running.id));
    EXPECT_EQ(cancelled.error().kind, base::ErrorKind::unavailable);
    EXPECT_NE(cancelled.error().message.find("could not be written"), std::string::npos);
    ASSERT_TRUE(loop_.run(database_->write(back)).has_value());
    EXPECT_TRUE(ends_as(running.id, DeploymentState::cancelled)) << "it stops all the same";
}

TEST_F(Queue, WhatAnOrderAsksForIsWrittenDownWithItsRow) {
    // As when the daemon ends before it writes again.
    auto end = [](store::Connection& connection) {
        return connection.execute(
            "CREATE TRIGGER over BEFORE UPDATE ON deployments WHEN EXISTS (SELECT 1 FROM "
            "deployment_events WHERE deployment_id = OLD.id) BEGIN SELECT RAISE(ABORT, 'over'); "
            "END");
    };
    auto go_on = [](store::Connection& connection) {
        return connection.execute("DROP TRIGGER over");
    };
    ASSERT_TRUE(loop_.run(database_->write(end)).has_value());
    const auto ordered =
        submit("shop", {std::move(model::ServiceName::parse("web")).value()}).value();
    const auto recorded = loop_.run(store_.get(ordered.id)).value();
    EXPECT_EQ(recorded.state, DeploymentState::queued);
    ASSERT_EQ(recorded.steps.size(), 1U);
    EXPECT_EQ(recorded.steps.front().service, "web");
    EXPECT_EQ(loop_.run(store_.events(ordered.id, 0, 10)).value().size(), 2U);
    EXPECT_EQ(states_[ordered.id].front(), DeploymentState::queued) << "and announced";
    ASSERT_TRUE(loop_.run(database_->write(go_on)).has_value());
}

TEST_F(Queue, ShutdownInterruptsAndRefuses) {
    const auto running = submit("shop").value();
    const auto waiting = submit("shop").value();
    ASSERT_TRUE(turn([this] { return !gate_.order.empty(); }));
    ASSERT_TRUE(loop_.run(deployer_.close(1ms)).has_value());
    EXPECT_EQ(state_of(running.id), DeploymentState::interrupted);
    EXPECT_EQ(state_of(waiting.id), DeploymentState::interrupted);
    EXPECT_EQ(submit("shop").error().kind, base::ErrorKind::unavailable);
}

TEST_F(Queue, AStoreThatFailsRefusesTheDeployment) {
    auto drop = [](store::Connection& connection) {
        return connection.execute("ALTER TABLE deployments RENAME TO away");
    };
    ASSERT_TRUE(loop_.run(database_->write(drop)).has_value());
    EXPECT_EQ(submit("shop").error().kind, base::ErrorKind::unavailable);
    EXPECT_TRUE(gate_.order.empty());
}

}  // namespace
}  // namespace itsup::deploy
