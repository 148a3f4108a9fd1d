#include <base/id.hpp>
#include <runtime/test_loop.hpp>
#include <store/audit.hpp>
#include <store/database.hpp>
#include <store/deployments.hpp>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace itsup::store {
namespace {

using namespace std::string_literals;
using model::DeploymentState;

const base::Timestamp noon = base::parse_rfc3339("2026-08-21T12:00:00.123456789Z").value();

class Store : public testing::Test {
  protected:
    Store() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "itsup_store_XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        open();
    }
    ~Store() override {
        database_.reset();
        std::filesystem::remove_all(folder_);
    }
    void open() {
        database_.reset();
        database_ = std::move(Database::open(file(), pool_)).value();
    }
    [[nodiscard]] std::string file() const { return (folder_ / "itsup.db").string(); }
    Deployments deployments() { return Deployments(*database_); }
    Audit audit() { return Audit(*database_); }

    model::Deployment make(const std::string& project, DeploymentState state) {
        model::Deployment out;
        out.id = base::make_uuid7(noon + std::chrono::milliseconds{++made_});
        out.project = project;
        out.state = state;
        out.actor = "admin";
        out.request_id = "r1";
        out.created_at = noon;
        return out;
    }
    void create(const model::Deployment& deployment) {
        ASSERT_TRUE(loop_.run(deployments().create(deployment)).has_value());
    }
    std::string create_under(const std::string& key, const model::Deployment& deployment) {
        return loop_.run(deployments().create(deployment, {}, key)).value();
    }
    std::optional<std::string> find(const std::string& key, base::Timestamp now) {
        return loop_.run(deployments().find_by_key(key, now)).value();
    }

    runtime::TestLoop loop_;
    runtime::BlockingPool pool_{2};
    std::filesystem::path folder_;
    std::unique_ptr<Database> database_;
    int made_ = 0;
};

model::DeploymentEvent event(const model::Deployment& deployment, std::int64_t seq) {
    model::DeploymentEvent out;
    out.deployment_id = deployment.id;
    out.seq = seq;
    out.time = noon;
    return out;
}

