#include <base/log.hpp>
#include <deploy/namesakes.hpp>
#include <docker/fake_engine.hpp>
#include <runtime/deadline.hpp>
#include <runtime/test_loop.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace itsup::deploy {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Namesakes : public testing::Test {
  protected:
    ~Namesakes() override { EXPECT_TRUE(loop_.run(state_.stop()).has_value()); }
    void add(const std::string& id, const std::string& project, const std::string& folder) {
        engine_.add(id, project, "db").container.labels["com.docker.compose.project.working_dir"] =
            folder;
    }
    base::Result<> check() {
        state_.start();
        auto connected = state_.wait_until([this] { return state_.status().connected; }, 10s);
        EXPECT_TRUE(loop_.run(std::move(connected)).has_value());
        return refuse_namesakes(state_, target_);
    }

    runtime::TestLoop loop_;
    base::SystemClock clock_;
    base::NullLogger log_;
    docker::FakeEngine engine_{loop_.executor()};
    docker::EngineState state_{loop_.executor(), engine_, clock_, log_};
    DeployTarget target_{.project = std::move(model::ProjectName::parse("legacy")).value(),
                         .directory = "/srv/itsup/upstream/legacy",
                         .compose_file = {}};
};

TEST_F(Namesakes, AreNamedWithTheWayOut) {
    add("old-db-1", "old", "/srv/itsup/upstream/legacy");
    add("legacy-db-1", "legacy", "/srv/itsup/upstream/legacy");
    const auto checked = check();
    ASSERT_TRUE(checked.has_error());
    EXPECT_EQ(checked.error().kind, base::ErrorKind::conflict);
    EXPECT_THAT(checked.error().message,
                AllOf(HasSubstr("(old-db-1)"), HasSubstr("docker compose -p old down"),
                      HasSubstr("name: old_VOLUME"), Not(HasSubstr("legacy-db-1"))));
}

TEST_F(Namesakes, AreNotTheProjectsOwnNorThoseOfOtherFolders) {
    add("legacy-db-1", "legacy", "/srv/itsup/upstream/legacy");
    add("b", "old", "/home/me/legacy");
    add("c", "old", "/srv/itsup/upstream/legacy2");
    add("d", "", "/srv/itsup/upstream/legacy");
    EXPECT_TRUE(check().has_value());
}

}  // namespace
}  // namespace itsup::deploy
