#include <gitops/repository.hpp>
#include <runtime/subprocess.hpp>
#include <runtime/test_loop.hpp>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace itsup::gitops {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<std::string>;

GitSettings settings() {
    GitSettings out;
    out.environment = clean_environment({});
    // What the person who runs the tests has configured does not count.
    out.environment["HOME"] = "/nonexistent";
    return out;
}

/// A bare repository on disk as the remote, and two clones: `here` is ours, `there` a colleague's.
class Repositories : public testing::Test {
  protected:
    Repositories() {
        std::string pattern = (fs::temp_directory_path() / "itsup_gitops_XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        fs::create_directories(folder_ / "remote.git");
        git("remote.git", {"init", "--quiet", "--bare", "--initial-branch=main", "."});
        clone("there");
        write("there", "a/docker-compose.yml", "one\n");
        publish("there", "First");
        clone("here");
    }
    ~Repositories() override { fs::remove_all(folder_); }

    /// Plain git, as a person would type it.
    std::string git(const std::string& where, Arguments arguments) {
        runtime::ProcessSpec spec;
        spec.arguments = {"git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org"};
        spec.arguments.insert(spec.arguments.end(), arguments.begin(), arguments.end());
        spec.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/nonexistent"}};
        spec.directory = folder_ / where;
        const auto got = loop_.run(runtime::capture_process(spec, 100'000));
        EXPECT_TRUE(got && got->status.ok()) << arguments.front() << (got ? got->err : "");
        auto out = got ? got->out : "";
        while (out.ends_with('\n')) {
            out.pop_back();
        }
        return out;
    }
    void clone(const std::string& name) {
        git(".", {"clone", "--quiet", (folder_ / "remote.git").string(), name});
        git(name, {"checkout", "--quiet", "-B", "main"});
    }
    void write(const std::string& where, const std::string& path, const std::string& text) {
        fs::create_directories((folder_ / where / path).parent_path());
        std::ofstream(folder_ / where / path) << text;
    }
    std::string read(const std::string& path) {
        std::ifstream file(folder_ / "here" / path);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void publish(const std::string& where, const std::string& message) {
        git(where, {"add", "-A"});
        git(where, {"commit", "--quiet", "-m", message});
        git(where, {"push", "--quiet", "--set-upstream", "origin", "main"});
    }
    Repository open(const std::string& where = "here") {
        auto opened = loop_.run(Repository::open(settings(), folder_ / where));
        EXPECT_TRUE(opened && opened->has_value());
        return std::move(**opened);
    }
    RepositoryState state() { return loop_.run(open().state()).value(); }
    std::string head(const std::string& where) { return git(where, {"rev-parse", "HEAD"}); }

    runtime::TestLoop loop_;
    fs::path folder_;
};

TEST_F(Repositories, SaysWhatARepositoryHolds) {
    const auto clean = state();
    EXPECT_EQ(clean.status.branch, "main");
    EXPECT_EQ(clean.status.head, head("here"));
    EXPECT_EQ(clean.status.upstream, "origin/main");
    EXPECT_EQ(clean.upstream_revision, head("there"));
    EXPECT_FALSE(clean.status.dirty());
    write("here", "new file.yml", "x");
    write("here", "a/docker-compose.yml", "changed\n");
    git("here", {"-c", "core.quotePath=true", "mv", "a/docker-compose.yml", "a/é\n.yml"});
    EXPECT_EQ(state().status.changed, (Paths{"a/docker-compose.yml", "a/é\n.yml", "new file.yml"}));
}

TEST_F(Repositories, CountsWhatEachSideHasThatTheOtherHasNot) {
    write("there", "b", "b");
    publish("there", "Theirs");
    write("here", "c", "c");
    git("here", {"add", "-A"});
    git("here", {"commit", "--quiet", "-m", "Ours"});
    ASSERT_TRUE(loop_.run(open().fetch()));
    EXPECT_EQ(state().status.ahead, 1);
    EXPECT_EQ(state().status.behind, 1);
}

TEST_F(Repositories, AFolderWithoutARepositoryIsNone) {
    fs::create_directories(folder_ / "here" / "inner");
    for (const auto* where : {".", "here/inner"}) {
        const auto opened = loop_.run(Repository::open(settings(), folder_ / where));
        ASSERT_TRUE(opened);
        EXPECT_FALSE(opened->has_value()) << where;
    }
    const auto missing = loop_.run(Repository::open(settings(), folder_ / "missing"));
    EXPECT_EQ(missing.error().kind, base::ErrorKind::unavailable);
}

TEST_F(Repositories, SaysThatGitIsMissing) {
    auto without = settings();
    without.program = "no-such-git";
    const auto opened = loop_.run(Repository::open(without, folder_ / "here"));
    EXPECT_EQ(opened.error().message, "no-such-git: no such program in PATH; install it");
}

TEST_F(Repositories, WorksInARepositoryOfAnotherUser) {
    ASSERT_EQ(::geteuid(), 0U) << "run the tests as root: only root can give files away";
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "here")) {
        ASSERT_EQ(::lchown(entry.path().c_str(), 12345, 12345), 0);
    }
    ASSERT_EQ(::chown((folder_ / "here").c_str(), 12345, 12345), 0);
    EXPECT_EQ(state().status.head, head("there"));
}

TEST_F(Repositories, PullBringsWhatIsNew) {
    const auto before = head("here");
    EXPECT_EQ(loop_.run(open().pull()).value().outcome, PullOutcome::up_to_date);
    write("there", "b/itsup-project.yml", "enabled: true\n");
    publish("there", "Add b");
    const auto pulled = loop_.run(open().pull()).value();
    EXPECT_EQ(pulled.outcome, PullOutcome::updated);
    EXPECT_EQ(pulled.before, before);
    EXPECT_EQ(pulled.after, head("there"));
    EXPECT_EQ(read("b/itsup-project.yml"), "enabled: true\n");
    EXPECT_EQ(loop_.run(open().changed_paths(before, pulled.after)).value(),
              Paths{"b/itsup-project.yml"});
    const auto commit = loop_.run(open().describe("HEAD")).value();
    EXPECT_EQ(commit.subject, "Add b");
    EXPECT_EQ(commit.author, "Ann");
    EXPECT_EQ(commit.revision, pulled.after);
}

TEST_F(Repositories, PullPutsOurCommitsBehindTheRemotes) {
    write("there", "b", "b");
    publish("there", "Theirs");
    write("here", "c", "c");
    ASSERT_TRUE(loop_.run(open().commit("Ours")).value().has_value());
    const auto pulled = loop_.run(open().pull()).value();
    EXPECT_EQ(pulled.outcome, PullOutcome::updated);
    EXPECT_EQ(git("here", {"log", "--format=%s"}), "Ours\nTheirs\nFirst");
    EXPECT_EQ(git("here", {"for-each-ref", "refs/itsup"}), "");
    ASSERT_TRUE(loop_.run(open().push(PushMode::ordinary)));
    EXPECT_EQ(git("remote.git", {"rev-parse", "main"}), pulled.after);
}

TEST_F(Repositories, AConflictLeavesEverythingAsItWas) {
    write("there", "a/docker-compose.yml", "theirs\n");
    publish("there", "Theirs");
    write("here", "a/docker-compose.yml", "ours\n");
    const auto ours = loop_.run(open().commit("Ours")).value().value();
    const auto pulled = loop_.run(open().pull());
    ASSERT_TRUE(pulled.has_error());
    EXPECT_EQ(pulled.error().kind, base::ErrorKind::conflict);
    EXPECT_NE(pulled.error().message.find("a/docker-compose.yml"), std::string::npos);
    const auto after = state();
    EXPECT_EQ(after.status.head, ours.revision);
    EXPECT_EQ(after.status.branch, "main");
    EXPECT_FALSE(after.status.dirty());
    EXPECT_EQ(read("a/docker-compose.yml"), "ours\n");
    EXPECT_EQ(git("here", {"for-each-ref", "refs/itsup"}), "");
}

TEST_F(Repositories, UncommittedChangesAreNeverOverwritten) {
    write("there", "a/docker-compose.yml", "theirs\n");
    publish("there", "Theirs");
    write("here", "a/docker-compose.yml", "mine, not committed\n");
    const auto pulled = loop_.run(open().pull());
    ASSERT_TRUE(pulled.has_error());
    EXPECT_EQ(pulled.error().kind, base::ErrorKind::conflict);
    EXPECT_EQ(read("a/docker-compose.yml"), "mine, not committed\n");
    // A file that does not stand in the way is no reason not to go on.
    git("here", {"checkout", "--quiet", "a/docker-compose.yml"});
    write("here", "notes.txt", "mine");
    EXPECT_EQ(loop_.run(open().pull()).value().outcome, PullOutcome::updated);
    EXPECT_EQ(read("notes.txt"), "mine");
}

TEST_F(Repositories, ARebaseThatACrashCutShortIsTakenBack) {
    write("there", "a/docker-compose.yml", "theirs\n");
    publish("there", "Theirs");
    write("here", "a/docker-compose.yml", "ours\n");
    const auto ours = loop_.run(open().commit("Ours")).value().value();
    git("here", {"fetch", "--quiet"});
    // What a kill -9 in the middle leaves: the mark, and a rebase that stands at its conflict.
    git("here", {"update-ref", "refs/itsup/rebase", "HEAD"});
    runtime::ProcessSpec spec;
    spec.arguments = {"git", "-c", "user.name=A", "-c", "user.email=a@b", "rebase", "origin/main"};
    spec.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/nonexistent"}};
    spec.directory = folder_ / "here";
    EXPECT_FALSE(loop_.run(runtime::capture_process(spec, 100'000)).value().status.ok());
    ASSERT_TRUE(fs::exists(folder_ / "here/.git/rebase-merge"));
    EXPECT_EQ(loop_.run(open().pull()).error().kind, base::ErrorKind::conflict);
    EXPECT_FALSE(fs::exists(folder_ / "here/.git/rebase-merge"));
    EXPECT_EQ(state().status.head, ours.revision);
}

TEST_F(Repositories, APersonsRebaseIsLeftAlone) {
    write("there", "a/docker-compose.yml", "theirs\n");
    publish("there", "Theirs");
    write("here", "a/docker-compose.yml", "ours\n");
    ASSERT_TRUE(loop_.run(open().commit("Ours")));
    git("here", {"fetch", "--quiet"});
    runtime::ProcessSpec spec;
    spec.arguments = {"git", "-c", "user.name=A", "-c", "user.email=a@b", "rebase", "origin/main"};
    spec.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/nonexistent"}};
    spec.directory = folder_ / "here";
    EXPECT_FALSE(loop_.run(runtime::capture_process(spec, 100'000)).value().status.ok());
    // A detached HEAD follows nothing, so there is nothing to pull.
    EXPECT_EQ(loop_.run(open().pull()).value().outcome, PullOutcome::no_upstream);
    EXPECT_TRUE(fs::exists(folder_ / "here/.git/rebase-merge"));
}

TEST_F(Repositories, ARepositoryWithoutARemoteHasNothingToPull) {
    git("here", {"branch", "--unset-upstream"});
    const auto pulled = loop_.run(open().pull()).value();
    EXPECT_EQ(pulled.outcome, PullOutcome::no_upstream);
    EXPECT_EQ(pulled.after, head("here"));
}

TEST_F(Repositories, ARemoteThatIsGoneIsNamedWithoutItsPassword) {
    git("here", {"remote", "set-url", "origin", "https://ann:hunter2@127.0.0.1:1/x.git"});
    const auto pulled = loop_.run(open().pull());
    ASSERT_TRUE(pulled.has_error());
    EXPECT_EQ(pulled.error().kind, base::ErrorKind::unavailable);
    EXPECT_EQ((pulled.error().message + pulled.error().detail).find("hunter2"), std::string::npos);
    EXPECT_NE(pulled.error().message.find("127.0.0.1"), std::string::npos);
}

TEST_F(Repositories, NeitherHooksNorEditorsNorSignaturesRun) {
    for (const auto* hook : {"pre-commit", "post-merge", "post-checkout", "pre-push"}) {
        const auto path = folder_ / "here/.git/hooks" / hook;
        write("here", std::string(".git/hooks/") + hook,
              "#!/bin/sh\ntouch " + (folder_ / "pwned").string() + "\nexit 1\n");
        ::chmod(path.c_str(), 0755);
    }
    git("here", {"config", "commit.gpgSign", "true"});
    git("here", {"config", "core.fsmonitor", "touch " + (folder_ / "pwned").string()});
    write("there", "b", "b");
    publish("there", "Theirs");
    EXPECT_EQ(loop_.run(open().pull()).value().outcome, PullOutcome::updated);
    write("here", "c", "c");
    EXPECT_TRUE(loop_.run(open().commit("Ours")).value().has_value());
    EXPECT_TRUE(loop_.run(open().push(PushMode::ordinary)));
    EXPECT_FALSE(fs::exists(folder_ / "pwned"));
}

TEST_F(Repositories, CommitsExactlyTheNamedFiles) {
    write("here", "a/docker-compose.yml", "changed\n");
    write("here", "*", "a star is no pattern");
    write("here", "b", "b");
    const auto made = loop_.run(open().commit_paths("Only\n\nwhy", {"*", "a"})).value();
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(made->subject, "Only");
    EXPECT_EQ(made->author, "itsUP");
    EXPECT_EQ(state().status.changed, Paths{"b"});
    fs::remove(folder_ / "here/a/docker-compose.yml");
    EXPECT_TRUE(loop_.run(open().commit("Everything")).value().has_value());
    EXPECT_FALSE(loop_.run(open().commit("Nothing")).value().has_value());
    EXPECT_FALSE(state().status.dirty());
}

TEST_F(Repositories, ARevisionThatIsNoLongerKnownMeansThatEverythingHasChanged) {
    write("here", "b", "b");
    ASSERT_TRUE(loop_.run(open().commit("Ours")));
    const Paths all{"a/docker-compose.yml", "b"};
    EXPECT_EQ(loop_.run(open().changed_paths("", "HEAD")).value(), all);
    EXPECT_EQ(loop_.run(open().changed_paths(std::string(40, 'a'), "HEAD")).value(), all);
    EXPECT_EQ(loop_.run(open().changed_paths("--output=/tmp/x", "HEAD")).value(), all);
}

TEST_F(Repositories, AnEmptyRepositoryHasNoHead) {
    fs::create_directories(folder_ / "empty");
    git("empty", {"init", "--quiet", "--initial-branch=main", "."});
    const auto got = loop_.run(open("empty").state()).value();
    EXPECT_EQ(got.status.head, "");
    EXPECT_EQ(got.status.branch, "main");
    write("empty", "a", "a");
    EXPECT_TRUE(loop_.run(open("empty").commit("First")).value().has_value());
}

TEST_F(Repositories, ARemoteThatHangsIsLetGo) {
    auto impatient = settings();
    impatient.remote_max = std::chrono::seconds{1};
    const auto script = folder_ / "hang";
    std::ofstream(script) << "#!/bin/sh\nexec sleep 1000\n";
    ::chmod(script.c_str(), 0755);
    git("here", {"config", "core.sshCommand", script.string()});
    git("here", {"remote", "set-url", "origin", "ssh://git@127.0.0.1/x.git"});
    auto repository = loop_.run(Repository::open(impatient, folder_ / "here")).value();
    EXPECT_EQ(loop_.run(repository->pull()).error().kind, base::ErrorKind::timed_out);
}

TEST(Git, TakesCredentialsOutOfUrls) {
    EXPECT_EQ(without_credentials("fatal: 'https://a:b@c@host/x' and ssh://u@h/p: no"),
              "fatal: 'https://host/x' and ssh://h/p: no");
    EXPECT_EQ(without_credentials("https://host/a@b"), "https://host/a@b");
    EXPECT_EQ(without_credentials("nothing here"), "nothing here");
}

TEST(Git, InheritsOnlyWhatItNeeds) {
    const auto got = clean_environment(
        {"PATH=/bin", "HOME=/home/a", "API_KEY=secret", "GIT_DIR=/x", "SSH_AUTH_SOCK=/s", "junk"});
    EXPECT_EQ(got, (Environment{{"PATH", "/bin"}, {"HOME", "/home/a"}, {"SSH_AUTH_SOCK", "/s"}}));
}

TEST(StatusText, NamesAFileOnceThatWasRenamedAndMadeAnew) {
    using std::string_literals::operator""s;
    const auto status = parse_status(
        "2 R. N... 100644 100644 100644 1111111 1111111 R100 new.yml\0old.yml\0? old.yml\0"s);
    ASSERT_TRUE(status.has_value());
    EXPECT_EQ(status->changed, (std::vector<std::string>{"new.yml", "old.yml"}));
}

TEST(StatusText, RefusesWhatItDoesNotUnderstand) {
    using std::string_literals::operator""s;
    for (const auto& text : {"1 short\0"s, "x what\0"s, "# branch.ab 3 -1\0"s, "# branch.ab +1\0"s,
                             "# branch.ab +1 -\0"s, "\0"s, "? \0"s}) {
        EXPECT_TRUE(parse_status(text).has_error()) << text;
    }
    EXPECT_TRUE(parse_status("").has_value());
    EXPECT_EQ(parse_status("# branch.ab +12 -3\0"s).value().behind, 3);
}

}  // namespace
}  // namespace itsup::gitops
