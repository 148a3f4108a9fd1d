#include <base/id.hpp>
#include <base/log.hpp>
#include <runtime/child_process.hpp>
#include <runtime/subprocess.hpp>
#include <runtime/task_group.hpp>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <csignal>
#include <memory>
#include <string>
#include <utility>

namespace itsup::runtime {

namespace {

using Descriptor = asio::posix::basic_stream_descriptor<Executor>;
using Clock = std::chrono::steady_clock;

constexpr auto drain_limit = std::chrono::seconds{2};

/// Ends when the pipe does, or when it is cancelled.
Task<> pump(Descriptor& pipe, OutputStream stream, LineSink& sink) {
    const auto emit = [&sink, stream](std::string_view text, bool continued) {
        if (sink) {
            sink(OutputLine{stream, text, continued});
        }
    };
    LineSplitter lines;
    const auto buffer = std::make_unique<std::array<char, std::size_t{16} * 1024>>();
    while (true) {
        auto [error, count] = co_await pipe.async_read_some(asio::buffer(*buffer), use_tuple);
        if (count > 0) {
            lines.feed(std::string_view(buffer->data(), count), emit);
        }
        if (error) {
            break;
        }
    }
    lines.finish(emit);
    co_return base::Result<>{};
}

enum class WaitEnd { exited, timed_out, cancelled };

/// Wakes a timer when the pidfd says that the child has exited.
class ExitWatch {
  public:
    ExitWatch(Executor executor, int pidfd)
        : timer_(executor), state_(std::make_shared<State>(executor, pidfd)) {
        arm(state_, &timer_);
    }
    ExitWatch(const ExitWatch&) = delete;
    ExitWatch& operator=(const ExitWatch&) = delete;
    ~ExitWatch() {
        state_->alive = false;
        state_->pidfd.close();
    }

    /// The caller has switched throwing on cancellation off.
    asio::awaitable<WaitEnd, Executor> until(Clock::time_point end) {
        if (!state_->exited) {
            timer_.expires_at(end);
            co_await timer_.async_wait(use_tuple);
        }
        if (state_->exited) {
            co_return WaitEnd::exited;
        }
        co_return Clock::now() >= end ? WaitEnd::timed_out : WaitEnd::cancelled;
    }

  private:
    // Shared with the wait's handler, which may run once more after this has died.
    struct State {
        State(Executor executor, int fd) : pidfd(executor, fd) {}
        Descriptor pidfd;
        bool exited = false;
        bool alive = true;
    };

    static void arm(const std::shared_ptr<State>& state, Timer* timer) {
        state->pidfd.async_wait(asio::posix::descriptor_base::wait_read,
                                [state, timer](boost::system::error_code error) {
                                    if (error || !state->alive) {
                                        return;
                                    }
                                    // What follows reaps by a blocking wait: be sure.
                                    pollfd now{state->pidfd.native_handle(), POLLIN, 0};
                                    if (::poll(&now, 1, 0) != 1) {
                                        arm(state, timer);
                                        return;
                                    }
                                    state->exited = true;
                                    timer->cancel();
                                });
    }
    Timer timer_;
    std::shared_ptr<State> state_;
};

/// SIGTERM, grace, SIGKILL. Returns when the child has exited.
asio::awaitable<void, Executor> end_child(ChildProcess& child, ExitWatch& watch,
                                          Clock::duration grace) {
    child.signal_group(SIGTERM);
    // Nobody's cancelling shortens these waits.
    const auto patience = Clock::now() + grace;
    auto ended = WaitEnd::cancelled;
    while (ended == WaitEnd::cancelled) {
        ended = co_await watch.until(patience);
    }
    if (ended == WaitEnd::exited) {
        co_return;
    }
    child.signal_group(SIGKILL);
    // A process in uninterruptible sleep can outlast this; it is ours to reap all the same.
    const auto forever = Clock::time_point::max();
    while (ended != WaitEnd::exited) {
        ended = co_await watch.until(forever);
    }
}

/// Ends pumps whose pipes a grandchild keeps open.
class DrainLimit {
  public:
    DrainLimit(Executor executor, TaskGroup& pumps) : timer_(executor, drain_limit) {
        timer_.async_wait([alive = std::weak_ptr(alive_), &pumps](boost::system::error_code error) {
            if (!error && !alive.expired()) {
                pumps.cancel();
            }
        });
    }

