// One container writing, many followers: how late a line is, what it costs and how much memory a
// follower takes. Everything from the engine's bytes to the followers' sockets is real, but for the
// engine.
//
//   log_fanout [followers=1000] [lines_per_second=100] [seconds=5]
#include <docker/engine_state.hpp>
#include <docker/fake_engine.hpp>
#include <live/log_hub.hpp>
#include <runtime/task_group.hpp>
#include <runtime/test_loop.hpp>

#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace itsup {
namespace {

using runtime::Task;
using Clock = std::chrono::steady_clock;

double rss_mib() {
    std::ifstream statm("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    statm >> total >> resident;
    return static_cast<double>(resident) * 4096 / 1048576;
}

double cpu_seconds(int who) {
    rusage usage{};
    ::getrusage(who, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/// The followers' other ends: reads everything, notes how late each line is.
class Readers {
  public:
    explicit Readers(std::size_t count) : epoll_(::epoll_create1(0)), fds_(count) {}

    int add(std::size_t index) {
        int pair[2] = {-1, -1};
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
            // A follower that gets nothing would look like lines that were lost.
            fmt::print(stderr, "follower {}: no descriptors; each needs two (ulimit -n)\n", index);
            std::exit(1);
        }
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = pair[1];
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, pair[1], &event);
        fds_[index] = pair[0];
        return pair[0];
    }
    void run() {
        std::vector<epoll_event> events(512);
        std::string buffer(std::size_t{1} << 20U, '\0');
        while (!stop) {
            const int found = ::epoll_wait(epoll_, events.data(), 512, 50);
            for (int i = 0; i < found; ++i) {
                const auto got = ::read(events[static_cast<std::size_t>(i)].data.fd, buffer.data(),
                                        buffer.size());
                if (got > 0) {
                    note(std::string_view(buffer).substr(0, static_cast<std::size_t>(got)));
                }
            }
        }
        cpu = cpu_seconds(RUSAGE_THREAD);
    }
    std::atomic<bool> stop{false};
    std::atomic<std::size_t> lines{0};
    std::vector<float> late_ms;
    double cpu = 0;

  private:
    /// Lines are `@<nanoseconds> text`.
    void note(std::string_view text) {
        const auto now = Clock::now().time_since_epoch().count();
        for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
            std::int64_t then = 0;
            std::from_chars(text.data() + at + 1, text.data() + text.size(), then);
            late_ms.push_back(static_cast<float>(static_cast<double>(now - then) / 1e6));
            ++lines;
        }
    }
    int epoll_;
    std::vector<int> fds_;
};

class NoSecrets final : public live::MaskerSource {
  public:
    std::shared_ptr<const live::Masker> masker_of(std::string_view) override { return nullptr; }
};

Task<> follow(live::LogHub& hub, int fd, std::uint64_t& gaps) {
    live::LogRequest request;
    request.project = "shop";
    request.follow = true;
    request.tail = 0;
    request.shape = live::LogShape::sse;
    CO_TRY(const auto watch, co_await hub.watch(std::move(request)));
    while (true) {
        CO_TRY(const auto batch, co_await watch->next());
        if (batch.kind == live::LogBatch::Kind::end) {
            co_return base::Result<>{};
        }
        gaps += batch.skipped;
        if (batch.bytes) {
            const auto written = ::write(fd, batch.bytes->data(), batch.bytes->size());
            static_cast<void>(written);
        }
    }
}

Task<> write_lines(docker::FakeEngine& engine, const base::Clock& clock, int per_second,
                   int seconds) {
    const auto begin = Clock::now();
    for (int i = 0; i < per_second * seconds; ++i) {
        const auto due =
            begin + std::chrono::nanoseconds(std::int64_t{1'000'000'000} * i / per_second);
        if (due > Clock::now()) {
            CO_TRY_VOID(co_await runtime::sleep_for(due - Clock::now()));
        }
        engine.log_at("a", clock.now(),
                      fmt::format("@{} INFO a line of an ordinary length, as services write them "
                                  "all day: GET /orders/{} 200",
                                  Clock::now().time_since_epoch().count(), i));
    }
    co_return base::Result<>{};
}

/// Until `done`, but no longer than a machine that is not overwhelmed needs.
template <class Predicate>
Task<> wait_until(Predicate done) {
    for (int i = 0; i < 1000 && !done(); ++i) {
        CO_TRY_VOID(co_await runtime::sleep_for(std::chrono::milliseconds(10)));
    }
    co_return base::Result<>{};
}

struct Plan {
    int followers = 1000;
    int per_second = 100;
    int seconds = 5;
};

Task<> run(runtime::Executor executor, Plan plan) {
    base::SystemClock clock;
    base::NullLogger log;
    NoSecrets secrets;
    docker::FakeEngine engine(executor, clock.now());
    engine.add("a", "shop", "web");
    docker::EngineState state(executor, engine, clock, log);
    live::LogHub hub(executor, engine, state, clock, log, secrets);
    runtime::TaskGroup followers(executor, log);
    Readers readers(static_cast<std::size_t>(plan.followers));
    std::uint64_t gaps = 0;
    std::vector<int> fds;
    fds.reserve(static_cast<std::size_t>(plan.followers));
    for (int i = 0; i < plan.followers; ++i) {
        fds.push_back(readers.add(static_cast<std::size_t>(i)));
    }
    state.start();
    CO_TRY_VOID(co_await state.wait_until([&] { return state.status().connected; },
                                          std::chrono::seconds(5)));
    const auto before = rss_mib();
    for (const int fd : fds) {
        followers.spawn("follow", follow(hub, fd, gaps));
    }
    // A follower sees what comes after it: the first line must not come before the last follower.
    const auto all_follow = [&] { return hub.watchers() == fds.size(); };
    CO_TRY_VOID(co_await wait_until(all_follow));
    const auto with_followers = rss_mib();
    std::thread reading([&readers] { readers.run(); });
    const auto cpu = cpu_seconds(RUSAGE_THREAD);
    auto written =
        co_await runtime::catching(write_lines(engine, clock, plan.per_second, plan.seconds));
    const auto used = cpu_seconds(RUSAGE_THREAD) - cpu;
    const auto wanted = static_cast<std::size_t>(plan.followers) *
                        static_cast<std::size_t>(plan.per_second * plan.seconds);
    const auto all_came = [&] { return readers.lines.load() + gaps >= wanted; };
    static_cast<void>(co_await wait_until(all_came));
    readers.stop = true;
    reading.join();
    CO_TRY_VOID(std::move(written));
    auto& late = readers.late_ms;
    std::sort(late.begin(), late.end());
    const auto at = [&late](double share) {
        return late.empty()
                   ? 0.F
                   : late[static_cast<std::size_t>(static_cast<double>(late.size() - 1) * share)];
    };
    fmt::print(
        "{} followers, {} lines/s: {} of {} delivered, {} said to be skipped, p50 {:.1f} ms, p99 "
        "{:.1f} ms, max "
        "{:.1f} ms, {:.2f} core, {:.2f} KiB a follower, upstreams {}\n",
        plan.followers, plan.per_second, readers.lines.load(), wanted, gaps, at(0.5), at(0.99),
        at(1.0), used / plan.seconds, (with_followers - before) * 1024 / plan.followers,
        hub.upstreams());
    CO_TRY_VOID(co_await followers.close());
    CO_TRY_VOID(co_await hub.stop());
    co_return co_await state.stop();
}

int measure(const std::vector<std::string>& arguments) {
    Plan plan;
    const auto number = [&arguments](std::size_t at, int otherwise) {
        return at < arguments.size() ? std::stoi(arguments[at]) : otherwise;
    };
    plan.followers = number(1, plan.followers);
    plan.per_second = number(2, plan.per_second);
    plan.seconds = number(3, plan.seconds);
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    runtime::TestLoop loop;
    const auto done = loop.run(run(loop.executor(), plan));
    if (done.has_error()) {
        fmt::print("failed: {}\n", done.error().message);
        return 1;
    }
    return 0;
}

}  // namespace
}  // namespace itsup

int main(int count, char** words) {
    try {
        return itsup::measure({words, words + count});
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 2;
    }
}
