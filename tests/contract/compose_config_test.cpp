// Every Compose file that we generate from the cases is accepted by the real Compose, and it reads
// from ours what it reads from the person's own file, but for labels, networks and dns, which we
// add to.
#include "golden/golden_case.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace itsup::golden {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

struct Run {
    int status = -1;
    std::string output;
};

/// Runs docker with a clean environment; standard output and error come back as one text.
Run run_docker(std::vector<std::string> arguments) {
    std::array<int, 2> pipe_ends{};
    if (pipe(pipe_ends.data()) != 0)
        return {};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDERR_FILENO);
    posix_spawn_file_actions_addclose(&actions, pipe_ends[0]);
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (auto& argument : arguments)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::string path = fmt::format("PATH={}", std::getenv("PATH"));
    std::string home = "HOME=/nonexistent";
    std::array<char*, 3> environment{path.data(), home.data(), nullptr};
    pid_t child = 0;
    Run run;
    const int failed =
        posix_spawnp(&child, "docker", &actions, nullptr, argv.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    close(pipe_ends[1]);
    std::array<char, 65536> buffer{};
    for (ssize_t count = 0; (count = read(pipe_ends[0], buffer.data(), buffer.size())) > 0;) {
        run.output.append(buffer.data(), static_cast<std::size_t>(count));
    }
    close(pipe_ends[0]);
    if (failed == 0)
        waitpid(child, &run.status, 0);
    return run;
}

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string name = (fs::temp_directory_path() / "itsup-contract-XXXXXX").string();
        path_ = mkdtemp(name.data());
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    [[nodiscard]] const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

Run read_config(const TemporaryDirectory& directory, const std::string& text) {
    const auto file = directory.path() / "docker-compose.yml";
    std::ofstream(file) << text;
    for (const auto* name : {".env", "a.env", "b.env", "cfg.txt"}) {
        std::ofstream(directory.path() / name).flush();
    }
    return run_docker({"docker", "compose", "-p", "x", "-f", file.string(), "config",
                       "--no-interpolate", "--format", "json"});
}

json::object services_of(const Run& run) {
    // Warnings come before the document.
    const auto document = run.output.substr(std::min(run.output.find("{\n"), run.output.size()));
    json::object services = json::parse(document).at("services").as_object();
    for (auto& service : services) {
        for (const auto* ours : {"labels", "networks", "dns"}) {
            service.value().as_object().erase(ours);
        }
    }
    return services;
}

std::vector<fs::path> case_directories() {
    std::vector<fs::path> directories;
    for (const auto& entry : fs::directory_iterator(ITSUP_GOLDEN_CASES)) {
        if (entry.is_directory())
            directories.push_back(entry.path());
    }
    std::ranges::sort(directories);
    return directories;
}

class ComposeConfig : public testing::TestWithParam<fs::path> {};

TEST_P(ComposeConfig, ReadsTheSameFromOursAsFromTheSource) {
    const auto test_case = read_case(GetParam());
    const auto outcome = run_case(test_case);
    const TemporaryDirectory directory;
    for (const auto& project : test_case.files.projects) {
        const auto ours =
            outcome.texts.find(fmt::format("upstream/{}/docker-compose.yml", project.name));
        if (ours == outcome.texts.end() || outcome.errors.contains(project.name))
            continue;
        const auto source = read_config(directory, *project.compose);
        const auto generated = read_config(directory, ours->second);
        EXPECT_EQ(generated.status, source.status) << project.name << ": " << generated.output;
        if (source.status == 0 && generated.status == 0) {
            EXPECT_EQ(services_of(generated), services_of(source)) << project.name;
        }
    }
    if (const auto proxy = outcome.texts.find("proxy/docker-compose.yml");
        proxy != outcome.texts.end()) {
        EXPECT_EQ(read_config(directory, proxy->second).status, 0);
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, ComposeConfig, testing::ValuesIn(case_directories()),
                         [](const auto& parameter) {
                             auto name = parameter.param.filename().string();
                             std::ranges::replace(name, '-', '_');
                             return name;
                         });

TEST(ComposeConfigDns, AcceptsTheBuiltInStack) {
    const auto outcome = run_case(read_case(case_directories().front()));
    const TemporaryDirectory directory;
    const auto run = read_config(directory, outcome.texts.at("dns/docker-compose.yml"));
    EXPECT_EQ(run.status, 0) << run.output;
}

}  // namespace
}  // namespace itsup::golden
