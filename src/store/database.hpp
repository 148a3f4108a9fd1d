#pragma once
// store/: what must survive a restart, in one SQLite file (WAL). Numbered migrations, one
// repository per noun, all calls through BlockingPool. It knows nothing of HTTP, compose or Docker.

#include <base/result.hpp>
#include <runtime/blocking_pool.hpp>
#include <runtime/task.hpp>
#include <store/connection.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

namespace itsup::store {

/// The database file and its one connection. Calls run on the pool, one at a time; each is awaited
/// on the loop. A full or broken disk is ErrorKind::unavailable with SQLite's own words.
class Database {
  public:
    /// Opens or creates `path` (mode 0600; its folder must exist) and brings it to the newest
    /// migration. A file that a newer version wrote is refused. Blocking: call it at start.
    static base::Result<std::unique_ptr<Database>> open(const std::string& path,
                                                        runtime::BlockingPool& pool);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    /// Runs `fn(Connection&)`, which returns a Result, on the pool.
    template <class Fn, class Out = std::invoke_result_t<Fn, Connection&>>
    runtime::asio::awaitable<Out, runtime::Executor> read(Fn fn) {
        // Named because g++ 12 breaks a capturing lambda that stands in a co_await.
        auto work = [this, fn = std::move(fn)]() mutable -> Out {
            const std::lock_guard lock(mutex_);
            return fn(*connection_);
        };
        co_return co_await pool_.run(std::move(work));
    }

    /// The same inside one transaction: all of it or, when fn fails, nothing of it.
    template <class Fn, class Out = std::invoke_result_t<Fn, Connection&>>
    runtime::asio::awaitable<Out, runtime::Executor> write(Fn fn) {
        auto work = [this, fn = std::move(fn)]() mutable -> Out {
            const std::lock_guard lock(mutex_);
            Transaction transaction(*connection_);
            TRY_VOID(transaction.begin());
            Out out = fn(*connection_);
            if (out.has_error()) {
                return out;
            }
            TRY_VOID(transaction.commit());
            return out;
        };
        co_return co_await pool_.run(std::move(work));
    }

    /// Blocking: writes the WAL back into the file. Called at shutdown and by tests.
    base::Result<> checkpoint();

  private:
    Database(std::unique_ptr<Connection> connection, runtime::BlockingPool& pool);

    // The pool has several threads and SQLite's statements are not shared between them.
    std::mutex mutex_;
    std::unique_ptr<Connection> connection_;
    runtime::BlockingPool& pool_;
};

}  // namespace itsup::store
