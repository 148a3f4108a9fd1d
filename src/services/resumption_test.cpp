#include <base/id.hpp>
#include <compose/runner.hpp>
#include <deploy/traffic_shifter.hpp>
#include <docker/fake_engine.hpp>
#include <runtime/deadline.hpp>
#include <runtime/files.hpp>
#include <runtime/task_group.hpp>
#include <runtime/test_loop.hpp>
#include <services/resumption.hpp>
#include <store/database.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace itsup::services {
namespace {

using namespace std::chrono_literals;
using model::Deployment;
using model::DeploymentAction;
using model::DeploymentState;

constexpr std::string_view not_taken_up = "a deployment that was cut off is not taken up again";

/// A run that goes on until it is let go.
class Held final : public ReconcileWork {
  public:
    explicit Held(runtime::Executor executor) : changed_(executor) {}
    runtime::Task<> perform(ReconcileRecord&) override {
        while (!over_) {
            CO_TRY_VOID(co_await changed_.wait());
        }
        co_return base::make_error(base::ErrorKind::unavailable, "the remote is away");
    }
    void let_go() {
        over_ = true;
        changed_.notify();
    }

  private:
    bool over_ = false;
    runtime::Notifier changed_;
};

/// Keeps what is told, as `level message`.
class Told final : public base::Logger {
  public:
    void write(base::LogLevel level, std::string_view message,
               std::initializer_list<base::LogField>) override {
        lines.push_back(fmt::format("{} {}", static_cast<int>(level), message));
    }
    [[nodiscard]] bool has(base::LogLevel level, std::string_view message) const {
        const auto line = fmt::format("{} {}", static_cast<int>(level), message);
        return std::ranges::find(lines, line) != lines.end();
    }
    std::vector<std::string> lines;
};

/// A root with two projects, and a daemon that was killed while it deployed one.
class Resuming : public testing::Test {
  protected:
    Resuming() {
        const auto folder = runtime::Directory::open(root_.path);
        const runtime::FileContent compose{"services:\n  web:\n    image: demo:1\n", 0644};
        const runtime::FileTree tree{{"projects/shop/docker-compose.yml", compose},
                                     {"projects/alpha/docker-compose.yml", compose}};
        EXPECT_TRUE(folder->write_tree(tree, {}).has_value());
        EXPECT_TRUE(loop_.run(catalog_.load()).has_value());
        engine_.add("shop-web-1", "shop", "web");
        deployer_.on_change([this](const Deployment& one) { deployment_log_.note(one); });
    }
    ~Resuming() override {
        EXPECT_TRUE(loop_.run(reconciler_.close()));
        EXPECT_TRUE(loop_.run(tasks_.close()));
        EXPECT_TRUE(loop_.run(deployer_.close(0s)));
        EXPECT_TRUE(loop_.run(engine_state_.stop()));
        std::filesystem::remove_all(root_.path);
    }
    static std::string make_folder() {
        std::string name = testing::TempDir() + "/resumption-XXXXXX";
        return ::mkdtemp(name.data());
    }

    static runtime::Task<> turns(std::function<bool()> predicate) {
        while (!predicate()) {
            CO_TRY_VOID(co_await runtime::yield_now());
        }
        co_return base::Result<>{};
    }
    bool until(std::function<bool()> predicate) {
        return loop_.run(runtime::with_deadline(10s, turns(std::move(predicate)))).has_value();
    }

    Deployment killed(model::Cause cause = model::Cause::api, std::string project = "shop") {
        Deployment one;
        one.id = base::make_uuid7(clock_.now());
        one.project = std::move(project);
        one.state = DeploymentState::running;
        one.actor = "ann";
        one.cause = cause;
        one.created_at = clock_.now();
        EXPECT_TRUE(loop_.run(store_.create(one)));
        return one;
    }
    /// As at the start of the next daemon.
    void start() {
        EXPECT_TRUE(loop_.run(deployer_.recover()));
        EXPECT_TRUE(loop_.run(deployment_log_.load(store_)));
        EXPECT_TRUE(loop_.run(reconciler_.resume()));
        EXPECT_TRUE(loop_.run(resumption_.find()));
        engine_state_.start();
        EXPECT_TRUE(until([this] { return engine_state_.status().connected; }));
    }
    base::Result<> take_up() { return loop_.run(resumption_.take_up()); }

