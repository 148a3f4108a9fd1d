#include <compose/command.hpp>
#include <compose/progress.hpp>
#include <compose/runner.hpp>
#include <runtime/test_loop.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace itsup::compose {
namespace {

Project shop() {
    return {std::move(model::ProjectName::parse("shop")).value(), "/r/upstream/shop",
            "/r/upstream/shop/docker-compose.yml"};
}
model::ServiceName service(const char* name) {
    return std::move(model::ServiceName::parse(name)).value();
}
std::string joined(const Arguments& arguments) {
    return fmt::format("{}", fmt::join(arguments, " "));
}

const std::string front =
    "compose --ansi never --progress plain -p shop --project-directory /r/upstream/shop -f "
    "/r/upstream/shop/docker-compose.yml ";

TEST(Command, WritesEveryCommand) {
    const auto project = shop();
    EXPECT_EQ(joined(up(project, {})), front + "up -d");
    EXPECT_EQ(joined(pull(project, {}, PullFailures::fail)), front + "pull --ignore-buildable");
    EXPECT_EQ(joined(pull(project, {service("web")}, PullFailures::ignore)),
              front + "pull --ignore-buildable --ignore-pull-failures -- web");
    EXPECT_EQ(joined(build(project, {service("web")})), front + "build -- web");
    EXPECT_EQ(joined(config_hashes(project)), front + "config --hash *");
    EXPECT_EQ(joined(config_json(project)), front + "config --format json");
    EXPECT_TRUE(joined(config_services(project)).starts_with("compose --profile * --ansi never"));
    EXPECT_TRUE(joined(config_services(project)).ends_with("docker-compose.yml config --services"));
    EXPECT_TRUE(joined(config_check(project)).starts_with("compose --env-file /dev/null --ansi"));
    EXPECT_TRUE(joined(config_check(project)).ends_with("config --no-interpolate --quiet"));
    EXPECT_EQ(joined(start(project, {})), front + "start");
    EXPECT_EQ(joined(stop(project, {service("web")})), front + "stop -- web");
    EXPECT_EQ(joined(restart(project, {})), front + "restart");
    EXPECT_EQ(joined(down(project, Orphans::remove)), front + "down --remove-orphans");
    EXPECT_EQ(joined(ps(project)), front + "ps -a --format json");
}

TEST(Command, UpSaysAllItsOptions) {
    UpOptions options;
    options.services = {service("web"), service("db")};
    options.no_dependencies = true;
    options.existing = Existing::keep;
    options.orphans = Orphans::remove;
    options.pulling = Pulling::never;
    options.scale.emplace(service("web"), 4);
    options.stop_grace = std::chrono::seconds{7};
    EXPECT_EQ(joined(up(shop(), options)),
              front +
                  "up -d --no-deps --no-recreate --remove-orphans --pull never --scale web=4 "
                  "--timeout 7 -- web db");
    options.existing = Existing::recreate;
    EXPECT_NE(joined(up(shop(), options)).find("--force-recreate"), std::string::npos);
}

TEST(Version, TakesTwoAndRefusesTheRest) {
    const auto two = parse_version("Docker Compose version 2.26.1-4\n").value();
    EXPECT_EQ(two.major, 2);
    EXPECT_EQ(two.minor, 26);
    EXPECT_EQ(two.patch, 1);
    EXPECT_EQ(parse_version("Docker Compose version v2.40.3\n").value().text, "2.40.3");
    EXPECT_EQ(parse_version("Docker Compose version v5.0.0").value().major, 5);
    const auto one = parse_version("docker-compose version 1.29.2, build unknown\n");
    EXPECT_EQ(one.error().kind, base::ErrorKind::unavailable);
    EXPECT_NE(one.error().message.find("1.29.2 is too old"), std::string::npos);
    for (const char* text : {"", "Usage:  docker [OPTIONS] COMMAND", "version x.y"}) {
        EXPECT_EQ(parse_version(text).error().kind, base::ErrorKind::unavailable) << text;
    }
}

TEST(Hashes, AreReadByLine) {
    const auto hashes = parse_hashes("db 12ab\nweb ff00\n").value();
    EXPECT_EQ(hashes.at("db"), "12ab");
    EXPECT_EQ(hashes.at("web"), "ff00");
    EXPECT_TRUE(parse_hashes("").value().empty());
    EXPECT_TRUE(parse_hashes("nonsense\n").has_error());
}

TEST(Environment, KeepsOnlyWhatComposeNeeds) {
    const auto clean =
        clean_environment({"PATH=/bin", "HOME=/h", "DOCKER_HOST=unix:///x", "SECRET_CANARY=x",
                           "COMPOSE_FILE=/evil", "broken", "API_ADMIN_TOKEN=t"});
    const std::map<std::string, std::string> wanted{
        {"PATH", "/bin"}, {"HOME", "/h"}, {"DOCKER_HOST", "unix:///x"}};
    EXPECT_EQ(clean, wanted);
    EXPECT_TRUE(clean_environment({}).contains("PATH"));
}

TEST(Progress, ReadsBothShapes) {
    const Progress wanted{"Container", "demo-web-1", "Creating", ""};
    EXPECT_EQ(parse_progress(" Container demo-web-1  Creating"), wanted);
    EXPECT_EQ(parse_progress(R"({"id":"Container demo-web-1","status":"Creating"})"), wanted);
    EXPECT_EQ(parse_progress(R"({"id":"Container demo-web-1","text":"Creating"})"), wanted);
    const Progress error{"Container", "demo-web-1", "Error", "response from daemon"};
    EXPECT_EQ(parse_progress(" Container demo-web-1  Error response from daemon"), error);
    EXPECT_EQ(parse_progress("Error response from daemon: no such image"), std::nullopt);
    EXPECT_EQ(parse_progress(R"({"error":true})"), std::nullopt);
    EXPECT_EQ(parse_progress(""), std::nullopt);
    EXPECT_EQ(readable(" Network demo_default  Created"), "Network demo_default  Created");
    EXPECT_EQ(readable(R"({"id":"Container a","status":"Started"})"), "Container a  Started");
}

/// A `docker` that writes down how it was called.
class FakeDocker {
  public:
    explicit FakeDocker(const std::string& body) {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "itsup_compose_XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        std::ofstream(folder_ / "docker") << "#!/bin/sh\n" << body << "\n";
        std::filesystem::permissions(folder_ / "docker", std::filesystem::perms::owner_all);
    }
    FakeDocker(const FakeDocker&) = delete;
    FakeDocker& operator=(const FakeDocker&) = delete;
    ~FakeDocker() { std::filesystem::remove_all(folder_); }

