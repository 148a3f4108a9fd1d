#include <runtime/child_process.hpp>
#include <runtime/orphans.hpp>
#include <runtime/subprocess.hpp>

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace itsup::runtime {

namespace {

using Clock = std::chrono::steady_clock;

// A killed orphan's own children become ours in the next round.
constexpr int rounds_max = 16;
/// For all orphans of one look together: the loop waits.
constexpr std::chrono::milliseconds kill_wait{200};

struct Registry {
    std::mutex mutex;
    std::map<pid_t, std::string> children;
};

Registry& registry() {
    static Registry instance;
    return instance;
}

std::string read_all(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<pid_t> children_of_this_process() {
    std::vector<pid_t> out;
    std::error_code error;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", error)) {
        const auto text = read_all(task.path().string() + "/children");
        const char* at = text.data();
        const char* const end = at + text.size();
        while (at < end) {
            pid_t pid = 0;
            const auto parsed = std::from_chars(at, end, pid);
            if (parsed.ec != std::errc{}) {
                ++at;
                continue;
            }
            out.push_back(pid);
            at = parsed.ptr;
        }
    }
    return out;
}

/// Empty for what no run_process() started.
std::string mark_in(std::string_view environment) {
    const auto key = fmt::format("{}=", orphan_mark_name);
    std::size_t at = 0;
    while (at < environment.size()) {
        const auto end = std::min(environment.find('\0', at), environment.size());
        const auto entry = environment.substr(at, end - at);
        if (entry.starts_with(key)) {
            return std::string(entry.substr(key.size()));
        }
        at = end + 1;
    }
    return {};
}

/// True when it is gone now.
bool reap(pid_t pid) {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG) == 0 &&
           info.si_pid == pid;
}

/// Kills and reaps a child of ours that no call owns. It cannot vanish meanwhile: only we reap.
bool end_orphan(pid_t pid, const LiveChildren& live, Clock::time_point until) {
    if (reap(pid)) {
        return true;
    }
    const auto environment = read_all(fmt::format("/proc/{}/environ", pid));
    // Nothing to read at all: it is exiting, its memory is gone and it is not a zombie yet. Then
    // there is nobody to spare, only an end to wait for.
    const bool exiting = environment.empty();
    const auto mark = mark_in(environment);
    if (!exiting && (mark.empty() || live.has_mark(mark))) {
        return false;
    }
    const auto pidfd = open_pidfd(pid);
    if (!pidfd.valid() || (!exiting && !signal_by_pidfd(pidfd, SIGKILL))) {
        return false;
    }
    pollfd exited{pidfd.get(), POLLIN, 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    ::poll(&exited, 1, static_cast<int>(std::max(left.count(), std::chrono::milliseconds::rep{0})));
    return reap(pid);
}

}  // namespace

LiveChildren LiveChildren::lock() {
    return LiveChildren(std::unique_lock(registry().mutex));
}

void LiveChildren::add(pid_t pid, std::string mark) {
    registry().children.insert_or_assign(pid, std::move(mark));
}

void LiveChildren::remove(pid_t pid, const std::string& mark) {
    const auto it = registry().children.find(pid);
    if (it != registry().children.end() && it->second == mark) {
        registry().children.erase(it);
    }
}

bool LiveChildren::has(pid_t pid) const {
    return registry().children.contains(pid);
}

bool LiveChildren::has_mark(const std::string& mark) const {
    for (const auto& [pid, live] : registry().children) {
        if (live == mark) {
            return true;
        }
    }
    return false;
}

void become_subreaper() {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

void reap_orphans() {
    int is_subreaper = 0;
    if (::prctl(PR_GET_CHILD_SUBREAPER, &is_subreaper, 0, 0, 0) != 0 || is_subreaper == 0) {
        return;
    }
    const auto live = LiveChildren::lock();
    const auto until = Clock::now() + kill_wait;
    for (int round = 0; round < rounds_max; ++round) {
        bool any = false;
        for (const auto pid : children_of_this_process()) {
            any = (!live.has(pid) && end_orphan(pid, live, until)) || any;
        }
        if (!any) {
            return;
        }
    }
}

}  // namespace itsup::runtime