TEST_F(Store, IsPrivateAndKeepsWhatItHolds) {
    const auto deployment = make("shop", DeploymentState::succeeded);
    create(deployment);
    struct stat info {};
    ASSERT_EQ(::stat(file().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
    open();
    EXPECT_EQ(loop_.run(deployments().get(deployment.id)).value(), deployment);
}

TEST_F(Store, RefusesANewerSchema) {
    auto work = [](Connection& connection) {
        return connection.execute("PRAGMA user_version = 99");
    };
    ASSERT_TRUE(loop_.run(database_->read(work)).has_value());
    const auto opened = Database::open(file(), pool_);
    ASSERT_TRUE(opened.has_error());
    EXPECT_NE(opened.error().message.find("newer itsUP"), std::string::npos);
}

TEST_F(Store, AFolderThatIsMissingIsNamed) {
    const auto opened = Database::open("/no/such/folder/itsup.db", pool_);
    EXPECT_EQ(opened.error().message, "/no/such/folder/itsup.db: No such file or directory");
}

TEST_F(Store, RecordsADeploymentWithAllThatBelongsToIt) {
    auto deployment = make("shop", DeploymentState::queued);
    create(deployment);
    deployment.state = DeploymentState::failed;
    deployment.started_at = noon;
    deployment.finished_at = noon + std::chrono::seconds{3};
    deployment.services = {{"web", model::ServiceAction::roll_out, model::StepState::failed}};
    deployment.error = model::DeploymentError{
        "wait", "web", "not \"healthy\"", {"curl: (7)\nx"}, {"line 1", "line 2"}};
    auto begun = event(deployment, 1);
    begun.kind = model::DeploymentEventKind::step;
    begun.step = model::DeploymentStep{1, "wait", "web", model::StepState::running, noon, {}};
    begun.step_seq = 1;
    begun.service = "web";
    auto line = event(deployment, 2);
    line.step_seq = 1;
    line.service = "web";
    line.line = "tab\t and \xc3\xa9 and nul \0 end"s;
    auto ended = begun;
    ended.seq = 3;
    ended.step->state = model::StepState::failed;
    ended.step->finished_at = noon;
    auto end = event(deployment, 4);
    end.kind = model::DeploymentEventKind::end;
    end.state = DeploymentState::failed;
    const std::vector<model::DeploymentEvent> events{begun, line, ended, end};
    ASSERT_TRUE(loop_.run(deployments().record(deployment, events)).has_value());

    deployment.steps = {*ended.step};
    EXPECT_EQ(loop_.run(deployments().get(deployment.id)).value(), deployment);
    EXPECT_EQ(loop_.run(deployments().events(deployment.id, 0, 100)).value(), events);
    EXPECT_EQ(loop_.run(deployments().events(deployment.id, 2, 1)).value().front(), ended);
    EXPECT_TRUE(loop_.run(deployments().events("nobody", 0, 10)).value().empty());
}

TEST_F(Store, ARecordIsAllOrNothing) {
    auto deployment = make("shop", DeploymentState::running);
    create(deployment);
    const std::vector<model::DeploymentEvent> twice{event(deployment, 1), event(deployment, 1)};
    EXPECT_EQ(loop_.run(deployments().record(deployment, twice)).error().kind,
              base::ErrorKind::conflict);
    EXPECT_TRUE(loop_.run(deployments().events(deployment.id, 0, 10)).value().empty());
}

TEST_F(Store, AKeyMakesOneDeploymentForADayAlsoAfterARestart) {
    const auto first = make("shop", DeploymentState::queued);
    const std::string key = "admin\nshop\ndeploy\nonce";
    EXPECT_EQ(create_under(key, first), first.id);
    open();
    auto second = make("shop", DeploymentState::queued);
    second.created_at = noon + Deployments::keys_kept_for - std::chrono::seconds{1};
    EXPECT_EQ(create_under(key, second), first.id);
    EXPECT_TRUE(loop_.run(deployments().get(second.id)).has_error()) << "it was made";
    EXPECT_EQ(find(key, second.created_at), first.id);
    EXPECT_EQ(find("another", noon), std::nullopt);
    second.created_at += std::chrono::seconds{1};
    EXPECT_EQ(find(key, second.created_at), std::nullopt);
    EXPECT_EQ(create_under(key, second), second.id);
}

TEST_F(Store, AKeyGoesWithItsDeploymentAndTheOldestOfTooMany) {
    auto deployment = make("shop", DeploymentState::queued);
    create(deployment);
    auto fill = [&deployment](Connection& connection) -> base::Result<> {
        TRY(auto statement,
            connection.prepare("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                               "WHERE i < ?) INSERT INTO deployment_keys SELECT CAST(i AS TEXT), "
                               "?, ? + i FROM n"));
        return statement.bind(static_cast<std::int64_t>(Deployments::keys_max))
            .bind(deployment.id)
            .bind(noon)
            .run();
    };
    ASSERT_TRUE(loop_.run(database_->write(fill)).has_value());
    EXPECT_NE(find("1", noon), std::nullopt);
    auto next = make("shop", DeploymentState::queued);
    next.created_at = noon + std::chrono::seconds{1};
    EXPECT_EQ(create_under("next", next), next.id);
    EXPECT_EQ(find("1", noon), std::nullopt);
    EXPECT_NE(find("2", noon), std::nullopt);
    auto remove = [](Connection& connection) {
        return connection.execute("DELETE FROM deployments");
    };
    ASSERT_TRUE(loop_.run(database_->write(remove)).has_value());
    EXPECT_EQ(find("2", noon), std::nullopt);
}

TEST_F(Store, ListsNewestFirstByCursorAndFilter) {
    for (int i = 0; i < 5; ++i) {
        create(make(i % 2 == 0 ? "shop" : "blog", DeploymentState::succeeded));
    }
    create(make("shop", DeploymentState::failed));
    DeploymentFilter filter;
    filter.limit = 4;
    const auto first = loop_.run(deployments().list(filter)).value();
    ASSERT_EQ(first.items.size(), 4U);
    EXPECT_EQ(first.items.front().state, DeploymentState::failed);
    filter.cursor = first.next_cursor;
    const auto second = loop_.run(deployments().list(filter)).value();
    EXPECT_EQ(second.items.size(), 2U);
    EXPECT_FALSE(second.next_cursor.has_value());

    DeploymentFilter shop;
    shop.project = "shop";
    shop.state = DeploymentState::succeeded;
    EXPECT_EQ(loop_.run(deployments().list(shop)).value().items.size(), 3U);
    DeploymentFilter allowed;
    allowed.projects_allowed = {"blog", "other"};
    EXPECT_EQ(loop_.run(deployments().list(allowed)).value().items.size(), 2U);
    EXPECT_EQ(loop_.run(deployments().last_of_each()).value().size(), 2U);
    EXPECT_EQ(loop_.run(deployments().get("none")).error().kind, base::ErrorKind::not_found);
}

TEST_F(Store, WhatRanWhenTheDaemonDiedIsInterrupted) {
    auto running = make("shop", DeploymentState::running);
    create(running);
    create(make("blog", DeploymentState::queued));
    create(make("done", DeploymentState::succeeded));
    auto begun = event(running, 1);
    begun.kind = model::DeploymentEventKind::step;
    begun.step = model::DeploymentStep{1, "pull", "", model::StepState::running, noon, {}};
    ASSERT_TRUE(loop_.run(deployments().record(running, {begun})).has_value());

    const auto left = loop_.run(deployments().interrupt_unfinished(noon)).value();
    ASSERT_EQ(left.size(), 2U);
    const auto now = loop_.run(deployments().get(running.id)).value();
    EXPECT_EQ(now.state, DeploymentState::interrupted);
    EXPECT_EQ(now.steps.front().state, model::StepState::cancelled);
    const auto events = loop_.run(deployments().events(running.id, 0, 10)).value();
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events.back().kind, model::DeploymentEventKind::end);
    EXPECT_TRUE(loop_.run(deployments().interrupt_unfinished(noon)).value().empty());
}