    [[nodiscard]] Runner runner() const {
        RunnerSettings settings;
        settings.environment =
            clean_environment({fmt::format("PATH={}:/usr/bin:/bin", folder_.string())});
        return Runner(settings);
    }

  private:
    std::filesystem::path folder_;
};

Invocation invocation_of(Arguments arguments) {
    Invocation out;
    out.arguments = std::move(arguments);
    out.directory = "/";
    return out;
}

TEST(Runner, S07_GivesOnlyTheProjectsSecrets) {
    runtime::TestLoop loop;
    const FakeDocker docker("env");
    ::setenv("SECRET_CANARY", "leaked", 1);
    auto invocation = invocation_of(config_json(shop()));
    invocation.secrets.emplace("DB_PASSWORD", base::Secret("hunter2"));
    auto runner = docker.runner();
    const auto out = loop.run(runner.capture(std::move(invocation))).value();
    EXPECT_EQ(out.find("leaked"), std::string::npos);
    EXPECT_NE(out.find("DB_PASSWORD=hunter2\n"), std::string::npos);
}

TEST(Runner, S01_PassesEachArgumentAsItIs) {
    runtime::TestLoop loop;
    const FakeDocker docker("for a in \"$@\"; do printf '<%s>\\n' \"$a\"; done");
    auto project = shop();
    project.directory = "/r/$(touch x); ${IFS} `id`";
    auto runner = docker.runner();
    const auto out = loop.run(runner.capture(invocation_of(up(project, {})))).value();
    EXPECT_NE(out.find("<--project-directory>\n</r/$(touch x); ${IFS} `id`>\n"), std::string::npos);
}

TEST(Runner, AFailureCarriesComposesLastWords) {
    runtime::TestLoop loop;
    // 2.26 exits with 14 to 18 where 2.40 exits with 1.
    for (const char* code : {"1", "14", "18"}) {
        const FakeDocker docker(fmt::format(
            "echo ' Container a  Creating' >&2; echo 'no such image: x' >&2; exit {}", code));
        auto runner = docker.runner();
        std::vector<std::string> lines;
        const auto failed = loop.run(runner.run(
            invocation_of(up(shop(), {})),
            [&lines](const runtime::OutputLine& line) { lines.emplace_back(line.text); }));
        EXPECT_EQ(failed.error().kind, base::ErrorKind::unavailable);
        EXPECT_EQ(failed.error().message, "docker compose up: no such image: x");
        EXPECT_EQ(lines.size(), 2U);
    }
}

TEST(Runner, VersionOneIsRefused) {
    runtime::TestLoop loop;
    const FakeDocker old("echo 'docker-compose version 1.29.2, build unknown'");
    auto runner = old.runner();
    EXPECT_EQ(loop.run(runner.version()).error().kind, base::ErrorKind::unavailable);
    RunnerSettings nothing;
    nothing.environment = {{"PATH", "/no/such/folder"}};
    Runner missing(nothing);
    EXPECT_EQ(loop.run(missing.version()).error().kind, base::ErrorKind::unavailable);
}

}  // namespace
}  // namespace itsup::compose
