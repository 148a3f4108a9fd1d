#pragma once

#include <base/clock.hpp>
#include <base/result.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace itsup::store {

/// One prepared statement while it runs; back in the connection's cache, reset, when it dies.
class Statement {
  public:
    explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
    Statement(Statement&& other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    /// Binds the next `?`, from left to right.
    Statement& bind(std::string_view text);
    Statement& bind(std::int64_t number);
    Statement& bind(std::optional<base::Timestamp> time);
    Statement& bind_null();

    /// True while there is a row.
    base::Result<bool> step();
    /// For a statement without rows.
    base::Result<> run();

    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::int64_t number(int column) const;
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] base::Timestamp time(int column) const;
    [[nodiscard]] std::optional<base::Timestamp> optional_time(int column) const;

  private:
    sqlite3_stmt* handle_;
    int next_ = 1;
};

/// A SQLite connection and its prepared statements. Blocking, one thread at a time.
class Connection {
  public:
    static base::Result<std::unique_ptr<Connection>> open(const std::string& path);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// `sql` must be a literal: values only ever come by bind().
    base::Result<Statement> prepare(std::string_view sql);
    /// Several statements without values: migrations and pragmas.
    base::Result<> execute(const std::string& sql);
    /// Rows that the last statement changed.
    [[nodiscard]] std::int64_t changes() const;

  private:
    struct Finalizer {
        void operator()(sqlite3_stmt* statement) const;
    };
    explicit Connection(sqlite3* handle) : handle_(handle) {}

    sqlite3* handle_;
    std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalizer>, std::less<>> statements_;
};

/// Rolls back when it dies without commit().
class Transaction {
  public:
    explicit Transaction(Connection& connection) : connection_(connection) {}
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    base::Result<> begin();
    base::Result<> commit();

  private:
    Connection& connection_;
    bool open_ = false;
};

}  // namespace itsup::store