  private:
    Timer timer_;
    // The handler may be on its way already when this dies.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace

std::string ExitStatus::describe() const {
    return signal != 0 ? fmt::format("killed by signal {}", signal)
                       : fmt::format("exit code {}", code);
}

Task<ExitStatus> run_process(ProcessSpec spec, LineSink sink) {
    const auto executor = co_await asio::this_coro::executor;
    CO_TRY(auto child, ChildProcess::spawn(spec));
    Descriptor out(executor, child.take_out());
    Descriptor err(executor, child.take_err());
    ExitWatch watch(executor, child.take_pidfd());
    base::NullLogger log;
    TaskGroup pumps(executor, log);
    // From here to the end a cancellation is an answer of watch.until(), not an exception: the
    // child must be reaped whatever happens. The caller's state stays the caller's.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    pumps.spawn("stdout", pump(out, OutputStream::out, sink));
    pumps.spawn("stderr", pump(err, OutputStream::err, sink));
    const auto end = Clock::now() + spec.limit;
    const auto why = co_await watch.until(end);
    if (why != WaitEnd::exited) {
        co_await end_child(child, watch, spec.grace);
    }
    const auto status = child.finish();
    {
        const DrainLimit limit(executor, pumps);
        static_cast<void>(co_await pumps.join());
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (why == WaitEnd::timed_out) {
        co_return base::make_error(base::ErrorKind::timed_out,
                                   fmt::format("{} took too long", spec.arguments.front()));
    }
    if (why == WaitEnd::cancelled) {
        co_return base::make_error(base::ErrorKind::cancelled, "cancelled");
    }
    co_return status;
}

namespace {

struct Collector {
    std::size_t bytes_max;
    Captured captured;
    bool full = false;
    bool ended = false;
    Notifier* over = nullptr;

    void take(const OutputLine& line) {
        auto& into = line.stream == OutputStream::out ? captured.out : captured.err;
        if (full || into.size() + line.text.size() + 1 > bytes_max) {
            full = true;
            over->notify();
            return;
        }
        into.append(line.text);
        if (!line.continued) {
            into.push_back('\n');
        }
    }
};

Task<> run_into(ProcessSpec spec, Collector& collector, base::Result<ExitStatus>& out) {
    LineSink sink = [&collector](const OutputLine& line) { collector.take(line); };
    auto process = run_process(std::move(spec), std::move(sink));
    out = co_await catching(std::move(process));
    collector.ended = true;
    collector.over->notify();
    co_return base::Result<>{};
}

}  // namespace

Task<Captured> capture_process(ProcessSpec spec, std::size_t bytes_max) {
    const auto executor = co_await asio::this_coro::executor;
    const auto name = spec.arguments.empty() ? std::string{} : spec.arguments.front();
    Notifier changed(executor);
    Collector collector{bytes_max, {}, false, false, &changed};
    base::Result<ExitStatus> status = base::make_error(base::ErrorKind::cancelled, "cancelled");
    base::NullLogger log;
    TaskGroup runner(executor, log);
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    runner.spawn("process", run_into(std::move(spec), collector, status));
    // One wake is enough: it is over, it is too much, or the caller was cancelled.
    if (!collector.ended && !collector.full) {
        static_cast<void>(co_await changed.wait());
    }
    static_cast<void>(co_await runner.close());
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (collector.full) {
        co_return base::make_error(base::ErrorKind::too_large,
                                   fmt::format("{} printed more than {} bytes", name, bytes_max));
    }
    CO_TRY(collector.captured.status, std::move(status));
    co_return std::move(collector.captured);
}

}  // namespace itsup::runtime
