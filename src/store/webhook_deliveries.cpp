#include <store/database.hpp>
#include <store/webhook_deliveries.hpp>

#include <utility>

namespace itsup::store {

namespace {

using Keys = std::vector<std::string>;

base::Result<std::optional<std::string>> find(Connection& connection, const Keys& keys) {
    for (const auto& key : keys) {
        TRY(auto rows, connection.prepare("SELECT location FROM webhook_deliveries WHERE key = ?"));
        rows.bind(key);
        TRY(const bool row, rows.step());
        if (row) {
            return std::optional(rows.text(0));
        }
    }
    return std::optional<std::string>{};
}

base::Result<> insert(Connection& connection, const Keys& keys, base::Timestamp now) {
    for (const auto& key : keys) {
        TRY(auto statement, connection.prepare("INSERT OR IGNORE INTO webhook_deliveries (key, "
                                               "received_at, location) VALUES (?, ?, '')"));
        TRY_VOID(statement.bind(key).bind(now).run());
    }
    return {};
}

base::Result<> prune(Connection& connection, base::Timestamp now) {
    TRY(auto old, connection.prepare("DELETE FROM webhook_deliveries WHERE received_at < ?"));
    TRY_VOID(old.bind(now - WebhookDeliveries::kept_for).run());
    TRY(auto many,
        connection.prepare("DELETE FROM webhook_deliveries WHERE key IN (SELECT key FROM "
                           "webhook_deliveries ORDER BY received_at DESC LIMIT -1 OFFSET ?)"));
    return many.bind(static_cast<std::int64_t>(WebhookDeliveries::keys_max)).run();
}

}  // namespace

runtime::Task<std::optional<std::string>> WebhookDeliveries::take(std::vector<std::string> keys,
                                                                  base::Timestamp now) {
    auto work = [keys = std::move(keys),
                 now](Connection& connection) -> base::Result<std::optional<std::string>> {
        TRY_VOID(prune(connection, now));
        TRY(auto known, find(connection, keys));
        if (!known || known->empty()) {
            TRY_VOID(insert(connection, keys, now));
        }
        return known;
    };
    co_return co_await database_.write(std::move(work));
}

runtime::Task<> WebhookDeliveries::note(std::vector<std::string> keys, std::string location) {
    auto work = [keys = std::move(keys),
                 location = std::move(location)](Connection& connection) -> base::Result<> {
        for (const auto& key : keys) {
            TRY(auto statement,
                connection.prepare("UPDATE webhook_deliveries SET location = ? WHERE key = ?"));
            TRY_VOID(statement.bind(location).bind(key).run());
        }
        return {};
    };
    co_return co_await database_.write(std::move(work));
}

runtime::Task<> WebhookDeliveries::forget(std::vector<std::string> keys) {
    auto work = [keys = std::move(keys)](Connection& connection) -> base::Result<> {
        for (const auto& key : keys) {
            TRY(auto statement, connection.prepare("DELETE FROM webhook_deliveries WHERE key = ?"));
            TRY_VOID(statement.bind(key).run());
        }
        return {};
    };
    co_return co_await database_.write(std::move(work));
}

}  // namespace itsup::store
