#pragma once

#include <access/authenticator.hpp>
#include <base/log.hpp>
#include <runtime/notifier.hpp>
#include <runtime/task.hpp>
#include <runtime/task_group.hpp>
#include <store/sessions.hpp>

#include <chrono>
#include <cstdint>

namespace itsup::services {

/// Keeps the sessions over a restart: the authenticator has them, this writes them down. One
/// writer, so that what is closed cannot come back. Lives on the loop.
class SessionKeeper {
  public:
    /// How late the time of a session's last use may be written.
    static constexpr std::chrono::seconds uses_every{60};
    static constexpr std::chrono::seconds retry_after{5};

    SessionKeeper(runtime::Executor executor, access::Authenticator& authenticator,
                  store::Sessions& store, base::Logger& log);
    SessionKeeper(const SessionKeeper&) = delete;
    SessionKeeper& operator=(const SessionKeeper&) = delete;

    /// At start, when the tokens are known.
    runtime::Task<> load();
    /// Returns when what was opened and closed so far is written, or could not be: then it is
    /// logged, and tried again.
    runtime::Task<> save();
    /// The same without waiting.
    void save_soon() { changed_.notify(); }
    /// The last uses too.
    runtime::Task<> close();

  private:
    runtime::Task<> write_on();
    runtime::Task<> write();
    [[nodiscard]] bool is_written() const;

    access::Authenticator& authenticator_;
    store::Sessions& store_;
    base::Logger& log_;
    std::uint64_t written_revision_ = 0;
    std::uint64_t written_uses_ = 0;
    std::uint64_t attempts_ = 0;
    bool failed_ = false;
    runtime::Notifier changed_;
    runtime::TaskGroup tasks_;
};

}  // namespace itsup::services