    bool is_taken_up(const Deployment& cut_off) {
        const auto last = deployment_log_.last_of(cut_off.project);
        return last && last->id != cut_off.id;
    }
    runtime::Task<> order_stop() {
        deploy::DeployRequest request{
            .project = *model::ProjectName::parse("shop"),
            .action = DeploymentAction::stop,
            .prepare = preparation_.prepare_orphan(*model::ProjectName::parse("shop"))};
        CO_TRY(const auto ordered, co_await deployer_.submit(std::move(request)));
        static_cast<void>(ordered);
        co_return base::Result<>{};
    }
    /// Newest first, without the one that was cut off.
    std::vector<Deployment> ordered_since(const Deployment& cut_off) {
        store::DeploymentFilter filter;
        filter.project = "shop";
        auto all = loop_.run(store_.list(std::move(filter))).value().items;
        std::erase_if(all, [&](const auto& one) { return one.id == cut_off.id; });
        return all;
    }
    std::vector<store::AuditEntry> audited() {
        return loop_.run(audit_store_.list({})).value().items;
    }
    void execute(std::string sql) {
        auto work = [sql = std::move(sql)](store::Connection& connection) {
            return connection.execute(sql);
        };
        ASSERT_TRUE(loop_.run(database_->write(std::move(work))));
    }

    runtime::TestLoop loop_;
    InstallRoot root_{make_folder()};
    base::SystemClock clock_;
    Told log_;
    runtime::BlockingPool pool_{2};
    std::unique_ptr<store::Database> database_ =
        std::move(store::Database::open(":memory:", pool_)).value();
    store::Deployments store_{*database_};
    store::Reconciles reconciles_{*database_};
    store::Audit audit_store_{*database_};
    docker::FakeEngine engine_{loop_.executor()};
    docker::EngineState engine_state_{loop_.executor(), engine_, clock_, log_};
    compose::Runner compose_{compose::RunnerSettings{.docker = "/nonexistent"}};
    deploy::NoTraffic traffic_;
    deploy::Deployer deployer_{
        loop_.executor(), {engine_, engine_state_, compose_, store_, traffic_, clock_, log_}, {}};
    SecretStore secrets_{root_, pool_, {}};
    Catalog catalog_{loop_.executor(), root_, secrets_, pool_, log_};
    ComposeCheck compose_check_{root_, {.docker = "/nonexistent"}};
    Preparation preparation_{root_, secrets_, compose_check_, pool_, {}};
    DeploymentLog deployment_log_;
    Held work_{loop_.executor()};
    Reconciler reconciler_{loop_.executor(), work_, reconciles_, clock_, log_};
    AuditTrail audit_{audit_store_, clock_};
    Resumption resumption_{{.catalog = catalog_,
                            .engine = engine_state_,
                            .deployer = deployer_,
                            .store = store_,
                            .deployment_log = deployment_log_,
                            .preparation = preparation_,
                            .reconciler = reconciler_,
                            .audit = audit_,
                            .clock = clock_,
                            .log = log_}};
    runtime::TaskGroup tasks_{loop_.executor(), log_};
};

TEST_F(Resuming, OrdersItOnceMoreAndWritesItIntoTheAudit) {
    const auto cut_off = killed();
    start();
    ASSERT_TRUE(take_up());
    const auto since = ordered_since(cut_off);
    ASSERT_EQ(since.size(), 1U);
    EXPECT_EQ(since.front().actor, "ann (resumed)");
    EXPECT_EQ(since.front().request_id, "resumes-" + cut_off.id);
    const auto entries = audited();
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries.front().actor, "ann (resumed)");
    EXPECT_EQ(entries.front().verb, "project.deploy");
    EXPECT_EQ(entries.front().project, "shop");
    EXPECT_EQ(entries.front().target, since.front().id);
    EXPECT_EQ(entries.front().result, "ok");
}

TEST_F(Resuming, DoesNothingThatCannotBeWrittenIntoTheAudit) {
    const auto cut_off = killed();
    start();
    execute("DROP TABLE audit");
    ASSERT_TRUE(take_up());
    EXPECT_TRUE(ordered_since(cut_off).empty());
}

