#include <store/database.hpp>
#include <store/migrations.hpp>

#include <utility>

namespace itsup::store {

base::Result<std::unique_ptr<Database>> Database::open(const std::string& path,
                                                       runtime::BlockingPool& pool) {
    TRY(auto connection, Connection::open(path));
    const auto migrated = migrate(*connection);
    if (migrated.has_error()) {
        return base::Error(migrated.error()).with_context(path);
    }
    return std::unique_ptr<Database>(new Database(std::move(connection), pool));
}

Database::Database(std::unique_ptr<Connection> connection, runtime::BlockingPool& pool)
    : connection_(std::move(connection)), pool_(pool) {}

Database::~Database() = default;

base::Result<> Database::checkpoint() {
    const std::lock_guard lock(mutex_);
    return connection_->execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace itsup::store