TEST_F(Store, KeepsABoundedNumberPerProject) {
    auto fill = [this](Connection& connection) -> base::Result<> {
        TRY(auto insert,
            connection.prepare("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                               "WHERE i < 510) INSERT INTO deployments (id, project, action, "
                               "state, actor, cause, request_id, created_at) SELECT printf('%05d', "
                               "i), 'shop', 'deploy', 'succeeded', '', 'api', '', 0 FROM n"));
        static_cast<void>(this);
        return insert.run();
    };
    ASSERT_TRUE(loop_.run(database_->write(fill)).has_value());
    EXPECT_EQ(loop_.run(deployments().prune()).value(), 10U);
    EXPECT_TRUE(loop_.run(deployments().get("00010")).has_error());
    EXPECT_TRUE(loop_.run(deployments().get("00011")).has_value());
}

TEST_F(Store, AFullDiskIsSaidAndLosesNothing) {
    const auto deployment = make("shop", DeploymentState::running);
    create(deployment);
    auto shrink = [](Connection& connection) {
        return connection.execute("PRAGMA max_page_count = 1");
    };
    ASSERT_TRUE(loop_.run(database_->read(shrink)).has_value());
    auto big = event(deployment, 1);
    big.line = std::string(200'000, 'x');
    const auto full = loop_.run(deployments().record(deployment, {big}));
    EXPECT_EQ(full.error().kind, base::ErrorKind::unavailable);
    EXPECT_EQ(full.error().message, "the database cannot grow: the disk is full");
    EXPECT_EQ(loop_.run(deployments().get(deployment.id)).value(), deployment);
}

TEST_F(Store, AuditForgetsTheOldestOfTooMany) {
    Audit few(*database_, 50);
    for (int i = 0; i < 201; ++i) {
        const auto time = noon + std::chrono::seconds(i);
        AuditEntry entry{base::make_uuid7(time),
                         time,
                         "-",
                         "auth.login",
                         "",
                         "",
                         std::to_string(i),
                         "",
                         "open",
                         ""};
        ASSERT_TRUE(loop_.run(few.append(std::move(entry))).has_value());
    }
    AuditFilter filter;
    filter.limit = 1000;
    const auto page = loop_.run(few.list(filter)).value();
    ASSERT_EQ(page.items.size(), 50U);
    EXPECT_EQ(page.items.front().request_id, "200");
    EXPECT_EQ(page.items.back().request_id, "151");
}

TEST_F(Store, AuditOfNobodyDoesNotPushOutWhatOthersDid) {
    Audit few(*database_, 50);
    for (int i = 0; i < 201; ++i) {
        AuditEntry entry;
        entry.time = noon + std::chrono::seconds(i);
        entry.id = base::make_uuid7(entry.time);
        entry.actor = i == 0 ? "admin" : std::string(Audit::anonymous);
        entry.request_id = std::to_string(i);
        ASSERT_TRUE(loop_.run(few.append(std::move(entry))).has_value());
    }
    const auto page = loop_.run(few.list({})).value();
    ASSERT_EQ(page.items.size(), 6U);
    EXPECT_EQ(page.items.front().request_id, "200");
    EXPECT_EQ(page.items.back().actor, "admin");
}

TEST_F(Store, AuditOfWhoTurnsOutToBeSomebodyIsTheirs) {
    AuditEntry entry;
    entry.time = noon;
    entry.id = base::make_uuid7(noon);
    entry.actor = Audit::anonymous;
    ASSERT_TRUE(loop_.run(audit().append(entry)).has_value());
    entry.actor = "admin";
    entry.result = "ok";
    ASSERT_TRUE(loop_.run(audit().close(entry)).has_value());
    EXPECT_EQ(loop_.run(audit().list({})).value().items.front().actor, "admin");
}

TEST_F(Store, AnAuditEntryIsClosedOnce) {
    AuditEntry entry{base::make_uuid7(noon),
                     noon,
                     "admin",
                     "project.deploy",
                     "shop",
                     "",
                     "r1",
                     "127.0.0.1",
                     "open",
                     ""};
    ASSERT_TRUE(loop_.run(audit().append(entry)).has_value());
    entry.result = "ok";
    entry.target = "deployment-1";
    ASSERT_TRUE(loop_.run(audit().close(entry)).has_value());
    EXPECT_EQ(loop_.run(audit().close(entry)).error().kind, base::ErrorKind::conflict);
    AuditFilter filter;
    filter.project = "shop";
    filter.since = noon;
    const auto page = loop_.run(audit().list(filter)).value();
    ASSERT_EQ(page.items.size(), 1U);
    EXPECT_EQ(page.items.front(), entry);
    filter.since = noon + std::chrono::seconds{1};
    EXPECT_TRUE(loop_.run(audit().list(filter)).value().items.empty());
}

TEST_F(Store, S01_ValuesAreNeverRead) {
    auto odd = make("x'; DROP TABLE deployments; --", DeploymentState::succeeded);
    create(odd);
    DeploymentFilter filter;
    filter.project = odd.project;
    EXPECT_EQ(loop_.run(deployments().list(filter)).value().items.size(), 1U);
}

}  // namespace
}  // namespace itsup::store