TEST_F(Resuming, LeavesAProjectAloneThatSomebodyHasOrderedSomethingFor) {
    const auto cut_off = killed();
    start();
    ASSERT_TRUE(loop_.run(order_stop()));
    ASSERT_TRUE(take_up());
    const auto since = ordered_since(cut_off);
    ASSERT_EQ(since.size(), 1U);
    EXPECT_EQ(since.front().action, DeploymentAction::stop);
    EXPECT_TRUE(audited().empty());
    EXPECT_TRUE(log_.has(base::LogLevel::info, not_taken_up));
}

TEST_F(Resuming, GivesWayToAStopThatComesWhileItLooks) {
    const auto cut_off = killed();
    start();
    bool asked = false;
    engine_.fault = [&](std::string_view call, std::string_view) {
        if (call == "inspect_container" && !std::exchange(asked, true)) {
            tasks_.spawn("a person's stop", order_stop());
        }
        return std::optional<base::Error>{};
    };
    ASSERT_TRUE(take_up());
    ASSERT_TRUE(asked);
    ASSERT_TRUE(until([this] { return !deployer_.has_any("shop"); }));
    const auto since = ordered_since(cut_off);
    ASSERT_EQ(since.size(), 1U);
    EXPECT_EQ(since.front().action, DeploymentAction::stop);
}

TEST_F(Resuming, AsksAnEngineAgainThatFailsForAWhile) {
    const auto cut_off = killed();
    start();
    int failures = 0;
    engine_.fault = [&](std::string_view call, std::string_view) -> std::optional<base::Error> {
        if (call == "inspect_container" && failures < 2) {
            ++failures;
            return base::Error{base::ErrorKind::unavailable, "the engine is busy"};
        }
        return std::nullopt;
    };
    ASSERT_TRUE(take_up());
    EXPECT_EQ(failures, 2);
    EXPECT_EQ(ordered_since(cut_off).size(), 1U);
}

TEST_F(Resuming, DoesNotLetAProjectHoldUpOthersThatCannotBeLookedAt) {
    const auto stuck = killed(model::Cause::api, "alpha");
    const auto other = killed();
    engine_.add("alpha-web-1", "alpha", "web");
    start();
    bool is_stuck = true;
    engine_.fault = [&](std::string_view call, std::string_view id) -> std::optional<base::Error> {
        if (call == "inspect_container" && id == "alpha-web-1" && is_stuck) {
            return base::Error{base::ErrorKind::unavailable, "the container does not answer"};
        }
        return std::nullopt;
    };
    tasks_.spawn("take up", resumption_.take_up());
    ASSERT_TRUE(until([&] { return is_taken_up(other); }));
    EXPECT_FALSE(is_taken_up(stuck));
    is_stuck = false;
    EXPECT_TRUE(until([&] { return is_taken_up(stuck); }));
}

TEST_F(Resuming, SaysOfAnAuditEntryThatItIsNotClosed) {
    killed();
    start();
    execute("CREATE TRIGGER full BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'full'); END");
    ASSERT_TRUE(take_up());
    EXPECT_TRUE(
        log_.has(base::LogLevel::warning, "a deployment that was cut off is taken up again"));
    EXPECT_TRUE(log_.has(base::LogLevel::error, "audit entry not closed"));
    EXPECT_FALSE(log_.has(base::LogLevel::error, not_taken_up));
}

TEST_F(Resuming, LeavesToAReconcileRunWhatItGoesOnWith) {
    const auto cut_off = killed(model::Cause::reconcile);
    model::ReconcileRun run{.id = base::make_uuid7(clock_.now()),
                            .state = model::ReconcileState::running,
                            .created_at = clock_.now()};
    ASSERT_TRUE(loop_.run(reconciles_.put(run, {})));
    start();
    auto waiting = resumption_.take_up();
    const auto waited = loop_.run(runtime::with_deadline(200ms, std::move(waiting)));
    EXPECT_EQ(waited.error().kind, base::ErrorKind::timed_out);
    EXPECT_TRUE(ordered_since(cut_off).empty());
    work_.let_go();
    ASSERT_TRUE(take_up());
    EXPECT_EQ(ordered_since(cut_off).size(), 1U) << "the run ended without having deployed it";
}

}  // namespace
}  // namespace itsup::services
