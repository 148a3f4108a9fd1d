#pragma once

#include <base/result.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::runtime {

/// How a program ended.
struct ExitStatus {
    /// What it returned; meaningless when a signal ended it.
    int code = 0;
    /// 0 when it returned.
    int signal = 0;

    [[nodiscard]] bool ok() const { return code == 0 && signal == 0; }
    /// `exit code 3`, `killed by signal 9`.
    [[nodiscard]] std::string describe() const;
    bool operator==(const ExitStatus&) const = default;
};

enum class OutputStream { out, err };

/// One line without its line end. A line over 64 KiB comes in pieces: `continued` says that the
/// next record goes on with it.
struct OutputLine {
    OutputStream stream = OutputStream::out;
    std::string_view text;
    bool continued = false;
};

/// Called on the loop as lines come; the text lives only during the call.
using LineSink = std::function<void(const OutputLine&)>;

/// A program and all that it gets. No shell, nothing inherited but what stands here.
struct ProcessSpec {
    /// The first is looked up in the PATH of `environment` when it has no `/`.
    std::vector<std::string> arguments;
    std::map<std::string, std::string> environment = {};
    /// Empty: `/`.
    std::string directory = {};
    /// All of its standard input.
    std::string input = {};
    std::chrono::steady_clock::duration limit = std::chrono::seconds{30};
    /// Between SIGTERM and SIGKILL, when it is cancelled or over its limit.
    std::chrono::steady_clock::duration grace = std::chrono::seconds{5};
};

/// Runs a program in a process group of its own and returns when it has ended and been reaped.
/// Over its limit: `timed_out`; the caller cancelled: `cancelled`; in both cases the whole group
/// got SIGTERM and then SIGKILL before this returns. What it left behind in its group is killed,
/// too. `unavailable` when it cannot be started. Signals go by pidfd or to a group whose leader is
/// not reaped yet, never to a number that may have been given again.
Task<ExitStatus> run_process(ProcessSpec spec, LineSink sink);

struct Captured {
    ExitStatus status;
    std::string out;
    std::string err;
};

/// The same, keeping the output. More than `bytes_max` on either stream ends the program:
/// `too_large`.
Task<Captured> capture_process(ProcessSpec spec, std::size_t bytes_max);

/// At daemon start: makes processes that outlive their parents our children, so that those of a
/// finished run_process() are killed and reaped, wherever they hid. Never fails: without it only
/// the process group is cleaned.
void become_subreaper();
/// Kills and reaps what run_process() calls that are over left behind. run_process() calls it at
/// its end; a daemon may call it now and then.
void reap_orphans();

/// Cuts a byte stream into lines, at LF and at `line_max` bytes.
class LineSplitter {
  public:
    static constexpr std::size_t line_max = std::size_t{64} * 1024;

    /// Calls `emit(text, continued)` for every complete piece.
    template <class Emit>
    void feed(std::string_view bytes, Emit emit) {
        while (!bytes.empty()) {
            const auto end = bytes.find('\n');
            const auto piece = bytes.substr(0, end);
            const auto room = line_max - pending_.size();
            if (piece.size() > room) {
                pending_.append(piece.substr(0, room));
                emit(std::string_view(pending_), true);
                pending_.clear();
                bytes.remove_prefix(room);
                continue;
            }
            pending_.append(piece);
            if (end == std::string_view::npos) {
                return;
            }
            emit_line(emit);
            bytes.remove_prefix(end + 1);
        }
    }
    /// The last line when it had no end.
    template <class Emit>
    void finish(Emit emit) {
        if (!pending_.empty()) {
            emit_line(emit);
        }
    }

  private:
    template <class Emit>
    void emit_line(Emit& emit) {
        std::string_view text = pending_;
        if (text.ends_with('\r')) {
            text.remove_suffix(1);
        }
        emit(text, false);
        pending_.clear();
    }

    std::string pending_;
};

}  // namespace itsup::runtime
