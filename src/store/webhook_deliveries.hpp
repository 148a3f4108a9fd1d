#pragma once

#include <base/clock.hpp>
#include <runtime/task.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace itsup::store {

class Database;

/// Which webhooks were taken already, so that one that comes again does nothing. At most
/// `keys_max`, for `kept_for`; the oldest go first.
class WebhookDeliveries {
  public:
    static constexpr std::size_t keys_max = 20'000;
    static constexpr std::chrono::days kept_for{7};

    explicit WebhookDeliveries(Database& database) : database_(database) {}

    /// Takes all of these keys at once: nullopt when none was known, empty when one was but
    /// nobody noted what it led to. When somebody did, takes none and tells it.
    runtime::Task<std::optional<std::string>> take(std::vector<std::string> keys,
                                                   base::Timestamp now);
    /// What they led to.
    runtime::Task<> note(std::vector<std::string> keys, std::string location);
    /// It came to nothing: the same may come again.
    runtime::Task<> forget(std::vector<std::string> keys);

  private:
    Database& database_;
};

}  // namespace itsup::store
