#pragma once

#include <access/permission.hpp>
#include <base/result.hpp>

#include <cstddef>
#include <map>
#include <string>

namespace itsup::api {

/// How many streams a principal holds at once: logs, stats, events, each WebSocket and each
/// of its subscriptions.
class StreamSlots {
  public:
    /// 0 switches the limit off.
    explicit StreamSlots(std::size_t per_principal_max) : max_(per_principal_max) {}

    class Slot {
      public:
        Slot(StreamSlots& owner, std::string principal);
        Slot(Slot&& other) noexcept;
        Slot(const Slot&) = delete;
        Slot& operator=(const Slot&) = delete;
        Slot& operator=(Slot&&) = delete;
        ~Slot();

      private:
        StreamSlots* owner_;
        std::string principal_;
    };

    /// rate_limited when the principal holds as many as it may.
    base::Result<Slot> take(const access::Caller& caller);
    [[nodiscard]] std::size_t total() const { return total_; }

  private:
    std::size_t max_;
    std::size_t total_ = 0;
    std::map<std::string, std::size_t> counts_;
};

}  // namespace itsup::api
