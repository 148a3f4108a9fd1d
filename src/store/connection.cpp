#include <store/connection.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <utility>

namespace itsup::store {

namespace {

constexpr int busy_timeout_ms = 5000;

base::Error error_of(sqlite3* handle, int code) {
    const auto kind = (code & 0xff) == SQLITE_CONSTRAINT ? base::ErrorKind::conflict
                                                         : base::ErrorKind::unavailable;
    const auto* words = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    if ((code & 0xff) == SQLITE_FULL) {
        return base::make_error(kind, "the database cannot grow: the disk is full", words);
    }
    return base::make_error(kind, fmt::format("the database does not work: {}", words));
}

std::int64_t to_nanoseconds(base::Timestamp time) {
    return time.time_since_epoch().count();
}

}  // namespace

Statement::~Statement() {
    if (handle_ != nullptr) {
        sqlite3_reset(handle_);
        sqlite3_clear_bindings(handle_);
    }
}

Statement& Statement::bind(std::string_view text) {
    // A null pointer would be NULL, not the empty string.
    const auto* bytes = text.data() != nullptr ? text.data() : "";
    sqlite3_bind_text64(handle_, next_++, bytes, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind(std::int64_t number) {
    sqlite3_bind_int64(handle_, next_++, number);
    return *this;
}

Statement& Statement::bind(std::optional<base::Timestamp> time) {
    return time ? bind(to_nanoseconds(*time)) : bind_null();
}

Statement& Statement::bind_null() {
    sqlite3_bind_null(handle_, next_++);
    return *this;
}

base::Result<bool> Statement::step() {
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code == SQLITE_DONE) {
        return false;
    }
    return error_of(sqlite3_db_handle(handle_), code);
}

base::Result<> Statement::run() {
    TRY(const bool row, step());
    static_cast<void>(row);
    return {};
}

std::string Statement::text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, column));
    const auto size = sqlite3_column_bytes(handle_, column);
    return bytes == nullptr ? std::string{} : std::string(bytes, static_cast<std::size_t>(size));
}

std::int64_t Statement::number(int column) const {
    return sqlite3_column_int64(handle_, column);
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

base::Timestamp Statement::time(int column) const {
    return base::Timestamp{std::chrono::nanoseconds{number(column)}};
}

std::optional<base::Timestamp> Statement::optional_time(int column) const {
    return is_null(column) ? std::nullopt : std::optional(time(column));
}

void Connection::Finalizer::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

base::Result<std::unique_ptr<Connection>> Connection::open(const std::string& path) {
    if (path != ":memory:") {
        // SQLite would make it 0644; -wal and -shm take the mode of the database file.
        const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0 || ::fchmod(fd, 0600) != 0) {
            const int error = errno;
            if (fd >= 0) {
                ::close(fd);
            }
            return base::make_error(base::ErrorKind::unavailable,
                                    base::make_system_error(error, path).message);
        }
        ::close(fd);
    }
    sqlite3* handle = nullptr;
    const int code =
        sqlite3_open_v2(path.c_str(), &handle,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    std::unique_ptr<Connection> connection(new Connection(handle));
    if (code != SQLITE_OK) {
        return error_of(handle, code).with_context(path);
    }
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, busy_timeout_ms);
    const auto set_up = connection->execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
        "PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 16777216;");
    if (set_up.has_error()) {
        return base::Error(set_up.error()).with_context(path);
    }
    return connection;
}

Connection::~Connection() {
    statements_.clear();
    sqlite3_close(handle_);
}

base::Result<Statement> Connection::prepare(std::string_view sql) {
    if (const auto it = statements_.find(sql); it != statements_.end()) {
        return Statement(it->second.get());
    }
    sqlite3_stmt* handle = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    if (code != SQLITE_OK) {
        return error_of(handle_, code);
    }
    statements_.emplace(std::string(sql), handle);
    return Statement(handle);
}

base::Result<> Connection::execute(const std::string& sql) {
    if (const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
        code != SQLITE_OK) {
        return error_of(handle_, code);
    }
    return {};
}

std::int64_t Connection::changes() const {
    return sqlite3_changes64(handle_);
}

Transaction::~Transaction() {
    if (open_) {
        static_cast<void>(connection_.execute("ROLLBACK"));
    }
}

base::Result<> Transaction::begin() {
    TRY_VOID(connection_.execute("BEGIN IMMEDIATE"));
    open_ = true;
    return {};
}

base::Result<> Transaction::commit() {
    TRY_VOID(connection_.execute("COMMIT"));
    open_ = false;
    return {};
}

}  // namespace itsup::store
