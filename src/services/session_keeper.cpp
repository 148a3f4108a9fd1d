#include <runtime/deadline.hpp>
#include <services/session_keeper.hpp>

#include <utility>

namespace itsup::services {

SessionKeeper::SessionKeeper(runtime::Executor executor, access::Authenticator& authenticator,
                             store::Sessions& store, base::Logger& log)
    : authenticator_(authenticator),
      store_(store),
      log_(log),
      changed_(executor),
      tasks_(executor, log) {}

bool SessionKeeper::is_written() const {
    return written_revision_ == authenticator_.revision();
}

runtime::Task<> SessionKeeper::load() {
    CO_TRY(auto sessions, co_await store_.all());
    authenticator_.restore(std::move(sessions));
    tasks_.spawn("sessions", write_on());
    co_return base::Result<>{};
}

runtime::Task<> SessionKeeper::write() {
    const auto revision = authenticator_.revision();
    const auto uses = authenticator_.uses();
    auto writing = store_.replace(authenticator_.sessions());
    const auto written = co_await runtime::catching(std::move(writing));
    ++attempts_;
    failed_ = written.has_error();
    if (failed_) {
        log_.error("sessions not written", {{"error", written.error().message}});
    } else {
        written_revision_ = revision;
        written_uses_ = uses;
    }
    changed_.notify();
    co_return base::Result<>{};
}

runtime::Task<> SessionKeeper::write_on() {
    while (true) {
        if (failed_) {
            CO_TRY_VOID(co_await runtime::sleep_for(retry_after));
        } else if (is_written()) {
            const auto woken = co_await runtime::with_deadline(uses_every, changed_.wait());
            if (woken.has_error() && woken.error().kind == base::ErrorKind::cancelled) {
                co_return woken.error();
            }
            const bool only_used = woken.has_error() && written_uses_ != authenticator_.uses();
            if (is_written() && !only_used) {
                continue;
            }
        }
        CO_TRY_VOID(co_await write());
    }
}

runtime::Task<> SessionKeeper::save() {
    const auto wanted = authenticator_.revision();
    const auto attempts = attempts_;
    save_soon();
    while (written_revision_ < wanted && !(failed_ && attempts_ > attempts)) {
        const auto woken = co_await runtime::with_deadline(retry_after * 3, changed_.wait());
        if (woken.has_error()) {
            co_return woken.error();
        }
    }
    co_return base::Result<>{};
}

runtime::Task<> SessionKeeper::close() {
    CO_TRY_VOID(co_await tasks_.close());
    if (!is_written() || written_uses_ != authenticator_.uses()) {
        CO_TRY_VOID(co_await write());
    }
    co_return base::Result<>{};
}

}  // namespace itsup::services
